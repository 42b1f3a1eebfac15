"""Taking a place and keeping it for ten minutes, then making it firm."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.dialects.postgresql.ranges import MultiRange
from sqlalchemy.orm import Session

from childcare import ages, capacity, institutions, outbox, people, pricing, stays
from childcare.actors import Actor
from childcare.bookings.models import ApprovalTooLate, Booking, HoldExpired, TooManyHolds
from childcare.bookings.queries import locked as load_locked
from childcare.bookings.terms import Terms, Wish, judge, require_main_stay
from childcare.capacity import ClassDay, DayNotOpened
from childcare.db import lock
from childcare.institutions import ClassGroup, Offering
from childcare.outbox import Urgency
from childcare.people import Child, Family
from childcare.pricing import Price
from childcare.stays import State, Stay, WrongState

HOLD_LIVES = timedelta(minutes=10)
HOLDS_PER_FAMILY = 3
REQUEST_LIVES = timedelta(hours=24)
REQUEST_ENDS_BEFORE_START = timedelta(hours=2)
REQUEST_NEEDS = timedelta(hours=3)
CODE_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"


def candidates(
    session: Session, child: Child, institution_id: int, terms: Terms
) -> list[tuple[ClassGroup, ClassDay]]:
    """The class days that may take the child, in the order to try.

    Raises `NoClassForAge`, `DayNotOpened`.
    """
    months = ages.months_on(child.born_on, terms.on)
    days = capacity.classes_on(session, institution_id, terms.on)
    groups = institutions.fitting(days, months=months)
    ordered = capacity.ranked(groups, days, terms.slots)
    if not ordered:
        raise DayNotOpened(on=terms.on)
    return ordered


def take_first(
    session: Session,
    ordered: Sequence[tuple[ClassGroup, ClassDay]],
    slots: Sequence[int],
) -> ClassDay:
    """Take a place in the first class that has room through the whole stay.

    Raises `NoPlace`, which speaks of the first class.
    """
    for _group, day in ordered:
        if capacity.take(session, day.id, slots):
            return day
    group, day = ordered[0]
    session.refresh(day)
    raise capacity.refusal(session, day, group, slots)


def hold(session: Session, actor: Actor, *, wish: Wish, now: datetime) -> Booking:
    """Take a place for ten minutes (less if the stay starts sooner), so that it can be confirmed.

    The widest set of refusals: `Malformed`, `NotOffered`, `TooLate`, `TooFarAhead`,
    `NoClassForAge`, `DayNotOpened`, `TooManyHolds`, `NeedsMainStay`, `ChildElsewhere`, `NoPlace`.
    """
    family_id = actor.own_family()
    child = people.child(session, actor, wish.child_id)
    terms = judge(session, wish, now=now)
    ordered = candidates(session, child, wish.institution_id, terms)
    lock(session, Family, [family_id])
    _require_few_holds(session, family_id, now)
    require_main_stay(session, wish, now=now)
    with capacity.looking_at([day.id for _, day in ordered], child.id):
        stays.require_child_free(session, child.id, [terms.during])
        day = take_first(session, ordered, terms.slots)
    held = _write(session, actor, child, terms, day, now)
    stays.note(session, actor, held.stay_id, was=None, to=State.HELD, now=now)
    outbox.publish(
        session,
        "expire-hold",
        {"booking_id": held.id},
        key=str(held.id),
        now=now,
        due_at=held.stay.ends_at,
        urgency=Urgency.URGENT,
    )
    return held


def _require_few_holds(session: Session, family_id: int, now: datetime) -> None:
    values = {"family_id": family_id, "now": now}
    if (session.scalar(_LIVE_HOLDS, values) or 0) >= HOLDS_PER_FAMILY:
        raise TooManyHolds(most=HOLDS_PER_FAMILY)


_LIVE_HOLDS = select(func.count()).where(
    Stay.family_id == bindparam("family_id"),
    Stay.state == State.HELD,
    Stay.ends_at > bindparam("now"),
)


def _write(
    session: Session,
    actor: Actor,
    child: Child,
    terms: Terms,
    day: ClassDay,
    now: datetime,
) -> Booking:
    stay = Stay(
        institution_id=day.institution_id,
        class_id=day.class_id,
        day_id=day.id,
        on=terms.on,
        family_id=child.family_id,
        child_id=child.id,
        source="booking",
        state=State.HELD,
        during=terms.during,
        holds=MultiRange([terms.during]),
        ends_at=min(now + HOLD_LIVES, terms.starts_at),
        created_at=now,
    )
    held = _contract(actor, stay, terms.offering, terms.price, now)
    session.add(held)
    session.flush()
    return held


def _contract(actor: Actor, stay: Stay, offering: Offering, price: Price, now: datetime) -> Booking:
    return Booking(
        stay=stay,
        family_id=stay.family_id,
        child_id=stay.child_id,
        institution_id=stay.institution_id,
        offering_id=offering.id,
        fee_sheet_id=offering.fee_sheet_id,
        form=offering.form,
        day_part=offering.day_part,
        price_fen=price.fen,
        price_parts=price.as_rows(),
        code=new_code(),
        booked_by=actor.label,
        created_at=now,
    )


def book_offered(
    session: Session, actor: Actor, stay: Stay, offering: Offering, *, now: datetime
) -> Booking:
    """Make a locked, offered stay a firm booking at the offering's price; no approval is asked.

    Raises `ChildElsewhere`. The caller holds the Family lock.
    """
    with capacity.looking_at([stay.day_id], stay.child_id):
        stays.require_child_free(session, stay.child_id, list(stay.holds), besides=stay.id)
    price = pricing.price(offering, len(stay.wished_slots()))
    made = _contract(actor, stay, offering, price, now)
    made.confirmed_at = now
    stay.source, stay.ends_at = "booking", None
    stays.become(session, actor, stay, State.EXPECTED, now=now, why="offer-accepted")
    session.add(made)
    session.flush()
    people.admit(
        session,
        child_id=stay.child_id,
        institution_id=stay.institution_id,
        until=stay.on + people.RECORD_STAYS_OPEN,
    )
    announce(session, made, now=now, by=actor.id)
    return made


def new_code() -> str:
    """Eight letters and digits to show at the door, e.g. ``K7WX-3MPA``; 31^8 of them."""
    letters = [secrets.choice(CODE_LETTERS) for _ in range(8)]
    return f"{''.join(letters[:4])}-{''.join(letters[4:])}"


def confirm(session: Session, actor: Actor, *, booking_id: int, now: datetime) -> Booking:
    """Make a hold firm: `expected`, or `requested` where a first visit needs approval.

    Confirming what is confirmed already changes nothing and answers the same.
    Raises `HoldExpired`, `ApprovalTooLate`, `WrongState`.
    """
    actor.own_family()
    found = load_locked(session, actor, booking_id)
    stay = found.stay
    if stay.state in (State.EXPECTED, State.REQUESTED):
        return found
    if stay.state == State.EXPIRED or stay.is_dead(now):
        raise HoldExpired
    if stay.state != State.HELD:
        raise WrongState(state=stay.state)
    people.admit(
        session,
        child_id=found.child_id,
        institution_id=found.institution_id,
        until=stay.on + people.RECORD_STAYS_OPEN,
    )
    if needs_approval(session, found):
        _request(session, actor, found, now)
    else:
        stay.ends_at = None
        stays.become(session, actor, stay, State.EXPECTED, now=now)
        announce(session, found, now=now, by=actor.id)
    found.confirmed_at = now
    session.flush()
    return found


def needs_approval(session: Session, found: Booking) -> bool:
    """A first visit where the offering asks for it: never approved, enrolled or completed there."""
    if not session.get_one(institutions.Offering, found.offering_id).approves_first_visit:
        return False
    known = (
        select(Stay.id)
        .outerjoin(Booking, Booking.stay_id == Stay.id)
        .where(
            Stay.child_id == found.child_id,
            Stay.institution_id == found.institution_id,
            or_(
                Booking.approved_at.is_not(None),
                Stay.state == State.COMPLETED,
                Stay.source == "enrolment",
            ),
        )
        .limit(1)
    )
    return session.scalar(known) is None


def _request(session: Session, actor: Actor, found: Booking, now: datetime) -> None:
    stay = found.stay
    if stay.starts_at - now < REQUEST_NEEDS:
        raise ApprovalTooLate(starts_at=stay.starts_at)
    stay.ends_at = min(now + REQUEST_LIVES, stay.starts_at - REQUEST_ENDS_BEFORE_START)
    stays.become(session, actor, stay, State.REQUESTED, now=now)
    outbox.publish(
        session,
        "expire-request",
        {"booking_id": found.id},
        key=str(found.id),
        now=now,
        due_at=stay.ends_at,
        urgency=Urgency.URGENT,
    )


def announce(session: Session, found: Booking, *, now: datetime, by: int) -> None:
    """Publish that a booking is firm; reminders and messages follow from it.

    `by` is the guardian whose own act it was (0: nobody's), who needs no message about it.
    """
    facts = {"booking_id": found.id, "version": found.version, "by": by}
    key = f"{found.id}:{found.version}"
    outbox.publish(session, "booking-confirmed", facts, key=key, now=now, urgency=Urgency.URGENT)

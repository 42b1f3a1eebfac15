"""Rescheduling: the same booking, another span or day, version + 1."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.dialects.postgresql.ranges import MultiRange
from sqlalchemy.orm import Session

from childcare import capacity, freed, outbox, people, stays
from childcare.actors import Actor
from childcare.bookings.holding import candidates
from childcare.bookings.models import Booking, BookingChanged, FeeChanged, PriceChanged, TooLate
from childcare.bookings.queries import booking as load
from childcare.bookings.queries import fee_now
from childcare.bookings.terms import Terms, Wish, judge, require_main_stay
from childcare.capacity import ClassDay
from childcare.db import lock
from childcare.freed import Freed
from childcare.institutions import CareForm, ClassGroup, DayPart
from childcare.outbox import Urgency
from childcare.people import Family
from childcare.stays import State, Stay, WrongState

MOVED = "rescheduled"  # why a place came free


@dataclass(frozen=True)
class Move:
    """Where a booking should go: minutes of the day, or a day part."""

    on: date
    start: int | None = None
    end: int | None = None
    day_part: DayPart | None = None


@dataclass(frozen=True)
class MoveQuote:
    """What the moved booking would cost, and the fee for moving it now."""

    price_fen: int
    fee_fen: int


def _terms(session: Session, found: Booking, move: Move, now: datetime) -> tuple[Wish, Terms]:
    wish = Wish(
        child_id=found.child_id,
        institution_id=found.institution_id,
        form=_form(found, move),
        on=move.on,
        start=move.start,
        end=move.end,
        day_part=move.day_part,
    )
    return wish, judge(session, wish, now=now, accepted_sheet_id=found.fee_sheet_id)


def _form(found: Booking, move: Move) -> CareForm:
    """What is sold as holiday care on one day is hourly or temporary care on another."""
    form = CareForm(found.form)
    if form is not CareForm.HOLIDAY:
        return form
    return CareForm.TEMPORARY if move.day_part else CareForm.HOURLY


def _movable(found: Booking, now: datetime) -> None:
    if found.stay.state != State.EXPECTED:
        raise WrongState(state=found.stay.state)
    if now >= found.stay.starts_at:
        raise TooLate(closes_at=found.stay.starts_at)


def quote_move(
    session: Session, actor: Actor, *, booking_id: int, move: Move, now: datetime
) -> MoveQuote:
    """The price and fee a move would have now. Says nothing of places. Raises as `reschedule`."""
    found = load(session, actor, booking_id)
    _movable(found, now)
    _, terms = _terms(session, found, move, now)
    return MoveQuote(terms.price.fen, fee_now(session, found, now=now).fen)


def reschedule(
    session: Session,
    actor: Actor,
    *,
    booking_id: int,
    version: int,
    move: Move,
    now: datetime,
    shown: MoveQuote | None = None,
) -> Booking:
    """Move an expected booking; judged like a new one, an approval stays good.

    Free while cancelling is free, later the old tier's fee is owed. `shown` is what the person saw.
    The same move again (one version later) answers the same. Raises `BookingChanged`,
    `PriceChanged`, `FeeChanged`, `NoPlace`, `ChildElsewhere`, and what `hold` raises of a wish.
    """
    found = load(session, actor, booking_id)
    lock(session, Family, [actor.own_family()])
    stay = found.stay
    session.refresh(stay)
    _movable(found, now)
    wish, terms = _terms(session, found, move, now)
    session.refresh(found)
    if found.version == version + 1 and stay.during == terms.during:
        return found
    if found.version != version:
        raise BookingChanged(version=found.version)
    fee_fen = fee_now(session, found, now=now).fen
    _as_shown(shown, terms, fee_fen)
    require_main_stay(session, wish, now=now, besides=stay.id)
    old = {"from": stay.during.lower, "to": stay.during.upper}
    _relocate(session, found, terms, now)
    _rewrite(found, terms, move)
    found.fee_fen += fee_fen
    session.flush()
    _publish(session, actor, found, old, fee_fen, now)
    return found


def _rewrite(found: Booking, terms: Terms, move: Move) -> None:
    found.fee_sheet_id, found.offering_id = terms.offering.fee_sheet_id, terms.offering.id
    found.form, found.day_part = terms.offering.form, move.day_part
    found.price_fen, found.price_parts = terms.price.fen, terms.price.as_rows()
    found.version += 1


def _as_shown(shown: MoveQuote | None, terms: Terms, fee_fen: int) -> None:
    if shown and shown.fee_fen != fee_fen:
        raise FeeChanged(fee_fen=fee_fen)
    if shown and shown.price_fen != terms.price.fen:
        raise PriceChanged(price_fen=terms.price.fen)


def _relocate(session: Session, found: Booking, terms: Terms, now: datetime) -> None:
    """Take the new place and give the old one back, all days locked in order."""
    child = session.get_one(people.Child, found.child_id)
    ordered = candidates(session, child, found.institution_id, terms)
    wanted = [day.id for _, day in ordered]
    days = capacity.lock_days(session, {found.stay.day_id, *wanted})
    stay = lock(session, Stay, [found.stay_id])[0]
    _movable(found, now)
    with capacity.looking_at(wanted, child.id):
        stays.require_child_free(session, child.id, [terms.during], besides=stay.id)
        if stay.day_id in wanted and _shift_within(session, stay, terms):
            return
        others = [(group, days[day.id]) for group, day in ordered if day.id != stay.day_id]
        _carry_over(session, stay, terms, ordered, others, now)


def _shift_within(session: Session, stay: Stay, terms: Terms) -> bool:
    """The same class day: up in the slots only new, down in those only old, in one statement."""
    old, new = set(stay.slots()), set(terms.slots)
    if not capacity.shift(session, stay.day_id, up=sorted(new - old), down=sorted(old - new)):
        return False
    if old - new:
        freed.note(session, Freed(MOVED, stay.day_id, family_id=stay.family_id))
    _write_span(session, stay, terms)
    return True


def _write_span(session: Session, stay: Stay, terms: Terms) -> None:
    stay.during, stay.holds = terms.during, MultiRange([terms.during])
    session.flush()


def _carry_over(
    session: Session,
    stay: Stay,
    terms: Terms,
    ordered: Sequence[tuple[ClassGroup, ClassDay]],
    others: Sequence[tuple[ClassGroup, ClassDay]],
    now: datetime,
) -> None:
    taken = next((pair for pair in others if capacity.take(session, pair[1].id, terms.slots)), None)
    if taken is None:
        group, day = ordered[0]
        session.refresh(day)
        wanted = set(terms.slots) - (set(stay.slots()) if day.id == stay.day_id else set())
        raise capacity.refusal(session, day, group, sorted(wanted))
    group, day = taken
    given_by = stay.family_id
    stays.give_back(session, stay, stay.slots(), now=now, cause=MOVED, by_family=given_by)
    stay.class_id, stay.day_id, stay.on = group.id, day.id, terms.on
    _write_span(session, stay, terms)
    people.admit(
        session,
        child_id=stay.child_id,
        institution_id=stay.institution_id,
        until=stay.on + people.RECORD_STAYS_OPEN,
    )


def _publish(
    session: Session,
    actor: Actor,
    found: Booking,
    old: dict[str, datetime | None],
    fee_fen: int,
    now: datetime,
) -> None:
    facts = {name: at.isoformat() if at else None for name, at in old.items()}
    stays.note(
        session,
        actor,
        found.stay_id,
        was=found.stay.state,
        to=found.stay.state,
        now=now,
        why="rescheduled",
        facts={**facts, "version": found.version, "fee_fen": fee_fen},
    )
    payload = {"booking_id": found.id, "version": found.version, "by": actor.id}
    key = f"{found.id}:{found.version}"
    outbox.publish(
        session, "booking-rescheduled", payload, key=key, now=now, urgency=Urgency.URGENT
    )

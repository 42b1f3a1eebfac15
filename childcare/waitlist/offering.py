"""Making one offer: a place is taken for an entry, which has until a deadline to answer.

Everything here happens in the transaction that freed the place, with its class day locked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.dialects.postgresql.ranges import MultiRange
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from childcare import ages, capacity, clock, enrolments, outbox, stays
from childcare.actors import SYSTEM, Actor
from childcare.capacity import ClassDay
from childcare.db import domain_error
from childcare.enrolments import Application, Enrolment
from childcare.errors import DomainError, Fact
from childcare.institutions import CareForm, ClassGroup, DayPart
from childcare.outbox import Urgency
from childcare.people import Child
from childcare.stays import ChildElsewhere, State, Stay
from childcare.waitlist import lifetimes, log, queue, wishes
from childcare.waitlist.models import LIVE, EntryState, Happened, Offer, WaitlistEntry, Wish
from childcare.waitlist.queue import Free


class PassedOver(DomainError):
    """An entry cannot be offered this place; `reason` is what its log will say."""

    code = "passed-over"

    def __init__(self, reason: str, **facts: Fact) -> None:
        super().__init__(reason=reason, **facts)
        self.reason = reason


class Gone(PassedOver):
    """The entry does not wait any more: nothing to log."""


class HasOffer(PassedOver):
    """Another promotion has just offered the child a long-term place."""

    constraints = ("uq_waitlist_offer_long_term",)

    def __init__(self) -> None:
        super().__init__("has-offer")


@dataclass(frozen=True)
class Terms:
    """By whom, in which round and by which table offers are made; why out of order, if so."""

    round_id: int
    now: datetime
    table_id: int | None = None
    actor: Actor = SYSTEM
    out_of_order_reason: str | None = None


def make(session: Session, wish: Wish, day: ClassDay | None, terms: Terms) -> list[Offer]:
    """Offer a place to an entry, and with it to siblings who come all or not at all.

    `day` is the class day of a stay. All or nothing: raises `PassedOver`.
    """
    entry = session.get_one(WaitlistEntry, wish.entry_id)
    if day is not None and entry.together_id is None:
        return [_make_one(session, entry, wish, day, terms)]
    try:
        with session.begin_nested():
            return _make_all(session, entry, wish, day, terms)
    except DBAPIError as problem:
        if not _has_another(problem):
            raise
        raise HasOffer from problem


def _has_another(problem: DBAPIError) -> bool:
    """Whether the database refused an offer because the child has one already."""
    return isinstance(domain_error(problem), ChildElsewhere | HasOffer)


def _make_all(
    session: Session, entry: WaitlistEntry, wish: Wish, day: ClassDay | None, terms: Terms
) -> list[Offer]:
    made = [_make_one(session, entry, wish, day, terms)]
    if entry.together_id is None:
        return made
    others = select(WaitlistEntry).where(
        WaitlistEntry.together_id == entry.together_id,
        WaitlistEntry.id != entry.id,
        WaitlistEntry.state.in_(LIVE),
    )
    siblings = session.scalars(others.order_by(WaitlistEntry.id)).all()
    if any(sibling.state == EntryState.PAUSED for sibling in siblings):
        raise PassedOver("siblings")
    where, group = wish.institution_id, [entry.id, *(sibling.id for sibling in siblings)]
    return made + [_make_for_sibling(session, one, where, group, terms) for one in siblings]


def _make_for_sibling(
    session: Session,
    entry: WaitlistEntry,
    institution_id: int,
    group: Sequence[int],
    terms: Terms,
) -> Offer:
    """A place in whichever class has one and it is the sibling's turn.

    Raises `PassedOver` ("siblings") where there is none: coming together overtakes nobody.
    """
    for wish in wishes.wishes_of(session, [entry.id]):
        if wish.institution_id != institution_id or not wish.live:
            continue
        day = None
        if wish.on is not None:
            day = capacity.days_of(session, [wish.class_id], wish.on).get(wish.class_id)
            if day is None or not _may_follow(session, wish, day, group, terms):
                continue
        try:
            with session.begin_nested():
                return _make_one(session, entry, wish, day, terms)
        except PassedOver:
            continue
        except DBAPIError as problem:
            if not _has_another(problem):
                raise
    raise PassedOver("siblings")


def _may_follow(
    session: Session, wish: Wish, day: ClassDay, group: Sequence[int], terms: Terms
) -> bool:
    """Out of order a director has given the reason for all of the family."""
    if terms.out_of_order_reason is not None:
        return True
    mask = queue.free_mask(day, now=terms.now)
    where = (wish.institution_id, wish.class_id, terms.round_id, day)
    free = Free(*where, mask=mask, enrolments=False, now=terms.now)
    return queue.is_in_turn(session, wish, free, group)


def _make_one(
    session: Session, entry: WaitlistEntry, wish: Wish, day: ClassDay | None, terms: Terms
) -> Offer:
    child = session.get_one(Child, wish.child_id)
    if day is not None:
        offer = _offer_stay(session, entry, child, wish, day, terms)
    else:
        offer = _offer_enrolment(session, entry, child, wish, terms)
        if not _still_waits(session, wish):
            raise Gone("gone")
    session.add(offer)
    session.flush()
    _announce(session, offer, terms)
    return offer


def _still_waits(session: Session, wish: Wish) -> bool:
    """Whether an entry waits there; leaving the list waits for this transaction from here on.

    Asked after its stay was written, for which another promotion may be waited. The second look is
    one of its own: the first may have waited for whoever took the entry off this list.
    """
    waits = session.scalars(_STILL_WAITS, {"id": wish.entry_id}).first() is not None
    return waits and bool(session.scalar(_STILL_LISTED, {"id": wish.id}))


_STILL_WAITS = (
    select(WaitlistEntry.id)
    .where(WaitlistEntry.state == EntryState.WAITING)
    .where(WaitlistEntry.id == bindparam("id"))
    .with_for_update(read=True)
)
_STILL_LISTED = select(Wish.live).where(Wish.id == bindparam("id"))


def _sold(session: Session, entry: WaitlistEntry, wish: Wish, now: datetime) -> wishes.Sold:
    try:
        return wishes.sold(session, entry, wish.institution_id, today=clock.today(now))
    except DomainError as problem:
        raise PassedOver("not-sold") from problem


def _offer_stay(
    session: Session,
    entry: WaitlistEntry,
    child: Child,
    wish: Wish,
    day: ClassDay,
    terms: Terms,
) -> Offer:
    wanted = _sold(session, entry, wish, terms.now)
    group = session.get_one(ClassGroup, day.class_id)
    months = ages.months_on(child.born_on, day.on)
    if not group.from_months <= months <= group.to_months:
        raise PassedOver("age")
    during = clock.span(day.on, wanted.slots[0], wanted.slots[-1] + 1)
    starts_at, _ = clock.bounds(during)
    ends_at = lifetimes.stay_ends_at(terms.now, starts_at)
    if ends_at is None:
        raise PassedOver("too-late")
    stay_id = _keep(session, wish, day, during, ends_at, terms)
    if not _still_waits(session, wish):
        _undo(session, stay_id)
        raise Gone("gone")
    if not capacity.take_for_offer(session, day.id, wanted.slots):
        _undo(session, stay_id)
        raise PassedOver("hours")
    actor, now = terms.actor, terms.now
    stays.note(session, actor, stay_id, was=None, to=State.OFFERED, now=now, why="offered")
    offer = _written(wish, wanted, terms, starts_at=starts_at, ends_at=ends_at)
    offer.stay_id, offer.together_id = stay_id, entry.together_id
    return offer


def _keep(
    session: Session,
    wish: Wish,
    day: ClassDay,
    during: clock.Period,
    ends_at: datetime,
    terms: Terms,
) -> int:
    """Write the offered stay, unless the child has another offer then (`PassedOver`).

    A promotion elsewhere that is just making one is waited for.
    """
    row = insert(Stay).values(
        institution_id=day.institution_id,
        class_id=day.class_id,
        day_id=day.id,
        on=day.on,
        family_id=wish.family_id,
        child_id=wish.child_id,
        source=stays.OFFER,
        state=State.OFFERED,
        during=during,
        holds=MultiRange([during]),
        ends_at=ends_at,
        reason="",
        created_at=terms.now,
    )
    kept = row.on_conflict_do_nothing().returning(Stay.id)
    stay_id: int | None = session.scalar(kept)
    if stay_id is None:
        raise HasOffer
    return stay_id


def _undo(session: Session, stay_id: int) -> None:
    """A stay that nobody has seen: cheaper than a savepoint around every offer."""
    session.execute(delete(Stay).where(Stay.id == stay_id))


def _offer_enrolment(
    session: Session, entry: WaitlistEntry, child: Child, wish: Wish, terms: Terms
) -> Offer:
    wanted = _sold(session, entry, wish, terms.now)
    starts_at = clock.slot_start(wanted.on, wanted.slots[0])
    ends_at = lifetimes.enrolment_ends_at(terms.now, starts_at)
    if ends_at is None:
        raise PassedOver("too-late")
    asked = Application(
        institution_id=wish.institution_id,
        form=CareForm(entry.form),
        day_part=DayPart(entry.day_part or DayPart.FULL),
        weekdays=tuple(entry.weekdays),
        from_on=wanted.on,
    )
    made = _enrolled(session, child, asked, ends_at, terms.now)
    offer = _written(wish, wanted, terms, starts_at=starts_at, ends_at=ends_at)
    offer.enrolment_id, offer.together_id = made.id, entry.together_id
    return offer


def _enrolled(
    session: Session, child: Child, asked: Application, ends_at: datetime, now: datetime
) -> Enrolment:
    try:
        return enrolments.offer(session, child, asked, ends_at=ends_at, now=now)
    except DomainError as problem:
        on = problem.facts.get("on")
        facts: Mapping[str, Fact] = {"on": str(on)} if on else {}
        raise PassedOver("days", **facts) from problem


def _written(
    wish: Wish, wanted: wishes.Sold, terms: Terms, *, starts_at: datetime, ends_at: datetime
) -> Offer:
    return Offer(
        entry_id=wish.entry_id,
        family_id=wish.family_id,
        child_id=wish.child_id,
        institution_id=wish.institution_id,
        class_id=wish.class_id,
        round_id=terms.round_id,
        on=wanted.on,
        starts_at=starts_at,
        offering_id=wanted.offering.id,
        price_fen=wanted.price_fen,
        priority=wish.priority,
        table_id=terms.table_id,
        made_at=terms.now,
        made_by=terms.actor.label,
        out_of_order_reason=terms.out_of_order_reason,
        ends_at=ends_at,
    )


def _announce(session: Session, offer: Offer, terms: Terms) -> None:
    now, key = terms.now, str(offer.id)
    heard = lifetimes.heard_at(now, offer.starts_at)
    due = (
        ("offer-made", heard),
        ("offer-ending", lifetimes.warned_at(heard, offer.ends_at)),
        ("expire-offer", offer.ends_at),
    )
    outbox.publish_all(
        session, due, {"offer_id": offer.id}, key=key, now=now, urgency=Urgency.AT_ONCE
    )
    told: dict[str, Any] = {
        "class_id": offer.class_id,
        "on": offer.on.isoformat(),
        "ends_at": offer.ends_at.isoformat(),
        "priority": offer.priority,
    }
    if offer.out_of_order_reason:
        told["reason"] = offer.out_of_order_reason
    log.write(
        session,
        terms.actor,
        offer.entry_id,
        Happened.OFFERED,
        now=now,
        institution_id=offer.institution_id,
        round_id=offer.round_id,
        offer_id=offer.id,
        facts=told,
    )

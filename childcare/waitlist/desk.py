"""What the institution does with its lists: offers in and out of order, notes, removal."""

from datetime import date, datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from childcare import audit, capacity, freed, outbox
from childcare.actors import Actor, Role
from childcare.capacity import ClassDay, DayNotOpened
from childcare.db import lock, one
from childcare.errors import Malformed
from childcare.freed import Freed
from childcare.institutions import ClassGroup
from childcare.people import Family
from childcare.waitlist import ending, log, offering, order, promotion, queue, wishes
from childcare.waitlist.lists import require_desk
from childcare.waitlist.models import (
    LIVE,
    Cause,
    Choice,
    EntryState,
    Happened,
    Offer,
    OfferState,
    WaitlistEntry,
    Wish,
)
from childcare.waitlist.offering import PassedOver, Terms


def offer_next(
    session: Session, actor: Actor, *, class_id: int, on: date | None, now: datetime
) -> list[Offer]:
    """Offer what is free to whoever is next, in a round of its own; which offers were made.

    Families that declined before are asked again: that is what the desk wants of it.
    """
    group = one(session, select(ClassGroup).where(ClassGroup.id == class_id))
    require_desk(session, actor, group.institution_id)
    if on is None:
        freed.note(session, Freed(Cause.DESK, class_id=class_id))
    else:
        freed.note(session, Freed(Cause.DESK, _day(session, class_id, on).id))
    made = promotion.promote(session, now=now)
    facts = {"class_id": class_id, "on": on.isoformat() if on else None, "offers": len(made)}
    where = group.institution_id
    audit.record(
        session,
        actor,
        "offered-next",
        "class_group",
        class_id,
        now=now,
        institution_id=where,
        facts=facts,
    )
    return made


def _day(session: Session, class_id: int, on: date) -> ClassDay:
    day = capacity.days_of(session, [class_id], on).get(class_id)
    if day is None:
        raise DayNotOpened(on=on)
    return capacity.lock_days(session, [day.id])[day.id]


def offer_to(
    session: Session, actor: Actor, *, entry_id: int, class_id: int, reason: str, now: datetime
) -> Offer:
    """Offer a free place to one family: the first in line, or another by a director's reason.

    The reason is seen by everyone who is passed over, and by the city. Raises `Malformed` without
    one, `NoPlace`, `PassedOver` (why it cannot be), `WrongState`.
    """
    wish = one(session, select(Wish).where(Wish.entry_id == entry_id, Wish.class_id == class_id))
    require_desk(session, actor, wish.institution_id)
    day = _day(session, class_id, wish.on) if wish.on is not None else None
    table = order.apply_due(session, wish.institution_id, now=now)
    session.refresh(wish)
    round_id = promotion.open_round(session, wish.institution_id, Cause.DESK, now=now)
    ahead = _ahead(session, wish, day, now)
    if ahead:
        actor.require(wish.institution_id, Role.DIRECTOR)
        if not reason.strip():
            raise Malformed("reason", "required")
    why = reason.strip()[:500] if ahead else None
    terms = Terms(round_id, now, table.id if table else None, actor, why)
    made = _made(session, wish, day, terms)
    for passed in ahead:
        _log_passed(session, actor, passed, made, now)
    return made


def _made(session: Session, wish: Wish, day: ClassDay | None, terms: Terms) -> Offer:
    try:
        return offering.make(session, wish, day, terms)[0]
    except PassedOver as problem:
        if problem.reason != "hours" or day is None:
            raise
        session.refresh(day)
        group = session.get_one(ClassGroup, day.class_id)
        slots = wishes.slots_in(wish.slots)
        with capacity.looking_at([day.id], wish.child_id):
            raise capacity.refusal(session, day, group, slots) from problem


def _ahead(session: Session, wish: Wish, day: ClassDay | None, now: datetime) -> list[Wish]:
    """Those before it in line who could take what it is given: they are passed over by it."""
    query = select(Wish).where(
        Wish.class_id == wish.class_id, Wish.live, Wish.id != wish.id, queue.is_ahead_of(wish)
    )
    if day is None:
        query = query.where(Wish.from_on.is_not(None))
    else:
        room = queue.free_mask(day, now=now)
        fits = Wish.slots.op("&")(~room) == 0
        query = query.where(Wish.on == day.on, fits, Wish.slots.op("&")(wish.slots) != 0)
        query = query.where(~queue.has_offer_then())
    return list(session.scalars(query.order_by(*queue.IN_ORDER)))


def _log_passed(session: Session, actor: Actor, passed: Wish, made: Offer, now: datetime) -> None:
    log.write(
        session,
        actor,
        passed.entry_id,
        Happened.PASSED_OVER,
        now=now,
        institution_id=made.institution_id,
        round_id=made.round_id,
        offer_id=made.id,
        why="out-of-order",
        facts={"reason": made.out_of_order_reason, "on": made.on.isoformat()},
    )


def remove(
    session: Session,
    actor: Actor,
    *,
    institution_id: int,
    entry_id: int,
    reason: str,
    now: datetime,
) -> WaitlistEntry:
    """Take an entry off one institution's list, with a reason the family reads. Twice is once.

    It waits on elsewhere; without any list left it is `removed`. Raises `Malformed`.
    """
    found = _on_list(session, actor, institution_id, entry_id)
    if not reason.strip():
        raise Malformed("reason", "required")
    lock(session, Family, [found.family_id])
    offers = ending.with_siblings(session, ending.open_offers_of(session, [found.id]))
    held = ending.lock_offers(session, offers, [found.id])
    choice = session.get_one(Choice, (found.id, institution_id), populate_existing=True)
    if found.state not in LIVE or choice.removed_at is not None:
        return found
    choice.removed_at = now
    session.flush()
    why = reason.strip()[:500]
    _off_list(session, actor, found, institution_id, why, now)
    for offer in held.offers.values():
        if offer.institution_id == institution_id and offer.state == OfferState.OPEN:
            to = OfferState.WITHDRAWN
            ending.end_offer(session, actor, held, offer, to, now=now, why=why)
    facts = {"entry_id": found.id, "institution_id": institution_id}
    key = f"{found.id}:{institution_id}:{now.timestamp():.0f}"
    outbox.publish(session, "entry-removed", facts, key=key, now=now)
    return found


def _off_list(
    session: Session,
    actor: Actor,
    found: WaitlistEntry,
    institution_id: int,
    why: str,
    now: datetime,
) -> None:
    session.execute(
        delete(Wish).where(Wish.entry_id == found.id, Wish.institution_id == institution_id)
    )
    left = select(Choice.institution_id).where(
        Choice.entry_id == found.id, Choice.removed_at.is_(None)
    )
    if session.scalar(left.limit(1)) is None:
        to, where = EntryState.REMOVED, institution_id
        ending.set_state(session, actor, found, to, now=now, why=why, institution_id=where)
        return
    where = institution_id
    log.write(session, actor, found.id, Happened.REMOVED, now=now, institution_id=where, why=why)


def note(
    session: Session,
    actor: Actor,
    *,
    institution_id: int,
    entry_id: int,
    text: str,
    now: datetime,
) -> None:
    """Keep a note about an entry among the institution's staff. Raises `Malformed`."""
    found = _on_list(session, actor, institution_id, entry_id)
    if not text.strip():
        raise Malformed("text", "required")
    where, why = institution_id, text.strip()[:500]
    log.write(session, actor, found.id, Happened.NOTED, now=now, institution_id=where, why=why)


def _on_list(session: Session, actor: Actor, institution_id: int, entry_id: int) -> WaitlistEntry:
    require_desk(session, actor, institution_id)
    listed = select(WaitlistEntry).join(Choice, Choice.entry_id == WaitlistEntry.id)
    return one(
        session,
        listed.where(WaitlistEntry.id == entry_id, Choice.institution_id == institution_id),
    )

"""How offers and entries end, by whomever: always with their place given back in its round."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from childcare import capacity, enrolments, freed, outbox, stays
from childcare.actors import SYSTEM, Actor
from childcare.capacity import ClassDay, Scope
from childcare.db import Stale, lock
from childcare.enrolments import Enrolment
from childcare.freed import Freed
from childcare.outbox import Urgency
from childcare.stays import State, Stay
from childcare.waitlist import log, promotion
from childcare.waitlist.models import (
    LIVE,
    Cause,
    EntryState,
    Happened,
    Offer,
    OfferState,
    WaitlistEntry,
    Wish,
)

EXPIRIES_THAT_PAUSE = 2
BY_FAMILY = "by-family"
# Which wishes are for which class days.
ASKED = (Wish.class_id == ClassDay.class_id) & (Wish.on == ClassDay.on)
# What an ending does: to the offer, its stay, the log, and the child for the rest of the round.
ENDINGS = {
    OfferState.DECLINED: (State.CANCELLED, Happened.DECLINED, "declined"),
    OfferState.EXPIRED: (State.EXPIRED, Happened.EXPIRED, "let-expire"),
    OfferState.WITHDRAWN: (State.CANCELLED, Happened.WITHDRAWN, None),
}


@dataclass(frozen=True)
class Locked:
    """Offers with all that belongs to them, locked in the project's order and read afresh."""

    offers: dict[int, Offer]
    stays: dict[int, Stay]
    entries: dict[int, WaitlistEntry]

    def stays_of(self, offer: Offer) -> list[Stay]:
        if offer.stay_id is not None:
            return [self.stays[offer.stay_id]]
        return [stay for stay in self.stays.values() if stay.enrolment_id == offer.enrolment_id]


def open_offers_of(session: Session, entry_ids: Iterable[int]) -> list[int]:
    found = select(Offer.id).where(
        Offer.entry_id.in_(list(entry_ids)), Offer.state == OfferState.OPEN
    )
    return list(session.scalars(found))


def lock_offers(
    session: Session, offer_ids: Sequence[int], entry_ids: Iterable[int] = ()
) -> Locked:
    """Lock offers and entries, their stays and days before them.

    Raises `Stale` where one of `entry_ids` was made an offer meanwhile that is not among these.
    """
    rows = session.scalars(select(Offer).where(Offer.id.in_(offer_ids))).all()
    kept = {row.stay_id for row in rows if row.stay_id is not None}
    for row in rows:
        if row.enrolment_id is not None:
            kept.update(enrolments.stays_offered(session, row.enrolment_id))
    children = {row.child_id for row in rows}
    found = stays.locked(session, kept, other_days=_days_waited_for(session, children))
    offers = {offer.id: offer for offer in lock(session, Offer, offer_ids)}
    asked = set(entry_ids)
    wanted = {*asked, *(row.entry_id for row in rows)}
    entries = {entry.id: entry for entry in lock(session, WaitlistEntry, wanted)}
    if not set(open_offers_of(session, asked)) <= set(offers):
        raise Stale
    return Locked(offers, {stay.id: stay for stay in found}, entries)


def _days_waited_for(session: Session, child_ids: Iterable[int]) -> Sequence[int]:
    """The class days these children wait for, which may be theirs again once an offer has ended."""
    days = (
        select(ClassDay.id).join(Wish, ASKED).where(Wish.child_id.in_(list(child_ids)), Wish.live)
    )
    return session.scalars(days.distinct()).all()


def lock_entry(session: Session, entry: WaitlistEntry) -> None:
    """Lock an entry after the class days it asks for, and read it afresh."""
    days = select(ClassDay.id).join(Wish, ASKED).where(Wish.entry_id == entry.id)
    capacity.lock_days(session, session.scalars(days).all())
    lock(session, WaitlistEntry, [entry.id])


def end_offer(
    session: Session,
    actor: Actor,
    held: Locked,
    offer: Offer,
    to: OfferState,
    *,
    now: datetime,
    why: str = "",
) -> None:
    """End an open, locked offer: its slots are free again within its own round."""
    stay_state, happened, barred_for = ENDINGS[to]
    kept = held.stays_of(offer)
    offer.state, offer.ended_at, offer.ended_by = to, now, actor.label
    session.flush()
    if why == BY_FAMILY:
        # Whoever steps back from its lists lets go of what it was offered.
        barred_for = "declined"
    if barred_for:
        for round_id in {offer.round_id, *_rounds_beside(session, offer)}:
            promotion.bar(session, round_id, offer.family_id, offer.child_id, barred_for)
    _give_back(session, actor, offer, kept, stay_state, now)
    note_free_again(session, offer, kept)
    log.write(
        session,
        actor,
        offer.entry_id,
        happened,
        now=now,
        institution_id=offer.institution_id,
        round_id=offer.round_id,
        offer_id=offer.id,
        why=why,
    )


def _rounds_beside(session: Session, offer: Offer) -> Sequence[int]:
    """The rounds of the institution's other classes that its entry waits for as well.

    Whoever let a place go there is not asked for the same hours in the next room.
    """
    rounds = (
        select(ClassDay.round_id)
        .join(Wish, ASKED)
        .where(
            Wish.entry_id == offer.entry_id,
            Wish.institution_id == offer.institution_id,
            ClassDay.round_id.is_not(None),
        )
    )
    return [round_id for round_id in session.scalars(rounds) if round_id is not None]


def _give_back(
    session: Session,
    actor: Actor,
    offer: Offer,
    kept: Sequence[Stay],
    to: State,
    now: datetime,
) -> None:
    if offer.enrolment_id is not None:
        made = session.get_one(Enrolment, offer.enrolment_id)
        enrolments.refuse_offered(
            session, actor, made, kept, to=to, round_id=offer.round_id, now=now
        )
        return
    for stay in kept:
        stays.become(session, actor, stay, to, now=now, why="offer-ended")
        stays.give_back(session, stay, stay.slots(), now=now, round_id=offer.round_id)


def note_free_again(session: Session, offer: Offer, kept: Sequence[Stay]) -> None:
    """The child may be offered what it was passed over for while it had this offer."""
    others = select(Wish).where(Wish.child_id == offer.child_id, Wish.live)
    if offer.enrolment_id is not None:
        # Which class a long-term place is in was the institution's choice.
        is_other = Wish.institution_id != offer.institution_id
        others = others.where((Wish.entry_id != offer.entry_id) | is_other)
    own = {stay.day_id for stay in kept}
    days = {stay.on for stay in kept}
    for wish in session.scalars(others.order_by(Wish.preference, Wish.id)):
        if wish.from_on is not None and offer.enrolment_id is not None:
            freed.note(session, Freed(Cause.AGAIN, class_id=wish.class_id))
        elif wish.on in days:
            day = capacity.days_of(session, [wish.class_id], wish.on).get(wish.class_id)
            if day is not None and day.id not in own:
                freed.note(session, Freed(Cause.AGAIN, day.id))


def expire(session: Session, *, offer_id: int, now: datetime) -> bool:
    """End an offer whose time is over; whether it was so. Early and repeated calls do nothing."""
    return _expire(session, [offer_id], now=now) > 0


def expire_dead(session: Session, scope: Scope, *, now: datetime) -> int:
    """End the offers in a scope whose time is over though nobody has looked; how many."""
    dead = (
        select(Offer.id)
        .outerjoin(Stay, Stay.id == Offer.stay_id)
        .where(Offer.state == OfferState.OPEN, Offer.ends_at <= now)
        .where(
            (Offer.child_id == scope.child_id)
            | Stay.day_id.in_(scope.day_ids)
            | Offer.enrolment_id.in_(
                select(Stay.enrolment_id).where(
                    Stay.day_id.in_(scope.day_ids), Stay.state == State.OFFERED
                )
            )
        )
    )
    return _expire(session, session.scalars(dead).all(), now=now)


def _expire(session: Session, offer_ids: Sequence[int], *, now: datetime) -> int:
    held = lock_offers(session, with_siblings(session, offer_ids))
    ended = 0
    for offer in held.offers.values():
        if offer.state != OfferState.OPEN or offer.ends_at > now:
            continue
        end_offer(session, SYSTEM, held, offer, OfferState.EXPIRED, now=now)
        ended += 1
        _count_expiry(session, held.entries[offer.entry_id], now)
        facts = {"offer_id": offer.id}
        outbox.publish(session, "offer-expired", facts, key=str(offer.id), now=now)
    return ended


def with_siblings(session: Session, offer_ids: Sequence[int]) -> list[int]:
    """These offers and those that were made with them, to siblings who come all or not at all."""
    return sorted({other for offer_id in offer_ids for other in together(session, offer_id)})


def together(session: Session, offer_id: int) -> list[int]:
    """An offer and those that stand and fall with it."""
    offer = session.get(Offer, offer_id)
    if offer is None or offer.together_id is None:
        return [offer_id]
    made = select(Offer.id).where(
        Offer.together_id == offer.together_id,
        Offer.round_id == offer.round_id,
        Offer.made_at == offer.made_at,
    )
    return list(session.scalars(made))


def _count_expiry(session: Session, entry: WaitlistEntry, now: datetime) -> None:
    """Two offers in a row that nobody answered pause an entry."""
    entry.expiries += 1
    session.flush()
    if entry.state == EntryState.WAITING and entry.expiries >= EXPIRIES_THAT_PAUSE:
        set_state(session, SYSTEM, entry, EntryState.PAUSED, now=now, why="unanswered")
        tell(session, "entry-paused", entry, now=now)


HAPPENED = {
    EntryState.PAUSED: Happened.PAUSED,
    EntryState.WAITING: Happened.RENEWED,
    EntryState.LEFT: Happened.LEFT,
    EntryState.LAPSED: Happened.LAPSED,
    EntryState.REMOVED: Happened.REMOVED,
    EntryState.BOOKED: Happened.ACCEPTED,
}


def set_state(
    session: Session,
    actor: Actor,
    entry: WaitlistEntry,
    to: EntryState,
    *,
    now: datetime,
    why: str = "",
    institution_id: int | None = None,
    offer_id: int | None = None,
) -> None:
    """Move a locked entry on, in the queue too, and write it down."""
    entry.state, entry.reason = to, why[:500]
    entry.version, entry.changed_at = entry.version + 1, now
    session.flush()
    in_queue = update(Wish).where(Wish.entry_id == entry.id)
    session.execute(in_queue.values(live=to == EntryState.WAITING))
    log.write(
        session,
        actor,
        entry.id,
        HAPPENED[to],
        now=now,
        institution_id=institution_id,
        offer_id=offer_id,
        why=why,
    )


def tell(session: Session, kind: str, entry: WaitlistEntry, *, now: datetime) -> None:
    facts = {"entry_id": entry.id}
    key = f"{entry.id}:{entry.version}"
    outbox.publish(session, kind, facts, key=key, now=now, urgency=Urgency.URGENT)


def withdraw_entries(
    session: Session,
    actor: Actor,
    entry_ids: Sequence[int],
    to: EntryState,
    *,
    now: datetime,
    why: str,
) -> list[WaitlistEntry]:
    """Take live entries off the lists, and give back what they were offered; which they were.

    With it goes what siblings were offered who come all or not at all. The caller holds the Family
    lock.
    """
    offers = with_siblings(session, open_offers_of(session, entry_ids))
    held = lock_offers(session, offers, entry_ids)
    ended = [held.entries[one] for one in sorted(entry_ids) if held.entries[one].state in LIVE]
    for entry in ended:
        set_state(session, actor, entry, to, now=now, why=why)
    for offer in held.offers.values():
        if offer.state == OfferState.OPEN:
            because = why if offer.entry_id in entry_ids else "siblings"
            end_offer(session, actor, held, offer, OfferState.WITHDRAWN, now=now, why=because)
    return ended


def withdraw_outgrown(session: Session, entry: WaitlistEntry, *, now: datetime) -> None:
    """Give back what an entry was offered in classes that do not take its child any more."""
    classes = select(Wish.class_id).where(Wish.entry_id == entry.id)
    gone = select(Offer.id).where(
        Offer.entry_id == entry.id,
        Offer.state == OfferState.OPEN,
        Offer.class_id.not_in(classes),
    )
    held = lock_offers(session, with_siblings(session, session.scalars(gone).all()))
    for offer in held.offers.values():
        if offer.state == OfferState.OPEN:
            to = OfferState.WITHDRAWN
            end_offer(session, SYSTEM, held, offer, to, now=now, why="age")

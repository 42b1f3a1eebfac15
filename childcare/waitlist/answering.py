"""A family's answer to an offer: one tap, judged by the transaction's instant."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, SmallInteger, cast, func, or_, select
from sqlalchemy.orm import Session

from childcare import ages, bookings, enrolments
from childcare.actors import Actor
from childcare.db import lock, one
from childcare.enrolments import Enrolment
from childcare.errors import DomainError, NotFound
from childcare.institutions import ClassGroup, NoClassForAge, Offering
from childcare.people import Child, Family
from childcare.stays import Stay
from childcare.waitlist import ending, log, wishes
from childcare.waitlist.ending import Locked
from childcare.waitlist.models import (
    LIVE,
    EntryState,
    Happened,
    Offer,
    OfferState,
    WaitlistEntry,
    Wish,
)
from childcare.waitlist.queries import choices_of


class OfferEnded(DomainError):
    """The offer is over: `state` says how, `ends_at` was its deadline."""

    code = "offer-ended"


def offer(session: Session, actor: Actor, offer_id: int) -> Offer:
    """An offer to the actor's family; else `NotFound`."""
    found = one(session, select(Offer).where(Offer.id == offer_id))
    if not actor.is_of_family(found.family_id):
        raise NotFound
    return found


def accept(session: Session, actor: Actor, *, offer_id: int, now: datetime) -> Offer:
    """Book what was offered: expected at once, without approval. Twice is once.

    The child's other entries for that time leave the lists, at any institution, and their offers
    are free. Raises `OfferEnded`; `ChildElsewhere`, the offer staying open.
    """
    found = offer(session, actor, offer_id)
    lock(session, Family, [actor.own_family()])
    with_it = ending.together(session, found.id)
    rivals = _rivals(session, with_it)
    others = ending.with_siblings(session, ending.open_offers_of(session, rivals))
    held = ending.lock_offers(session, sorted({*with_it, *others}), rivals)
    found = held.offers[found.id]
    if found.state == OfferState.ACCEPTED:
        return found
    _require_open(found, now)
    for given in (held.offers[key] for key in with_it):
        if given.state == OfferState.OPEN:
            _book(session, actor, held, given, now)
    for entry_id in rivals:
        entry = held.entries[entry_id]
        if entry.state in LIVE:
            ending.set_state(session, actor, entry, EntryState.LEFT, now=now, why="booked")
    for offer_id in others:
        if held.offers[offer_id].state == OfferState.OPEN:
            withdrawn = held.offers[offer_id]
            to = OfferState.WITHDRAWN
            ending.end_offer(session, actor, held, withdrawn, to, now=now, why="booked")
    return found


def _require_open(found: Offer, now: datetime) -> None:
    if found.state != OfferState.OPEN or found.ends_at <= now:
        is_over = found.state == OfferState.OPEN
        state = OfferState.EXPIRED if is_over else found.state
        raise OfferEnded(state=str(state), ends_at=found.ends_at)


def _book(session: Session, actor: Actor, held: Locked, accepted: Offer, now: datetime) -> None:
    _require_of_age(session, accepted)
    kept = held.stays_of(accepted)
    if accepted.enrolment_id is not None:
        made = session.get_one(Enrolment, accepted.enrolment_id)
        enrolments.accept_offered(session, actor, made, kept, now=now)
        # One long-term offer at a time: what else the child waits for may be its turn now.
        ending.note_free_again(session, accepted, kept)
    else:
        offering = session.get_one(Offering, accepted.offering_id)
        bookings.book_offered(session, actor, kept[0], offering, now=now)
    accepted.state, accepted.ended_at = OfferState.ACCEPTED, now
    accepted.ended_by = actor.label
    entry = held.entries[accepted.entry_id]
    entry.expiries = 0
    ending.set_state(
        session,
        actor,
        entry,
        EntryState.BOOKED,
        now=now,
        institution_id=accepted.institution_id,
        offer_id=accepted.id,
    )
    _close_other_lists(session, actor, accepted, now)


def _require_of_age(session: Session, accepted: Offer) -> None:
    """The child's birth date may have been mended since it was offered the place."""
    child = session.get_one(Child, accepted.child_id, populate_existing=True)
    group = session.get_one(ClassGroup, accepted.class_id)
    months = ages.months_on(child.born_on, accepted.on)
    if not group.from_months <= months <= group.to_months:
        raise NoClassForAge(months=months)


def _close_other_lists(session: Session, actor: Actor, accepted: Offer, now: datetime) -> None:
    """The entry's other lists see that it waits there no more, but not where it went."""
    for choice in choices_of(session, accepted.entry_id):
        where = choice.institution_id
        if where != accepted.institution_id and choice.removed_at is None:
            what = Happened.LEFT
            entry_id = accepted.entry_id
            log.write(session, actor, entry_id, what, now=now, institution_id=where, why="booked")


def _rivals(session: Session, offer_ids: Sequence[int]) -> list[int]:
    """The children's other live entries that ask for the time of these offers."""
    found: set[int] = set()
    accepted = session.scalars(select(Offer).where(Offer.id.in_(offer_ids))).all()
    for given in accepted:
        found.update(session.scalars(_overlapping(session, given)))
    return sorted(found - {given.entry_id for given in accepted})


def _overlapping(session: Session, given: Offer) -> Select[int]:
    """Entries of the child for the same time; a day's care leaves a wish to enrol standing."""
    theirs = (
        select(Wish.entry_id)
        .join(WaitlistEntry, WaitlistEntry.id == Wish.entry_id)
        .where(WaitlistEntry.child_id == given.child_id, WaitlistEntry.state.in_(LIVE))
        .distinct()
    )
    if given.enrolment_id is None:
        stay = session.get_one(Stay, given.stay_id)
        mask = wishes.mask_of(stay.wished_slots())
        return theirs.where(Wish.on == given.on, Wish.slots.op("&")(mask) != 0)
    made = session.get_one(Enrolment, given.enrolment_id)
    weekdays = wishes.weekday_mask(made.weekdays)
    bit = func.power(2, func.extract("isodow", Wish.on) - 1)
    comes = cast(bit, SmallInteger).op("&")(weekdays) != 0
    same_days = Wish.weekdays.op("&")(weekdays) != 0
    same_hours = Wish.slots.op("&")(wishes.mask_of(made.slots())) != 0
    return theirs.where(same_hours, or_(same_days, (Wish.on >= given.on) & comes))


def decline(session: Session, actor: Actor, *, offer_id: int, now: datetime) -> Offer:
    """Let the next family have it, at once. Twice is once. Raises `OfferEnded`."""
    found = offer(session, actor, offer_id)
    lock(session, Family, [actor.own_family()])
    held = ending.lock_offers(session, ending.together(session, found.id))
    found = held.offers[found.id]
    if found.state == OfferState.DECLINED:
        return found
    _require_open(found, now)
    for given in held.offers.values():
        if given.state == OfferState.OPEN:
            held.entries[given.entry_id].expiries = 0
            ending.end_offer(session, actor, held, given, OfferState.DECLINED, now=now)
    return found

"""The institution's view of its lists: the order with reasons, who would be next, the log."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session

from childcare import ages, clock, institutions, people
from childcare.actors import DESK, Actor
from childcare.db import one
from childcare.errors import NotFound
from childcare.institutions import ClassGroup
from childcare.people import Child, Guardian
from childcare.waitlist import order, queue, wishes
from childcare.waitlist.models import (
    Choice,
    Happened,
    Offer,
    OfferState,
    WaitlistEntry,
    WaitlistEvent,
    Wish,
)


@dataclass(frozen=True)
class Line:
    """One wish of the list: `rank` counts from 1 within its class and day (or its enrolments)."""

    wish: Wish
    entry: WaitlistEntry
    child: Child | None
    months: int | None
    guardians: Sequence[Guardian]
    rank: int
    reasons: Sequence[str]
    open_offer: Offer | None
    notes: Sequence[WaitlistEvent]


@dataclass(frozen=True)
class Turn:
    """How a wish would fare if a place came free: it would be offered, or passed over for `why`."""

    wish: Wish
    why: str | None

    @property
    def fits(self) -> bool:
        return self.why is None


def require_desk(session: Session, actor: Actor, institution_id: int) -> None:
    """Raises `NotFound` for strangers, `Forbidden` for staff without the role."""
    institutions.institution(session, institution_id)
    if institution_id not in actor.roles:
        raise NotFound
    actor.require(institution_id, *DESK)


def lines(
    session: Session,
    actor: Actor,
    *,
    institution_id: int,
    now: datetime,
    class_id: int | None = None,
    on: date | None = None,
) -> list[Line]:
    """Who waits there, by class, day and order; every child named is written to the access log.

    `on` narrows it to what asks for a day.
    """
    require_desk(session, actor, institution_id)
    query = select(Wish).where(Wish.institution_id == institution_id, Wish.live)
    if class_id is not None:
        query = query.where(Wish.class_id == class_id)
    if on is not None:
        query = query.where(queue.asks_for(session, on))
    by_list = query.order_by(Wish.class_id, Wish.on.nulls_last(), *queue.IN_ORDER)
    found = session.scalars(by_list).all()
    return _Lines(session, actor, institution_id, found, now).all()


class _Lines:
    """Everything the lines of one page need, each kind of record read at once."""

    def __init__(
        self,
        session: Session,
        actor: Actor,
        institution_id: int,
        found: Sequence[Wish],
        now: datetime,
    ) -> None:
        self._found, self._today = found, clock.today(now)
        ids = {wish.entry_id for wish in found}
        entries = session.scalars(select(WaitlistEntry).where(WaitlistEntry.id.in_(ids)))
        self._entries = {entry.id: entry for entry in entries}
        self._children = people.children_waiting(
            session,
            actor,
            institution_id=institution_id,
            child_ids={wish.child_id for wish in found},
        )
        families = {wish.family_id for wish in found}
        self._guardians = people.guardians_by_family(session, families)
        points = order.points_of(order.table_in_force(session, institution_id, now))
        self._reasons = order.reasons(session, found, points, today=self._today)
        self._offers = _open_offers(session, institution_id, ids)
        self._notes = _notes(session, institution_id, ids)

    def all(self) -> list[Line]:
        ranks: dict[tuple[int, date | None], int] = defaultdict(int)
        made = []
        for wish in self._found:
            ranks[wish.class_id, wish.on] += 1
            made.append(self._line(wish, ranks[wish.class_id, wish.on]))
        return made

    def _line(self, wish: Wish, rank: int) -> Line:
        child = self._children.get(wish.child_id)
        day = max(wish.on or wish.from_on or self._today, self._today)
        return Line(
            wish=wish,
            entry=self._entries[wish.entry_id],
            child=child,
            months=ages.months_on(child.born_on, day) if child else None,
            guardians=self._guardians.get(wish.family_id, ()),
            rank=rank,
            reasons=self._reasons[wish.id],
            open_offer=self._offers.get(wish.entry_id),
            notes=self._notes.get(wish.entry_id, ()),
        )


def _open_offers(
    session: Session, institution_id: int, entry_ids: Collection[int]
) -> dict[int, Offer]:
    found = session.scalars(
        select(Offer).where(
            Offer.institution_id == institution_id,
            Offer.entry_id.in_(entry_ids),
            Offer.state == OfferState.OPEN,
        )
    )
    return {offer.entry_id: offer for offer in found}


def _notes(
    session: Session, institution_id: int, entry_ids: Collection[int]
) -> dict[int, list[WaitlistEvent]]:
    found = session.scalars(
        select(WaitlistEvent)
        .where(
            WaitlistEvent.entry_id.in_(entry_ids),
            WaitlistEvent.institution_id == institution_id,
            WaitlistEvent.kind == Happened.NOTED,
        )
        .order_by(WaitlistEvent.id)
    )
    notes: dict[int, list[WaitlistEvent]] = defaultdict(list)
    for event in found:
        notes[event.entry_id].append(event)
    return notes


def if_free(
    session: Session,
    actor: Actor,
    *,
    class_id: int,
    on: date,
    slots: Collection[int],
    now: datetime,
) -> list[Turn]:
    """Who would be asked, in order, if these slots came free: the first that fits gets them.

    Nobody is barred in what has not happened yet.
    """
    group = one(session, select(ClassGroup).where(ClassGroup.id == class_id))
    require_desk(session, actor, group.institution_id)
    waiting = select(Wish).where(Wish.class_id == class_id, Wish.live, queue.asks_for(session, on))
    found = session.scalars(waiting.order_by(*queue.IN_ORDER)).all()
    busy = set(session.scalars(queue.with_offer_then([wish.id for wish in found])))
    mask = wishes.mask_of(slots)
    return [Turn(wish, _why_not(wish, mask, busy)) for wish in found if wish.slots & mask]


def _why_not(wish: Wish, mask: int, busy: Collection[int]) -> str | None:
    if wish.on is None:
        return "days"
    if wish.slots & ~mask:
        return "hours"
    return "has-offer" if wish.id in busy else None


def open_offers_at(
    session: Session, actor: Actor, *, institution_id: int, now: datetime
) -> Sequence[Offer]:
    """The institution's live offers, the first deadline first."""
    require_desk(session, actor, institution_id)
    found = select(Offer).where(
        Offer.institution_id == institution_id,
        Offer.state == OfferState.OPEN,
        Offer.ends_at > now,
    )
    return session.scalars(found.order_by(Offer.ends_at, Offer.id)).all()


def events_at(
    session: Session,
    actor: Actor,
    *,
    institution_id: int,
    entry_id: int | None = None,
    kinds: Collection[Happened] = (),
    from_at: datetime | None = None,
    to_at: datetime | None = None,
    before: int = 0,
    limit: int = 50,
) -> Sequence[WaitlistEvent]:
    """What happened on the institution's lists, newest first; `before` is the last id seen.

    Joining, pausing and leaving belong to every list that an entry is on at that time.
    """
    require_desk(session, actor, institution_id)
    listed = exists().where(
        Choice.entry_id == WaitlistEvent.entry_id,
        Choice.institution_id == institution_id,
        Choice.joined_at <= WaitlistEvent.at,
        or_(Choice.removed_at.is_(None), Choice.removed_at >= WaitlistEvent.at),
    )
    query = select(WaitlistEvent).where(
        or_(
            WaitlistEvent.institution_id == institution_id,
            and_(WaitlistEvent.institution_id.is_(None), listed),
        )
    )
    if entry_id is not None:
        query = query.where(WaitlistEvent.entry_id == entry_id)
    if kinds:
        query = query.where(WaitlistEvent.kind.in_(kinds))
    if from_at is not None:
        query = query.where(WaitlistEvent.at >= from_at)
    if to_at is not None:
        query = query.where(WaitlistEvent.at < to_at)
    if before:
        query = query.where(WaitlistEvent.id < before)
    return session.scalars(query.order_by(WaitlistEvent.id.desc()).limit(limit)).all()

"""The desk's page of its lists: every list in its order, what is free, who has an offer, who rests.

However many wait, it costs the same number of queries.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, literal, select
from sqlalchemy.dialects.postgresql import aggregate_order_by, distinct_on
from sqlalchemy.orm import Session

from childcare import ages, clock, institutions, waitlist
from childcare.actors import Actor
from childcare.capacity import ClassDay
from childcare.institutions import ClassGroup
from childcare.people import Child, Guardian
from childcare.reports.stamps import stamp_of
from childcare.reports.waiting.known import Known, known, require_desk
from childcare.reports.waiting.telling import hours_of
from childcare.waitlist import (
    LIVE,
    Choice,
    EntryState,
    Happened,
    Line,
    Offer,
    PriorityTable,
    WaitlistEntry,
    WaitlistEvent,
    Wish,
    lifetimes,
    queue,
    wishes,
)


class Which(StrEnum):
    """Which lists are in sight, where it is not those of one day."""

    EACH = "each"
    LONG_TERM = "long-term"


# A page left open is drawn anew this often: deadlines come closer.
FRESH_FOR = timedelta(minutes=1)


@dataclass(frozen=True)
class Listed:
    """Those who wait in one class for one day, or (`on` is None) for an enrolment, in order.

    `free` are those slots they ask for with room now; `turn` is the line that an offer in order
    would go to.
    """

    group: ClassGroup
    on: date | None
    lines: Sequence[Line]
    free: Sequence[int]
    turn: Line | None


@dataclass(frozen=True)
class Paused:
    """An entry that rests: it keeps its time, and is offered nothing."""

    entry: WaitlistEntry
    choice: Choice
    child: Child | None
    months: int | None
    guardians: Sequence[Guardian]


@dataclass(frozen=True)
class OpenOffer:
    """An offer somebody has not answered yet."""

    offer: Offer
    child: Child | None
    group: ClassGroup | None
    hours: clock.Period | None


@dataclass(frozen=True)
class Board:
    """What the page shows; `by_class` and `by_day` count wishes for the ways to other lists.

    `last` is what last came of a place for an entry, by its id.
    """

    institution_id: int
    at: datetime
    groups: Sequence[ClassGroup]
    lists: Sequence[Listed]
    paused: Sequence[Paused]
    offers: Sequence[OpenOffer]
    last: Mapping[int, WaitlistEvent]
    table: PriorityTable | None
    by_class: Mapping[int, int]
    by_day: Mapping[date | None, int]
    stamp: str

    @property
    def waiting(self) -> int:
        return sum(self.by_class.values())


def board(
    session: Session,
    actor: Actor,
    *,
    institution_id: int,
    class_id: int | None = None,
    when: date | Which = Which.EACH,
    now: datetime,
) -> Board:
    """The lists of an institution, narrowed to a class and a day.

    Every child shown is written to its family's access log. Raises `Forbidden`, `NotFound`.
    """
    where = institution_id
    shown_stamp = stamp(session, actor, institution_id=where, now=now)
    lines = _lines(session, actor, where, class_id, when, now)
    groups = institutions.classes_of(session, where)
    offers = waitlist.open_offers_at(session, actor, institution_id=where, now=now)
    resting = _resting(session, where)
    ids = {offer.entry_id for offer in offers} | set(resting)
    shown = known(session, actor, institution_id=where, entry_ids=ids)
    by_class, by_day = _counts(session, where, class_id)
    return Board(
        institution_id=where,
        at=now,
        groups=groups,
        lists=_lists(session, lines, {group.id: group for group in groups}, now),
        paused=[_paused(shown, entry_id, clock.today(now)) for entry_id in resting],
        offers=_offers(session, offers, shown, {group.id: group for group in groups}),
        last=_last(session, where, {line.entry.id for line in lines}),
        table=waitlist.table_in_force(session, where, now),
        by_class=by_class,
        by_day=by_day,
        stamp=shown_stamp,
    )


def _lines(
    session: Session,
    actor: Actor,
    institution_id: int,
    class_id: int | None,
    when: date | Which,
    now: datetime,
) -> Sequence[Line]:
    on = when if isinstance(when, date) else None
    found = waitlist.lines(
        session, actor, institution_id=institution_id, class_id=class_id, on=on, now=now
    )
    if when is Which.EACH:
        return found
    return [line for line in found if line.wish.on == on]


def _lists(
    session: Session, lines: Sequence[Line], groups: Mapping[int, ClassGroup], now: datetime
) -> list[Listed]:
    by_list: dict[tuple[int, date | None], list[Line]] = defaultdict(list)
    for line in lines:
        by_list[line.wish.class_id, line.wish.on].append(line)
    free = _free(session, by_list, now)
    busy = set(session.scalars(queue.with_offer_then([line.wish.id for line in lines])))
    made = [
        Listed(
            group=groups[class_id],
            on=on,
            lines=found,
            free=_wanted(found, free.get((class_id, on), 0)),
            turn=_turn(found, free.get((class_id, on), 0), busy, now),
        )
        for (class_id, on), found in by_list.items()
    ]
    return sorted(made, key=lambda one: (one.on or date.max, one.group.id))


def _free(
    session: Session, wanted: Collection[tuple[int, date | None]], now: datetime
) -> dict[tuple[int, date | None], int]:
    days = session.scalars(
        select(ClassDay)
        .where(ClassDay.class_id.in_({class_id for class_id, _ in wanted}))
        .where(ClassDay.on.in_({on for _, on in wanted if on is not None}))
    )
    return {(day.class_id, day.on): queue.free_mask(day, now=now) for day in days}


def _wanted(lines: Sequence[Line], free: int) -> Sequence[int]:
    asked = 0
    for line in lines:
        asked |= line.wish.slots
    return wishes.slots_in(asked & free)


def _turn(lines: Sequence[Line], free: int, busy: Collection[int], now: datetime) -> Line | None:
    soonest = now + lifetimes.SOONEST
    fitting = (
        line
        for line in lines
        if line.wish.during is not None
        and not line.wish.slots & ~free
        and line.wish.id not in busy
        and clock.bounds(line.wish.during)[0] >= soonest
    )
    return next(fitting, None)


def _resting(session: Session, institution_id: int) -> Sequence[int]:
    return session.scalars(
        select(WaitlistEntry.id)
        .join(Choice, Choice.entry_id == WaitlistEntry.id)
        .where(
            Choice.institution_id == institution_id,
            Choice.removed_at.is_(None),
            WaitlistEntry.state == EntryState.PAUSED,
        )
        .order_by(WaitlistEntry.joined_at, WaitlistEntry.id)
    ).all()


def _paused(shown: Known, entry_id: int, today: date) -> Paused:
    entry, child = shown.entries[entry_id], shown.child(entry_id)
    day = max(entry.on or entry.from_month or today, today)
    return Paused(
        entry=entry,
        choice=shown.choices[entry_id],
        child=child,
        months=ages.months_on(child.born_on, day) if child else None,
        guardians=shown.people(entry_id),
    )


def _offers(
    session: Session, offers: Sequence[Offer], shown: Known, groups: Mapping[int, ClassGroup]
) -> list[OpenOffer]:
    hours = hours_of(session, offers)
    return [
        OpenOffer(
            offer=offer,
            child=shown.child(offer.entry_id),
            group=groups.get(offer.class_id),
            hours=hours.get(offer.stay_id or 0),
        )
        for offer in offers
    ]


CAME_OF_IT = (Happened.PASSED_OVER, Happened.DECLINED, Happened.EXPIRED, Happened.WITHDRAWN)


def _last(
    session: Session, institution_id: int, entry_ids: Collection[int]
) -> dict[int, WaitlistEvent]:
    rows = session.scalars(
        select(WaitlistEvent)
        .where(
            WaitlistEvent.entry_id.in_(entry_ids),
            WaitlistEvent.institution_id == institution_id,
            WaitlistEvent.kind.in_(CAME_OF_IT),
        )
        .ext(distinct_on(WaitlistEvent.entry_id))
        .order_by(WaitlistEvent.entry_id, WaitlistEvent.id.desc())
    )
    return {row.entry_id: row for row in rows}


def _counts(
    session: Session, institution_id: int, class_id: int | None
) -> tuple[Counter[int], Counter[date | None]]:
    rows = session.execute(
        select(Wish.class_id, Wish.on, func.count())
        .where(Wish.institution_id == institution_id, Wish.live)
        .group_by(Wish.class_id, Wish.on)
    )
    by_class: Counter[int] = Counter()
    by_day: Counter[date | None] = Counter()
    for one_class, on, count in rows:
        by_class[one_class] += count
        if class_id in (None, one_class):
            by_day[on] += count
    return by_class, by_day


def stamp(session: Session, actor: Actor, *, institution_id: int, now: datetime) -> str:
    """What changes when the lists do: one cheap query; another one every minute.

    Raises `NotFound`, `Forbidden`.
    """
    require_desk(actor, institution_id)
    live = (
        select(func.concat(func.count(), ":", func.sum(WaitlistEntry.version)))
        .join(Choice, Choice.entry_id == WaitlistEntry.id)
        .where(Choice.institution_id == institution_id, Choice.removed_at.is_(None))
        .where(WaitlistEntry.state.in_(LIVE))
        .scalar_subquery()
    )
    order = (
        select(func.concat(func.count(), ":", func.sum(Wish.priority)))
        .where(Wish.institution_id == institution_id, Wish.live)
        .scalar_subquery()
    )
    last = (
        select(WaitlistEvent.id)
        .where(WaitlistEvent.institution_id == institution_id)
        .order_by(WaitlistEvent.at.desc(), WaitlistEvent.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    waited = select(Wish.class_id, Wish.on).where(
        Wish.institution_id == institution_id, Wish.live, Wish.on.is_not(None)
    )
    counts = func.concat(ClassDay.capacity, ClassDay.taken)
    places = (
        select(func.md5(func.string_agg(counts, aggregate_order_by(literal("|"), ClassDay.id))))
        .where(ClassDay.institution_id == institution_id, ClassDay.on >= clock.today(now))
        .where(func.row(ClassDay.class_id, ClassDay.on).in_(waited))
        .scalar_subquery()
    )
    row = session.execute(select(live, order, last, places)).one()
    minute = int(now.timestamp() // FRESH_FOR.total_seconds())
    return stamp_of(*row, minute)

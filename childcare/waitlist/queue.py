"""The queue as SQL sees it: who is next for what is free, and who was passed over and why.

The statements walk an index of the class day in its order and stop at the first wish that fits, so
that a promotion does not look at everybody who waits.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from childcare import clock, schedule
from childcare.capacity import ClassDay
from childcare.stays import State, Stay
from childcare.waitlist import lifetimes
from childcare.waitlist.models import (
    Bar,
    Happened,
    Offer,
    OfferState,
    WaitlistEvent,
    Wish,
)
from childcare.waitlist.offering import Gone, PassedOver
from childcare.waitlist.wishes import WHOLE_DAY, mask_of, slots_in

DAYS_OF_WEEK = range(7)


@dataclass(frozen=True)
class Free:
    """What a class has free in one round: `mask` of a day's slots, all yet to begin."""

    institution_id: int
    class_id: int
    round_id: int
    day: ClassDay | None
    mask: int
    now: datetime

    def without_room(self) -> "Free":
        return replace(self, mask=0)


def free_of(class_day: ClassDay, round_id: int, *, now: datetime) -> Free:
    """What a locked class day has free from now on."""
    mask = free_mask(class_day, now=now)
    return Free(class_day.institution_id, class_day.class_id, round_id, class_day, mask, now)


def free_mask(class_day: ClassDay, *, now: datetime) -> int:
    first = clock.first_slot_from(class_day.on, now)
    room = range(first, clock.SLOTS_PER_DAY)
    return mask_of(s for s in room if class_day.taken[s] < class_day.capacity[s])


def next_turn(session: Session, free: Free, tried: Collection[int]) -> Wish | None:
    """The first in order whose wish fits what is free, those already tried left out."""
    turns = [
        turn for turn in (_stay(session, free, tried), _enrolment(session, free, tried)) if turn
    ]
    return min(turns, key=key_of, default=None)


def key_of(wish: Wish) -> tuple[int, datetime, int]:
    """What orders: priority high to low, then time of entry, then id."""
    return (-wish.priority, wish.joined_at, wish.entry_id)


def is_ahead_of(wish: Wish) -> ColumnElement[bool]:
    """Whether another wish comes before this one."""
    key = tuple_(-Wish.priority, Wish.joined_at, Wish.entry_id)
    return key < tuple_(literal(-wish.priority), literal(wish.joined_at), literal(wish.entry_id))


def with_offer_then(wish_ids: Sequence[int]) -> Select[int]:
    """Those of these wishes whose child has an open offer for some of that time."""
    return select(Wish.id).where(Wish.id.in_(wish_ids), has_offer_then())


IN_ORDER = (Wish.priority.desc(), Wish.joined_at, Wish.entry_id)


def _stay(session: Session, free: Free, tried: Collection[int]) -> Wish | None:
    if free.day is None or not free.mask:
        return None
    query = (
        _waiting(free, tried)
        .where(Wish.on == free.day.on)
        .where(Wish.slots.op("&")(WHOLE_DAY & ~free.mask) == 0)
        .where(func.lower(Wish.during) >= free.now + lifetimes.SOONEST)
        .where(~has_offer_then())
    )
    return session.scalars(query).first()


def _waiting(free: Free, tried: Collection[int]) -> Select[Wish]:
    query = (
        select(Wish)
        .where(Wish.class_id == free.class_id, Wish.live)
        .where(~_barred(free.round_id))
        .order_by(*IN_ORDER)
        .limit(1)
        .execution_options(populate_existing=True)
    )
    return query.where(Wish.id.not_in(tried)) if tried else query


def _barred(round_id: int) -> ColumnElement[bool]:
    return exists().where(
        Bar.round_id == round_id,
        Bar.family_id == Wish.family_id,
        or_(Bar.child_id.is_(None), Bar.child_id == Wish.child_id),
    )


def has_offer_then() -> ColumnElement[bool]:
    return exists().where(
        Stay.child_id == Wish.child_id,
        # As the constraint's index has it.
        Stay.state == literal(State.OFFERED.value, literal_execute=True),
        Stay.holds.op("&&")(Wish.during),
    )


def _enrolment(session: Session, free: Free, tried: Collection[int]) -> Wish | None:
    """An enrolment needs every opened day from its start; the plan beyond is looked at later."""
    months = _months(session, free)
    if not months:
        return None
    busy = _busy(session, free)
    tomorrow = clock.today(free.now) + timedelta(days=1)
    turns = [
        session.scalars(
            _waiting(free, tried)
            .where(Wish.from_on == month, ~_has_open_enrolment())
            .where(*_fits_weekdays(busy, max(month, tomorrow)))
        ).first()
        for month in months
    ]
    return min((turn for turn in turns if turn), key=key_of, default=None)


def _months(session: Session, free: Free) -> Sequence[date]:
    asked = select(Wish.from_on).where(
        Wish.class_id == free.class_id, Wish.live, Wish.from_on.is_not(None)
    )
    return [on for on in session.scalars(asked.distinct()) if on is not None]


def _has_open_enrolment() -> ColumnElement[bool]:
    return exists().where(
        Offer.child_id == Wish.child_id,
        Offer.state == OfferState.OPEN,
        Offer.enrolment_id.is_not(None),
    )


def _busy(session: Session, free: Free) -> list[tuple[date, int, int]]:
    """Date, weekday it runs (bit) and slots without room, of each opened day that is worked."""
    today = clock.today(free.now)
    days = session.scalars(
        select(ClassDay)
        .where(ClassDay.class_id == free.class_id, ClassDay.on > today)
        .order_by(ClassDay.on)
        .execution_options(populate_existing=True)
    ).all()
    if not days:
        return []
    table = schedule.timetable(
        session, free.institution_id, [free.class_id], days[0].on, days[-1].on
    )
    return [
        (day.on, runs - 1, WHOLE_DAY & ~free_mask(day, now=free.now))
        for day in days
        if (runs := table.day(day.on).runs_weekday) and table.hours(free.class_id, day.on)
    ]


def _fits_weekdays(busy: Sequence[tuple[date, int, int]], start: date) -> list[ColumnElement[bool]]:
    conditions = []
    for bit in DAYS_OF_WEEK:
        full = 0
        for on, runs, mask in busy:
            full |= mask if runs == bit and on >= start else 0
        if full:
            comes = Wish.weekdays.op("&")(1 << bit) != 0
            conditions.append(~and_(comes, Wish.slots.op("&")(full) != 0))
    return conditions


def log_passes(
    session: Session,
    before: Free,
    after: Free,
    last: Wish | None,
    tried: Mapping[Wish, PassedOver],
) -> None:
    """Write who was passed over, once a round and reason.

    Those ahead of `last`, the last one offered, whose wish touches what was free; and all whose
    wish touches what is free still, for which nobody was found.
    """
    for wish, problem in tried.items():
        if not isinstance(problem, Gone):
            _log_one(session, before, wish, problem)
    if before.day is None:
        return
    touches = Wish.slots.op("&")(after.mask) != 0 if after.mask else false()
    if last is not None:
        touches = or_(touches, and_(is_ahead_of(last), Wish.slots.op("&")(before.mask) != 0))
    left_out = [wish.id for wish in tried]
    _log_all(session, before, touches, left_out)


def _log_one(session: Session, free: Free, wish: Wish, problem: PassedOver) -> None:
    facts = {**_facts(free), **{name: str(fact) for name, fact in problem.facts.items()}}
    row = upsert(WaitlistEvent).values(
        entry_id=wish.entry_id,
        institution_id=free.institution_id,
        at=free.now,
        actor="system",
        kind=Happened.PASSED_OVER,
        round_id=free.round_id,
        why=problem.reason,
        facts=facts,
    )
    session.execute(row.on_conflict_do_nothing())


def _facts(free: Free) -> dict[str, Any]:
    runs = [[clock.hhmm(a), clock.hhmm(b)] for a, b in clock.runs(slots_in(free.mask))]
    on = {"on": free.day.on.isoformat()} if free.day else {}
    return {"class_id": free.class_id, "free": runs, **on}


def _log_all(
    session: Session, free: Free, touches: ColumnElement[bool], left_out: Sequence[int]
) -> None:
    if free.day is None:
        return
    on = free.day.on
    runs = schedule.runs_weekday(session, on)
    comes = Wish.weekdays.op("&")(1 << (runs - 1) if runs else 0) != 0
    asks_then = or_(Wish.on == on, and_(Wish.from_on <= on, comes))
    offered = exists().where(Offer.entry_id == Wish.entry_id, Offer.round_id == free.round_id)
    barred = (
        select(func.min(Bar.why))
        .where(
            Bar.round_id == free.round_id,
            Bar.family_id == Wish.family_id,
            or_(Bar.child_id.is_(None), Bar.child_id == Wish.child_id),
        )
        .scalar_subquery()
    )
    why = func.coalesce(
        barred,
        case(
            (Wish.from_on.is_not(None), "days"),
            (has_offer_then(), "has-offer"),
            else_="hours",
        ),
    )
    passed = select(
        Wish.entry_id,
        literal(free.institution_id),
        literal(free.now),
        literal("system"),
        literal(Happened.PASSED_OVER.value),
        literal(free.round_id),
        why,
        literal(_facts(free), WaitlistEvent.facts.type),
    ).where(Wish.class_id == free.class_id, Wish.live, asks_then, touches, ~offered)
    if left_out:
        passed = passed.where(Wish.id.not_in(left_out))
    columns = [
        "entry_id",
        "institution_id",
        "at",
        "actor",
        "kind",
        "round_id",
        "why",
        "facts",
    ]
    session.execute(upsert(WaitlistEvent).from_select(columns, passed).on_conflict_do_nothing())

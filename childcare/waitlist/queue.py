"""The queue as SQL sees it: who is next for what is free, and who was passed over and why.

The statements walk an index of the class day in its order and stop at the first wish that fits, so
that a promotion does not look at everybody who waits.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Select,
    and_,
    bindparam,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import Session

from childcare import clock, schedule
from childcare.capacity import ClassDay
from childcare.people import Child
from childcare.stays import State, Stay
from childcare.waitlist import lifetimes
from childcare.waitlist.models import (
    Bar,
    Offer,
    OfferState,
    WaitlistEntry,
    Wish,
)
from childcare.waitlist.wishes import WHOLE_DAY, mask_of

DAYS_OF_WEEK = range(7)


@dataclass(frozen=True)
class Free:
    """What a class has free in one round: `mask` of a day's slots, all yet to begin.

    `enrolments` tells whether anybody waits to be enrolled in the class.
    """

    institution_id: int
    class_id: int
    round_id: int
    day: ClassDay | None
    mask: int
    enrolments: bool
    now: datetime

    @property
    def is_nothing(self) -> bool:
        return self.day is not None and not self.mask

    def without_room(self) -> "Free":
        return replace(self, mask=0)


def free_mask(class_day: ClassDay, *, now: datetime) -> int:
    first = clock.first_slot_from(class_day.on, now)
    room = range(first, clock.SLOTS_PER_DAY)
    return mask_of(s for s in room if class_day.taken[s] < class_day.capacity[s])


def next_turn(session: Session, free: Free, tried: Collection[int]) -> Wish | None:
    """The first in order whose wish fits what is free, those already tried left out.

    Its entry and its child are read with it.
    """
    if free.is_nothing:
        return None
    turns = [_stay(session, free, tried)]
    if free.enrolments:
        turns.append(_enrolment(session, free, tried))
    return min((turn for turn in turns if turn), key=key_of, default=None)


# The same as `key_of`, of a row.
KEY = tuple_(-Wish.priority, Wish.joined_at, Wish.entry_id)


def key_of(wish: Wish) -> tuple[int, datetime, int]:
    """What orders: priority high to low, then time of entry, then id."""
    return (-wish.priority, wish.joined_at, wish.entry_id)


def is_ahead_of(wish: Wish) -> ColumnElement[bool]:
    """Whether another wish comes before this one."""
    return tuple_(literal(-wish.priority), literal(wish.joined_at), literal(wish.entry_id)) > KEY


def with_offer_then(wish_ids: Sequence[int]) -> Select[int]:
    """Those of these wishes whose child has an open offer for some of that time."""
    return select(Wish.id).where(Wish.id.in_(wish_ids), has_offer_then())


def is_in_turn(session: Session, wish: Wish, free: Free, group: Collection[int]) -> bool:
    """Whether nobody comes before a wish who may have what is free, its own `group` of entries
    aside."""
    before = select(Wish.id).where(
        Wish.class_id == free.class_id,
        Wish.on == wish.on,
        Wish.live,
        is_ahead_of(wish),
        Wish.entry_id.not_in(group),
        Wish.slots.op("&")(WHOLE_DAY & ~free.mask) == 0,
        func.lower(Wish.during) >= free.now + lifetimes.SOONEST,
        ~has_offer_then(),
        ~_barred(),
    )
    return session.scalar(before.limit(1), {"round_id": free.round_id}) is None


def asks_for(session: Session, on: date) -> ColumnElement[bool]:
    """Whether a wish is for a date, as a stay or as one of the days of an enrolment."""
    runs = schedule.runs_weekday(session, on)
    comes = Wish.weekdays.op("&")(1 << (runs - 1) if runs else 0) != 0
    return or_(Wish.on == on, and_(Wish.from_on <= on, comes))


IN_ORDER = (Wish.priority.desc(), Wish.joined_at, Wish.entry_id)


def _stay(session: Session, free: Free, tried: Collection[int]) -> Wish | None:
    if free.day is None:
        return None
    values = {
        **_who(free, tried),
        "on": free.day.on,
        "busy": WHOLE_DAY & ~free.mask,
        "soonest": free.now + lifetimes.SOONEST,
    }
    row = session.execute(_NEXT_STAY, values).first()
    return row[0] if row else None


def _who(free: Free, tried: Collection[int]) -> dict[str, Any]:
    return {"class_id": free.class_id, "round_id": free.round_id, "tried": list(tried)}


def _barred() -> ColumnElement[bool]:
    return exists().where(bars("round_id"))


def bars(round_id: str) -> ColumnElement[bool]:
    """Whether a bar of the round in the parameter `round_id` is for a wish's family or child."""
    return and_(
        Bar.round_id == bindparam(round_id, type_=BigInteger),
        Bar.family_id == Wish.family_id,
        or_(Bar.child_id.is_(None), Bar.child_id == Wish.child_id),
    )


def has_offer_then() -> ColumnElement[bool]:
    """Whether the child has an offer for some of that time, or the entry one at all."""
    kept = exists().where(
        Stay.child_id == Wish.child_id,
        # As the constraint's index has it.
        Stay.state == literal(State.OFFERED.value, literal_execute=True),
        Stay.holds.op("&&")(Wish.during),
    )
    return or_(kept, exists().where(Offer.entry_id == Wish.entry_id, _IS_OPEN))


_IS_OPEN = Offer.state == literal(OfferState.OPEN.value, literal_execute=True)


# Put together once: a promotion runs them several times.
_WAITING = (
    select(Wish, WaitlistEntry, Child)
    .join(WaitlistEntry, WaitlistEntry.id == Wish.entry_id)
    .join(Child, Child.id == Wish.child_id)
    .where(Wish.class_id == bindparam("class_id"), Wish.live, ~_barred())
    .where(Wish.id.not_in(bindparam("tried", expanding=True)))
    .order_by(*IN_ORDER)
    .limit(1)
    .execution_options(populate_existing=True)
)
_NEXT_STAY = (
    _WAITING.where(Wish.on == bindparam("on"))
    .where(Wish.slots.op("&")(bindparam("busy", type_=BigInteger)) == 0)
    .where(func.lower(Wish.during) >= bindparam("soonest", type_=DateTime(timezone=True)))
    .where(~has_offer_then())
)


def _enrolment(session: Session, free: Free, tried: Collection[int]) -> Wish | None:
    """An enrolment needs every opened day from its start; the plan beyond is looked at later."""
    full = busy(session, free.institution_id, free.class_id, now=free.now)
    tomorrow = clock.today(free.now) + timedelta(days=1)
    turns = []
    for month in _months(session, free):
        fits = _fits_weekdays(full, max(month, tomorrow))
        query = _WAITING.where(Wish.from_on == month, ~_has_open_enrolment(), *fits)
        row = session.execute(query, _who(free, tried)).first()
        turns += [row[0]] if row else []
    return min(turns, key=key_of, default=None)


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


def busy(
    session: Session, institution_id: int, class_id: int, *, now: datetime
) -> list[tuple[date, int, int]]:
    """Date, weekday it runs (bit) and slots without room, of each coming day that is opened and
    worked."""
    today = clock.today(now)
    days = session.scalars(
        select(ClassDay)
        .where(ClassDay.class_id == class_id, ClassDay.on > today)
        .order_by(ClassDay.on)
        .execution_options(populate_existing=True)
    ).all()
    if not days:
        return []
    first, last = days[0].on, days[-1].on
    table = schedule.timetable(session, institution_id, [class_id], first, last)
    return [
        (day.on, runs - 1, WHOLE_DAY & ~free_mask(day, now=now))
        for day in days
        if (runs := table.day(day.on).runs_weekday) and table.hours(class_id, day.on)
    ]


def _fits_weekdays(days: Sequence[tuple[date, int, int]], start: date) -> list[ColumnElement[bool]]:
    conditions = []
    for bit in DAYS_OF_WEEK:
        full = 0
        for on, runs, mask in days:
            full |= mask if runs == bit and on >= start else 0
        if full:
            comes = Wish.weekdays.op("&")(1 << bit) != 0
            conditions.append(~and_(comes, Wish.slots.op("&")(full) != 0))
    return conditions

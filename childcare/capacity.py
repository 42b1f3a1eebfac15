"""Capacity that cannot be oversold: one `ClassDay` row per class and date, counted by half hours.

A place is taken by one conditional UPDATE (`take`), far the fastest lawful design tried. Behind it
a trigger refuses any statement that raises `taken` above `capacity`, whatever the code does; only
opening a day (`opened_at` changes) may write more, and shows it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    ForeignKey,
    Index,
    SmallInteger,
    TextClause,
    UniqueConstraint,
    bindparam,
    false,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from childcare import freed, schedule
from childcare.clock import SLOTS_PER_DAY, hhmm
from childcare.db import Identified
from childcare.errors import Busy, DomainError
from childcare.freed import Freed
from childcare.institutions import ClassGroup
from childcare.schedule import Timetable

HORIZON_DAYS = 30  # class days exist from today to this many days ahead (default)


@dataclass(frozen=True)
class Scope:
    """What a failed taking looked at, so that dead holds there can be found (`app.act`)."""

    day_ids: tuple[int, ...] = ()
    child_id: int = 0


class CannotTake(DomainError):
    """A place could not be taken; `scope` is what stood in the way, perhaps something dead."""

    code = "cannot-take"
    scope: Scope = Scope()


@contextmanager
def looking_at(day_ids: Iterable[int], child_id: int) -> Iterator[None]:
    """Whatever cannot be taken inside was sought on all these days for this child.

    All of them, not only where it failed first: what is dead must be gone from every one of them
    before the one retry.
    """
    try:
        yield
    except CannotTake as refusal:
        refusal.scope = Scope(tuple(day_ids), child_id)
        raise


class NoPlace(CannotTake):
    """A wished slot is full. Facts: `from`, `to` of the first such slot, `class_name`, `reason`."""

    code = "no-place"
    constraints = ("ck_class_day_not_oversold",)


class DayNotOpened(DomainError):
    """The day lies beyond the horizon, or in the past."""

    code = "day-not-opened"


def _array_check(column: str) -> str:
    return (
        # An empty array has no dimensions: NULL, which a CHECK lets pass.
        f"array_dims({column}) IS NOT DISTINCT FROM '[1:48]'"
        f" AND array_position({column}, NULL) IS NULL AND 0 <= ALL ({column})"
    )


class ClassDay(Identified):
    """Places and children of one class on one date, in 48 half-hour slots each."""

    __tablename__ = "class_day"
    __table_args__ = (
        UniqueConstraint("class_id", "on"),
        Index("ix_class_day_institution_on", "institution_id", "on"),
        CheckConstraint(_array_check("capacity"), name="capacity"),
        CheckConstraint(_array_check("taken"), name="taken"),
        # Room in the page, so that counting up stays a heap-only update.
        {"postgresql_with": {"fillfactor": 50}},
    )

    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    class_id: Mapped[int] = mapped_column(ForeignKey("class_group.id"))
    on: Mapped[date]
    capacity: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    taken: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    opened_at: Mapped[datetime]
    # More wait for its places than one transaction serves: until it is cleared, only they take.
    queued: Mapped[bool] = mapped_column(default=False, server_default=false())
    # The round in which its places were last offered to whoever waits.
    round_id: Mapped[int | None]

    def room(self, slots: Iterable[int]) -> int:
        """Places nobody has taken through all of `slots`: the tightest decides; never below 0."""
        return max(min((self.capacity[s] - self.taken[s] for s in slots), default=0), 0)

    def free(self, slots: Iterable[int]) -> int:
        """Places on sale through all of `slots`: none while those who wait are being asked."""
        return 0 if self.queued else self.room(slots)

    @property
    def over(self) -> dict[int, int]:
        """By how many children each slot exceeds its capacity, slots without excess left out."""
        pairs = enumerate(zip(self.taken, self.capacity, strict=True))
        return {slot: taken - capacity for slot, (taken, capacity) in pairs if taken > capacity}


# A queued day's places are for those who wait for it (`waitlist.promote`).
ON_SALE = " AND NOT queued"


@cache
def _take_statement(count: int, sale: str) -> TextClause:
    """Count `count` slots up where every one has room. Single elements, not slices: faster."""
    ups = ", ".join(f"taken[:s{n}] = taken[:s{n}] + 1" for n in range(count))
    room = " AND ".join(f"taken[:s{n}] < capacity[:s{n}]" for n in range(count))
    return text(f"UPDATE class_day SET {ups} WHERE id = :day_id AND {room}{sale} RETURNING id")  # noqa: S608 - only counts and bind names are put together


@cache
def _shift_statement(ups: int, downs: int) -> TextClause:
    changes = [f"taken[:s{n}] = taken[:s{n}] + 1" for n in range(ups)]
    changes += [f"taken[:d{n}] = taken[:d{n}] - 1" for n in range(downs)]
    room = "".join(f" AND taken[:s{n}] < capacity[:s{n}]" for n in range(ups))
    room += ON_SALE if ups else ""
    return text(
        f"UPDATE class_day SET {', '.join(changes)} WHERE id = :day_id{room} RETURNING id"  # noqa: S608 - as above
    )


def elements(slots: Sequence[int], prefix: str = "s") -> dict[str, int]:
    """Bind values; PostgreSQL counts array elements from 1."""
    return {f"{prefix}{n}": slot + 1 for n, slot in enumerate(slots)}


def take(session: Session, day_id: int, slots: Sequence[int]) -> bool:
    """Count one more child in all of `slots`, if every one has room; else change nothing."""
    return _take(session, day_id, slots, ON_SALE)


def take_for_offer(session: Session, day_id: int, slots: Sequence[int]) -> bool:
    """As `take`, for whoever waits: also where the day is queued."""
    return _take(session, day_id, slots, "")


def _take(session: Session, day_id: int, slots: Sequence[int], sale: str) -> bool:
    if not slots:
        return True
    statement = _take_statement(len(slots), sale)
    return session.execute(statement, {"day_id": day_id, **elements(slots)}).first() is not None


def shift(session: Session, day_id: int, *, up: Sequence[int], down: Sequence[int]) -> bool:
    """Count up in `up`, where every slot has room, and down in `down`: both in one, or nothing.

    The caller notes what it freed (`freed.note`).
    """
    if not up and not down:
        return True
    values = {"day_id": day_id, **elements(up), **elements(down, "d")}
    return session.execute(_shift_statement(len(up), len(down)), values).first() is not None


def plan(group: ClassGroup, timetable: Timetable, on: date) -> list[int]:
    """Capacity by slot: 0 if closed, else min(places, class size, ratio × carers on shift)."""
    carers = timetable.carers(group.id, on)
    is_open = timetable.is_open(group.id, on)
    return [
        min(group.most, group.ratio * carers[slot]) if is_open[slot] else 0
        for slot in range(SLOTS_PER_DAY)
    ]


def set_capacity(session: Session, day: ClassDay, capacity: list[int]) -> None:
    """Replace a locked day's capacity; below `taken` is lawful and shows as `over`."""
    if any(new > old for new, old in zip(capacity, day.capacity, strict=True)):
        freed.note(session, Freed("capacity", day.id))
    session.execute(update(ClassDay).where(ClassDay.id == day.id).values(capacity=capacity))
    session.refresh(day)


def insert_days(
    session: Session,
    groups: Sequence[ClassGroup],
    dates: Sequence[date],
    timetable: Timetable,
    *,
    now: datetime,
) -> list[ClassDay]:
    """Create these classes' days with nobody in them, those that exist left out; by date."""
    rows = [
        {
            "institution_id": group.institution_id,
            "class_id": group.id,
            "on": on,
            "capacity": plan(group, timetable, on),
            "taken": [0] * SLOTS_PER_DAY,
            "opened_at": now,
        }
        for on in dates
        for group in groups
    ]
    made = session.scalars(_INSERT_DAY, rows).all() if rows else ()
    days = sorted(made, key=lambda day: (day.on, day.id))
    for day in days:
        if any(day.capacity):
            freed.note(session, Freed("opened", day.id))
    return days


_INSERT_DAY = (
    insert(ClassDay).on_conflict_do_nothing(index_elements=["class_id", "on"]).returning(ClassDay)
)


def days_of(session: Session, class_ids: Iterable[int], on: date) -> dict[int, ClassDay]:
    """The opened class days of a date by class id, as they stand now (no lock)."""
    query = select(ClassDay).where(ClassDay.class_id.in_(list(class_ids)), ClassDay.on == on)
    rows = session.scalars(query.execution_options(populate_existing=True))
    return {row.class_id: row for row in rows}


def lock_days(session: Session, day_ids: Iterable[int]) -> dict[int, ClassDay]:
    """Lock class days in the project's order (institution, class, date) and read them afresh."""
    rows = (
        select(ClassDay)
        .where(ClassDay.id.in_(set(day_ids)))
        .order_by(ClassDay.institution_id, ClassDay.class_id, ClassDay.on)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return {day.id: day for day in session.scalars(rows)}


def ranked(
    groups: Sequence[ClassGroup], days: Mapping[ClassGroup, ClassDay | None], slots: Sequence[int]
) -> list[tuple[ClassGroup, ClassDay]]:
    """Classes in the order to try: narrowest band, then most free in the tightest slot, then id."""
    opened = [(group, day) for group in groups if (day := days.get(group)) is not None]
    return sorted(
        opened,
        key=lambda pair: (pair[0].breadth, -pair[1].free(slots), pair[0].id),
    )


def classes_on(
    session: Session, institution_id: int, on: date
) -> dict[ClassGroup, ClassDay | None]:
    """An institution's classes, each with its class day of a date as it stands now (no lock)."""
    rows = session.execute(
        _CLASSES_ON,
        {"institution_id": institution_id, "on": on},
        execution_options={"populate_existing": True},
    )
    return {row[0]: row[1] for row in rows}


_CLASSES_ON = (
    select(ClassGroup, ClassDay)
    .outerjoin(ClassDay, (ClassDay.class_id == ClassGroup.id) & (ClassDay.on == bindparam("on")))
    .where(ClassGroup.institution_id == bindparam("institution_id"))
)


def refusal(
    session: Session, day: ClassDay, group: ClassGroup, slots: Iterable[int]
) -> NoPlace | Busy:
    """Why `slots` cannot be had: the first full one, and what would be needed there.

    `reason` is `closed`, `carer` (one more would help; `carers` says the how-manieth), `full`, or
    `queued` (free, but those who wait are being asked).
    `Busy` where a place came free since: the same request may be sent again.
    """
    wanted = list(slots)
    full = next((s for s in wanted if day.taken[s] >= day.capacity[s]), None)
    if full is None and not day.queued:
        return Busy()
    first = wanted[0] if full is None else full
    return NoPlace(
        on=day.on,
        start=hhmm(first),
        end=hhmm(first + 1),
        class_id=group.id,
        class_name=group.name,
        class_name_en=group.name_en or group.name,
        reason="queued" if full is None else _reason(session, day, group, full),
        carers=day.taken[first] // group.ratio + 1,
    )


def _reason(session: Session, day: ClassDay, group: ClassGroup, slot: int) -> str:
    if day.capacity[slot] == 0:
        table = schedule.timetable(session, day.institution_id, [group.id], day.on, day.on)
        if not table.is_open(group.id, day.on)[slot]:
            return "closed"
    return "carer" if day.taken[slot] < group.most else "full"

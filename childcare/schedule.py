"""When an institution is open and who cares for the children: hours, closures, holidays, shifts.

Precedence (domain rule): dated opening > closure > public holiday > make-up workday > weekday.
This module only knows; `planning` turns a change into capacity and stays.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TypeVar

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    SmallInteger,
    UniqueConstraint,
    bindparam,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from childcare import workdays
from childcare.clock import SLOTS_PER_DAY
from childcare.db import Base, Identified

SEEDED = "seed"
# Rows that are changed in place, of which a transaction may have read an older state.
AFRESH = {"populate_existing": True}
IN_DAY = "0 <= {0} AND {0} < {1} AND {1} <= 1440"


class WeeklyHours(Base):
    """Opening hours of a weekday (ISO: Monday 1), minutes since midnight; no row means closed."""

    __tablename__ = "weekly_hours"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 1 AND 7", name="weekday"),
        CheckConstraint(IN_DAY.format("opens", "closes"), name="in_day"),
    )

    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), primary_key=True)
    weekday: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    opens: Mapped[int] = mapped_column(SmallInteger)
    closes: Mapped[int] = mapped_column(SmallInteger)


class DatedOpening(Identified):
    """A day on which the institution is open by its own decision, whatever else says closed."""

    __tablename__ = "dated_opening"
    __table_args__ = (
        UniqueConstraint("institution_id", "on"),
        CheckConstraint(IN_DAY.format("opens", "closes"), name="in_day"),
    )

    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    on: Mapped[date]
    opens: Mapped[int] = mapped_column(SmallInteger)
    closes: Mapped[int] = mapped_column(SmallInteger)
    reason: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]


class Closure(Identified):
    """Days on which an institution, or one class of it, takes nobody; lifted, never deleted."""

    __tablename__ = "closure"
    __table_args__ = (
        CheckConstraint("from_on <= to_on", name="order"),
        Index("ix_closure_institution_days", "institution_id", "from_on", "to_on"),
    )

    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    class_id: Mapped[int | None] = mapped_column(ForeignKey("class_group.id"))
    from_on: Mapped[date]
    to_on: Mapped[date]
    reason: Mapped[str]
    created_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]


class CalendarEntry(Base):
    """A public holiday or a make-up workday of the city (a `workdays.CalendarRow`), by source."""

    __tablename__ = "calendar_day"
    __table_args__ = (
        CheckConstraint(
            f"kind IN ({', '.join(repr(str(kind)) for kind in workdays.DayKind)})", name="kind"
        ),
        CheckConstraint("runs_weekday BETWEEN 1 AND 7", name="runs_weekday"),
    )

    on: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    name_en: Mapped[str] = mapped_column(default="")
    # The weekday whose hours and carers a make-up workday runs; Wednesday unless told otherwise.
    runs_weekday: Mapped[int | None] = mapped_column(SmallInteger)
    source: Mapped[str] = mapped_column(default=SEEDED)


class WeeklyShift(Identified):
    """One carer's usual hours with a class on a weekday, minutes since midnight."""

    __tablename__ = "weekly_shift"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 1 AND 7", name="weekday"),
        CheckConstraint(IN_DAY.format("starts", "ends"), name="in_day"),
        Index("ix_weekly_shift_class_id", "class_id"),
    )

    class_id: Mapped[int] = mapped_column(ForeignKey("class_group.id"))
    weekday: Mapped[int] = mapped_column(SmallInteger)
    carer: Mapped[str]
    starts: Mapped[int] = mapped_column(SmallInteger)
    ends: Mapped[int] = mapped_column(SmallInteger)


class Roster(Base):
    """A class's carers on one date are as dated, not as usual; no shifts then means nobody."""

    __tablename__ = "roster"

    class_id: Mapped[int] = mapped_column(ForeignKey("class_group.id"), primary_key=True)
    on: Mapped[date] = mapped_column(primary_key=True)
    changed_at: Mapped[datetime]


class DatedShift(Identified):
    __tablename__ = "dated_shift"
    __table_args__ = (
        CheckConstraint(IN_DAY.format("starts", "ends"), name="in_day"),
        Index("ix_dated_shift_class_day", "class_id", "on"),
    )

    class_id: Mapped[int] = mapped_column(ForeignKey("class_group.id"))
    on: Mapped[date]
    carer: Mapped[str]
    starts: Mapped[int] = mapped_column(SmallInteger)
    ends: Mapped[int] = mapped_column(SmallInteger)


@dataclass(frozen=True)
class Shift:
    """A carer's hours on one date, minutes since midnight."""

    carer: str
    starts: int
    ends: int

    def __post_init__(self) -> None:
        if not 0 <= self.starts < self.ends <= 1440:
            raise ValueError((self.starts, self.ends))


@dataclass(frozen=True)
class Hours:
    """Opening hours of one date, minutes since midnight."""

    opens: int
    closes: int


@dataclass(frozen=True)
class Timetable:
    """Everything that decides the hours and carers of an institution's days, read at once."""

    weekly: Mapping[int, Hours]
    opened: Mapping[date, Hours]
    closures: Sequence[Closure]
    calendar: Mapping[date, CalendarEntry]
    usual: Mapping[tuple[int, int], Sequence[Shift]]
    rosters: frozenset[tuple[int, date]]
    dated: Mapping[tuple[int, date], Sequence[Shift]] = field(default_factory=dict)

    def day(self, on: date) -> workdays.Day:
        return workdays.day(on, self.calendar)

    def closure(self, class_id: int, on: date) -> Closure | None:
        return next(
            (
                closure
                for closure in self.closures
                if closure.from_on <= on <= closure.to_on and closure.class_id in (None, class_id)
            ),
            None,
        )

    def hours(self, class_id: int, on: date) -> Hours | None:
        """A class's hours on a date, None when closed; precedence as the module says."""
        if on in self.opened:
            return self.opened[on]
        weekday = self.day(on).runs_weekday
        if weekday is None or self.closure(class_id, on):
            return None
        return self.weekly.get(weekday)

    def shifts(self, class_id: int, on: date) -> Sequence[Shift]:
        if (class_id, on) in self.rosters:
            return self.dated.get((class_id, on), ())
        # A public holiday that is worked after all runs its own weekday's carers.
        weekday = self.day(on).runs_weekday or on.isoweekday()
        return self.usual.get((class_id, weekday), ())

    def carers(self, class_id: int, on: date) -> list[int]:
        """Carers on shift in each of the 48 slots; one counts only in slots wholly covered."""
        counts = [0] * SLOTS_PER_DAY
        for shift in self.shifts(class_id, on):
            for slot in range(-(-shift.starts // 30), shift.ends // 30):
                counts[slot] += 1
        return counts

    def is_open(self, class_id: int, on: date) -> list[bool]:
        """Whether each of the 48 slots lies wholly in the opening hours."""
        hours = self.hours(class_id, on)
        if hours is None:
            return [False] * SLOTS_PER_DAY
        return [
            hours.opens <= slot * 30 and (slot + 1) * 30 <= hours.closes
            for slot in range(SLOTS_PER_DAY)
        ]


Key = TypeVar("Key")


def _grouped(rows: Iterable[tuple[Key, Shift]]) -> dict[Key, list[Shift]]:
    groups: dict[Key, list[Shift]] = defaultdict(list)
    for key, shift in rows:
        groups[key].append(shift)
    return dict(groups)


def timetable(
    session: Session, institution_id: int, class_ids: Sequence[int], from_on: date, to_on: date
) -> Timetable:
    """Read what decides the days `from_on` … `to_on` (both included) of these classes, afresh."""
    weekly = session.scalars(
        select(WeeklyHours).where(WeeklyHours.institution_id == institution_id)
    )
    opened = session.scalars(
        select(DatedOpening).where(
            DatedOpening.institution_id == institution_id,
            DatedOpening.on.between(from_on, to_on),
        ),
        execution_options=AFRESH,
    )
    closures = session.scalars(
        select(Closure).where(
            Closure.institution_id == institution_id,
            Closure.lifted_at.is_(None),
            Closure.from_on <= to_on,
            Closure.to_on >= from_on,
            or_(Closure.class_id.is_(None), Closure.class_id.in_(class_ids)),
        )
    )
    usual, dated, rosters = _shifts(session, class_ids, from_on, to_on)
    return Timetable(
        weekly={row.weekday: Hours(row.opens, row.closes) for row in weekly},
        opened={row.on: Hours(row.opens, row.closes) for row in opened},
        closures=closures.all(),
        calendar=calendar(session, from_on, to_on),
        usual=usual,
        rosters=rosters,
        dated=dated,
    )


def _shifts(
    session: Session, class_ids: Sequence[int], from_on: date, to_on: date
) -> tuple[
    dict[tuple[int, int], list[Shift]],
    dict[tuple[int, date], list[Shift]],
    frozenset[tuple[int, date]],
]:
    """The usual shifts by (class, weekday), the dated ones and the rosters by (class, date)."""
    usual = session.scalars(select(WeeklyShift).where(WeeklyShift.class_id.in_(class_ids)))
    dated = session.scalars(
        select(DatedShift).where(
            DatedShift.class_id.in_(class_ids), DatedShift.on.between(from_on, to_on)
        )
    )
    rosters = session.execute(
        select(Roster.class_id, Roster.on).where(
            Roster.class_id.in_(class_ids), Roster.on.between(from_on, to_on)
        )
    )
    return (
        _grouped(
            ((row.class_id, row.weekday), Shift(row.carer, row.starts, row.ends)) for row in usual
        ),
        _grouped(((row.class_id, row.on), Shift(row.carer, row.starts, row.ends)) for row in dated),
        frozenset((row.class_id, row.on) for row in rosters),
    )


def calendar(session: Session, from_on: date, to_on: date) -> dict[date, CalendarEntry]:
    """The city's public holidays and make-up workdays of a range, both ends included."""
    rows = session.scalars(_CALENDAR, {"from": from_on, "to": to_on}, execution_options=AFRESH)
    return {row.on: row for row in rows}


def runs_weekday(session: Session, on: date) -> int | None:
    """The ISO weekday whose hours and carers a date runs; None for a public holiday."""
    return workdays.day(on, calendar(session, on, on)).runs_weekday


_CALENDAR = select(CalendarEntry).where(
    CalendarEntry.on.between(bindparam("from"), bindparam("to"))
)


def is_provisional(session: Session, year: int) -> bool:
    """Whether a year's make-up workdays are not published yet."""
    rows = calendar(session, date(year, 1, 1), date(year, 12, 31))
    return workdays.is_provisional(rows.values())


def keep_calendar(
    session: Session, rows: Iterable[workdays.CalendarRow], *, source: str = SEEDED
) -> list[date]:
    """Write calendar days that are new or differ; a seed never overwrites what a person entered.

    Returns the dates that changed, whose opened days must be planned again.
    """
    changed: list[date] = []
    for row in rows:
        known = session.get(CalendarEntry, row.on)
        facts = (str(row.kind), row.name, row.name_en, row.runs_weekday)
        if known and source == SEEDED and known.source != SEEDED:
            continue
        if known and (known.kind, known.name, known.name_en, known.runs_weekday) == facts:
            continue
        kind, name, name_en, runs = facts
        values = {"kind": kind, "name": name, "name_en": name_en, "runs_weekday": runs}
        session.execute(
            insert(CalendarEntry)
            .values(on=row.on, source=source, **values)
            .on_conflict_do_update(index_elements=["on"], set_={**values, "source": source})
        )
        changed.append(row.on)
    session.expire_all()
    return changed


def days(from_on: date, to_on: date) -> list[date]:
    """Every date of a range, both ends included."""
    return [from_on + timedelta(days=n) for n in range((to_on - from_on).days + 1)]

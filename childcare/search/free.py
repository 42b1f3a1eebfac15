"""Which days, hours and spans of one institution still have places, for a child of some age.

Only spans that `bookings.judge` would accept are listed; a place in all of a span is a place in one
class through all of it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from childcare import capacity, clock, institutions, pricing, schedule, workdays
from childcare.bookings import terms as sales
from childcare.capacity import ClassDay
from childcare.institutions import (
    LONG_TERM,
    CareForm,
    ClassGroup,
    DayPart,
    FeeSheet,
    NotOffered,
    Offering,
    Unit,
)
from childcare.search.query import require_day


@dataclass(frozen=True)
class DayFree:
    """A day in a calendar: `free` is the most places any bookable span has; 0 with `is_sold`
    means full or too late, or closed where it is not `is_open`."""

    on: date
    is_sold: bool
    free: int
    is_open: bool


@dataclass(frozen=True)
class SlotFree:
    """A half hour, minutes of the day."""

    start: int
    end: int
    free: int


@dataclass(frozen=True)
class ClassSlots:
    class_id: int
    name: str
    name_en: str
    slots: tuple[SlotFree, ...]


@dataclass(frozen=True)
class DaySlots:
    on: date
    classes: tuple[ClassSlots, ...]


@dataclass(frozen=True)
class End:
    """When a stay may end, minutes of the day, with its places and its price."""

    end: int
    free: int
    price_fen: int


@dataclass(frozen=True)
class Start:
    """When a stay may begin, minutes of the day; `free` is the most that any of its ends has."""

    start: int
    free: int
    ends: tuple[End, ...]


@dataclass(frozen=True)
class Part:
    """A day part that is sold, minutes of the day."""

    day_part: DayPart
    start: int
    end: int
    free: int
    price_fen: int


@dataclass(frozen=True)
class _Days:
    """What is sold and what is open at an institution over some days, read at once."""

    now: datetime
    groups: Mapping[int, ClassGroup]
    opened: Mapping[date, Sequence[ClassDay]]
    sheets: Sequence[FeeSheet]
    offerings: Mapping[int, Sequence[Offering]]
    calendar: Mapping[date, schedule.CalendarEntry]

    def is_working(self, on: date) -> bool:
        return workdays.day(on, self.calendar).is_worked

    def sold(self, on: date, form: CareForm, unit: Unit) -> list[Offering]:
        """The offerings under which a form is sold on a date, none beyond the horizon."""
        try:
            sold_as = sales.sold_as(form, working_day=self.is_working(on))
        except NotOffered:
            return []
        sheet = next((sheet for sheet in self.sheets if sheet.effective_from <= on), None)
        offerings = self.offerings.get(sheet.id, ()) if sheet else ()
        ahead = (on - clock.today(self.now)).days
        return [
            offering
            for offering in offerings
            if (offering.form, offering.unit) == (sold_as, unit)
            and ahead <= min(offering.horizon_days, capacity.HORIZON_DAYS)
        ]

    def free(self, on: date, slots: Iterable[int]) -> int:
        """The best single class's places through all of `slots`."""
        wanted = list(slots)
        return max((day.free(wanted) for day in self.opened.get(on, ())), default=0)

    def is_open(self, on: date) -> bool:
        """Whether any class takes anybody on a date; one that is not opened yet may."""
        days = self.opened.get(on)
        return days is None or any(any(day.capacity) for day in days)

    def starts(self, on: date, offering: Offering) -> Iterator[int]:
        """Minutes of the day at which a stay under an offering may begin still."""
        shortest = _slots(offering)[0]
        for slot in range(offering.starts // 30, offering.ends // 30 - shortest + 1):
            minutes = slot * 30
            if self.is_timely(on, minutes, offering) and not _is_paused(minutes, offering):
                yield minutes

    def is_timely(self, on: date, start: int, offering: Offering) -> bool:
        starts_at = clock.at(on, start)
        closes_at = starts_at - timedelta(minutes=offering.lead_minutes)
        return self.now < starts_at and self.now <= closes_at


def _slots(offering: Offering) -> tuple[int, int]:
    """The fewest and most half hours of one stay."""
    return -(-offering.shortest // 30), offering.longest // 30


def _is_paused(start: int, offering: Offering) -> bool:
    return any(first <= start < last for first, last in offering.arrival_pauses)


def _read(
    session: Session,
    institution_id: int,
    months: int | None,
    from_on: date,
    days: int,
    now: datetime,
) -> _Days:
    require_day(from_on)
    to_on = from_on + timedelta(days=days - 1)
    groups = {
        group.id: group
        for group in institutions.classes_of(session, institution_id)
        if months is None or group.from_months <= months <= group.to_months
    }
    sheets = session.scalars(
        select(FeeSheet)
        .where(FeeSheet.institution_id == institution_id, FeeSheet.effective_from <= to_on)
        .order_by(FeeSheet.effective_from.desc(), FeeSheet.version.desc())
    ).all()
    offerings = session.scalars(
        select(Offering).where(Offering.institution_id == institution_id).order_by(Offering.id)
    ).all()
    return _Days(
        now=now,
        groups=groups,
        opened=_opened(session, groups, from_on, to_on),
        sheets=sheets,
        offerings={
            sheet.id: [offering for offering in offerings if offering.fee_sheet_id == sheet.id]
            for sheet in sheets
        },
        calendar=schedule.calendar(session, from_on, to_on),
    )


def _opened(
    session: Session, class_ids: Iterable[int], from_on: date, to_on: date
) -> dict[date, list[ClassDay]]:
    rows = session.scalars(
        select(ClassDay)
        .where(ClassDay.class_id.in_(list(class_ids)), ClassDay.on.between(from_on, to_on))
        .order_by(ClassDay.on, ClassDay.class_id)
        .execution_options(populate_existing=True)
    )
    days: dict[date, list[ClassDay]] = {}
    for row in rows:
        days.setdefault(row.on, []).append(row)
    return days


def _dates(from_on: date, days: int) -> list[date]:
    return [from_on + timedelta(days=number) for number in range(days)]


def free_by_day(
    session: Session,
    institution_id: int,
    *,
    form: CareForm,
    months: int | None,
    from_on: date,
    days: int,
    now: datetime,
) -> list[DayFree]:
    """For each of `days` days, the most places that any bookable stay of the form has.

    This and its neighbours raise `Malformed` for a date nobody can mean.
    """
    known = _read(session, institution_id, months, from_on, days, now)
    return [_day_free(known, form, on) for on in _dates(from_on, days)]


def _day_free(known: _Days, form: CareForm, on: date) -> DayFree:
    hourly, parts = _of_form(known, form, on)
    windows = [
        range(start // 30, start // 30 + _slots(offering)[0])
        for offering in hourly
        for start in known.starts(on, offering)
    ]
    windows += [
        range(offering.starts // 30, offering.ends // 30)
        for offering in parts
        if known.is_timely(on, offering.starts, offering)
    ]
    free = max((known.free(on, window) for window in windows), default=0)
    return DayFree(on, bool(hourly or parts), free, known.is_open(on))


def _of_form(
    known: _Days, form: CareForm, on: date
) -> tuple[Sequence[Offering], Sequence[Offering]]:
    """What is sold by half hours, and what by day parts."""
    if form in LONG_TERM:
        return (), ()
    hourly = () if form is CareForm.TEMPORARY else known.sold(on, form, Unit.HALF_HOUR)
    is_by_part = form in (CareForm.TEMPORARY, CareForm.HOLIDAY)
    return hourly, known.sold(on, form, Unit.STAY) if is_by_part else ()


def availability(
    session: Session,
    institution_id: int,
    *,
    form: CareForm,
    months: int | None,
    from_on: date,
    days: int,
    now: datetime,
) -> list[DaySlots]:
    """Every half hour ahead within the form's hours, by day and class, with its places.

    Days that are not opened or on which the form is not sold have no classes.
    """
    known = _read(session, institution_id, months, from_on, days, now)
    return [DaySlots(on, tuple(_class_slots(known, form, on))) for on in _dates(from_on, days)]


def _class_slots(known: _Days, form: CareForm, on: date) -> Iterator[ClassSlots]:
    hourly, parts = _of_form(known, form, on)
    first = clock.first_slot_from(on, known.now)
    sold = sorted(
        {
            slot
            for offering in (*hourly, *parts)
            for slot in range(offering.starts // 30, offering.ends // 30)
            if slot >= first
        }
    )
    for day in known.opened.get(on, ()) if sold else ():
        group = known.groups[day.class_id]
        slots = tuple(SlotFree(slot * 30, slot * 30 + 30, day.free([slot])) for slot in sold)
        yield ClassSlots(group.id, group.name, group.name_en or group.name, slots)


def spans(
    session: Session,
    institution_id: int,
    *,
    form: CareForm,
    months: int | None,
    on: date,
    now: datetime,
) -> list[Start]:
    """Every start of care by the half hour that can be booked on a day still, with its ends.

    Full ones are listed too, with 0 places. Nothing for forms sold by the day part (`day_parts`).
    """
    known = _read(session, institution_id, months, on, 1, now)
    hourly, _ = _of_form(known, form, on)
    return [
        Start(start, max(end.free for end in ends), ends)
        for offering in hourly
        for start in known.starts(on, offering)
        if (ends := tuple(_ends(known, on, offering, start)))
    ]


def _ends(known: _Days, on: date, offering: Offering, start: int) -> Iterator[End]:
    first = start // 30
    shortest, longest = _slots(offering)
    for slots in range(shortest, min(longest, offering.ends // 30 - first) + 1):
        price = pricing.price(offering, slots).fen
        yield End(start + slots * 30, known.free(on, range(first, first + slots)), price)


def day_parts(
    session: Session,
    institution_id: int,
    *,
    form: CareForm,
    months: int | None,
    on: date,
    now: datetime,
) -> list[Part]:
    """Every day part that can be booked on a day still, earliest and longest first."""
    known = _read(session, institution_id, months, on, 1, now)
    parts = [
        Part(
            day_part=DayPart(offering.day_part or DayPart.FULL),
            start=offering.starts,
            end=offering.ends,
            free=known.free(on, range(offering.starts // 30, offering.ends // 30)),
            price_fen=offering.price_fen,
        )
        for offering in _of_form(known, form, on)[1]
        if known.is_timely(on, offering.starts, offering)
    ]
    return sorted(parts, key=lambda part: (part.start, -part.end))

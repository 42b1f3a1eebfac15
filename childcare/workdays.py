"""What a date is: a working day, a weekend, a public holiday, or a weekend day worked instead.

In mainland China the State Council publishes each year, late in the year before, which weekend days
are worked in exchange for a longer holiday (调休). Until then a year is provisional.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Protocol

import holidays

WEDNESDAY = 3
"""ISO weekday whose hours a make-up workday runs, unless the data say otherwise."""

_SATURDAY = 6
_SUBSTITUTED = re.compile(r"\d{4}-\d{2}-\d{2}")
_PLAINER = {"Chinese New Year (Spring Festival)": "Spring Festival"}
_OBSERVED = re.compile(r"\s*(?:（补假）|\(observed\))$")


class DayKind(StrEnum):
    WORKING = "working"
    WEEKEND = "weekend"
    PUBLIC_HOLIDAY = "public_holiday"
    MAKEUP_WORKDAY = "makeup_workday"


class CalendarRow(Protocol):
    """One exceptional date, as `CalendarDay` and the table's own rows have it."""

    @property
    def on(self) -> date: ...
    @property
    def kind(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def name_en(self) -> str: ...
    @property
    def runs_weekday(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A date that is not what its weekday says; `runs_weekday` (ISO 1-7) only if worked."""

    on: date
    kind: str
    name: str
    name_en: str = ""
    runs_weekday: int | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """What a date is. `runs_weekday` is the ISO weekday whose regular hours apply, None on a public
    holiday, which has none of its own."""

    on: date
    kind: DayKind
    name: str
    name_en: str
    runs_weekday: int | None

    @property
    def is_worked(self) -> bool:
        """False on the days on which care is holiday care."""
        return self.kind in (DayKind.WORKING, DayKind.MAKEUP_WORKDAY)


def day(on: date, rows: Mapping[date, CalendarRow]) -> Day:
    """What `on` is, by the calendar's rows and else by its weekday."""
    row = rows.get(on)
    if row is None:
        kind = DayKind.WEEKEND if on.isoweekday() >= _SATURDAY else DayKind.WORKING
        return Day(on, kind, "", "", on.isoweekday())
    kind = DayKind(row.kind)
    match kind:
        case DayKind.PUBLIC_HOLIDAY:
            weekday = None
        case DayKind.MAKEUP_WORKDAY:
            weekday = row.runs_weekday or WEDNESDAY
        case DayKind.WORKING | DayKind.WEEKEND:
            weekday = row.runs_weekday or on.isoweekday()
    return Day(on, kind, row.name, row.name_en, weekday)


def is_provisional(rows_of_year: Iterable[CalendarRow]) -> bool:
    """Whether a year's make-up workdays are not published yet: every published year had some."""
    return not any(row.kind == DayKind.MAKEUP_WORKDAY for row in rows_of_year)


def seed(year: int, makeup_runs: int = WEDNESDAY) -> list[CalendarDay]:
    """The calendar rows of a year in mainland China, in order of date.

    A weekend between two public holidays is part of the holiday, as the published lists count it.
    For a year without published make-up days the rows hold the statutory days alone.
    """
    years = range(year - 1, year + 2)  # a holiday's run of days may cross New Year
    chinese = holidays.country_holidays("CN", years=years, language="zh_CN")
    english = holidays.country_holidays("CN", years=years, language="en_US")
    # The package lists stray make-up days of other years too, whatever years are asked for.
    worked = {on for on in chinese.weekend_workdays if on.year in years}
    off = {on: (chinese[on], english[on]) for on in chinese if on not in worked}
    off |= dict.fromkeys(_weekends_between(off, worked, year), ("", ""))
    rows = [
        CalendarDay(on, DayKind.PUBLIC_HOLIDAY, *_festival(on, off))
        for on in off
        if on.year == year
    ]
    rows += [_makeup(on, off, makeup_runs) for on in worked if on.year == year]
    return sorted(rows, key=lambda row: row.on)


def _weekends_between(off: Mapping[date, object], worked: set[date], year: int) -> list[date]:
    """Weekend days of the year that lie among free days with a public holiday on either side."""

    def meets_a_holiday(on: date, step: int) -> bool:
        while on.isoweekday() >= _SATURDAY and on not in worked and on not in off:
            on += timedelta(step)
        return on in off

    days = (date(year, 1, 1) + timedelta(number) for number in range(366))
    weekends = (on for on in days if on.year == year and on.isoweekday() >= _SATURDAY)
    plain = (on for on in weekends if on not in off and on not in worked)
    return [on for on in plain if meets_a_holiday(on, -1) and meets_a_holiday(on, 1)]


def _festival(on: date, off: Mapping[date, tuple[str, str]]) -> tuple[str, str]:
    """Names in Chinese and English of the festival whose run of free days holds `on`."""
    for step in (-1, 1):
        at = on
        while at in off:
            zh, en = off[at]
            if zh and not _SUBSTITUTED.search(zh):
                name_en = _OBSERVED.sub("", en)
                return _OBSERVED.sub("", zh), _PLAINER.get(name_en, name_en)
            at += timedelta(step)
    return "", ""


def _makeup(on: date, off: Mapping[date, tuple[str, str]], runs: int) -> CalendarDay:
    """The row of a make-up workday, named after the holiday it was worked for."""
    free = next((at for at, (zh, _) in off.items() if on.isoformat() in zh), None)
    zh, en = _festival(free, off) if free else ("", "")
    name_en = f"Workday in exchange for {en}" if en else "Make-up workday"
    return CalendarDay(on, DayKind.MAKEUP_WORKDAY, f"{zh}调休上班", name_en, runs)

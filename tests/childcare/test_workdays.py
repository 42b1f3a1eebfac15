from datetime import date, timedelta

import chinese_calendar
import pytest

from childcare import workdays
from childcare.workdays import CalendarDay, DayKind


def by_date(rows: list[CalendarDay]) -> dict[date, CalendarDay]:
    return {row.on: row for row in rows}


def days_of(year: int) -> list[date]:
    first = date(year, 1, 1)
    days = (first + timedelta(number) for number in range(366))
    return [on for on in days if on.year == year]


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_every_day_is_worked_or_free_as_a_second_source_says(year: int) -> None:
    rows = by_date(workdays.seed(year))
    wrong = [
        on
        for on in days_of(year)
        if workdays.day(on, rows).is_worked != chinese_calendar.is_workday(on)
    ]
    assert wrong == []


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_every_public_holiday_is_one_in_a_second_source(year: int) -> None:
    rows = workdays.seed(year)
    free = [row.on for row in rows if row.kind == DayKind.PUBLIC_HOLIDAY]
    assert [on for on in free if chinese_calendar.get_holiday_detail(on)[1] is None] == []


@pytest.mark.parametrize("year", [2024, 2025, 2026, 2027])
def test_rows_lie_in_their_year_once_each_with_names_in_both_languages(year: int) -> None:
    rows = workdays.seed(year)
    dates = [row.on for row in rows]
    assert dates == sorted(set(dates))
    assert {on.year for on in dates} == {year}
    assert all(row.name and row.name_en for row in rows)
    assert not any("observed" in row.name_en or "substituted" in row.name_en for row in rows)


def test_national_day_week_is_free_from_end_to_end_and_named() -> None:
    rows = by_date(workdays.seed(2024))
    week = [workdays.day(date(2024, 10, number), rows) for number in range(1, 8)]
    assert {day.kind for day in week} == {DayKind.PUBLIC_HOLIDAY}
    assert {day.name for day in week} == {"国庆节"}
    assert {day.runs_weekday for day in week} == {None}


def test_a_sunday_worked_for_spring_festival_runs_wednesdays_hours() -> None:
    day = workdays.day(date(2025, 1, 26), by_date(workdays.seed(2025)))
    assert (day.kind, day.runs_weekday) == (DayKind.MAKEUP_WORKDAY, 3)
    assert day.name == "春节调休上班"
    assert day.name_en == "Workday in exchange for Spring Festival"
    assert day.is_worked


def test_a_city_may_run_another_weekday_on_make_up_days() -> None:
    rows = by_date(workdays.seed(2025, makeup_runs=5))
    assert workdays.day(date(2025, 1, 26), rows).runs_weekday == 5


def test_days_the_calendar_does_not_name_are_what_their_weekday_says() -> None:
    friday = workdays.day(date(2026, 11, 27), {})
    saturday = workdays.day(date(2026, 11, 28), {})
    assert (friday.kind, friday.runs_weekday) == (DayKind.WORKING, 5)
    assert (saturday.kind, saturday.runs_weekday) == (DayKind.WEEKEND, 6)
    assert not saturday.is_worked


def test_a_row_by_hand_overrules_the_weekday() -> None:
    on = date(2026, 11, 27)
    rows = {on: CalendarDay(on, "public_holiday", "城市停工日", "City closure")}
    assert not workdays.day(on, rows).is_worked
    rows = {on: CalendarDay(on, "working", "", runs_weekday=1)}
    assert workdays.day(on, rows).runs_weekday == 1


def test_a_make_up_day_without_a_weekday_runs_wednesday() -> None:
    on = date(2026, 11, 28)
    rows = {on: CalendarDay(on, "makeup_workday", "调休上班")}
    assert workdays.day(on, rows).runs_weekday == 3


def test_a_year_is_provisional_until_its_make_up_days_are_published() -> None:
    assert workdays.is_provisional(workdays.seed(2027))
    assert workdays.is_provisional([])
    assert not workdays.is_provisional(workdays.seed(2026))

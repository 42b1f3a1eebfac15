"""Hours and carers: what beats what, and who counts."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from childcare import clock, schedule
from childcare.institutions import ClassGroup
from childcare.schedule import CalendarEntry, Closure, DatedOpening, Hours, Timetable
from childcare.workdays import CalendarDay, DayKind
from tests.build import NOON, Build

MONDAY = date(2026, 11, 30)
SATURDAY = date(2026, 11, 28)
USUAL, BY_DATE = Hours(480, 1080), Hours(540, 720)
# What may be said of one day, the strongest first.
SAYINGS = ("opening", "closure", "holiday", "makeup")


@pytest.fixture
def group(build: Build) -> ClassGroup:
    return build.class_group(build.institution())


def say(session: Session, group: ClassGroup, on: date, *sayings: str) -> None:
    at: dict[str, Any] = {"institution_id": group.institution_id, "created_at": NOON}
    if "opening" in sayings:
        session.add(DatedOpening(on=on, opens=540, closes=720, **at))
    if "closure" in sayings:
        session.add(Closure(from_on=on, to_on=on, reason="停水", **at))
    kind = "holiday" in sayings and DayKind.PUBLIC_HOLIDAY
    kind = kind or ("makeup" in sayings and DayKind.MAKEUP_WORKDAY)
    if kind:
        session.add(CalendarEntry(on=on, kind=kind, name="元旦"))
    session.flush()


def table(session: Session, group: ClassGroup, on: date) -> Timetable:
    return schedule.timetable(session, group.institution_id, [group.id], on, on)


@pytest.mark.parametrize("weekday_is_worked", [True, False])
@pytest.mark.parametrize("said", range(2 ** len(SAYINGS)))
def test_the_strongest_saying_decides_whether_a_day_is_open(
    session: Session, group: ClassGroup, said: int, weekday_is_worked: bool
) -> None:
    on = MONDAY if weekday_is_worked else SATURDAY
    sayings = [name for number, name in enumerate(SAYINGS) if said >> number & 1]
    if {"holiday", "makeup"} <= set(sayings):
        sayings.remove("makeup")  # one date has one kind: the calendar's key says so
    say(session, group, on, *sayings)
    strongest = next(iter(sayings), "weekday")
    hours = {
        "opening": BY_DATE,
        "closure": None,
        "holiday": None,
        "makeup": USUAL,
        "weekday": USUAL if weekday_is_worked else None,
    }[strongest]
    assert table(session, group, on).hours(group.id, on) == hours


def test_a_date_cannot_be_holiday_and_make_up_workday_at_once(session: Session) -> None:
    for kind in (DayKind.MAKEUP_WORKDAY, DayKind.PUBLIC_HOLIDAY):
        schedule.keep_calendar(session, [CalendarDay(SATURDAY, kind, "元旦")], source="person")
    assert schedule.calendar(session, SATURDAY, SATURDAY)[SATURDAY].kind == "public_holiday"


@pytest.mark.parametrize(("runs", "open_on"), [(None, {3}), (1, {1})])
def test_a_make_up_workday_runs_wednesday_unless_the_data_say_otherwise(
    session: Session, build: Build, runs: int | None, open_on: set[int]
) -> None:
    for weekday in range(1, 6):
        at = build.institution(weekdays=[weekday])
        group = build.class_group(at)
        day = CalendarDay(SATURDAY, DayKind.MAKEUP_WORKDAY, "国庆节调休上班", runs_weekday=runs)
        schedule.keep_calendar(session, [day])
        hours = table(session, group, SATURDAY).hours(group.id, SATURDAY)
        assert hours == (USUAL if weekday in open_on else None)


def test_closing_one_class_leaves_the_others_open(session: Session, build: Build) -> None:
    at = build.institution()
    shut, other = build.class_group(at), build.class_group(at)
    session.add(
        Closure(
            institution_id=at.id,
            class_id=shut.id,
            from_on=MONDAY,
            to_on=MONDAY,
            reason="x",
            created_at=NOON,
        )
    )
    session.flush()
    times = schedule.timetable(session, at.id, [shut.id, other.id], MONDAY, MONDAY)
    assert [times.hours(group.id, MONDAY) for group in (shut, other)] == [None, USUAL]


def test_a_lifted_closure_closes_nothing(session: Session, group: ClassGroup) -> None:
    say(session, group, MONDAY, "closure")
    [closure] = table(session, group, MONDAY).closures
    closure.lifted_at = NOON
    session.flush()
    assert table(session, group, MONDAY).hours(group.id, MONDAY) == USUAL


def roster(session: Session, group: ClassGroup, *shifts: tuple[int, int]) -> list[int]:
    session.add(schedule.Roster(class_id=group.id, on=MONDAY, changed_at=NOON))
    for starts, ends in shifts:
        session.add(
            schedule.DatedShift(class_id=group.id, on=MONDAY, carer="x", starts=starts, ends=ends)
        )
    session.flush()
    return table(session, group, MONDAY).carers(group.id, MONDAY)


def test_a_carer_counts_only_in_half_hours_wholly_covered(
    session: Session, group: ClassGroup
) -> None:
    carers = roster(session, group, (485, 595), (480, 600))
    assert carers[16:21] == [1, 2, 2, 1, 0]


def test_a_carer_there_for_parts_of_two_half_hours_counts_in_neither(
    session: Session, group: ClassGroup
) -> None:
    assert not any(roster(session, group, (495, 535)))


def test_a_dated_shift_replaces_the_weekly_ones_and_none_means_nobody(
    session: Session, group: ClassGroup
) -> None:
    assert set(table(session, group, MONDAY).carers(group.id, MONDAY)[16:36]) == {4}
    assert not any(roster(session, group))


def test_a_year_without_make_up_days_is_provisional(session: Session) -> None:
    assert schedule.is_provisional(session, 2031)
    worked = CalendarDay(date(2031, 2, 1), DayKind.MAKEUP_WORKDAY, "春节调休上班")
    schedule.keep_calendar(session, [worked])
    assert not schedule.is_provisional(session, 2031)


def test_a_seed_never_overwrites_what_a_person_entered(session: Session) -> None:
    on = date(2026, 12, 5)
    worked = CalendarDay(on, DayKind.MAKEUP_WORKDAY, "元旦调休上班", runs_weekday=5)
    seeded = CalendarDay(on, DayKind.PUBLIC_HOLIDAY, "元旦")
    assert schedule.keep_calendar(session, [worked], source="director") == [on]
    assert schedule.keep_calendar(session, [seeded]) == []
    assert schedule.keep_calendar(session, [worked], source="director") == []
    assert schedule.calendar(session, on, on)[on].runs_weekday == 5


def test_opening_hours_read_before_they_changed_are_read_afresh(
    session: Session, group: ClassGroup
) -> None:
    say(session, group, MONDAY, "opening")
    assert table(session, group, MONDAY).hours(group.id, MONDAY) == BY_DATE
    session.connection().exec_driver_sql("UPDATE dated_opening SET closes = 600")
    assert table(session, group, MONDAY).hours(group.id, MONDAY) == Hours(540, 600)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Sydney"])
def test_a_zone_with_summer_time_is_refused(zone: str) -> None:
    with pytest.raises(clock.SummerTime):
        clock.use_zone(zone)
    assert clock.zone().key == clock.DEFAULT_ZONE


def test_a_half_hour_zone_without_summer_time_is_taken() -> None:
    try:
        clock.use_zone("Asia/Kolkata")
        assert clock.midnight(MONDAY).hour == 18
    finally:
        clock.use_zone(clock.DEFAULT_ZONE)


def test_an_institution_knows_its_days_ahead() -> None:
    days = schedule.days(MONDAY, MONDAY + timedelta(days=2))
    assert [day.day for day in days] == [30, 1, 2]
    assert schedule.days(MONDAY, MONDAY - timedelta(days=1)) == []

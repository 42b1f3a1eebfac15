"""Slots, days and the zone."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from childcare import clock
from tests.build import NOON, TODAY


def test_half_hours_of_the_local_day() -> None:
    assert clock.today(NOON) == TODAY
    assert clock.hhmm(19) == "09:30"
    assert clock.slot_start(TODAY, 24) == NOON
    assert clock.midnight(TODAY) == datetime(2026, 11, 22, 16, tzinfo=UTC)


@given(st.sets(st.integers(0, 47)))
def test_slots_survive_being_written_as_periods(slots: set[int]) -> None:
    periods = clock.periods(TODAY, slots)
    assert clock.slots_of(TODAY, periods) == sorted(slots)
    assert clock.slots_of(TODAY + timedelta(days=1), periods) == []


@pytest.mark.parametrize(
    ("after", "first"),
    [
        (timedelta(0), 24),
        (timedelta(seconds=1), 25),
        (timedelta(minutes=30), 25),
        (timedelta(hours=-13), 0),
        (timedelta(hours=20), 48),
    ],
)
def test_the_first_slot_that_starts_at_or_after_an_instant(after: timedelta, first: int) -> None:
    assert clock.first_slot_from(TODAY, NOON + after) == first


def test_a_quarter_starts_at_local_midnight() -> None:
    assert clock.quarter_start(NOON) == clock.midnight(date(2026, 10, 1))


@pytest.mark.parametrize("text", ["9:00", "09:60", "24:30", "0900", "ab:cd", "", "²3:00"])
def test_what_is_no_hour_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(text) or r"^$"):
        clock.parse_hhmm(text)


def test_zones_with_summer_time_are_refused() -> None:
    with pytest.raises(clock.SummerTime):
        clock.use_zone("Europe/Berlin")
    assert str(clock.zone()) == "Asia/Shanghai"

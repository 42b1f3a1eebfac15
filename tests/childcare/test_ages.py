from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from childcare import ages

births = st.dates(date(2020, 1, 1), date(2027, 12, 31))


@pytest.mark.parametrize(
    ("born", "on", "months"),
    [
        ("2025-03-15", "2025-03-15", 0),
        ("2025-03-15", "2025-04-14", 0),
        ("2025-03-15", "2025-04-15", 1),
        ("2025-01-31", "2025-02-27", 0),
        ("2025-01-31", "2025-02-28", 1),
        ("2025-01-30", "2025-02-28", 1),
        ("2024-01-31", "2024-02-28", 0),
        ("2024-01-31", "2024-02-29", 1),
        ("2025-01-31", "2025-03-30", 1),
        ("2025-01-31", "2025-03-31", 2),
        ("2024-02-29", "2025-02-27", 11),
        ("2024-02-29", "2025-02-28", 12),
        ("2025-08-31", "2026-11-30", 15),
        ("2024-12-31", "2025-01-01", 0),
        ("2023-11-24", "2026-11-24", 36),
    ],
)
def test_a_month_is_complete_on_its_day_or_on_a_shorter_months_last(
    born: str, on: str, months: int
) -> None:
    assert ages.months_on(date.fromisoformat(born), date.fromisoformat(on)) == months


def test_nobody_has_an_age_before_birth() -> None:
    with pytest.raises(ValueError, match="before the birth"):
        ages.months_on(date(2026, 1, 2), date(2026, 1, 1))


@given(births, st.integers(0, 60))
def test_a_child_turns_an_age_on_the_first_day_it_has_it(born_on: date, months: int) -> None:
    turns = ages.turns_on(born_on, months)
    assert ages.months_on(born_on, turns) == months
    if months:
        assert ages.months_on(born_on, turns - timedelta(days=1)) == months - 1


@given(births, st.integers(0, 1500))
def test_age_never_falls_from_one_day_to_the_next(born_on: date, days: int) -> None:
    on = born_on + timedelta(days=days)
    grown = ages.months_on(born_on, on + timedelta(days=1)) - ages.months_on(born_on, on)
    assert grown in (0, 1)


@given(births, st.integers(0, 48))
def test_an_age_and_the_births_it_may_come_from_agree(on: date, months: int) -> None:
    earliest, latest = ages.born_between(months, on)
    assert ages.months_on(earliest, on) == ages.months_on(latest, on) == months
    assert ages.months_on(earliest - timedelta(days=1), on) == months + 1
    if latest < on:
        assert ages.months_on(latest + timedelta(days=1), on) == months - 1


def test_the_bands_are_those_of_the_regulation() -> None:
    told = {
        name: (band.from_months, band.to_months, band.ratio, band.size)
        for name, band in ages.BANDS.items()
    }
    assert told == {
        "infant": (6, 11, 3, 10),
        "toddler": (12, 23, 5, 15),
        "older": (24, 35, 7, 20),
        "mixed": (18, 35, 5, 18),
        "home": (6, 35, 3, 5),
    }


def test_a_child_leaves_the_toddlers_the_day_before_its_second_birthday() -> None:
    toddler = ages.BANDS["toddler"]
    assert ages.last_day_in(date(2024, 11, 24), toddler) == date(2026, 11, 23)
    assert toddler.holds(ages.months_on(date(2024, 11, 24), date(2026, 11, 23)))
    assert not toddler.holds(ages.months_on(date(2024, 11, 24), date(2026, 11, 24)))

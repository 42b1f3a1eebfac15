from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from childcare import ages
from childcare.ages import Ambiguous, Approximate, NotUnderstood, Understood

TODAY = date(2026, 11, 24)
FIRST_OF_MARCH = date(2025, 3, 1)


@pytest.mark.parametrize(
    "text",
    [
        "2025-03-01",
        "2025/3/1",
        "2025.3.1",
        "2025 3 1",
        "20250301",
        "250301",
        "25.3.1",
        "２０２５年３月１日",
        "2025年3月1日",
        "2025年3月1号",
        "2025年 3月 1日 出生",
        "25年3月1日",
        "去年3月1日",
        "二〇二五年三月一日",
        "二零二五年三月一号",
        "她是2025年3月1日生的",
        "1 March 2025",
        "1st of March, 2025",
        "March 1, 2025",
        "mar 1st 2025",
        "1-Mar-2025",
        "2025-Mar-01",
        "1 Mar '25",
        "born on 2025-03-01 at 10:30",
        "2025年3月1日，快21个月了",
        "2025-03-01 (1 March 2025)",
    ],
)
def test_the_first_of_march_is_understood_however_it_is_written(text: str) -> None:
    assert ages.parse_birth_date(text, TODAY) == Understood(FIRST_OF_MARCH)


@pytest.mark.parametrize(
    ("text", "on"),
    [
        ("3月1日", date(2026, 3, 1)),
        ("三月一号", date(2026, 3, 1)),
        ("三月一", date(2026, 3, 1)),
        ("March 1", date(2026, 3, 1)),
        ("12月25日", date(2025, 12, 25)),
        ("11月24日", TODAY),
        ("11月25日", date(2025, 11, 25)),
        ("2月29日", date(2024, 2, 29)),
        ("13/1", date(2026, 1, 13)),
    ],
)
def test_a_day_without_a_year_is_the_most_recent_and_says_so(text: str, on: date) -> None:
    assert ages.parse_birth_date(text, TODAY) == Understood(on, year_assumed=True)


@pytest.mark.parametrize(
    ("text", "candidates"),
    [
        ("01/03/2025", (date(2025, 1, 3), date(2025, 3, 1))),
        ("10.1.2025", (date(2025, 1, 10), date(2025, 10, 1))),
        ("24/3/25", (date(2024, 3, 25), date(2025, 3, 24))),
        ("3/1", (date(2026, 1, 3), date(2026, 3, 1))),
        ("2025-03-01 或 2025-04-01", (date(2025, 3, 1), date(2025, 4, 1))),
    ],
)
def test_a_date_with_two_readings_is_returned_with_both(
    text: str, candidates: tuple[date, ...]
) -> None:
    assert ages.parse_birth_date(text, TODAY) == Ambiguous(candidates)


@pytest.mark.parametrize("text", ["25/03/2025", "03/25/2025", "25.03.2025"])
def test_a_reading_with_a_thirteenth_month_is_no_reading(text: str) -> None:
    assert ages.parse_birth_date(text, TODAY) == Understood(date(2025, 3, 25))


@pytest.mark.parametrize(
    ("text", "from_months", "to_months"),
    [
        ("20个月", 20, 20),
        ("二十个月大", 20, 20),
        ("8个半月", 8, 8),
        ("20 months", 20, 20),
        ("18mo", 18, 18),
        ("24-month-old", 24, 24),
        ("一岁半", 18, 18),
        ("岁半", 18, 18),
        ("1.5岁", 18, 18),
        ("半岁", 6, 6),
        ("half a year", 6, 6),
        ("a year and a half", 18, 18),
        ("one and a half years", 18, 18),
        ("2岁3个月", 27, 27),
        ("1 year 8 months", 20, 20),
        ("两岁", 24, 35),
        ("2 years old", 24, 35),
        ("2025年3月", 19, 20),
        ("2025-03", 19, 20),
        ("March 2025", 19, 20),
    ],
)
def test_an_age_is_only_approximate(text: str, from_months: int, to_months: int) -> None:
    result = ages.parse_birth_date(text, TODAY)
    assert isinstance(result, Approximate)
    assert (result.from_months, result.to_months) == (from_months, to_months)
    assert ages.months_on(result.latest, TODAY) == from_months
    assert ages.months_on(result.earliest, TODAY) == to_months


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no-date"),
        ("你好", "no-date"),
        ("13800138000", "no-date"),
        ("2025-03-01-05", "no-date"),
        ("2025-03-2026", "no-date"),
        ("去年三月初五", "lunar"),
        ("农历三月五日", "lunar"),
        ("農曆2025年3月1日", "lunar"),
        ("腊月二十", "lunar"),
        ("2025年2月30日", "no-such-day"),
        ("2025-13-01", "no-such-day"),
        ("0000-00-00", "no-such-day"),
        ("2027-01-01", "in-the-future"),
        ("2026-11-25", "in-the-future"),
        ("2027年3月", "in-the-future"),
        ("2019-05-06", "too-old"),
        ("2022-11-23", "too-old"),
        ("五岁", "too-old"),
    ],
)
def test_what_is_no_birth_date_of_a_small_child_is_refused_with_its_reason(
    text: str, reason: str
) -> None:
    result = ages.parse_birth_date(text, TODAY)
    assert isinstance(result, NotUnderstood)
    assert result.reason == reason


def test_a_child_born_four_years_ago_today_is_still_taken() -> None:
    assert ages.parse_birth_date("2022-11-24", TODAY) == Understood(date(2022, 11, 24))


scraps = st.lists(
    st.sampled_from(
        [
            *"0123456789年月日号岁个半零一二三十-/. ,",
            "march",
            "2024",
            "may",
            "去年",
            "2025",
            "years",
            "and",
        ]
    ),
    max_size=30,
).map("".join)


@given(st.one_of(st.text(max_size=300), scraps), st.dates(date(2024, 1, 1), date(2030, 1, 1)))
def test_whatever_is_written_a_date_lies_within_four_years_until_today(
    text: str, today: date
) -> None:
    match ages.parse_birth_date(text, today):
        case Understood(on):
            assert 0 <= ages.months_on(on, today) <= 48
        case Ambiguous(candidates):
            assert len(candidates) > 1
            assert all(0 <= ages.months_on(on, today) <= 48 for on in candidates)
        case Approximate(earliest, latest, youngest, oldest):
            assert earliest <= latest <= today
            assert 0 <= youngest <= oldest
        case NotUnderstood(reason):
            assert reason

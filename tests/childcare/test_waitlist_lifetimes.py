"""How long an offer lives: bands of lead time, nights, the start; and when its family hears."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from childcare import clock
from childcare.waitlist import lifetimes
from tests.build import NOON, TODAY, TOMORROW, Build
from tests.childcare.waitlist_house import Lists

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def lists(session: Session, build: Build) -> Lists:
    return Lists(session, build)


def at(on: date, time: str) -> datetime:
    return clock.at(on, clock.parse_hhmm(time))


@pytest.mark.parametrize(
    ("lead", "lives"),
    [
        (8 * DAY, 24 * HOUR),
        (7 * DAY, 24 * HOUR),
        (7 * DAY - MINUTE, 8 * HOUR),
        (2 * DAY, 8 * HOUR),
        (2 * DAY - MINUTE, 2 * HOUR),
        (12 * HOUR, 2 * HOUR),
        (12 * HOUR - MINUTE, 30 * MINUTE),
        (3 * HOUR, 30 * MINUTE),
        (3 * HOUR - MINUTE, 15 * MINUTE),
        (30 * MINUTE, 15 * MINUTE),
    ],
)
def test_the_lead_time_decides_how_long_by_half_open_bands(
    lead: timedelta, lives: timedelta
) -> None:
    now = at(TODAY, "10:00")
    ends_at = lifetimes.stay_ends_at(now, now + lead)
    # The nights that lie in between are not counted.
    expected = {24 * HOUR: at(TOMORROW, "20:00"), 8 * HOUR: at(TODAY, "18:00")}
    assert ends_at == expected.get(lives, now + lives)


@pytest.mark.parametrize(
    ("lead", "lives"), [(29, 14), (21, 6), (20, 5), (19, None), (10, None), (0, None), (-30, None)]
)
def test_never_later_than_fifteen_minutes_before_nor_for_less_than_five(
    lead: int, lives: int | None
) -> None:
    now = at(TODAY, "10:00")
    expected = None if lives is None else now + lives * MINUTE
    assert lifetimes.stay_ends_at(now, now + lead * MINUTE) == expected


@pytest.mark.parametrize(
    ("made", "starts", "ends"),
    [
        # Two hours, counted by day.
        ("21:00", (TOMORROW, "10:00"), (TOMORROW, "09:00")),
        ("22:00", (TOMORROW, "10:30"), (TOMORROW, "10:00")),
        ("22:01", (TOMORROW, "14:00"), (TOMORROW, "10:00")),
        ("20:00", (TOMORROW, "10:00"), (TODAY, "22:00")),
        ("21:00", (TOMORROW, "09:00"), (TOMORROW, "08:45")),
        # Less than twelve hours ahead the clock on the wall decides.
        ("22:30", (TOMORROW, "10:00"), (TODAY, "23:00")),
        ("23:50", (TOMORROW, "08:30"), (TOMORROW, "00:20")),
        ("00:10", (TODAY, "08:30"), (TODAY, "00:40")),
        # Eight hours across a night, and a day's worth across two.
        ("20:00", (TODAY + 3 * DAY, "09:00"), (TOMORROW, "14:00")),
        ("08:00", (TODAY + 9 * DAY, "09:00"), (TOMORROW, "18:00")),
        ("02:00", (TODAY + 9 * DAY, "09:00"), (TOMORROW, "18:00")),
        ("21:59", (TODAY + 9 * DAY, "09:00"), (TODAY + 2 * DAY, "17:59")),
    ],
)
def test_nights_are_not_counted_unless_care_begins_within_twelve_hours(
    made: str, starts: tuple[date, str], ends: tuple[date, str]
) -> None:
    assert lifetimes.stay_ends_at(at(TODAY, made), at(*starts)) == at(*ends)


def test_an_enrolment_has_forty_eight_hours_by_day() -> None:
    made, starts = at(TODAY, "12:00"), at(TODAY + 30 * DAY, "08:00")
    assert lifetimes.enrolment_ends_at(made, starts) == at(TODAY + 3 * DAY, "18:00")
    assert lifetimes.enrolment_ends_at(made, at(TOMORROW, "08:00")) == at(TOMORROW, "07:45")


def test_the_message_waits_for_the_morning_only_where_the_clock_rests() -> None:
    night, morning = at(TODAY, "23:00"), at(TOMORROW, "08:00")
    assert lifetimes.heard_at(night, at(TOMORROW, "11:00")) == morning
    assert lifetimes.heard_at(night, at(TOMORROW, "10:59")) == night
    assert lifetimes.heard_at(at(TODAY, "21:59"), at(TOMORROW, "18:00")) == at(TODAY, "21:59")


def test_the_warning_comes_between_the_message_and_the_end() -> None:
    for hour in range(24):
        for lead in (21 * MINUTE, 90 * MINUTE, 5 * HOUR, 13 * HOUR, 40 * HOUR, 5 * DAY, 20 * DAY):
            made = at(TODAY, f"{hour:02d}:00")
            ends_at = lifetimes.stay_ends_at(made, made + lead)
            assert ends_at is not None
            heard = lifetimes.heard_at(made, made + lead)
            assert made <= heard < lifetimes.warned_at(heard, ends_at) < ends_at


def test_what_is_published_for_an_offer_is_due_by_these_hours(lists: Lists) -> None:
    place = lists.place()
    booked = lists.full(place, "11:00", "13:00")
    who = lists.family()
    entry = lists.join(who, place, start="11:00", end="13:00")
    lists.now = at(TODAY, "22:30")
    lists.cancel(booked)
    offer = lists.offered(entry)
    assert offer.ends_at == at(TOMORROW, "10:00")
    due = {kind: lists.told(kind)[-1].due_at for kind in ("offer-made", "expire-offer")}
    assert due == {"offer-made": at(TOMORROW, "08:00"), "expire-offer": offer.ends_at}
    assert lists.stay(offer).ends_at == offer.ends_at


def test_a_place_that_comes_free_too_late_is_offered_to_nobody(lists: Lists) -> None:
    place = lists.place(days=(TODAY,))
    booked = lists.full(place, "14:00", "16:00", on=TODAY)
    entry = lists.join(lists.family(), place, start="14:00", end="16:00", on=TODAY)
    lists.now = NOON + timedelta(hours=1, minutes=40, seconds=1)
    lists.cancel(booked)
    assert lists.offers(entry) == []
    lists.cancel(lists.full(place, "14:30", "16:00", on=TODAY))
    assert lists.offers(entry) == []

"""What a class may hold, who gets which class, and what the database itself refuses."""

from datetime import date, timedelta

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from childcare import ages, bookings, capacity, planning
from childcare.capacity import NoPlace
from childcare.db import domain_error
from childcare.institutions import NoClassForAge
from childcare.stays import Stay
from tests.build import NOON, TOMORROW, Build, director
from tests.childcare.house import House


@pytest.fixture
def house(session: Session, build: Build) -> House:
    return House(session, build)


@pytest.mark.parametrize(
    ("band", "places", "carers", "most"),
    [
        ("infant", 10, 4, 10),
        ("infant", 12, 9, 10),
        ("infant", 10, 3, 9),
        ("toddler", 15, 2, 10),
        ("toddler", 4, 2, 4),
        ("older", 20, 3, 20),
        ("older", 20, 2, 14),
        ("mixed", 20, 9, 18),
        ("home", 5, 1, 3),
        ("home", 9, 2, 5),
    ],
)
def test_capacity_is_the_least_of_places_class_size_and_ratio_times_carers(
    house: House, build: Build, band: str, places: int, carers: int, most: int
) -> None:
    group = house.group(band, places=places, carers=carers)
    house.open()
    assert set(build.day(group).capacity[16:36]) == {most}
    assert not any(build.day(group).capacity[:16] + build.day(group).capacity[36:])


def test_a_child_born_on_the_31st_is_older_on_the_last_day_of_a_shorter_month() -> None:
    born = date(2024, 8, 31)
    assert [ages.months_on(born, date(2026, 2, day)) for day in (27, 28)] == [17, 18]
    assert ages.months_on(date(2024, 2, 29), date(2025, 2, 28)) == 12


@pytest.mark.parametrize(("born", "is_taken"), [("2024-11-25", True), ("2024-11-24", False)])
def test_age_is_counted_on_the_day_of_care_not_of_booking(
    house: House, born: str, is_taken: bool
) -> None:
    house.group()  # 12-23 months; tomorrow, the 24th, one of the two turns 24
    house.open()
    if is_taken:
        assert house.hold(born_on=date.fromisoformat(born)).stay.state == "held"
        return
    with pytest.raises(NoClassForAge):
        house.hold(born_on=date.fromisoformat(born))


def test_the_narrowest_class_is_tried_first_then_the_emptiest_then_the_oldest(
    house: House,
) -> None:
    mixed = house.group("mixed", places=9)
    small, large = house.group(places=1), house.group(places=2)
    house.open()
    came = [house.hold().stay.class_id for _ in range(5)]
    assert came == [large.id, small.id, large.id, mixed.id, mixed.id]


def test_the_tightest_slot_of_the_span_says_which_class_is_emptiest(house: House) -> None:
    one, other = house.group(places=3), house.group(places=2)
    house.open()
    # Both stays go to the first class, which then has one place left at ten and three at nine.
    assert {house.hold("10:00", "11:00").stay.class_id for _ in range(1)} == {one.id}
    assert house.hold("09:00", "11:00").stay.class_id == one.id
    assert house.hold("09:00", "11:00").stay.class_id == other.id


def test_a_stay_is_wholly_in_one_class_even_where_two_could_share_it(house: House) -> None:
    first, second = house.group(places=1), house.group(places=1)
    house.open()
    assert house.hold("09:00", "10:00").stay.class_id == first.id
    assert house.hold("10:00", "12:00").stay.class_id == first.id
    assert house.hold("09:00", "10:00").stay.class_id == second.id
    with pytest.raises(NoPlace):
        house.hold("09:00", "11:00")


def test_a_refusal_names_the_first_full_slot_and_the_carer_it_needs(house: House) -> None:
    group = house.group(places=5, carers=0, ratio=1)
    house.open()
    house.shift(group, (480, 1080), (480, 600))
    house.hold("09:00", "12:00")
    house.hold("09:00", "10:00")
    with pytest.raises(NoPlace) as refused:
        house.hold("08:30", "12:00")
    facts = refused.value.facts
    assert (facts["start"], facts["end"], facts["on"]) == ("09:00", "09:30", TOMORROW)
    assert (facts["reason"], facts["carers"]) == ("carer", 3)
    assert (facts["class_name"], facts["class_name_en"]) == ("托小班", "Toddlers")


def test_a_day_without_carers_needs_the_first_and_a_closed_hour_needs_nobody(
    house: House,
) -> None:
    group = house.group()
    house.open()
    house.shift(group)
    with pytest.raises(NoPlace) as refused:
        house.hold()
    assert (refused.value.facts["reason"], refused.value.facts["carers"]) == ("carer", 1)
    boss = director(house.at.id)
    planning.open_on(
        house.session,
        boss,
        institution_id=house.at.id,
        on=TOMORROW,
        opens=480,
        closes=600,
        reason="",
        now=NOON,
    )
    with pytest.raises(NoPlace) as refused:
        house.hold("10:00", "11:00")
    assert refused.value.facts["reason"] == "closed"


def test_a_class_that_is_over_asks_for_the_carer_that_would_really_help(house: House) -> None:
    group = house.group(places=5, ratio=1, carers=4)
    house.open()
    for _ in range(3):
        house.hold()
    house.shift(group, (480, 1080))
    with pytest.raises(NoPlace) as refused:
        house.hold()
    assert (refused.value.facts["reason"], refused.value.facts["carers"]) == ("carer", 4)


def test_when_no_carer_would_help_the_class_is_full(house: House) -> None:
    group = house.group(places=2, ratio=1, carers=4)
    house.open()
    for _ in range(2):
        house.hold()
    house.shift(group, (480, 1080))
    with pytest.raises(NoPlace) as refused:
        house.hold()
    assert refused.value.facts["reason"] == "full"


def test_a_refusal_speaks_of_the_first_class_that_was_tried(house: House) -> None:
    house.group("mixed", places=0, name="混龄班")
    house.group(places=0)
    house.open()
    with pytest.raises(NoPlace) as refused:
        house.hold()
    assert refused.value.facts["class_name"] == "托小班"


def test_over_is_shown_blocks_taking_and_shrinks_by_freeing(house: House, build: Build) -> None:
    group = house.group(places=3)
    house.open()
    first, second = house.hold("09:00", "10:00"), house.hold("09:00", "11:00")
    day = house.shift(group, (570, 1080))
    assert day.over == {18: 2}
    with pytest.raises(NoPlace):
        house.hold("09:00", "10:00")
    for held, over in ((first, {18: 1}), (second, {})):
        assert capacity.take(house.session, day.id, [18]) is False
        bookings.expire(house.session, booking_id=held.id, now=NOON + timedelta(minutes=10))
        assert build.day(group).over == over


def refuses(session: Session, statement: str) -> str | None:
    """The constraint with which the database refuses a statement."""
    with pytest.raises(IntegrityError) as refused, session.begin_nested():
        session.execute(text(statement))
    cause = refused.value.orig
    return getattr(getattr(cause, "diag", None), "constraint_name", None)


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("taken[19] = 6", "ck_class_day_not_oversold"),
        ("taken[19] = -1", "ck_class_day_taken"),
        ("taken[19] = NULL", "ck_class_day_taken"),
        ("taken = taken[1:47]", "ck_class_day_taken"),
        ("taken[49] = 0", "ck_class_day_taken"),
        ("capacity[19] = -1", "ck_class_day_capacity"),
        ("capacity = '{}'", "ck_class_day_capacity"),
        ("capacity[19] = 0, taken[19] = 1", "ck_class_day_not_oversold"),
    ],
)
def test_the_database_refuses_what_no_class_day_may_be(
    house: House, statement: str, constraint: str
) -> None:
    house.group(places=5)
    house.open()
    assert refuses(house.session, f"UPDATE class_day SET {statement}") == constraint  # noqa: S608 - our own words


def test_only_opening_a_day_may_write_more_than_it_has(house: House, build: Build) -> None:
    group = house.group(places=1)
    house.open()
    house.session.execute(
        text("UPDATE class_day SET taken[19] = 2, opened_at = opened_at + interval '1 second'")
    )
    assert build.day(group).over == {18: 1}
    assert refuses(house.session, "UPDATE class_day SET taken[19] = 3")
    house.session.execute(text("UPDATE class_day SET capacity[19] = 0"))
    house.session.execute(text("UPDATE class_day SET taken[19] = 1"))
    assert build.day(group).over == {18: 1}


def test_the_trigger_speaks_as_no_place_and_the_exclusion_as_child_elsewhere(
    house: House,
) -> None:
    house.group()
    house.open()
    stay = house.hold().stay
    facts = {c.key: getattr(stay, c.key) for c in Stay.__table__.columns if c.key != "id"}
    twin, full = insert(Stay).values(**facts), text("UPDATE class_day SET taken[19] = 9")
    for statement, code in ((full, "no-place"), (twin, "child-elsewhere")):
        with pytest.raises(DBAPIError) as refused, house.session.begin_nested():
            house.session.execute(statement)
        found = domain_error(refused.value)
        assert found is not None
        assert found.code == code


def test_a_class_has_no_day_beyond_what_was_opened(house: House) -> None:
    house.group()
    with pytest.raises(capacity.DayNotOpened):
        house.hold(on=TOMORROW + timedelta(days=1))

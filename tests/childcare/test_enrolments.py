"""Long-term places: what they take, what refuses them, and how they grow and end."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from childcare import capacity, enrolments
from childcare.actors import SYSTEM, Actor
from childcare.capacity import NoPlace
from childcare.enrolments import Segment
from childcare.errors import Forbidden, Malformed, NotFound
from childcare.institutions import CareForm, DayPart, NoClassForAge
from childcare.people import Child
from childcare.stays import ChildElsewhere, State
from tests.build import NOON, TODAY, TOMORROW, Build, director, front_desk, slots
from tests.childcare.house import House

AFTER = TOMORROW + timedelta(days=1)
LATER = date(2027, 1, 4)  # a Monday beyond what is opened
WHOLE, MORNING = slots("08:00", "17:30"), slots("08:00", "12:00")


@pytest.fixture
def house(session: Session, build: Build) -> House:
    return House(session, build)


def segments(house: House, enrolment_id: int) -> list[tuple[int, date, date]]:
    query = select(Segment).where(Segment.enrolment_id == enrolment_id).order_by(Segment.from_on)
    return [(s.class_id, s.from_on, s.until_on) for s in house.session.scalars(query)]


def test_enrolling_takes_every_opened_day_of_its_weekdays(house: House) -> None:
    group = house.group()
    house.open()
    house.open(AFTER)
    house.enrol(house.family(), weekdays=[2], part=DayPart.MORNING)
    assert house.taken(group) == dict.fromkeys(MORNING, 1)
    assert house.taken(group, AFTER) == {}


def test_an_enrolment_that_begins_today_takes_what_is_left_of_today(house: House) -> None:
    group = house.group()
    house.open(TODAY)
    enrolled = house.enrol(house.family())
    assert house.taken(group, TODAY) == dict.fromkeys(slots("12:00", "17:30"), 1)
    assert house.stay(enrolled, TODAY).starts_at == NOON


def test_a_full_morning_that_is_over_refuses_nobody_in_the_afternoon(house: House) -> None:
    group = house.group(places=1)
    house.open(TODAY)
    capacity.take(house.session, house.build.day(group, TODAY).id, MORNING)
    house.enrol(house.family(), weekdays=[1])
    assert house.taken(group, TODAY) == dict.fromkeys(WHOLE, 1)


def test_a_refusal_names_the_first_full_day_and_slot(house: House) -> None:
    house.group(places=1)
    for on in (TOMORROW, AFTER):
        house.open(on)
    house.hold("10:00", "11:00", AFTER)
    with pytest.raises(NoPlace) as refused:
        house.enrol(house.family())
    facts = refused.value.facts
    assert (facts["on"], facts["start"], facts["reason"]) == (AFTER, "10:00", "full")
    house.enrol(house.family(), weekdays=[2])


def test_beyond_the_horizon_places_and_class_size_are_what_there_is(house: House) -> None:
    house.group(places=2, carers=1, ratio=1)  # carers are not planned so far ahead
    house.open()
    for _ in range(2):
        house.enrol(house.family(), weekdays=[1, 3], from_on=LATER)
    with pytest.raises(NoPlace) as refused:
        house.enrol(house.family(), weekdays=[3, 5], from_on=LATER)
    facts = refused.value.facts
    assert (facts["on"], facts["start"], facts["end"]) == (date(2027, 1, 6), "08:00", "08:30")
    house.enrol(house.family(), weekdays=[2, 5], from_on=LATER)


def test_half_days_share_a_place_beyond_the_horizon(house: House) -> None:
    house.group(places=1)
    house.enrol(house.family(), weekdays=[1], part=DayPart.MORNING, from_on=LATER)
    with pytest.raises(NoPlace):
        house.enrol(house.family(), weekdays=[1], from_on=LATER)
    house.enrol(house.family(), weekdays=[2], from_on=LATER)


def test_a_place_that_ends_before_the_next_weekday_is_free_for_it(house: House) -> None:
    house.group(places=1)
    leaving = house.enrol(house.family(), weekdays=[1, 5], from_on=TODAY)
    enrolments.end(house.session, SYSTEM, enrolment_id=leaving.id, on=LATER, now=NOON)
    # The leaving child's last Friday was the week before; only that Monday is full.
    house.enrol(house.family(), weekdays=[5], from_on=LATER)
    with pytest.raises(NoPlace) as refused:
        house.enrol(house.family(), weekdays=[1], from_on=LATER)
    assert refused.value.facts["on"] == LATER


def test_who_leaves_within_the_opened_days_is_not_refused_by_the_plan_beyond(
    house: House,
) -> None:
    house.group(places=2)
    house.open()
    for _ in range(2):
        house.enrol(house.family(), from_on=date(2026, 12, 1))
    leaving = house.family(born_on=date(2024, 11, 25))  # 24 months the day after tomorrow
    enrolled = house.enrol(leaving, weekdays=[2], from_on=TOMORROW)
    assert segments(house, enrolled.id)[0][2] == date(2026, 11, 30)


def test_a_child_finishes_the_month_in_which_it_leaves_a_band_then_goes_on(house: House) -> None:
    small, old = house.group(), house.group("older")
    enrolled = house.enrol(house.family(born_on=date(2025, 1, 10)), from_on=TOMORROW)
    assert segments(house, enrolled.id) == [
        (small.id, TOMORROW, date(2027, 1, 31)),
        (old.id, date(2027, 2, 1), date(2028, 1, 31)),
    ]


def test_without_a_place_in_the_next_class_the_plan_shows_the_end(house: House) -> None:
    small = house.group()
    house.group("older", places=0)
    enrolled = house.enrol(house.family(born_on=date(2025, 1, 10)), from_on=TOMORROW)
    assert segments(house, enrolled.id) == [(small.id, TOMORROW, date(2027, 1, 31))]


def test_a_child_that_fits_no_class_cannot_be_enrolled(house: House) -> None:
    house.group()
    with pytest.raises(NoClassForAge):
        house.enrol(house.family(born_on=date(2026, 6, 1)))


def test_a_child_cannot_be_enrolled_where_it_is_elsewhere(house: House, build: Build) -> None:
    house.group()
    house.open()
    who = house.family()
    other = House(house.session, build)
    group = other.group()
    other.open()
    house.book("09:00", "10:00", who=who)
    with pytest.raises(ChildElsewhere), house.session.begin_nested():
        other.enrol(who)
    assert other.taken(group) == {}


def test_ending_frees_the_days_after_it_and_the_plan(house: House) -> None:
    group = house.group(places=1)
    for on in (TOMORROW, AFTER):
        house.open(on)
    who = house.family()
    enrolled = house.enrol(who)
    enrolments.end(house.session, who[0], enrolment_id=enrolled.id, on=TOMORROW, now=NOON)
    assert (house.taken(group), house.taken(group, AFTER)) == (dict.fromkeys(WHOLE, 1), {})
    assert house.stay(enrolled, AFTER).state == State.CANCELLED
    assert (enrolled.state, enrolled.ends_on) == ("ended", TOMORROW)
    house.enrol(house.family(), from_on=AFTER)


def test_an_ended_enrolment_is_not_prolonged_by_ending_it_later(house: House) -> None:
    house.group()
    who = house.family()
    enrolled = house.enrol(who)
    for on in (TOMORROW, LATER):
        enrolments.end(house.session, who[0], enrolment_id=enrolled.id, on=on, now=NOON)
    assert enrolled.ends_on == TOMORROW


@pytest.mark.parametrize(
    ("form", "part", "weekdays", "from_on"),
    [
        (CareForm.HOURLY, DayPart.FULL, [1], TODAY),
        (CareForm.FULL_DAY, DayPart.MORNING, [1], TODAY),
        (CareForm.FULL_DAY, DayPart.FULL, [], TODAY),
        (CareForm.FULL_DAY, DayPart.FULL, [0, 8], TODAY),
        (CareForm.FULL_DAY, DayPart.FULL, [1], TODAY - timedelta(days=1)),
    ],
)
def test_what_is_no_enrolment_is_malformed(
    house: House, form: CareForm, part: DayPart, weekdays: list[int], from_on: date
) -> None:
    house.group()
    with pytest.raises(Malformed):
        enrolments.enrol(
            house.session,
            SYSTEM,
            child_id=house.family()[1].id,
            institution_id=house.at.id,
            form=form,
            weekdays=weekdays,
            day_part=part,
            from_on=from_on,
            now=NOON,
        )


def strangers(house: House) -> list[Actor]:
    return [house.family()[0], director(house.at.id + 1)]


def test_only_a_director_enrols_and_only_the_family_or_a_director_ends(house: House) -> None:
    house.group()
    who: tuple[Actor, Child] = house.family()
    enrolled = house.enrol(who)
    for stranger in strangers(house):
        with pytest.raises(NotFound):
            enrolments.end(house.session, stranger, enrolment_id=enrolled.id, on=LATER, now=NOON)
    for actor in (who[0], front_desk(house.at.id)):
        with pytest.raises(Forbidden):
            enrolments.enrol(
                house.session,
                actor,
                child_id=who[1].id,
                institution_id=house.at.id,
                form=CareForm.FULL_DAY,
                weekdays=[1],
                day_part=DayPart.FULL,
                from_on=TODAY,
                now=NOON,
            )
    desk = front_desk(house.at.id)
    with pytest.raises(Forbidden):
        enrolments.end(house.session, desk, enrolment_id=enrolled.id, on=LATER, now=NOON)

"""Days away: what they free at once, what is kept for later, and coming after all."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from childcare import bookings, clock, enrolments, people, planning
from childcare.capacity import NoPlace
from childcare.enrolments import NotEnrolled
from childcare.errors import Malformed, NotFound
from childcare.stays import ChildElsewhere, State, WrongState
from tests.build import NOON, TODAY, TOMORROW, Build, director, front_desk, slots
from tests.childcare.house import House

AFTER = TOMORROW + timedelta(days=1)


@pytest.fixture
def house(session: Session, build: Build) -> House:
    return House(session, build)


def at(hour: str) -> datetime:
    return clock.at(TOMORROW, clock.parse_hhmm(hour))


def ones(*spans: tuple[str, str]) -> dict[int, int]:
    return {slot: 1 for span in spans for slot in slots(*span)}


def test_a_day_away_frees_the_place_at_once_and_the_next_family_gets_it(house: House) -> None:
    group = house.group(places=1)
    house.open()
    who = house.family()
    enrolled = house.enrol(who)
    house.away(who)
    stay = house.stay(enrolled)
    assert (stay.state, stay.reason, stay.slots()) == (State.ABSENT, "去外婆家", [])
    assert house.taken(group) == {}
    house.hold("09:00", "10:00")


def test_part_of_a_day_away_frees_that_part_and_the_child_is_still_expected(house: House) -> None:
    group = house.group()
    house.open()
    who = house.family()
    enrolled = house.enrol(who)
    house.away(who, hours=("10:00", "12:00"))
    assert house.stay(enrolled).state == State.EXPECTED
    assert house.taken(group) == ones(("08:00", "10:00"), ("12:00", "17:30"))


def test_away_from_now_on_leaves_what_has_begun(house: House) -> None:
    group = house.group()
    house.open()
    who = house.family()
    enrolled = house.enrol(who)
    house.away(who, now=at("09:10"))
    assert house.stay(enrolled).state == State.ABSENT
    assert house.taken(group) == ones(("08:00", "09:30"))


def test_a_child_that_is_there_may_be_fetched_early_by_plan(house: House) -> None:
    group = house.group()
    house.open()
    who = house.family()
    enrolled = house.enrol(who)
    desk = front_desk(house.at.id)
    bookings.check_in(house.session, desk, stay_id=house.stay(enrolled).id, now=at("08:00"))
    away = house.away(who, hours=("15:00", "17:30"), now=at("09:00"))
    assert house.stay(enrolled).state == State.CHECKED_IN
    assert house.taken(group) == ones(("08:00", "15:00"))
    enrolments.take_back(house.session, who[0], absence_id=away.id, now=at("10:00"))
    assert house.taken(group) == ones(("08:00", "17:30"))


def test_an_absence_is_kept_for_days_not_opened_yet_and_applied_at_opening(house: House) -> None:
    group = house.group()
    who = house.family()
    enrolled = house.enrol(who)
    house.away(who, TOMORROW)
    house.away(who, AFTER, hours=("08:00", "12:00"))
    house.open()
    house.open(AFTER)
    stay = house.stay(enrolled)
    assert (stay.state, stay.reason) == (State.ABSENT, "absent")
    assert house.told("stay-absent") == [{"stay_id": stay.id}]
    assert house.stay(enrolled, AFTER).state == State.EXPECTED
    assert (house.taken(group), house.taken(group, AFTER)) == ({}, ones(("12:00", "17:30")))


def test_taking_an_absence_back_is_a_new_take_of_what_has_not_begun(house: House) -> None:
    group = house.group(places=1)
    house.open()
    who = house.family()
    enrolled = house.enrol(who)
    away = house.away(who)
    for _ in range(2):
        enrolments.take_back(house.session, who[0], absence_id=away.id, now=at("10:10"))
    assert house.stay(enrolled).state == State.EXPECTED
    assert house.taken(group) == ones(("10:30", "17:30"))


def test_taking_back_is_refused_by_the_first_slot_that_is_gone(house: House) -> None:
    group = house.group(places=1)
    house.open()
    who = house.family()
    away = (house.enrol(who), house.away(who))[1]
    house.hold("11:00", "12:00")
    with pytest.raises(NoPlace) as refused, house.session.begin_nested():
        enrolments.take_back(house.session, who[0], absence_id=away.id, now=NOON)
    assert (refused.value.facts["on"], refused.value.facts["start"]) == (TOMORROW, "11:00")
    assert house.taken(group) == ones(("11:00", "12:00"))


def test_taking_back_is_refused_while_the_child_is_elsewhere(house: House, build: Build) -> None:
    house.group()
    house.open()
    who = house.family()
    away = (house.enrol(who), house.away(who))[1]
    other = House(house.session, build)
    other.group()
    other.open()
    other.book("09:00", "10:00", who=who)
    with pytest.raises(ChildElsewhere):
        enrolments.take_back(house.session, who[0], absence_id=away.id, now=NOON)


def test_of_two_absences_the_other_still_keeps_the_child_away(house: House) -> None:
    group = house.group()
    house.open()
    who = house.family()
    enrolled = house.enrol(who)
    morning = house.away(who, hours=("08:00", "12:00"))
    house.away(who, hours=("11:00", "17:30"))
    assert house.stay(enrolled).state == State.ABSENT
    enrolments.take_back(house.session, who[0], absence_id=morning.id, now=NOON)
    assert house.stay(enrolled).state == State.EXPECTED
    assert house.taken(group) == ones(("08:00", "11:00"))


def test_an_absence_taken_back_is_not_applied_at_opening(house: House) -> None:
    house.group()
    who = house.family()
    enrolled = house.enrol(who)
    away = house.away(who)
    enrolments.take_back(house.session, who[0], absence_id=away.id, now=NOON)
    house.open()
    assert house.stay(enrolled).state == State.EXPECTED


def test_a_reopened_day_still_knows_who_is_away(house: House) -> None:
    group = house.group()
    house.open()
    who = house.family()
    enrolled = house.enrol(who)
    house.away(who, hours=("08:00", "12:00"))
    closure = house.close()
    planning.lift(house.session, director(house.at.id), closure_id=closure.id, now=NOON)
    assert house.stay(enrolled).state == State.EXPECTED
    assert house.taken(group) == ones(("12:00", "17:30"))


def test_a_child_that_comes_after_all_takes_what_is_left_if_it_is_free(house: House) -> None:
    group = house.group(places=1)
    house.open()
    who = house.family()
    enrolled = house.enrol(who)
    house.away(who)
    held = house.hold("15:00", "16:00")
    desk, stay_id = front_desk(house.at.id), house.stay(enrolled).id
    with pytest.raises(NoPlace), house.session.begin_nested():
        bookings.check_in(house.session, desk, stay_id=stay_id, now=at("10:10"))
    bookings.expire(house.session, booking_id=held.id, now=at("10:10"))
    bookings.check_in(house.session, desk, stay_id=stay_id, now=at("10:10"))
    assert house.stay(enrolled).state == State.CHECKED_IN
    assert house.taken(group) == ones(("10:30", "17:30"))


def test_nobody_is_checked_out_who_never_came(house: House) -> None:
    house.group()
    house.open()
    enrolled = house.enrol(house.family())
    desk, stay_id = front_desk(house.at.id), house.stay(enrolled).id
    with pytest.raises(WrongState):
        bookings.check_out(house.session, desk, stay_id=stay_id, now=at("09:00"))


def test_an_enrolled_child_is_never_a_no_show(house: House) -> None:
    house.group()
    house.open()
    came, missing = house.enrol(house.family()), house.enrol(house.family())
    desk = front_desk(house.at.id)
    bookings.check_in(house.session, desk, stay_id=house.stay(came).id, now=at("08:00"))
    stay = house.stay(missing)
    assert not bookings.mark_no_show(house.session, stay_id=stay.id, now=at("09:00"))
    bookings.end_of_day(house.session, institution_id=house.at.id, on=TOMORROW, now=at("18:00"))
    assert (stay.state, stay.reason) == (State.ABSENT, "did-not-come")
    assert house.told("child-still-present") == [{"stay_id": house.stay(came).id}]


def test_a_child_that_is_not_enrolled_then_cancels_its_booking_instead(house: House) -> None:
    house.group()
    house.open()
    who = house.family()
    house.book("09:00", "10:00", who=who)
    with pytest.raises(NotEnrolled):
        house.away(who)


def test_only_a_desk_where_the_child_is_enrolled_sees_an_absence_or_takes_it_back(
    house: House, build: Build
) -> None:
    house.group()
    house.open()
    who = house.family()
    enrolled = house.enrol(who)
    away = house.away(who)
    other = House(house.session, build)
    other.group()
    other.open()
    other.book("09:00", "10:00", who=who)
    assert people.child(house.session, front_desk(other.at.id), who[1].id) is who[1]
    with pytest.raises(NotFound):
        enrolments.absence(house.session, front_desk(other.at.id), away.id)
    with pytest.raises(NotFound):
        enrolments.take_back(house.session, director(other.at.id), absence_id=away.id, now=NOON)
    assert house.stay(enrolled).state == State.ABSENT
    assert enrolments.absence(house.session, front_desk(house.at.id), away.id) is away


def test_absences_lie_ahead_on_half_hours_and_belong_to_the_family(house: House) -> None:
    house.group()
    who = house.family()
    house.enrol(who)
    for from_on, to_on in ((TODAY - timedelta(days=1), TODAY), (AFTER, TOMORROW)):
        with pytest.raises(Malformed):
            house.away(who, from_on, to_on)
    away = house.away(who)
    with pytest.raises(NotFound):
        enrolments.take_back(house.session, house.family()[0], absence_id=away.id, now=NOON)

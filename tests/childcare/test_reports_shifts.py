"""Carers of a day, and what a change would do before it is made."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from childcare import bookings, reports
from childcare.actors import Actor
from childcare.clock import at
from childcare.errors import Forbidden, NotFound
from childcare.institutions import ClassGroup
from childcare.reports import CarersClass, OverRun
from childcare.schedule import Shift
from tests.build import NOON, TOMORROW, Build, director, front_desk
from tests.childcare.house import House


@pytest.fixture
def house(session: Session, build: Build) -> House:
    return House(session, build)


@pytest.fixture
def group(house: House) -> ClassGroup:
    made = house.group(places=15)
    house.open()
    return made


def carers(house: House) -> CarersClass:
    [shown] = reports.carers_day(
        house.session, front_desk(house.at.id), institution_id=house.at.id, on=TOMORROW, now=NOON
    ).classes
    return shown


def filled(house: House, children: int) -> None:
    for _ in range(children):
        house.book("10:00", "12:00", who=house.family())


def test_the_usual_carers_stay_in_sight_when_the_days_differ(
    house: House, group: ClassGroup
) -> None:
    before = carers(house)
    house.shift(group, (8 * 60, 12 * 60))
    after = carers(house)
    assert (len(before.shifts), before.is_dated) == (4, False)
    assert ([one.ends for one in after.shifts], after.is_dated) == ([12 * 60], True)
    assert after.usual == before.usual


def test_what_would_be_over_is_the_same_before_the_change_as_after_it(
    house: House, group: ClassGroup
) -> None:
    filled(house, 7)
    shifts = [Shift("李老师", 480, 660), Shift("王老师", 480, 1080)]
    before = reports.preview_shifts(
        house.session,
        director(house.at.id),
        class_id=group.id,
        on=TOMORROW,
        shifts=shifts,
        now=NOON,
    ).over
    assert house.build.day(group).over == {}
    house.shift(group, (480, 660), (480, 1080))
    assert before == carers(house).over == [OverRun(22, 24, 2)]


def test_what_was_over_this_morning_is_no_news_in_the_afternoon(
    house: House, group: ClassGroup
) -> None:
    filled(house, 7)
    shown = [
        reports.preview_shifts(
            house.session,
            director(house.at.id),
            class_id=group.id,
            on=TOMORROW,
            shifts=[],
            now=at(TOMORROW, minutes),
        ).over
        for minutes in (9 * 60, 11 * 60 + 10, 11 * 60 + 40, 12 * 60)
    ]
    assert shown == [
        [OverRun(20, 24, 7)],
        [OverRun(22, 24, 7)],
        [OverRun(23, 24, 7)],
        [],
    ]


def test_the_consequences_of_closing_are_what_closing_does(house: House, group: ClassGroup) -> None:
    enrolled = house.family()
    house.enrol(enrolled)
    booked = [house.book(who=house.family()) for _ in range(2)]
    house.hold()
    counted = reports.closing_consequences(
        house.session,
        director(house.at.id),
        institution_id=house.at.id,
        class_id=group.id,
        from_on=TOMORROW,
        to_on=TOMORROW,
        now=NOON,
    )
    assert (counted.bookings, counted.enrolled, counted.families) == (3, 1, 4)
    house.close()
    assert len(house.told("booking-cancelled-by-institution")) == counted.bookings
    assert len(house.told("stay-closed")) == counted.enrolled
    for one in booked:
        assert bookings.find_by_stay(house.session, one.stay_id) is not None


@pytest.mark.parametrize("who", [front_desk, director])
def test_another_institution_learns_nothing_of_carers_or_consequences(
    house: House, group: ClassGroup, who: Callable[[int], Actor]
) -> None:
    stranger = who(house.at.id + 1)
    with pytest.raises(Forbidden):
        reports.carers_day(
            house.session, stranger, institution_id=house.at.id, on=TOMORROW, now=NOON
        )
    with pytest.raises(Forbidden):
        reports.preview_shifts(
            house.session, stranger, class_id=group.id, on=TOMORROW, shifts=[], now=NOON
        )
    with pytest.raises(NotFound):
        reports.class_here(
            house.session, stranger, institution_id=house.at.id + 1, class_id=group.id
        )


def test_the_front_desk_counts_no_consequences(house: House, group: ClassGroup) -> None:
    with pytest.raises(Forbidden):
        reports.closing_consequences(
            house.session,
            front_desk(house.at.id),
            institution_id=house.at.id,
            class_id=None,
            from_on=TOMORROW,
            to_on=TOMORROW,
            now=NOON,
        )

"""Opening, closing and replanning days: who is written, who is sent home, who is told."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from childcare import bookings, clock, planning, schedule
from childcare.actors import SYSTEM
from childcare.capacity import ClassDay, NoPlace
from childcare.errors import Forbidden, Malformed, NotFound
from childcare.institutions import CareForm, DayPart, NotOffered
from childcare.stays import State, Stay
from childcare.workdays import CalendarDay, DayKind
from tests.build import NOON, TODAY, TOMORROW, Build, director, front_desk, slots
from tests.childcare.house import House

AFTER = TOMORROW + timedelta(days=1)
WHOLE = dict.fromkeys(slots("08:00", "17:30"), 1)
HOUR = timedelta(hours=1)


@pytest.fixture
def house(session: Session, build: Build) -> House:
    return House(session, build)


def test_every_day_to_the_horizon_is_opened_once(house: House, session: Session) -> None:
    group = house.group()
    assert planning.open_days(session, house.at.id, now=NOON) == 31
    assert planning.open_days(session, house.at.id, now=NOON) == 0
    days = session.scalars(select(ClassDay.on).order_by(ClassDay.on)).all()
    assert (days[0], days[-1], len(days)) == (TODAY, TODAY + timedelta(days=30), 31)
    assert planning.open_days(session, house.at.id, now=NOON + timedelta(days=1)) == 1
    assert not any(house.build.day(group, date(2026, 11, 28)).capacity), "a Saturday"


def test_a_class_that_came_later_gets_its_days_too(house: House, session: Session) -> None:
    house.group()
    house.open()
    later = house.group("older")
    house.open()
    assert house.build.day(later).capacity[18] == 5


def test_opening_writes_the_enrolled_children_and_counts_them(house: House) -> None:
    group = house.group()
    enrolled = house.enrol(house.family())
    house.open()
    assert house.stay(enrolled).state == State.EXPECTED
    assert house.taken(group) == WHOLE


def test_opening_over_capacity_writes_all_and_shows_it(house: House) -> None:
    group = house.group(places=2, ratio=1, carers=1)
    for _ in range(2):
        house.enrol(house.family())
    house.open()
    day = house.build.day(group)
    assert set(day.over.values()) == {1}
    assert house.told("day-over")[0]["on"] == TOMORROW.isoformat()


def test_a_day_without_carers_is_open_and_its_children_are_over(house: House) -> None:
    group = house.group()
    planning.change_shifts(
        house.session, SYSTEM, class_id=group.id, on=TOMORROW, shifts=[], now=NOON
    )
    enrolled = house.enrol(house.family())
    house.open()
    assert house.stay(enrolled).state == State.EXPECTED
    assert house.build.day(group).over == WHOLE
    house.shift(group, (480, 1080))
    assert house.build.day(group).over == {}
    assert house.taken(group) == WHOLE


def test_a_closed_day_opens_with_no_places_and_no_children(house: House) -> None:
    group = house.group()
    house.enrol(house.family())
    house.close()
    house.open()
    day = house.build.day(group)
    assert (sum(day.capacity), sum(day.taken)) == (0, 0)


def test_a_child_that_is_elsewhere_is_written_absent_and_told(house: House, build: Build) -> None:
    group = house.group()
    who = house.family()
    enrolled = house.enrol(who)
    other = House(house.session, build)
    other.group()
    other.open()
    other.book("10:00", "12:00", who=who)
    house.open()
    stay = house.stay(enrolled)
    assert (stay.state, stay.reason, stay.slots()) == (State.ABSENT, "child-elsewhere", [])
    assert house.told("stay-absent") == [{"stay_id": stay.id}]
    assert house.taken(group) == {}


def test_a_dead_hold_elsewhere_does_not_make_an_enrolled_child_absent(
    house: House, build: Build
) -> None:
    house.group()
    who = house.family()
    enrolled = house.enrol(who)
    other = House(house.session, build)
    other.group()
    other.open()
    held = bookings.hold(house.session, who[0], wish=other.wish(who=who), now=NOON)
    planning.open_day(house.session, house.at.id, TOMORROW, now=NOON + HOUR)
    assert (held.stay.state, house.stay(enrolled).state) == (State.EXPIRED, State.EXPECTED)


def test_a_child_enrolled_twice_for_one_hour_stops_no_day_from_opening(house: House) -> None:
    group = house.group()
    who = house.family()
    whole, morning = house.enrol(who), house.enrol(who, part=DayPart.MORNING)
    house.open()
    assert [house.stay(e).state for e in (whole, morning)] == [State.EXPECTED, State.ABSENT]
    assert house.taken(group) == WHOLE


def test_an_enrolled_child_comes_on_its_weekdays_and_not_on_holidays(house: House) -> None:
    group = house.group()
    house.enrol(house.family(), weekdays=[3])
    house.open()
    house.open(AFTER)
    assert (house.taken(group), house.taken(group, AFTER)) == ({}, WHOLE)
    holiday = [CalendarDay(date(2026, 12, 2), DayKind.PUBLIC_HOLIDAY, "演练")]
    schedule.keep_calendar(house.session, holiday)
    house.open(date(2026, 12, 2))
    assert house.taken(group, date(2026, 12, 2)) == {}


def test_a_make_up_saturday_expects_the_children_of_the_weekday_it_runs(house: House) -> None:
    group, saturday = house.group(), date(2026, 11, 28)
    wednesday, friday = (house.enrol(house.family(), weekdays=[day]) for day in (3, 5))
    house.open(saturday)
    worked = [CalendarDay(saturday, DayKind.MAKEUP_WORKDAY, "元旦调休上班")]
    planning.keep_calendar(house.session, SYSTEM, worked, now=NOON)
    assert house.told("replan-days") == [
        {"institution_id": house.at.id, "days": [saturday.isoformat()]}
    ]
    planning.replan(house.session, house.at.id, [saturday], now=NOON)
    assert house.taken(group, saturday) == WHOLE
    assert house.stay(wednesday, saturday).state == State.EXPECTED
    enrolled_there = select(Stay.enrolment_id).where(Stay.on == saturday)
    assert friday.id not in house.session.scalars(enrolled_there).all()


def test_lowering_capacity_below_the_children_is_lawful_and_told(house: House) -> None:
    group = house.group(places=4, ratio=1, carers=2)
    house.open()
    first, second = house.family(), house.family()
    for who in (first, second):
        house.book("09:00", "10:00", who=who)
    day = house.shift(group, (480, 1080))
    assert day.over == {18: 1, 19: 1}
    assert len(house.told("day-over")) == 1
    states = house.session.scalars(select(Stay.state)).all()
    assert states == [State.EXPECTED] * 2, "nobody is moved by the system"


def test_closing_cancels_releases_tells_and_leaves_the_present(house: House) -> None:
    group = house.group(places=5)
    house.open()
    enrolled = house.enrol(house.family())
    booked, present = house.family(), house.family()
    firm = house.book("09:00", "12:00", who=booked)
    there = house.book("08:00", "12:00", who=present)
    held = house.hold("10:00", "11:00")
    desk = front_desk(house.at.id)
    at_ten = clock.at(TOMORROW, 600)
    bookings.check_in(house.session, desk, stay_id=there.stay_id, now=at_ten - HOUR)
    bookings.expire(house.session, booking_id=held.id, now=at_ten)
    house.close(now=at_ten)
    assert (firm.stay.state, firm.fee_fen) == (State.CANCELLED, 0)
    assert house.stay(enrolled).state == State.CANCELLED
    assert there.stay.state == State.CHECKED_IN
    day = house.build.day(group)
    assert not any(day.capacity)
    begun = dict.fromkeys(slots("08:00", "09:00"), 2) | dict.fromkeys(slots("09:00", "10:00"), 3)
    assert house.taken(group) == begun | dict.fromkeys(slots("10:00", "12:00"), 1)
    told = house.told("booking-cancelled-by-institution")
    assert [row["booking_id"] for row in told] == [firm.id]
    assert house.told("stay-closed") == [{"stay_id": house.stay(enrolled).id}]
    bookings.check_out(house.session, desk, stay_id=there.stay_id, now=at_ten + HOUR)
    assert house.taken(group) == begun | dict.fromkeys(slots("10:00", "11:00"), 1)


def test_a_dead_hold_is_no_booking_that_the_institution_owes_a_grant(house: House) -> None:
    house.group()
    house.open()
    held = house.hold()
    house.close(now=NOON + HOUR)
    assert (held.stay.state, held.grant_until) == (State.EXPIRED, None)
    assert house.told("booking-cancelled-by-institution") == []


def test_lifting_writes_enrolled_stays_again_but_no_cancelled_booking(house: House) -> None:
    group = house.group()
    house.open()
    enrolled = house.enrol(house.family())
    booked = house.book("09:00", "10:00", who=house.family())
    closure = house.close()
    assert house.taken(group) == {}
    for _ in range(2):
        planning.lift(house.session, director(house.at.id), closure_id=closure.id, now=NOON)
        assert house.stay(enrolled).state == State.EXPECTED
        assert house.taken(group) == WHOLE
        assert house.told("stay-reopened") == [{"stay_id": house.stay(enrolled).id}]
    assert booked.stay.state == State.CANCELLED


def test_lifting_at_noon_expects_the_children_from_then_on(house: House) -> None:
    group = house.group()
    house.open()
    enrolled = house.enrol(house.family())
    closure = house.close()
    noon = clock.at(TOMORROW, 720)
    planning.lift(house.session, director(house.at.id), closure_id=closure.id, now=noon)
    assert house.stay(enrolled).starts_at == noon
    assert house.taken(group) == dict.fromkeys(slots("12:00", "17:30"), 1)


def test_a_day_closed_twice_stays_closed_when_one_closure_is_lifted(house: House) -> None:
    group = house.group()
    house.open()
    first, _ = house.close(), house.close()
    planning.lift(house.session, director(house.at.id), closure_id=first.id, now=NOON)
    assert not any(house.build.day(group).capacity)


def test_closing_one_class_leaves_the_other(house: House) -> None:
    shut, other = house.group(), house.group("older")
    house.open()
    house.close(group=shut)
    assert not any(house.build.day(shut).capacity)
    assert house.build.day(other).capacity[18] == 5
    with pytest.raises(NoPlace) as refused:
        house.hold()
    assert refused.value.facts["reason"] == "closed"


def open_by_date(house: House, on: date = TOMORROW) -> None:
    planning.open_on(
        house.session,
        director(house.at.id),
        institution_id=house.at.id,
        on=on,
        opens=540,
        closes=720,
        reason="开放日",
        now=NOON,
    )


def test_opening_by_date_beats_the_closure_and_closing_again_takes_it_back(house: House) -> None:
    group = house.group()
    house.open()
    house.close()
    open_by_date(house)
    places = house.build.day(group).capacity
    assert [slot for slot, count in enumerate(places) if count] == list(slots("09:00", "12:00"))
    with pytest.raises(planning.OpenedByDate):
        house.close(group=group)
    house.close()
    assert not any(house.build.day(group).capacity)


def test_care_on_a_saturday_opened_by_date_is_holiday_care(house: House) -> None:
    group, saturday = house.group(), date(2026, 11, 28)
    house.open(saturday)
    planning.change_shifts(
        house.session,
        SYSTEM,
        class_id=group.id,
        on=saturday,
        shifts=[schedule.Shift("老师", 480, 1080)],
        now=NOON,
    )
    open_by_date(house, saturday)
    who = house.family()
    wish = house.wish("09:00", "11:00", who=who, on=saturday)
    with pytest.raises(NotOffered):
        bookings.hold(house.session, who[0], wish=wish, now=NOON)
    house.sell(CareForm.HOLIDAY, price_fen=3000)
    held = bookings.hold(house.session, who[0], wish=wish, now=NOON)
    assert (held.form, held.price_fen) == ("holiday", 4 * 3000)


def test_only_a_director_plans_and_never_the_past(house: House) -> None:
    group = house.group()
    with pytest.raises(Forbidden):
        planning.change_shifts(
            house.session,
            front_desk(house.at.id),
            class_id=group.id,
            on=TOMORROW,
            shifts=[],
            now=NOON,
        )
    with pytest.raises(Malformed):
        house.close(TODAY - timedelta(days=1))
    closure = house.close()
    with pytest.raises(NotFound):
        planning.lift(house.session, director(house.at.id + 1), closure_id=closure.id, now=NOON)

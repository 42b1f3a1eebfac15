"""The clock turned into rows, whatever the machine's night was like."""

import copy
from collections.abc import Sequence
from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from childcare import bookings, capacity, clock, people, planning
from childcare.app import act, promoting
from childcare.bookings import Booking
from childcare.db import reading
from childcare.outbox import OutboxRow
from childcare.schedule import CalendarEntry
from childcare.stays import State
from tests.build import TODAY, TOMORROW, Build, FakeClock, director, front_desk
from tests.workers.city import City, open_rows, row
from workers.equipment import Equipment
from workers.jobs import perform
from workers.ticks import Ticks, write_day

MIDNIGHT = clock.midnight(TOMORROW)


@pytest.fixture(autouse=True)
def quiet_outbox(city: City) -> None:
    city.forget_rows()


def tick(ticks: Ticks, now: datetime) -> None:
    with promoting() as session:
        ticks.write(session, now=now)


def rows_of(kind: str) -> Sequence[OutboxRow]:
    with reading() as session:
        query = select(OutboxRow).where(OutboxRow.kind == kind).order_by(OutboxRow.id)
        found = session.scalars(query).all()
        session.expunge_all()
        return found


def work_off(equipment: Equipment, *kinds: str) -> None:
    """Do the open rows of these kinds that are due, as workers would."""
    for kind in kinds:
        for found in open_rows(kind):
            if found.due_at <= clock_of(equipment).now:
                perform(equipment, found.id, found.attempts)


def clock_of(equipment: Equipment) -> FakeClock:
    tick: FakeClock = equipment.app.extensions["clock"]
    return tick


def test_a_date_s_rows_are_written_when_it_begins_and_not_before(city: City) -> None:
    ticks = Ticks()
    tick(ticks, MIDNIGHT - timedelta(microseconds=1))
    assert [found.payload["on"] for found in rows_of("open-days")] == [str(TODAY)]
    tick(ticks, MIDNIGHT)
    assert [found.payload["on"] for found in rows_of("open-days")] == [str(TODAY), str(TOMORROW)]
    assert rows_of("open-days")[-1].due_at == MIDNIGHT
    assert [len(rows_of(kind)) for kind in ("keep-calendar", "sweep")] == [2, 2]


def test_several_dispatchers_that_start_again_and_again_write_a_date_once(city: City) -> None:
    for _ in range(3):
        tick(Ticks(), MIDNIGHT)
        tick(Ticks(), MIDNIGHT + timedelta(hours=5))
    assert len(rows_of("open-days")) == 1


def test_clocks_that_jump_about_write_each_date_once(city: City) -> None:
    ticks = Ticks()
    for hours in (0, 30, -30, 54, 1, -5, 54):
        tick(ticks, MIDNIGHT + timedelta(hours=hours))
    dates = [found.payload["on"] for found in rows_of("open-days")]
    assert len(dates) == len(set(dates))


def test_the_waiting_lists_are_looked_through_every_five_minutes_once(city: City) -> None:
    ticks = [Ticks(), Ticks()]
    for minutes in range(11):
        for each in ticks:
            tick(each, city.clock.now + timedelta(minutes=minutes))
    assert len(rows_of("sweep-waitlist")) == 3


def test_a_machine_that_was_off_looks_through_the_waiting_lists_when_it_is_back(city: City) -> None:
    tick(Ticks(), city.clock.now)
    tick(Ticks(), city.clock.now + timedelta(hours=9))
    assert [found.due_at for found in rows_of("sweep-waitlist")] == [
        city.clock.now,
        city.clock.now + timedelta(hours=9),
    ]


def test_an_institution_that_joins_at_noon_has_its_day_within_minutes(city: City) -> None:
    ticks = Ticks()
    tick(ticks, city.clock.now)
    with promoting() as session:
        joined = Build(session, now=city.clock.now).nursery()[0].id
    tick(ticks, city.clock.now + timedelta(minutes=5))
    assert joined in [found.payload["institution_id"] for found in rows_of("open-days")]


def test_an_institution_that_is_not_set_up_has_no_days(city: City) -> None:
    with promoting() as session:
        Build(session).institution(opened_at=None)
    tick(Ticks(), city.clock.now)
    assert len(rows_of("open-days")) == 1


def test_midnight_opens_the_day_at_the_horizon(city: City, equipment: Equipment) -> None:
    city.clock.now = MIDNIGHT
    tick(Ticks(), MIDNIGHT)
    work_off(equipment, "open-days", "open-day")
    assert days_opened(city)[-1] == TOMORROW + timedelta(days=capacity.HORIZON_DAYS)


def test_a_machine_that_was_off_for_days_opens_all_it_missed(
    city: City, equipment: Equipment
) -> None:
    before = len(days_opened(city))
    city.clock.forward(timedelta(days=4))
    tick(Ticks(), city.clock.now)
    work_off(equipment, "open-days")
    assert len(open_rows("open-day")) == 4
    work_off(equipment, "open-day")
    assert len(days_opened(city)) == before + 4


def days_opened(city: City) -> Sequence[date]:
    with reading() as session:
        query = select(capacity.ClassDay.on).where(
            capacity.ClassDay.institution_id == city.institution_id
        )
        return session.scalars(query.order_by(capacity.ClassDay.on)).all()


def begin(city: City, equipment: Equipment, on: date) -> None:
    city.clock.now = clock.midnight(on)
    tick(Ticks(), city.clock.now)
    work_off(equipment, "open-days")


def state_of(booking_id: int) -> str:
    with reading() as session:
        return session.get_one(Booking, booking_id).stay.state


def test_a_day_ends_at_closing_time(city: City, equipment: Equipment) -> None:
    booking_id = city.book()
    begin(city, equipment, TOMORROW)
    [end] = open_rows("end-day")
    assert end.due_at == clock.at(TOMORROW, 1080)
    city.clock.now = end.due_at
    work_off(equipment, "end-day")
    assert state_of(booking_id) == State.COMPLETED


def test_a_day_whose_hours_grew_longer_ends_later(city: City, equipment: Equipment) -> None:
    booking_id = city.book()
    begin(city, equipment, TOMORROW)
    boss = director(city.institution_id)
    act(
        lambda s: (
            planning.open_on(
                s,
                boss,
                institution_id=city.institution_id,
                on=TOMORROW,
                opens=480,
                closes=1200,
                reason="亲子夜",
                now=city.clock.now,
            ).id
        )
    )
    city.clock.now = clock.at(TOMORROW, 1080)
    work_off(equipment, "end-day")
    assert state_of(booking_id) == State.EXPECTED
    [end] = open_rows("end-day")
    city.clock.now = end.due_at
    work_off(equipment, "end-day")
    assert (end.due_at, state_of(booking_id)) == (clock.at(TOMORROW, 1200), State.COMPLETED)


def test_a_day_that_nobody_ended_is_ended_when_the_machine_is_back(
    city: City, equipment: Equipment
) -> None:
    booking_id = city.book()
    begin(city, equipment, TOMORROW + timedelta(days=3))
    work_off(equipment, "end-day")
    assert state_of(booking_id) == State.COMPLETED


def test_a_child_still_present_at_closing_raises_an_alarm(city: City, equipment: Equipment) -> None:
    booking_id = city.book()
    begin(city, equipment, TOMORROW)
    city.clock.now = clock.at(TOMORROW, 845)
    desk = front_desk(city.institution_id)
    act(
        lambda s: (
            bookings.check_in(
                s,
                desk,
                stay_id=s.get_one(Booking, booking_id).stay_id,
                now=city.clock.now,
            ).id
        )
    )
    city.clock.now = clock.at(TOMORROW, 1080)
    work_off(equipment, "end-day", "child-still-present")
    assert len(open_rows("tell-still-present")) == 2


def test_a_child_that_did_not_come_is_a_no_show_where_the_desk_checks_in(
    city: City, equipment: Equipment
) -> None:
    booking_id = city.book()
    with promoting() as session:
        other = Build(session).child(months=21)
        child_id, family_id = other.id, other.family_id
    came = _booked_by(city, child_id, family_id)
    work_off(equipment, "booking-confirmed")
    city.clock.now = clock.at(TOMORROW, 845)
    desk = front_desk(city.institution_id)
    act(
        lambda s: (
            bookings.check_in(
                s, desk, stay_id=s.get_one(Booking, came).stay_id, now=city.clock.now
            ).id
        )
    )
    city.clock.now = clock.at(TOMORROW, 870)
    work_off(equipment, "mark-no-show", "booking-no-show")
    assert state_of(booking_id) == State.NO_SHOW
    assert state_of(came) == State.CHECKED_IN
    assert len(open_rows("tell-no-show")) == 2


def _booked_by(city: City, child_id: int, family_id: int) -> int:
    other = copy.copy(city)
    other.child_id = child_id
    with reading() as session:
        [other.lan] = [member.actor for member in people.guardians_of(session, family_id)]
    return other.book()


def test_the_calendar_of_this_year_and_the_next_is_kept(
    city: City, equipment: Equipment, app: Flask
) -> None:
    tick(Ticks(), city.clock.now)
    work_off(equipment, "keep-calendar")
    with reading() as session:
        years = func.extract("year", CalendarEntry.on)
        found = set(session.scalars(select(years).distinct()))
    assert {2026, 2027} <= {int(year) for year in found}


def test_the_sweep_removes_what_is_long_done(city: City, equipment: Equipment) -> None:
    old = city.publish("stay-completed")
    perform(equipment, old, 0)
    city.clock.forward(timedelta(days=91))
    tick(Ticks(), city.clock.now)
    work_off(equipment, "sweep")
    assert old not in [found.id for found in rows_of("stay-completed")]
    assert row(rows_of("sweep")[0].id).outcome == "done"


def test_every_institution_s_day_begins(city: City) -> None:
    with promoting() as session:
        build = Build(session)
        for _ in range(20):
            build.institution()
    with promoting() as session:
        write_day(session, TODAY, now=city.clock.now)
    assert len(rows_of("open-days")) == 21

"""Races for places, with threads and commits; each has a control that shows the race is seen.

A control breaks one safeguard in its own throw-away database, does what the code would then do, and
must find the damage; so the test beside it could go red.
"""

import threading
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql.ranges import MultiRange

from childcare import capacity, stays
from childcare.app import act, create_core, promoting
from childcare.capacity import ClassDay
from childcare.db import Deadlock
from childcare.outbox import OutboxRow
from childcare.stays import ChildElsewhere, Stay
from tests.build import TOMORROW, FakeClock, slots
from tests.childcare.racing import (
    NINE_TO_TEN,
    PATIENCE,
    Nursery,
    a_stay,
    acting,
    booked,
    cancelling,
    children_in_two_places,
    codes,
    confirming,
    done,
    enrolling,
    holding,
    moving,
    recount,
    releasing,
    require_sound,
    sabotage,
    shifting,
    staying_away,
    taking_back,
    together,
)
from tests.conftest import settings_for

AFTER = TOMORROW + timedelta(days=1)
ROUNDS = 6


@pytest.fixture
def app(database: str, clock: FakeClock) -> Iterator[Flask]:
    """The core app with a connection for everybody in a crowd."""
    app = create_core(settings_for(database, pool_size=20), tick=clock)
    with app.app_context():
        yield app
        app.extensions["sqlalchemy"].engine.dispose()


DROP_GUARD = "DROP TRIGGER ck_class_day_not_oversold ON class_day"
DROP_EXCLUDE = "ALTER TABLE stay DROP CONSTRAINT ex_stay_child"


# The last place


def test_one_of_sixteen_families_gets_the_last_place(app: Flask) -> None:
    nursery = Nursery.founded(places=1, families=16)
    answers = together(app, *acting(*(holding(nursery, who) for who in range(16))))
    assert codes(answers) == ["no-place"] * 15
    require_sound()


def naive_take(nursery: Nursery, meet: threading.Barrier) -> Callable[[], None]:
    """Look whether there is room, then take: what must never be written."""

    def take() -> None:
        with promoting() as session:
            day = capacity.days_of(session, [nursery.group.id], TOMORROW)[nursery.group.id]
            assert day.free([18]) > 0
            meet.wait()
            session.execute(text("UPDATE class_day SET taken[19] = taken[19] + 1"))

    return take


def test_control_checking_before_taking_oversells_once_the_trigger_is_gone(app: Flask) -> None:
    nursery = Nursery.founded(places=1)
    sabotage(DROP_GUARD)
    meet = threading.Barrier(4, timeout=PATIENCE)
    together(app, *[naive_take(nursery, meet)] * 4)
    places, taken, _ = recount()[nursery.group.id, TOMORROW]
    assert (places[18], taken[18]) == (1, 4)


def test_the_trigger_alone_stops_those_who_check_before_taking(app: Flask) -> None:
    nursery = Nursery.founded(places=1)
    meet = threading.Barrier(4, timeout=PATIENCE)
    answers = together(app, *[naive_take(nursery, meet)] * 4)
    assert codes(answers) == ["no-place"] * 3
    assert recount()[nursery.group.id, TOMORROW][1][18] == 1


# One child


def two_nurseries() -> tuple[Nursery, Nursery]:
    """Both parents of the first's family may book at either."""
    here, there = Nursery.founded(places=3), Nursery.founded(places=3)
    there.parents = here.parents
    return here, there


def test_a_child_booked_at_two_nurseries_at_once_is_at_one(app: Flask) -> None:
    here, there = two_nurseries()
    for hour in range(8, 8 + ROUNDS):
        span = f"{hour:02d}:00", f"{hour + 1:02d}:00"
        answers = together(app, *acting(holding(here, 0, *span), holding(there, 0, *span)))
        assert codes(answers) == ["child-elsewhere"]
        [held] = [answer for answer in answers if isinstance(answer, int)]
        act(confirming(here, 0, held))
    require_sound()


def naive_stay(nursery: Nursery, meet: threading.Barrier) -> Callable[[], None]:
    """Take and insert without locking the family: the other desk's row is not visible yet."""
    _, child = nursery.parents[0]

    def insert() -> None:
        with promoting() as session:
            day = capacity.days_of(session, [nursery.group.id], TOMORROW)[nursery.group.id]
            stays.require_child_free(session, child.id, [NINE_TO_TEN])
            capacity.take(session, day.id, slots("09:00", "10:00"))
            meet.wait()
            session.add(a_stay(nursery, day))

    return insert


def test_control_without_lock_and_constraint_a_child_is_in_two_places(app: Flask) -> None:
    here, there = two_nurseries()
    sabotage(DROP_EXCLUDE)
    meet = threading.Barrier(2, timeout=PATIENCE)
    together(app, naive_stay(here, meet), naive_stay(there, meet))
    assert len(children_in_two_places()) == 2


def test_the_constraint_alone_keeps_a_child_in_one_place(app: Flask) -> None:
    here, there = two_nurseries()
    meet = threading.Barrier(2, timeout=PATIENCE)
    answers = together(app, naive_stay(here, meet), naive_stay(there, meet))
    assert [type(answer) for answer in answers if answer] in ([ChildElsewhere], [Deadlock])
    require_sound()


# Giving back


def test_who_cancels_and_who_books_at_once_leave_a_true_count(app: Flask) -> None:
    nursery = Nursery.founded(places=1, families=1 + ROUNDS)
    for who in range(1, 1 + ROUNDS):
        old = booked(nursery, 0)
        answers = together(
            app, *acting(cancelling(nursery, old), holding(nursery, who, "10:00", "12:00"))
        )
        # Busy: the place came free between the refused statement and the look at why.
        assert codes(answers) in ([], ["no-place"], ["busy"])
        require_sound()
        for answer in answers[1:]:
            if isinstance(answer, int):
                act(releasing(nursery, who, answer))


def test_control_writing_back_a_count_read_before_loses_a_child(app: Flask) -> None:
    nursery = Nursery.founded(places=2)
    booked(nursery, 0)
    with promoting() as session:
        stay_id = session.scalars(select(Stay.id)).one()
        day = session.get_one(ClassDay, session.get_one(Stay, stay_id).day_id)
        counted_down = [max(count - 1, 0) for count in day.taken]
    act(holding(nursery, 1))
    with promoting() as session:
        session.scalars(select(ClassDay)).one().taken = counted_down
        session.get_one(Stay, stay_id).holds = MultiRange([])
    _, taken, held = recount()[nursery.group.id, TOMORROW]
    assert (taken[18], held[18]) == (0, 1)


# Crossing


def test_two_that_move_to_each_others_day_never_deadlock(app: Flask) -> None:
    nursery = Nursery.founded(places=2, days=(TOMORROW, AFTER))
    one, other = booked(nursery, 0), booked(nursery, 1)
    act(moving(nursery, 1, other, 1, AFTER))
    days, versions = [TOMORROW, AFTER], [1, 2]
    for _ in range(ROUNDS):
        days.reverse()
        answers = together(
            app,
            *acting(
                moving(nursery, 0, one, versions[0], days[0]),
                moving(nursery, 1, other, versions[1], days[1]),
            ),
        )
        assert answers == [one, other]
        versions = [version + 1 for version in versions]
    require_sound()


def test_control_locking_days_in_two_orders_deadlocks(app: Flask) -> None:
    nursery = Nursery.founded(days=(TOMORROW, AFTER))
    meet = threading.Barrier(2, timeout=PATIENCE)

    def lock(first: date, second: date) -> Callable[[], None]:
        def run() -> None:
            with promoting() as session:
                for on in (first, second):
                    day = capacity.days_of(session, [nursery.group.id], on)[nursery.group.id]
                    capacity.lock_days(session, [day.id])
                    if on == first:
                        meet.wait()

        return run

    answers = together(app, lock(TOMORROW, AFTER), lock(AFTER, TOMORROW))
    assert [type(answer) for answer in answers if answer] == [Deadlock]


# Enrolled children


def test_absence_booking_and_taking_back_at_once_leave_one_child_in_the_place(app: Flask) -> None:
    nursery = Nursery.founded(places=1, families=2)
    act(enrolling(nursery, 0))
    for _ in range(ROUNDS):
        absence, held = together(app, *acting(staying_away(nursery, 0), holding(nursery, 1)))
        assert isinstance(absence, int)
        held = held if isinstance(held, int) else done(holding(nursery, 1))
        back = taking_back(nursery, 0, absence)
        answers = together(app, *acting(back, releasing(nursery, 1, held)))
        assert codes(answers) in ([], ["no-place"])
        act(back)
        require_sound()


# Shifts


def test_lowering_shifts_while_families_book_never_oversells_unseen(app: Flask) -> None:
    nursery = Nursery.founded(places=5, carers=2, ratio=1, families=1 + 2 * ROUNDS)
    for number in range(ROUNDS):
        start, end = f"{8 + number:02d}:00", f"{9 + number:02d}:00"
        act(shifting(nursery, carers=2))
        crowd = [holding(nursery, 1 + 2 * number + n, start, end) for n in range(2)]
        answers = together(app, *acting(shifting(nursery, carers=1), *crowd))
        assert set(codes(answers)) <= {"no-place"}
        places, taken, held = recount()[nursery.group.id, TOMORROW]
        assert taken == held
        # Who came first stays, and is shown; who came later was refused.
        slot = 16 + 2 * number
        assert (places[slot], taken[slot] + len(codes(answers))) == (1, 2)
    act(shifting(nursery, carers=1))
    with promoting() as session:
        kinds = session.scalars(select(OutboxRow.kind)).all()
        is_over = bool(session.scalars(select(ClassDay)).one().over)
    assert is_over == ("day-over" in kinds)


def test_control_a_capacity_read_before_the_shift_fell_is_no_ground_to_take(app: Flask) -> None:
    nursery = Nursery.founded(places=5, carers=1, ratio=1)
    sabotage(DROP_GUARD)
    with promoting() as session:
        day = session.scalars(select(ClassDay)).one()
        assert day.free([18]) == 1
    act(shifting(nursery, carers=0))
    with promoting() as session:
        session.execute(text("UPDATE class_day SET taken[19] = taken[19] + 1"))
    places, taken, _ = recount()[nursery.group.id, TOMORROW]
    assert (places[18], taken[18]) == (0, 1)

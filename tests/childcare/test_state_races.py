"""Races for what a stay or a day becomes: twice is once, and only one of two ends wins."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from childcare import bookings, capacity, clock, idempotency, planning, schedule
from childcare.actors import SYSTEM
from childcare.app import act, create_core, promoting
from childcare.audit import AuditRow
from childcare.bookings import Booking
from childcare.capacity import ClassDay
from childcare.outbox import OutboxRow
from childcare.stays import State, Stay, StayEvent
from tests.build import NOON, TOMORROW, FakeClock, front_desk
from tests.childcare.racing import (
    PATIENCE,
    Command,
    Nursery,
    acting,
    booked,
    cancelling,
    codes,
    confirming,
    done,
    enrolling,
    holding,
    recount,
    require_sound,
    sabotage,
    shifting,
    together,
)
from tests.conftest import settings_for

ROUNDS = 5
DEADLINE = NOON + timedelta(minutes=10)
AFTER = TOMORROW + timedelta(days=1)


@pytest.fixture
def app(database: str, clock: FakeClock) -> Iterator[Flask]:
    app = create_core(settings_for(database, pool_size=20), tick=clock)
    with app.app_context():
        yield app
        app.extensions["sqlalchemy"].engine.dispose()


def event_count(to: State) -> int:
    with promoting() as session:
        return session.scalar(select(func.count()).where(StayEvent.to_state == to)) or 0


def only_stay() -> Stay:
    with promoting() as session:
        stay = session.scalars(select(Stay)).one()
        session.expunge(stay)
        return stay


def in_step(read: Callable[[Any], Any], write: Callable[[Any, Any], object]) -> Callable[[], None]:
    """A transaction that decides on what it read while others did the same."""
    meet = threading.Barrier(2, timeout=PATIENCE)

    def run() -> None:
        with promoting() as session:
            seen = read(session)
            meet.wait()
            write(session, seen)

    return run


# Deadlines


def test_confirming_at_the_deadline_and_expiring_never_both_happen(app: Flask) -> None:
    nursery = Nursery.founded(places=ROUNDS, families=ROUNDS)
    for who in range(ROUNDS):
        held = done(holding(nursery, who))
        before = confirming(nursery, who, held, now=DEADLINE - timedelta(microseconds=1))
        confirmed, expired = together(app, *acting(before, expiring(held)))
        assert (confirmed == held) != expired
        require_sound()
    assert event_count(State.EXPECTED) + event_count(State.EXPIRED) == ROUNDS


def expiring(booking_id: int) -> Command:
    return lambda s: bookings.expire(s, booking_id=booking_id, now=DEADLINE)


def test_control_confirming_what_was_read_before_it_expired_keeps_no_place(app: Flask) -> None:
    nursery = Nursery.founded()
    held = done(holding(nursery, 0))
    with promoting() as session:
        assert session.scalars(select(Stay.state)).one() == State.HELD
    assert act(expiring(held))
    sabotage("UPDATE stay SET state = 'expected'")
    assert (only_stay().state, only_stay().slots()) == (State.EXPECTED, [])


# Twice is once


def test_confirming_four_times_at_once_confirms_once(app: Flask) -> None:
    nursery = Nursery.founded(places=ROUNDS, families=ROUNDS)
    for who in range(ROUNDS):
        held = done(holding(nursery, who))
        answers = together(app, *acting(*[confirming(nursery, who, held)] * 4))
        assert answers == [held] * 4
        assert event_count(State.EXPECTED) == who + 1
    with promoting() as session:
        confirmed = select(OutboxRow.id).where(OutboxRow.kind == "booking-confirmed")
        assert len(session.scalars(confirmed).all()) == ROUNDS


def test_checking_in_four_times_at_once_checks_in_once(app: Flask) -> None:
    nursery = Nursery.founded(places=ROUNDS, families=ROUNDS)
    for who in range(ROUNDS):
        booked(nursery, who)
    with promoting() as session:
        ids = session.scalars(select(Stay.id).order_by(Stay.id)).all()
    for number, stay_id in enumerate(ids):
        answers = together(app, *acting(*[entering(nursery, stay_id)] * 4))
        assert answers == [stay_id] * 4
        assert event_count(State.CHECKED_IN) == number + 1


def entering(nursery: Nursery, stay_id: int) -> Command:
    desk, came = front_desk(nursery.institution.id), clock.at(TOMORROW, 540)
    return lambda s: bookings.check_in(s, desk, stay_id=stay_id, now=came)


def test_control_two_that_read_the_state_without_a_lock_both_write_the_event(app: Flask) -> None:
    nursery = Nursery.founded()
    done(holding(nursery, 0))

    def write(session: Any, seen: Stay) -> None:
        assert seen.state == State.HELD
        session.execute(
            text(
                "INSERT INTO stay_event (stay_id, at, actor, to_state, why, facts)"
                " VALUES (:id, now(), '', 'expected', '', '{}')"
            ),
            {"id": seen.id},
        )

    careless = in_step(lambda s: s.scalars(select(Stay)).one(), write)
    together(app, careless, careless)
    assert event_count(State.EXPECTED) == 2


def test_the_last_illness_waiver_is_used_once(app: Flask) -> None:
    nursery = Nursery.founded(places=15, families=ROUNDS, days=(TOMORROW, AFTER))
    sabotage("UPDATE fee_sheet SET cancellation_tiers = '[[0, 100]]'")  # no cancel is free
    for who in range(ROUNDS):
        for hour in (8, 9):
            act(ill(nursery, who, booked(nursery, who, f"0{hour}:00", f"{hour + 1:02d}:00")))
        # On two days, so that no class day makes one wait for the other.
        last = [booked(nursery, who, "14:00", "15:00", on) for on in (TOMORROW, AFTER)]
        answers = together(app, *acting(*(ill(nursery, who, i) for i in last)))
        assert codes(answers) == ["fee-changed"]
    require_sound()


def ill(nursery: Nursery, who: int, booking_id: int) -> Command:
    actor, _ = nursery.parents[who]
    return lambda s: bookings.cancel(
        s, actor, booking_id=booking_id, reason=bookings.ILLNESS, fee_fen=0, now=NOON
    )


def test_control_two_that_count_waivers_without_a_lock_both_find_one(app: Flask) -> None:
    nursery = Nursery.founded(places=5)
    _, child = nursery.parents[0]
    found: list[int] = []
    count = in_step(
        lambda s: bookings.illness_left(s, child.id, now=NOON), lambda _, left: found.append(left)
    )
    together(app, count, count)
    assert found == [3, 3]


# Days


def opening(nursery: Nursery) -> Command:
    return lambda s: planning.open_day(s, nursery.institution.id, AFTER, now=NOON)


def test_a_day_opened_four_times_at_once_is_opened_once(app: Flask) -> None:
    nursery = Nursery.founded(places=3)
    for who in (0, 1):
        act(enrolling(nursery, who))
    answers = together(app, *acting(*[opening(nursery)] * 4))
    assert sorted(answers) == [0, 0, 0, 2]
    require_sound()
    assert recount()[nursery.group.id, AFTER][1][18] == 2


def test_control_without_the_unique_row_a_day_is_opened_twice(app: Flask) -> None:
    nursery = Nursery.founded(days=())
    sabotage("ALTER TABLE class_day DROP CONSTRAINT uq_class_day_class_id_on")

    def write(session: Any, seen: dict[int, ClassDay]) -> None:
        assert not seen
        session.add(
            ClassDay(
                institution_id=nursery.institution.id,
                class_id=nursery.group.id,
                on=AFTER,
                capacity=[0] * 48,
                taken=[0] * 48,
                opened_at=NOON,
            )
        )

    careless = in_step(lambda s: capacity.days_of(s, [nursery.group.id], AFTER), write)
    together(app, careless, careless)
    with promoting() as session:
        assert len(session.scalars(select(ClassDay)).all()) == 2


def closing(nursery: Nursery) -> Command:
    return lambda s: planning.close(
        s,
        SYSTEM,
        institution_id=nursery.institution.id,
        class_id=None,
        from_on=TOMORROW,
        to_on=AFTER,
        reason="停电",
        now=NOON,
    )


def test_closing_while_shifts_change_and_days_open_leaves_them_closed(app: Flask) -> None:
    for _ in range(ROUNDS):
        nursery = Nursery.founded(places=3)
        act(enrolling(nursery, 0))
        crowd = (closing(nursery), opening(nursery), shifting(nursery, carers=2))
        answers = together(app, *acting(*crowd, holding(nursery, 1)))
        assert set(codes(answers)) <= {"no-place"}
        for on in (TOMORROW, AFTER):
            places, taken, held = recount()[nursery.group.id, on]
            assert (sum(places), sum(taken), sum(held)) == (0, 0, 0)


def test_control_a_plan_read_before_the_closure_opens_a_closed_day(app: Flask) -> None:
    nursery = Nursery.founded(places=3)
    with promoting() as session:
        table = schedule.timetable(
            session, nursery.institution.id, [nursery.group.id], TOMORROW, TOMORROW
        )
        plan = capacity.plan(nursery.group, table, TOMORROW)
    act(closing(nursery))
    with promoting() as session:
        capacity.set_capacity(session, session.scalars(select(ClassDay)).one(), plan)
    assert recount()[nursery.group.id, TOMORROW][0][18] == 3


# The same request


def test_the_same_key_at_once_has_one_effect_and_one_answer(app: Flask) -> None:
    answers = together(app, *acting(*[keyed()] * 6))
    assert answers == [(201, {"effect": 1})] * 6
    assert effects() == 1


def keyed() -> Command:
    def request(session: Any) -> tuple[int, dict[str, Any]]:
        return idempotency.once(
            session,
            owner="guardian:1",
            key="k",
            request="r",
            now=NOON,
            command=lambda: (201, {"effect": effect(session)}),
        )

    return request


def effect(session: Any) -> int:
    session.add(AuditRow(at=NOON, actor="", action="effect", subject="", subject_id=0, facts={}))
    session.flush()
    return 1


def effects() -> int:
    with promoting() as session:
        return len(session.scalars(select(AuditRow).where(AuditRow.action == "effect")).all())


def test_control_looking_for_the_key_before_the_work_has_two_effects(app: Flask) -> None:
    careless = in_step(
        lambda s: s.scalars(select(idempotency.IdempotencyRow)).all(),
        lambda s, seen: seen or effect(s),
    )
    together(app, careless, careless)
    assert effects() == 2


def test_cancelling_twice_at_once_costs_the_fee_once(app: Flask) -> None:
    nursery = Nursery.founded()
    booking_id = booked(nursery)
    answers = together(app, *acting(*[cancelling(nursery, booking_id)] * 2))
    # The loser may have looked at the fee after the cancel, and is then told what it is.
    assert set(codes(answers)) <= {"fee-changed"}
    with promoting() as session:
        assert session.scalars(select(Booking.fee_fen)).one() == 4000
    require_sound()

"""`act`: nobody is refused by something dead, and a deadlock is no answer."""

import threading
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from childcare import bookings, enrolments
from childcare.app import act, create_core, promoting
from childcare.capacity import NoPlace
from childcare.db import Deadlock
from childcare.stays import ChildElsewhere, State, Stay
from tests.build import NOON, TOMORROW, FakeClock
from tests.childcare.racing import (
    PATIENCE,
    Command,
    Nursery,
    acting,
    codes,
    done,
    enrolling,
    holding,
    require_sound,
    staying_away,
    taking_back,
    together,
)
from tests.conftest import settings_for

LATER = NOON + timedelta(minutes=11)
AFTER = TOMORROW + timedelta(days=1)


@pytest.fixture
def app(database: str, clock: FakeClock) -> Iterator[Flask]:
    app = create_core(settings_for(database, pool_size=8), tick=clock)
    with app.app_context():
        yield app
        app.extensions["sqlalchemy"].engine.dispose()


def states() -> list[str]:
    with promoting() as session:
        return list(session.scalars(select(Stay.state).order_by(Stay.id)))


def holding_at(nursery: Nursery, who: int, on: date = TOMORROW, start: str = "09:00") -> Command:
    actor, child = nursery.parents[who]
    wish = nursery.wish(child, start, "11:00", on=on)
    return lambda s: bookings.hold(s, actor, wish=wish, now=s.info["now"])


def test_a_dead_hold_in_the_last_place_refuses_nobody(app: Flask, clock: FakeClock) -> None:
    nursery = Nursery.founded(places=1)
    act(holding(nursery, 0))
    clock.now = LATER
    with pytest.raises(NoPlace), promoting() as session:
        holding_at(nursery, 1)(session)
    act(holding_at(nursery, 1))
    assert states() == [State.EXPIRED, State.HELD]
    require_sound()


def test_a_live_hold_refuses_and_lives_on(app: Flask, clock: FakeClock) -> None:
    nursery = Nursery.founded(places=1)
    act(holding(nursery, 0))
    clock.now = LATER - timedelta(minutes=2)
    with pytest.raises(NoPlace):
        act(holding_at(nursery, 1))
    assert states() == [State.HELD]


def test_the_childs_own_dead_hold_elsewhere_does_not_keep_it_away(
    app: Flask, clock: FakeClock
) -> None:
    here, there = Nursery.founded(places=1), Nursery.founded(places=1)
    there.parents.insert(0, here.parents[0])
    act(holding(here, 0))
    # A dead hold of another child fills the other nursery too: both must go before the one retry.
    act(holding(there, 1))
    clock.now = LATER
    with pytest.raises(ChildElsewhere), promoting() as session:
        holding_at(there, 0)(session)
    act(holding_at(there, 0))
    assert states() == [State.EXPIRED, State.EXPIRED, State.HELD]
    require_sound()


def test_dead_holds_on_several_days_refuse_no_enrolment(app: Flask, clock: FakeClock) -> None:
    nursery = Nursery.founded(places=1, families=3, days=(TOMORROW, AFTER))
    act(holding_at(nursery, 1, TOMORROW))
    act(holding_at(nursery, 2, AFTER))
    clock.now = LATER
    done(enrolling(nursery, 0))
    assert states() == [State.EXPIRED] * 2 + [State.EXPECTED] * 2
    require_sound()


def test_dead_holds_on_several_days_stop_no_taking_back(app: Flask, clock: FakeClock) -> None:
    nursery = Nursery.founded(places=1, families=3, days=(TOMORROW, AFTER))
    done(enrolling(nursery, 0))
    actor, child = nursery.parents[0]
    away = done(
        lambda s: enrolments.declare_absence(
            s, actor, child_id=child.id, from_on=TOMORROW, to_on=AFTER, reason="", now=NOON
        )
    )
    act(holding_at(nursery, 1, TOMORROW))
    act(holding_at(nursery, 2, AFTER))
    clock.now = LATER
    done(taking_back(nursery, 0, away))
    assert states() == [State.EXPECTED] * 2 + [State.EXPIRED] * 2
    require_sound()


def test_a_refused_taking_back_changes_nothing(app: Flask) -> None:
    nursery = Nursery.founded(places=1)
    done(enrolling(nursery, 0))
    away = done(staying_away(nursery, 0))
    act(holding_at(nursery, 1, start="10:00"))
    with pytest.raises(NoPlace) as refused:
        done(taking_back(nursery, 0, away))
    assert refused.value.facts["start"] == "10:00"
    assert states() == [State.ABSENT, State.HELD]
    require_sound()


def crossing(app: Flask) -> tuple[Command, Command, list[str]]:
    """Two commands that lock two families in opposite orders, both at first and then freely."""
    with promoting() as session:
        families = list(session.scalars(text("SELECT id FROM family ORDER BY id LIMIT 2")))
    meet, tries = threading.Barrier(2, timeout=PATIENCE), list[str]()

    def lock(name: str, ids: list[int]) -> Command:
        def run(session: Any) -> str:
            tries.append(name)
            for number, family_id in enumerate(ids):
                statement = text("SELECT 1 FROM family WHERE id = :id FOR UPDATE")
                session.execute(statement, {"id": family_id})
                if number == 0 and tries.count(name) == 1:
                    meet.wait()
            return name

        return run

    return lock("there", families), lock("back", families[::-1]), tries


def test_a_deadlock_is_repeated_and_both_are_done(app: Flask) -> None:
    Nursery.founded()
    there, back, tries = crossing(app)
    assert together(app, *acting(there, back)) == ["there", "back"]
    assert len(tries) > 2, "one was ended, and came again"


def test_control_without_act_one_of_the_two_is_lost(app: Flask) -> None:
    Nursery.founded()
    there, back, _ = crossing(app)

    def once(command: Command) -> Any:
        with promoting() as session:
            return command(session)

    answers = together(app, lambda: once(there), lambda: once(back))
    assert codes(answers) == [Deadlock.code]

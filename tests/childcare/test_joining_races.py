"""Races of those who join while places come free; each is told once and played twice.

A control takes the safeguards out of the product's own SQL (`unguarded`), and must find the damage.
"""

from datetime import timedelta

from sqlalchemy import func, select

from childcare import bookings
from childcare.app import act
from childcare.db import reading
from childcare.waitlist import Choice, WaitlistEntry
from tests.build import NOON, TOMORROW, director
from tests.childcare.racing import (
    Nursery,
    booked,
    cancelling,
    faults,
)
from tests.childcare.unguarded import (
    BEING_OPENED,
    DAY,
    EITHER_FIRST,
    GRANTS,
    ONE_GRANT,
    ROOM,
    SAME_WISH,
    TRIGGER,
    WHO_WAITS,
    WHOSE_TURN,
    Scene,
    lock_of,
    part,
)
from tests.childcare.waitlist_racing import (
    joining,
    opening,
    states_of,
    unfair,
)

AFTER = TOMORROW + timedelta(days=1)


def joined_while_freed(scene: Scene) -> set[str]:
    found = set()
    for first in EITHER_FIRST:
        nursery = Nursery.founded()
        old = booked(nursery, 0)
        cancelled, entry = scene.play(
            part(cancelling(nursery, old), WHO_WAITS),
            part(joining(nursery, 1, "09:00", "10:00"), DAY),
            first=first,
        )
        found |= faults(refused=cancelled != old, not_offered=states_of(entry) != ["open"])
    return found | unfair()


def test_who_joins_while_a_place_comes_free_has_its_offer(scene: Scene) -> None:
    assert joined_while_freed(scene) == set()


def test_control_without_the_days_lock_the_place_stands_idle(scene: Scene) -> None:
    scene.take_out(lock_of("class_day"))
    assert {"not_offered", "idle"} <= joined_while_freed(scene)


def joined_while_opened(scene: Scene) -> set[str]:
    found = set()
    for first in EITHER_FIRST:
        nursery = Nursery.founded(families=1)
        _, entry = scene.play(
            part(opening(nursery, AFTER), WHO_WAITS),
            part(joining(nursery, 0, on=AFTER), BEING_OPENED),
            first=first,
        )
        found |= faults(not_offered=states_of(entry) != ["open"])
    return found | unfair()


def test_who_joins_while_the_day_is_opened_has_its_offer(scene: Scene) -> None:
    assert joined_while_opened(scene) == set()


def test_control_without_the_class_lock_a_new_day_stands_idle(scene: Scene) -> None:
    scene.take_out(lock_of("class_group"))
    assert {"not_offered", "idle"} <= joined_while_opened(scene)


def joined_for_one_place(scene: Scene) -> set[str]:
    nursery = Nursery.founded()
    entries = scene.play(
        part(joining(nursery, 0), WHOSE_TURN), part(joining(nursery, 1), WHOSE_TURN)
    )
    offers = [state for entry in entries for state in states_of(entry)]
    return unfair() | faults(offered_twice=offers != ["open"])


def test_two_who_join_at_once_have_one_offer_for_one_place(scene: Scene) -> None:
    assert joined_for_one_place(scene) == set()


def test_control_without_lock_condition_and_trigger_both_have_it(scene: Scene) -> None:
    """Behind the lock stands the condition of the statement, behind that the trigger."""
    scene.take_out(lock_of("class_day"), ROOM, TRIGGER)
    assert {"offered_twice", "oversold"} <= joined_for_one_place(scene)


def joined_twice(scene: Scene) -> set[str]:
    nursery = Nursery.founded()
    booked(nursery, 1)
    one, other = scene.play(
        part(joining(nursery, 0), SAME_WISH), part(joining(nursery, 0), SAME_WISH)
    )
    with reading() as session:
        entries = session.scalar(select(func.count(WaitlistEntry.id)))
    return unfair() | faults(told_apart=one != other, listed_twice=entries != 1)


def test_both_parents_who_join_at_once_wait_once(scene: Scene) -> None:
    assert joined_twice(scene) == set()


def test_control_without_the_family_lock_a_child_waits_twice(scene: Scene) -> None:
    scene.take_out(lock_of("family"))
    assert {"told_apart", "listed_twice"} <= joined_twice(scene)


def granted(scene: Scene) -> set[str]:
    nursery = Nursery.founded(families=1)
    where, old = nursery.institution.id, booked(nursery, 0)
    act(
        lambda s: bookings.cancel_by_institution(
            s, director(where), booking_id=old, reason="停水", now=NOON
        )
    )
    scene.play(
        part(joining(nursery, 0, "09:00", "10:00"), GRANTS),
        part(joining(nursery, 0, "14:00", "15:00"), GRANTS),
    )
    with reading() as session:
        grants = session.scalar(select(func.count(Choice.granted_by)))
    return unfair() | faults(granted_twice=grants != 1)


def test_a_grant_puts_one_of_two_new_entries_first(scene: Scene) -> None:
    assert granted(scene) == set()


def test_control_without_lock_and_constraint_a_grant_is_used_twice(scene: Scene) -> None:
    scene.take_out(lock_of("family"), ONE_GRANT)
    assert "granted_twice" in granted(scene)

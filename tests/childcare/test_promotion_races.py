"""Races of places that go from one family to the next; each is told once and played twice.

A control takes the safeguards out of the product's own SQL (`unguarded`), and must find the damage.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from childcare import capacity
from childcare.app import act, promoting
from childcare.db import reading, transaction
from tests.build import NOON, TOMORROW
from tests.childcare.racing import (
    Command,
    Nursery,
    acting,
    booked,
    cancelling,
    codes,
    done,
    faults,
    holding,
    shifting,
)
from tests.childcare.unguarded import (
    BARS,
    DAY,
    EITHER_FIRST,
    KEEPS,
    ONE_OFFER,
    OPEN_OFFERS,
    ROOM,
    SECOND_LOOK,
    TRIGGER,
    WHO_WAITS,
    WHOSE_TURN,
    Part,
    Scene,
    lock_of,
    part,
)
from tests.childcare.waitlist_racing import (
    joining,
    leaving,
    removing,
    state_of,
    states_of,
    sweeping,
    unfair,
    waiting,
)

AFTER = TOMORROW + timedelta(days=1)


# Who goes first, who sees it


def offered_unseen(scene: Scene, cancel: Callable[[Nursery, int], Callable[[], Any]]) -> set[str]:
    """While a place goes from one family to the next, somebody looks and a stranger books."""
    nursery = Nursery.founded(families=3)
    old = booked(nursery, 0)
    entry = waiting(nursery, 1)

    def look() -> int:
        with reading() as session:
            return session.scalars(select(capacity.ClassDay)).one().free([18])

    cancelled, free, held = scene.play(
        Part(cancel(nursery, old), WHO_WAITS), Part(look), part(holding(nursery, 2))
    )
    return unfair() | faults(
        refused=cancelled != old,
        seen=free > 0,
        sold_past_who_waits=codes([held]) != ["no-place"],
        not_offered=states_of(entry) != ["open"],
    )


def at_once(nursery: Nursery, booking_id: int) -> Callable[[], Any]:
    return acting(cancelling(nursery, booking_id))[0]


def promoting_later(nursery: Nursery, booking_id: int) -> Callable[[], Any]:
    """The freeing and the promotion in two transactions: what must never be written."""

    def run() -> int:
        with transaction() as session:
            cancelling(nursery, booking_id)(session)
            session.info.pop("freed")
        act(sweeping(nursery))
        return booking_id

    return run


def test_nobody_else_ever_sees_a_place_that_somebody_waits_for(scene: Scene) -> None:
    assert offered_unseen(scene, at_once) == set()


def test_control_promoting_after_the_commit_lets_a_stranger_in(scene: Scene) -> None:
    found = offered_unseen(scene, promoting_later)
    assert {"seen", "sold_past_who_waits", "not_offered"} <= found


def asked_again(scene: Scene) -> set[str]:
    """A family gives up a place of the kind it waits for, and the sweep looks at that day."""
    found = set()
    for first in EITHER_FIRST:
        nursery = Nursery.founded(families=1)
        old = booked(nursery, 0)
        entry = waiting(nursery, 0)
        scene.play(
            part(cancelling(nursery, old), WHO_WAITS), part(sweeping(nursery), DAY), first=first
        )
        found |= faults(asked_who_freed_it=states_of(entry) != [])
    return found


def test_who_freed_a_place_is_not_asked_in_that_round_by_anybody(scene: Scene) -> None:
    assert asked_again(scene) == set()


def test_control_without_bars_the_place_returns_to_who_freed_it(scene: Scene) -> None:
    scene.take_out(BARS)
    assert "asked_who_freed_it" in asked_again(scene)


# Leaving


def left_while_offered(scene: Scene) -> set[str]:
    """The family looks what it was offered: nothing yet. Then it is, and then it leaves."""
    nursery = Nursery.founded()
    old = booked(nursery, 0)
    entry = waiting(nursery, 1)
    answers = scene.play(
        part(leaving(nursery, 1, entry), OPEN_OFFERS), part(cancelling(nursery, old))
    )
    return unfair() | faults(
        refused=answers != [entry, old],
        kept_an_offer="open" in states_of(entry),
        stayed=state_of(entry) != "left",
    )


def test_who_leaves_while_a_place_comes_free_keeps_no_offer(scene: Scene) -> None:
    assert left_while_offered(scene) == set()


def test_control_without_a_second_look_who_left_has_an_offer(scene: Scene) -> None:
    scene.take_out(SECOND_LOOK)
    assert "kept_an_offer" in left_while_offered(scene)


def removed_while_offered(scene: Scene) -> set[str]:
    found = set()
    for first in EITHER_FIRST:
        nursery = Nursery.founded()
        old = booked(nursery, 0)
        entry = waiting(nursery, 1)
        answers = scene.play(
            part(cancelling(nursery, old), WHOSE_TURN),
            part(removing(nursery, entry), OPEN_OFFERS, nth=2),
            first=first,
        )
        found |= faults(
            refused=codes(answers) != [],
            offered_off_the_list=states_of(entry) not in ([], ["withdrawn"]),
            stayed=state_of(entry) != "removed",
        )
    return found | unfair()


def test_an_entry_taken_off_a_list_is_not_offered_there(scene: Scene) -> None:
    assert removed_while_offered(scene) == set()


def test_control_without_the_entrys_lock_who_was_removed_has_an_offer(scene: Scene) -> None:
    scene.take_out(lock_of("waitlist_entry"))
    assert "offered_off_the_list" in removed_while_offered(scene)


def offered_while_shrunk(scene: Scene) -> set[str]:
    found = set()
    for first in EITHER_FIRST:
        nursery = Nursery.founded(families=1, carers=1)
        entry, _ = scene.play(
            part(joining(nursery, 0), WHOSE_TURN),
            part(shifting(nursery, carers=0), DAY),
            first=first,
        )
        found |= faults(kept=states_of(entry) not in ([], ["withdrawn"]))
    return found | unfair()


def test_a_carer_falls_ill_while_an_offer_is_made(scene: Scene) -> None:
    assert offered_while_shrunk(scene) == set()


def test_control_without_lock_condition_and_trigger_the_offer_stands_without_a_carer(
    scene: Scene,
) -> None:
    scene.take_out(lock_of("class_day"), ROOM, TRIGGER)
    assert {"kept", "oversold"} <= offered_while_shrunk(scene)


# Two promotions


def swept_twice(scene: Scene) -> set[str]:
    """A crash left a family that waits and two places free; two sweeps find it."""
    nursery = Nursery.founded(families=1, places=2)
    with transaction() as session:
        entry = joining(nursery, 0)(session).id
        session.info.pop("freed")
    scene.play(part(sweeping(nursery), WHOSE_TURN), part(sweeping(nursery), WHOSE_TURN))
    return unfair() | faults(offered_twice=states_of(entry) != ["open"])


def test_two_sweeps_complete_what_a_crash_left_once(scene: Scene) -> None:
    assert swept_twice(scene) == set()


def test_control_without_lock_and_constraint_each_sweep_makes_an_offer(scene: Scene) -> None:
    scene.take_out(lock_of("class_day"), ONE_OFFER)
    assert {"offered_twice", "twice_offered"} <= swept_twice(scene)


def freed_at_two(scene: Scene) -> set[str]:
    """Two families give up a place each, at two nurseries where the same two others wait."""
    here, there = Nursery.founded(families=4), Nursery.founded(families=0)
    there.parents = here.parents
    one, two = booked(here, 2), booked(there, 3)
    first, second = waiting(here, 0, there), waiting(here, 1, there, seconds=1)
    answers = scene.play(
        part(cancelling(here, one, who=2), WHOSE_TURN),
        part(cancelling(there, two, who=3), WHOSE_TURN),
    )
    offers = [states_of(first), states_of(second)]
    return unfair() | faults(refused=answers != [one, two], unshared=offers != [["open"]] * 2)


def test_two_places_that_come_free_at_once_are_one_offer_for_a_child(scene: Scene) -> None:
    assert freed_at_two(scene) == set()


def test_control_without_the_constraint_a_child_has_two_offers(scene: Scene) -> None:
    scene.take_out(ONE_OFFER)
    assert {"twice_offered", "unshared"} <= freed_at_two(scene)


def crossed(scene: Scene, edge: Callable[[Command], Callable[[], Any]]) -> set[str]:
    """Each of two families is first where the other is second, at two nurseries at once: each
    promotion has made the first offer when it comes to the other's."""
    facts: dict[str, Any] = {"places": 2, "carers": 0}
    here, there = Nursery.founded(**facts), Nursery.founded(families=0, **facts)
    there.parents = here.parents
    one, other = waiting(here, 0), waiting(there, 1)
    for who, at, also in ((0, here, there), (1, there, here)):
        done(joining(at, who, also=(also,), now=NOON + timedelta(seconds=1)))
    answers = scene.play(
        Part(edge(shifting(here, carers=1)), KEEPS), Part(edge(shifting(there, carers=1)), KEEPS)
    )
    offers = [states_of(one), states_of(other)]
    return unfair() | faults(refused=codes(answers) != [], lost=offers != [["open"]] * 2)


def repeating(command: Command) -> Callable[[], Any]:
    return acting(command)[0]


def once(command: Command) -> Callable[[], Any]:
    def run() -> None:
        with promoting() as session:
            command(session)

    return run


def test_promotions_in_two_orders_lose_nothing(scene: Scene) -> None:
    assert crossed(scene, repeating) == set()


def test_control_without_repeating_after_a_deadlock_one_is_refused(scene: Scene) -> None:
    assert "refused" in crossed(scene, once)

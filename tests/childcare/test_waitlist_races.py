"""Races for the answers to an offer; each is told once and played twice, sound and as a control.

A control takes the safeguards out of the product's own SQL (`unguarded`), and must find the damage.
"""

from datetime import timedelta

from sqlalchemy import func, select

from childcare.bookings import Booking
from childcare.db import reading
from tests.build import TOMORROW
from tests.childcare.racing import (
    Nursery,
    codes,
    faults,
    holding,
    recount,
    shifting,
    unsound,
)
from tests.childcare.unguarded import (
    AS_SEEN,
    CHILDS_STAYS,
    DAY,
    DEADLINE,
    EITHER_FIRST,
    LOCKS,
    NOT_NEGATIVE,
    OFFER,
    ONE_BOOKING,
    ONE_PLACE,
    Scene,
    lock_of,
    part,
)
from tests.childcare.waitlist_racing import (
    accepting,
    closing,
    deadline_of,
    declining,
    expiring,
    leaving,
    open_offer,
    state_of,
    states_of,
    unfair,
    waiting,
)

SECOND = timedelta(seconds=1)


# The deadline


def accepted_or_over(scene: Scene) -> set[str]:
    found = set()
    for first in EITHER_FIRST:
        nursery = Nursery.founded()
        entry = waiting(nursery, 0)
        offer = open_offer(entry)
        deadline = deadline_of(offer)
        accepted, expired = scene.play(
            part(accepting(nursery, 0, offer, deadline - SECOND), OFFER),
            part(expiring(offer, deadline), OFFER),
            first=first,
        )
        is_over = expired is True
        found |= faults(
            both=accepted == offer and is_over,
            neither=accepted != offer and not is_over,
            misnamed=states_of(entry) != ["expired" if is_over else "accepted"],
            mistold=codes([accepted]) != (["offer-ended"] if is_over else []),
        )
    return found | unsound()


def test_at_the_deadline_an_offer_is_either_accepted_or_over(scene: Scene) -> None:
    assert accepted_or_over(scene) == set()


def test_control_without_locks_an_offer_is_accepted_and_over(scene: Scene) -> None:
    scene.take_out(LOCKS)
    assert "both" in accepted_or_over(scene)


def accepted_late(scene: Scene) -> set[str]:
    found = set()
    for first in EITHER_FIRST:
        nursery = Nursery.founded()
        entry, other = waiting(nursery, 0), waiting(nursery, 1, seconds=1)
        offer = open_offer(entry)
        late = deadline_of(offer) + SECOND
        accepted, _ = scene.play(
            part(accepting(nursery, 0, offer, late), OFFER),
            part(expiring(offer, late), OFFER),
            first=first,
        )
        found |= faults(
            booked=accepted == offer,
            not_next=(states_of(entry), states_of(other)) != (["expired"], ["open"]),
        )
    return found | unsound()


def test_a_second_late_nothing_is_accepted_whoever_notices_first(scene: Scene) -> None:
    assert accepted_late(scene) == set()


def test_control_with_the_deadline_unread_a_late_answer_books(scene: Scene) -> None:
    scene.take_out(DEADLINE)
    assert "booked" in accepted_late(scene)


def ended_twice(scene: Scene) -> set[str]:
    nursery = Nursery.founded(families=3)
    offer = open_offer(waiting(nursery, 0))
    second, third = waiting(nursery, 1, seconds=1), waiting(nursery, 2, seconds=2)
    over = expiring(offer, deadline_of(offer))
    answers = scene.play(part(over, OFFER), part(over, OFFER))
    return unsound() | faults(
        twice=answers == [True, True],
        to_two=(states_of(second), states_of(third)) != (["open"], []),
    )


def test_an_offer_that_two_find_over_ends_once_and_goes_to_one(scene: Scene) -> None:
    assert ended_twice(scene) == set()


def test_control_without_locks_one_place_is_given_back_twice(scene: Scene) -> None:
    """Behind the locks stands that only what was seen is cut: both are taken out."""
    scene.take_out(LOCKS, AS_SEEN)
    assert {"twice", "to_two", "oversold"} <= ended_twice(scene)


# Both parents


def accepted_thrice(scene: Scene) -> set[str]:
    nursery = Nursery.founded()
    offer = open_offer(waiting(nursery, 0))
    press = accepting(nursery, 0, offer)
    answers = scene.play(*(part(press, OFFER) for _ in range(3)))
    with reading() as session:
        bookings = session.scalar(select(func.count(Booking.id)))
    return unfair() | faults(refused=answers != [offer] * 3, booked_again=bookings != 1)


def test_both_parents_who_accept_at_once_book_once(scene: Scene) -> None:
    assert accepted_thrice(scene) == set()


def test_control_without_locks_and_key_they_book_thrice(scene: Scene) -> None:
    """Behind the locks stands that a stay has one booking: both are taken out."""
    scene.take_out(LOCKS, ONE_BOOKING)
    assert "booked_again" in accepted_thrice(scene)


def accepted_and_left(scene: Scene) -> set[str]:
    found = set()
    for first in EITHER_FIRST:
        nursery = Nursery.founded()
        entry = waiting(nursery, 0)
        offer = open_offer(entry)
        answers = scene.play(
            part(accepting(nursery, 0, offer), OFFER),
            part(leaving(nursery, 0, entry), OFFER),
            first=first,
        )
        outcome = state_of(entry), states_of(entry), codes(answers)
        lawful = (
            ("booked", ["accepted"], ["wrong-state"]),
            ("left", ["withdrawn"], ["offer-ended"]),
        )
        found |= faults(contradicted=outcome not in lawful)
    return found | unfair()


def test_one_parent_accepts_and_the_other_leaves_the_list(scene: Scene) -> None:
    assert accepted_and_left(scene) == set()


def test_control_without_locks_both_parents_have_their_way(scene: Scene) -> None:
    scene.take_out(LOCKS)
    assert "contradicted" in accepted_and_left(scene)


def accepted_and_declined(scene: Scene) -> set[str]:
    found = set()
    for first in EITHER_FIRST:
        nursery = Nursery.founded()
        entry, other = waiting(nursery, 0), waiting(nursery, 1, seconds=1)
        offer = open_offer(entry)
        answers = scene.play(
            part(accepting(nursery, 0, offer), OFFER),
            part(declining(nursery, 0, offer), OFFER),
            first=first,
        )
        is_accepted = states_of(entry) == ["accepted"]
        found |= faults(
            contradicted=codes(answers) != ["offer-ended"],
            not_next=states_of(other) != ([] if is_accepted else ["open"]),
        )
    return found | unfair()


def test_one_parent_accepts_and_the_other_declines(scene: Scene) -> None:
    assert accepted_and_declined(scene) == set()


def test_control_without_locks_a_booked_place_is_offered_on(scene: Scene) -> None:
    scene.take_out(LOCKS)
    assert {"contradicted", "not_next"} <= accepted_and_declined(scene)


def accepted_here_and_held_there(scene: Scene) -> set[str]:
    found = set()
    for first in EITHER_FIRST:
        here, there = Nursery.founded(), Nursery.founded()
        there.parents[0] = here.parents[0]
        entry = waiting(here, 0)
        answers = scene.play(
            part(accepting(here, 0, open_offer(entry)), CHILDS_STAYS),
            part(holding(there, 0, "10:00", "12:00"), CHILDS_STAYS),
            first=first,
        )
        found |= faults(
            mistold=codes(answers) != ["child-elsewhere"],
            lost=states_of(entry) not in (["open"], ["accepted"]),
        )
    return found | unsound()


def test_a_child_accepts_here_while_it_is_booked_elsewhere(scene: Scene) -> None:
    assert accepted_here_and_held_there(scene) == set()


def test_the_constraint_alone_keeps_who_accepts_in_one_place(scene: Scene) -> None:
    scene.take_out(lock_of("family"))
    assert accepted_here_and_held_there(scene) == set()


def test_control_without_lock_and_constraint_who_accepts_is_in_two_places(scene: Scene) -> None:
    scene.take_out(lock_of("family"), ONE_PLACE)
    assert "in_two_places" in accepted_here_and_held_there(scene)


# The institution


def declined_and_closed(scene: Scene) -> set[str]:
    found = set()
    for first in EITHER_FIRST:
        nursery = Nursery.founded()
        entry, other = waiting(nursery, 0), waiting(nursery, 1, seconds=1)
        answers = scene.play(
            part(declining(nursery, 0, open_offer(entry)), OFFER),
            part(closing(nursery), DAY),
            first=first,
        )
        states = {*states_of(entry), *states_of(other)}
        found |= faults(
            refused=codes(answers) not in ([], ["offer-ended"]),
            offered_while_closed=not states <= {"declined", "withdrawn"},
            taken=set(recount()[nursery.group.id, TOMORROW][1]) != {0},
        )
    return found | unfair()


def test_a_family_declines_while_the_day_is_closed(scene: Scene) -> None:
    assert declined_and_closed(scene) == set()


def test_control_without_locks_a_place_of_a_closed_day_goes_to_the_next(scene: Scene) -> None:
    """Behind the locks stand that only what was seen is cut, and that no count is negative."""
    scene.take_out(LOCKS, AS_SEEN, NOT_NEGATIVE)
    assert "offered_while_closed" in declined_and_closed(scene)


def accepted_and_shrunk(scene: Scene) -> set[str]:
    found = set()
    for first in EITHER_FIRST:
        nursery = Nursery.founded(carers=1)
        entry = waiting(nursery, 0)
        answers = scene.play(
            part(accepting(nursery, 0, open_offer(entry)), OFFER),
            part(shifting(nursery, carers=0), DAY),
            first=first,
        )
        _, taken, held = recount()[nursery.group.id, TOMORROW]
        # Accepted first it stays, and the day is over; else it was withdrawn.
        outcome = states_of(entry), codes(answers), taken[18]
        lawful: list[tuple[list[str], list[str], int]] = [
            (["accepted"], [], 1),
            (["withdrawn"], ["offer-ended"], 0),
        ]
        found |= faults(contradicted=outcome not in lawful, miscounted=taken != held)
    return found


def test_a_carer_falls_ill_while_an_offer_is_accepted(scene: Scene) -> None:
    assert accepted_and_shrunk(scene) == set()


def test_control_without_locks_what_was_withdrawn_is_accepted(scene: Scene) -> None:
    scene.take_out(LOCKS)
    assert "contradicted" in accepted_and_shrunk(scene)

"""Races for places that come free, with threads and commits; each has a control that goes red.

A control leaves one safeguard out in its own throw-away database, and must find the damage.
"""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from childcare import capacity, waitlist
from childcare.app import act, create_core, promoting
from childcare.bookings import Booking
from childcare.db import reading, transaction
from childcare.stays import ChildElsewhere, Stay
from childcare.waitlist import Offer, OfferState
from tests.build import NOON, TOMORROW, FakeClock
from tests.childcare.racing import (
    PATIENCE,
    Nursery,
    a_stay,
    acting,
    booked,
    cancelling,
    codes,
    done,
    holding,
    recount,
    require_sound,
    sabotage,
    shifting,
    together,
)
from tests.childcare.waitlist_racing import (
    accepting,
    closing,
    declining,
    expiring,
    idle,
    joining,
    leaving,
    open_offer,
    opening,
    pausing,
    removing,
    renewing,
    require_fair,
    state_of,
    states_of,
    twice_offered,
    waiting,
)
from tests.conftest import settings_for

AFTER = TOMORROW + timedelta(days=1)
ROUNDS = 4
SECOND = timedelta(seconds=1)


@pytest.fixture
def app(database: str, clock: FakeClock) -> Iterator[Flask]:
    """The core app with a connection for everybody in a crowd."""
    app = create_core(settings_for(database, pool_size=16), tick=clock)
    with app.app_context():
        yield app
        app.extensions["sqlalchemy"].engine.dispose()


def bookings_made() -> int:
    with reading() as session:
        return len(session.scalars(select(Booking)).all())


# Answers to one offer


def test_at_the_deadline_an_offer_is_either_accepted_or_over(app: Flask) -> None:
    for _ in range(ROUNDS):
        nursery = Nursery.founded()
        entry = waiting(nursery, 0)
        offer = open_offer(entry)
        with reading() as session:
            deadline = session.get_one(Offer, offer).ends_at
        accepted, expired = together(
            app, *acting(accepting(nursery, 0, offer, deadline - SECOND), expiring(offer, deadline))
        )
        assert (accepted == offer) != expired, (accepted, expired)
        assert states_of(entry) == ["expired" if expired else "accepted"]
        assert codes([accepted]) == (["offer-ended"] if expired else [])
    require_sound()


def naively(
    nursery: Nursery, offer_id: int, to: OfferState, meet: threading.Barrier
) -> Callable[[], None]:
    """Look whether it is open, then end it: what must never be written."""

    def answer() -> None:
        with promoting() as session:
            offer = session.get_one(Offer, offer_id)
            assert offer.state == OfferState.OPEN
            stay = session.get_one(Stay, offer.stay_id)
            meet.wait()
            if to is OfferState.ACCEPTED:
                session.execute(
                    text("UPDATE stay SET source = 'booking', state = 'expected' WHERE id = :id"),
                    {"id": stay.id},
                )
            else:
                give = "UPDATE class_day SET taken[19] = taken[19] - 1 WHERE id = :id"
                session.execute(text(give), {"id": stay.day_id})

    return answer


def test_control_looking_before_answering_gives_a_booked_place_away(app: Flask) -> None:
    nursery = Nursery.founded()
    offer = open_offer(waiting(nursery, 0))
    meet = threading.Barrier(2, timeout=PATIENCE)
    together(
        app,
        naively(nursery, offer, OfferState.ACCEPTED, meet),
        naively(nursery, offer, OfferState.EXPIRED, meet),
    )
    _, taken, held = recount()[nursery.group.id, TOMORROW]
    assert (taken[18], held[18]) == (0, 1)


def test_both_parents_who_accept_at_once_book_once(app: Flask) -> None:
    nursery = Nursery.founded()
    offer = open_offer(waiting(nursery, 0))
    press = accepting(nursery, 0, offer)
    assert together(app, *acting(press, press, press)) == [offer] * 3
    assert bookings_made() == 1
    require_fair()


def test_one_parent_accepts_and_the_other_leaves_the_list(app: Flask) -> None:
    for _ in range(ROUNDS):
        nursery = Nursery.founded()
        entry = waiting(nursery, 0)
        offer = open_offer(entry)
        answers = together(app, *acting(accepting(nursery, 0, offer), leaving(nursery, 0, entry)))
        outcome = state_of(entry), states_of(entry), codes(answers)
        assert outcome in (
            ("booked", ["accepted"], ["wrong-state"]),
            ("left", ["withdrawn"], ["offer-ended"]),
        )
    require_fair()


def test_one_parent_accepts_and_the_other_declines(app: Flask) -> None:
    for _ in range(ROUNDS):
        nursery = Nursery.founded()
        entry, other = waiting(nursery, 0), waiting(nursery, 1, seconds=1)
        offer = open_offer(entry)
        answers = together(app, *acting(accepting(nursery, 0, offer), declining(nursery, 0, offer)))
        assert codes(answers) == ["offer-ended"]
        is_accepted = states_of(entry) == ["accepted"]
        assert states_of(other) == ([] if is_accepted else ["open"])
    require_fair()


def test_a_child_accepts_here_while_it_is_booked_elsewhere(app: Flask) -> None:
    for _ in range(ROUNDS):
        here, there = Nursery.founded(), Nursery.founded()
        there.parents[0] = here.parents[0]
        entry = waiting(here, 0)
        offer = open_offer(entry)
        answers = together(
            app, *acting(accepting(here, 0, offer), holding(there, 0, "10:00", "12:00"))
        )
        assert codes(answers) == ["child-elsewhere"]
        assert states_of(entry) in (["open"], ["accepted"])
    require_sound()


def test_two_offers_of_one_child_accepted_at_once_are_both_kept(app: Flask) -> None:
    """They do not overlap; each takes the other's family lock in turn."""
    here, there = Nursery.founded(), Nursery.founded()
    there.parents[0] = here.parents[0]
    one = open_offer(done(joining(here, 0, "09:00", "10:00")))
    two = open_offer(done(joining(there, 0, "10:00", "11:00")))
    answers = together(app, *acting(accepting(here, 0, one), accepting(there, 0, two)))
    assert answers == [one, two]
    require_fair()


# A place comes free while people come and go


def test_who_joins_while_a_place_comes_free_has_its_offer(app: Flask) -> None:
    nursery = Nursery.founded(families=1 + ROUNDS)
    for who in range(1, 1 + ROUNDS):
        old = booked(nursery, 0)
        cancelled, entry = together(
            app, *acting(cancelling(nursery, old), joining(nursery, who, "09:00", "10:00"))
        )
        assert cancelled == old
        assert states_of(entry) == ["open"]
        require_fair()
        act(leaving(nursery, who, entry))


def test_control_joining_without_a_look_leaves_a_place_idle(app: Flask) -> None:
    nursery = Nursery.founded()
    old = booked(nursery, 0)
    joined = threading.Event()
    freed = threading.Event()

    def join() -> None:
        with transaction() as session:
            joining(nursery, 1)(session)
            session.info.pop("freed")
            joined.set()
            assert freed.wait(PATIENCE)

    def cancel() -> None:
        assert joined.wait(PATIENCE)
        act(cancelling(nursery, old))
        freed.set()

    together(app, join, cancel)
    assert len(idle(NOON)) == 1


def test_who_joins_while_the_day_is_opened_has_its_offer(app: Flask) -> None:
    for _ in range(ROUNDS):
        nursery = Nursery.founded()
        _, entry = together(app, *acting(opening(nursery, AFTER), joining(nursery, 0, on=AFTER)))
        assert states_of(entry) == ["open"]
    require_fair()


def test_nobody_else_ever_sees_a_place_that_somebody_waits_for(app: Flask) -> None:
    nursery = Nursery.founded(families=6)
    old = booked(nursery, 0)
    entry = waiting(nursery, 1)
    over = threading.Event()

    def grab(who: int) -> Callable[[], int]:
        def run() -> int:
            tries = 0
            while not over.is_set() or not tries:
                act_refused(nursery, who)
                tries += 1
            return tries

        return run

    def cancel() -> None:
        act(cancelling(nursery, old))
        over.set()

    *tries, _ = together(app, *(grab(who) for who in range(2, 6)), cancel)
    assert all(isinstance(count, int) for count in tries), tries
    assert states_of(entry) == ["open"]
    require_fair()


def act_refused(nursery: Nursery, who: int) -> None:
    with pytest.raises(capacity.NoPlace):
        act(holding(nursery, who))


def test_control_promoting_after_the_commit_lets_a_stranger_in(app: Flask) -> None:
    nursery = Nursery.founded(families=3)
    old = booked(nursery, 0)
    entry = waiting(nursery, 1)
    with transaction() as session:
        cancelling(nursery, old)(session)
        session.info.pop("freed")
    act(holding(nursery, 2))
    act(lambda s: waitlist.look_again(s, day_id=s.scalars(select(capacity.ClassDay)).one().id))
    assert states_of(entry) == []


# One child, two promotions


def two_nurseries(*, families: int = 3) -> tuple[Nursery, Nursery]:
    """The same families at both; the last one's child fills both."""
    here, there = Nursery.founded(families=families), Nursery.founded(families=1)
    there.parents = [*here.parents[:-1], there.parents[0]]
    return here, there


def test_two_places_that_come_free_at_once_are_one_offer_for_a_child(app: Flask) -> None:
    for _ in range(ROUNDS):
        here, there = two_nurseries()
        one, two = booked(here, 2), booked(there, 2)
        first, second = waiting(here, 0, there), waiting(here, 1, there, seconds=1)
        answers = together(
            app, *acting(cancelling(here, one, who=2), cancelling(there, two, who=2))
        )
        assert answers == [one, two]
        assert (states_of(first), states_of(second)) == (["open"], ["open"])
        require_fair()


def naive_offer(nursery: Nursery, meet: threading.Barrier) -> Callable[[], None]:
    """Look whether the child has an offer then; the other promotion's is not committed yet."""

    def offer() -> None:
        with promoting() as session:
            day = capacity.days_of(session, [nursery.group.id], TOMORROW)[nursery.group.id]
            capacity.take(session, day.id, [18, 19])
            meet.wait()
            session.add(_offered(session, nursery, day))

    return offer


def _offered(session: Session, nursery: Nursery, day: capacity.ClassDay) -> Stay:
    stay = a_stay(nursery, day)
    stay.source, stay.state = "offer", "offered"
    assert session.scalars(select(Stay)).all() == []
    return stay


def test_control_without_the_constraint_a_child_has_two_offers(app: Flask) -> None:
    here, there = two_nurseries()
    sabotage("ALTER TABLE stay DROP CONSTRAINT ex_stay_offer")
    meet = threading.Barrier(2, timeout=PATIENCE)
    together(app, naive_offer(here, meet), naive_offer(there, meet))
    assert len(twice_offered()) == 2


def test_the_constraint_alone_keeps_a_child_to_one_offer(app: Flask) -> None:
    here, there = two_nurseries()
    meet = threading.Barrier(2, timeout=PATIENCE)
    answers = together(app, naive_offer(here, meet), naive_offer(there, meet))
    assert len([answer for answer in answers if isinstance(answer, ChildElsewhere)]) <= 1
    assert len([answer for answer in answers if answer is not None]) == 1
    assert twice_offered() == []


def test_promotions_in_two_orders_lose_nothing(app: Flask) -> None:
    """Each of two families is first where the other is second, at two nurseries at once."""
    here, there = two_nurseries()
    first = waiting(here, 0, there)
    second = waiting(there, 1, here, seconds=1)
    for _ in range(ROUNDS):
        for entry, who in ((first, 0), (second, 1)):
            act(pausing(here, who, entry))
        one, two = booked(here, 2), booked(there, 2)
        for entry, who in ((first, 0), (second, 1)):
            act(renewing(here, who, entry))
        answers = together(
            app, *acting(cancelling(here, one, who=2), cancelling(there, two, who=2))
        )
        assert answers == [one, two]
        assert (states_of(first)[-1], states_of(second)[-1]) == ("open", "open")
        require_fair()


# The institution


def test_a_family_declines_while_the_day_is_closed(app: Flask) -> None:
    for _ in range(ROUNDS):
        nursery = Nursery.founded()
        entry, other = waiting(nursery, 0), waiting(nursery, 1, seconds=1)
        offer = open_offer(entry)
        answers = together(app, *acting(declining(nursery, 0, offer), closing(nursery)))
        assert codes(answers) in ([], ["offer-ended"])
        assert {*states_of(entry), *states_of(other)} <= {"declined", "withdrawn"}
        assert set(recount()[nursery.group.id, TOMORROW][1]) == {0}
    require_fair()


def test_a_carer_falls_ill_while_an_offer_is_accepted(app: Flask) -> None:
    for _ in range(ROUNDS):
        nursery = Nursery.founded(carers=1)
        entry = waiting(nursery, 0)
        offer = open_offer(entry)
        answers = together(app, *acting(accepting(nursery, 0, offer), shifting(nursery, carers=0)))
        _, taken, held = recount()[nursery.group.id, TOMORROW]
        assert taken == held
        # Accepted first it stays, and the day is over; else it was withdrawn.
        outcome = states_of(entry), codes(answers), taken[18]
        assert outcome in ((["accepted"], [], 1), (["withdrawn"], ["offer-ended"], 0))


def test_an_entry_taken_off_a_list_is_not_offered_there(app: Flask) -> None:
    for _ in range(ROUNDS):
        nursery = Nursery.founded()
        old = booked(nursery, 0)
        entry = waiting(nursery, 1)
        answers = together(app, *acting(cancelling(nursery, old), removing(nursery, entry)))
        assert codes(answers) == []
        assert states_of(entry) in ([], ["withdrawn"])
        assert state_of(entry) == "removed"
    require_fair()

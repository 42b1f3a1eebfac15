"""R4: places come free, are offered, answered and let go by many at once, while time passes.

Not one is given twice, out of order, or left idle while somebody waits.
"""

import logging
import random
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from childcare import bookings, waitlist
from childcare.app import act, create_core
from childcare.bookings import Booking, Wish
from childcare.db import reading, transaction
from childcare.errors import DomainError
from childcare.institutions import CareForm
from childcare.stays import State, Stay
from childcare.waitlist import Bar, EntryState, Happened, Offer, OfferState, WaitlistEvent
from childcare.waitlist import Wish as Wished
from tests.build import NOON, TOMORROW, FakeClock, director
from tests.childcare.racing import Nursery, booked, cancelling, done
from tests.childcare.waitlist_racing import idle, joining, require_fair, waiting
from tests.conftest import settings_for
from tests.faults.callers import Numbers
from tests.faults.scale import sizes

THREADS, ATTEMPTS_PER_FAMILY = 6, 12
DAYS = tuple(TOMORROW + timedelta(days=n) for n in range(2))
SPANS = (("09:00", "11:00"), ("09:00", "10:00"), ("10:00", "12:00"), ("08:00", "12:00"))
# The night before: everything is still ahead.
LATEST = NOON + timedelta(hours=9)
TIME = 20  # in a hundred deeds
log = logging.getLogger(__name__)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def app(database: str, clock: FakeClock) -> Iterator[Flask]:
    app = create_core(settings_for(database, pool_size=THREADS + 2), tick=clock)
    with app.app_context():
        yield app
        app.extensions["sqlalchemy"].engine.dispose()


def town(families: int) -> list[Nursery]:
    """Two nurseries, both of which the same families know; every one waits for several things."""
    here = Nursery.founded(places=2, families=families, days=DAYS)
    there = Nursery.founded(places=1, families=0, days=DAYS)
    there.parents = here.parents
    rnd = random.Random(4)
    for who in range(families):
        for on in DAYS:
            first, second = rnd.sample([here, there], 2)
            start, end = rnd.choice(SPANS)
            now = NOON + timedelta(seconds=who)
            done(joining(first, who, start, end, also=[second], on=on, now=now))
    return [here, there]


@dataclass
class Crowd:
    """Families at random over a few threads, and time that goes on."""

    app: Flask
    clock: FakeClock
    nurseries: list[Nursery]
    attempts: int
    tally: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        parents = self.nurseries[0].parents
        self._actors = {child.family_id: actor for actor, child in parents}
        # All of the time there is, over all the times that it is somebody's turn to pass some.
        self._step = (LATEST - NOON) / (self.attempts * TIME / 100)

    def run(self) -> None:
        turns, lock = Numbers(self.attempts), threading.Lock()

        def work(number: int) -> None:
            rnd = random.Random(number)
            with self.app.app_context():
                while turns.next():
                    outcome = self._one(rnd)
                    with lock:
                        self.tally[outcome] += 1

        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(work, range(THREADS)))

    def _one(self, rnd: random.Random) -> str:
        deeds = (self._answer, self._book, self._cancel, self._come_and_go, self._time)
        deed = rnd.choices(deeds, (22, 18, 30, 10, TIME))[0]
        try:
            return deed(rnd)
        except DomainError as refusal:
            return refusal.code

    def _answer(self, rnd: random.Random) -> str:
        with reading() as session:
            seen = select(Offer.id, Offer.family_id).where(Offer.state == OfferState.OPEN)
            found = session.execute(seen.order_by(Offer.id)).all()
        # One family in eight never looks at its phone.
        rows = [row for row in found if row.family_id % 8]
        if not rows:
            return "nothing"
        offer_id, family_id = rnd.choice(rows)
        command = rnd.choice((waitlist.accept, waitlist.accept, waitlist.decline))
        actor = self._actors[family_id]
        act(lambda s: command(s, actor, offer_id=offer_id, now=s.info["now"]).id)
        return command.__name__

    def _book(self, rnd: random.Random) -> str:
        nursery, (actor, child) = rnd.choice(self.nurseries), rnd.choice(self.nurseries[0].parents)
        start = rnd.choice((480, 540, 600))
        wish = Wish(
            child.id,
            nursery.institution.id,
            CareForm.HOURLY,
            rnd.choice(DAYS),
            start,
            start + 120,
        )
        held = act(lambda s: bookings.hold(s, actor, wish=wish, now=s.info["now"]).id)
        act(lambda s: bookings.confirm(s, actor, booking_id=held, now=s.info["now"]).id)
        return "booked"

    def _cancel(self, rnd: random.Random) -> str:
        with reading() as session:
            firm = select(Booking.id, Booking.family_id).join(Stay)
            rows = session.execute(firm.where(Stay.state == State.EXPECTED)).all()
        if not rows:
            return "nothing"
        booking_id, family_id = rnd.choice(rows)
        actor = self._actors[family_id]

        def cancel(session: Session) -> int:
            now = session.info["now"]
            fee = bookings.fee_now(session, session.get_one(Booking, booking_id), now=now).fen
            return bookings.cancel(
                session, actor, booking_id=booking_id, reason="", fee_fen=fee, now=now
            ).id

        act(cancel)
        return "cancelled"

    def _come_and_go(self, rnd: random.Random) -> str:
        with reading() as session:
            live = select(waitlist.WaitlistEntry.id, waitlist.WaitlistEntry.family_id)
            states = waitlist.WaitlistEntry.state.in_(waitlist.LIVE)
            rows = session.execute(live.where(states)).all()
        if not rows:
            return "nothing"
        entry_id, family_id = rnd.choice(rows)
        actor = self._actors[family_id]
        act(lambda s: waitlist.pause(s, actor, entry_id=entry_id, now=s.info["now"]).id)
        act(lambda s: waitlist.renew(s, actor, entry_id=entry_id, now=s.info["now"]).id)
        return "resumed"

    def _time(self, rnd: random.Random) -> str:
        """Minutes pass; what is over is ended, sometimes by two at once."""
        self.clock.now = min(self.clock.now + self._step * rnd.uniform(0, 2), LATEST)
        with reading() as session:
            over = select(Offer.id).where(
                Offer.state == OfferState.OPEN, Offer.ends_at <= self.clock.now
            )
            dead = list(session.scalars(over))
            holds = select(Booking.id).join(Stay).where(Stay.state == State.HELD)
            dead_holds = list(session.scalars(holds.where(Stay.ends_at <= self.clock.now)))
        for offer_id in dead:
            act(partial(_end_offer, offer_id))
        for booking_id in dead_holds:
            act(partial(_end_hold, booking_id))
        return "expired" if dead else "passed"


def _end_offer(offer_id: int, session: Session) -> bool:
    return waitlist.expire(session, offer_id=offer_id, now=session.info["now"])


def _end_hold(booking_id: int, session: Session) -> bool:
    return bookings.expire(session, booking_id=booking_id, now=session.info["now"])


def out_of_order() -> list[tuple[int, int]]:
    """Offers, and entries before them in line that could have had the place and were not asked.

    An entry whose hours lie within those of the offer could have had it, unless it did not wait
    then, had an offer already, or was passed over in that round for another reason than hours.
    """
    with reading() as session:
        events = session.scalars(select(WaitlistEvent).order_by(WaitlistEvent.id)).all()
        wishes = session.scalars(select(Wished)).all()
        bars = {(bar.round_id, bar.family_id) for bar in session.scalars(select(Bar))}
        offers = {offer.id: offer for offer in session.scalars(select(Offer))}
        session.expunge_all()
    asked = {(e.round_id, e.entry_id) for e in events if e.kind == Happened.OFFERED}
    excused = {(e.round_id, e.entry_id) for e in events if is_excuse(e)}
    found, waits = list[tuple[int, int]](), dict[int, bool]()
    for event in events:
        if event.kind in WAITS:
            waits[event.entry_id] = WAITS[Happened(event.kind)]
        if event.kind != Happened.OFFERED or event.offer_id is None:
            continue
        offer = offers[event.offer_id]
        there = [w for w in wishes if (w.class_id, w.on) == (offer.class_id, offer.on)]
        [own] = [wish for wish in there if wish.entry_id == offer.entry_id]
        for wish in there:
            key = (offer.round_id, wish.entry_id)
            is_ahead = (wish.joined_at, wish.entry_id) < (own.joined_at, own.entry_id)
            could = is_ahead and not wish.slots & ~own.slots and waits.get(wish.entry_id, False)
            is_barred = (offer.round_id, wish.family_id) in bars
            if could and key not in asked | excused and not is_barred:
                found.append((offer.id, wish.entry_id))
    return found


WAITS = {
    Happened.JOINED: True,
    Happened.RENEWED: True,
    Happened.PAUSED: False,
    Happened.LEFT: False,
    Happened.ACCEPTED: False,
    Happened.REMOVED: False,
    Happened.LAPSED: False,
}


def is_excuse(event: WaitlistEvent) -> bool:
    return event.kind == Happened.PASSED_OVER and event.why not in ("hours", "out-of-order")


# In twelve dozen attempts places are accepted, declined and let go some ten times each.
@sizes("attempts", short=144, soak=4_000)
def test_no_place_is_given_twice_out_of_order_or_left_idle(
    app: Flask, clock: FakeClock, attempts: int
) -> None:
    crowd = Crowd(app, clock, town(attempts // ATTEMPTS_PER_FAMILY), attempts)
    crowd.run()
    log.info("promotions: %s", crowd.tally)
    require_fair(clock.now)
    assert out_of_order() == []
    # Without answers, bookings and ends there was nothing to race for.
    assert min(crowd.tally[name] for name in ("accept", "decline", "cancelled", "expired")) > 0
    with reading() as session:
        made = session.scalars(select(Offer)).all()
        booked = select(waitlist.WaitlistEntry).where(
            waitlist.WaitlistEntry.state == EntryState.BOOKED
        )
        accepted = [offer for offer in made if offer.state == OfferState.ACCEPTED]
        assert len(accepted) == len(session.scalars(booked).all())


def test_control_an_idle_place_and_an_offer_out_of_order_are_noticed(app: Flask) -> None:
    nursery = Nursery.founded(families=3)
    old = booked(nursery, 0)
    first, second = waiting(nursery, 1), waiting(nursery, 2, seconds=1)
    with transaction() as session:
        cancelling(nursery, old)(session)
        session.info.pop("freed")
    assert [entry for _, _, entry in idle(NOON)] == [first, second]
    boss = director(nursery.institution.id)
    where, why = nursery.group.id, "孩子刚出院"
    offer_id = done(
        lambda s: waitlist.offer_to(s, boss, entry_id=second, class_id=where, reason=why, now=NOON)
    )
    assert out_of_order() == [(offer_id, first)]

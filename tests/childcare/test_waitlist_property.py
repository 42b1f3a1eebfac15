"""Random weeks with lists: after every step each offer, entry and pass is as the slow model has it.

What no step may ever do is looked for in the database itself, whatever the model says.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from childcare.capacity import ClassDay
from childcare.db import Identified, reading
from childcare.waitlist import (
    Bar,
    Happened,
    Offer,
    OfferState,
    WaitlistEntry,
    WaitlistEvent,
    Wish,
)
from childcare.waitlist.wishes import slots_in
from tests.build import FakeClock
from tests.childcare.capacity_town import utc
from tests.childcare.test_capacity_property import Row, Seen, compare, look, watch
from tests.childcare.waitlist_steps import Lists

STEPS = 200
SOONEST = timedelta(minutes=20)


@dataclass(frozen=True)
class Queue:
    """Everything about waiting at one moment, as the database has it."""

    entries: dict[int, tuple[str, int]]
    together: set[int]
    offers: list[Offer]
    passes: Counter[tuple[int, str]]
    wishes: list[Wish]
    bars: list[Bar]
    days: dict[tuple[int, date], ClassDay]


def look_at_lists() -> Queue:
    with reading() as session:
        entries = session.execute(
            select(
                WaitlistEntry.id,
                WaitlistEntry.state,
                WaitlistEntry.expiries,
                WaitlistEntry.together_id,
            )
        ).all()
        passed = select(WaitlistEvent.entry_id, WaitlistEvent.why).where(
            WaitlistEvent.kind == Happened.PASSED_OVER
        )

        def every(kind: type[Identified]) -> list[Any]:
            # Rows, not records: this is done after each step.
            return list(session.execute(select(kind.__table__).order_by(kind.id)))

        return Queue(
            entries={row.id: (row.state, row.expiries) for row in entries},
            together={row.id for row in entries if row.together_id},
            offers=every(Offer),
            passes=Counter((row.entry_id, row.why) for row in session.execute(passed)),
            wishes=every(Wish),
            bars=every(Bar),
            days={(day.class_id, day.on): day for day in every(ClassDay)},
        )


def as_model_has_it(town: Lists, seen: Queue) -> None:
    model = town.model
    assert seen.entries == {e.ref: (e.state, e.expiries) for e in model.entries}
    ours = [
        (offer.entry_id, offer.class_id, offer.on, offer.state, offer.ends_at)
        for offer in seen.offers
    ]
    said = [(o.entry.ref, *o.place, o.state, utc(o.ends_at)) for o in model.offers]
    assert ours == said
    refs = {entry.number: entry.ref for entry in model.entries}
    assert seen.passes == Counter((refs[entry], why) for entry, _, why in model.passes)


def without_offers(stays: Seen, seen: Queue) -> Seen:
    """What is only offered is no second place of a child."""
    only = {offer.stay_id for offer in seen.offers if offer.state != OfferState.ACCEPTED}
    return replace(stays, stays={k: v for k, v in stays.stays.items() if k not in only})


def is_barred(bars: Iterable[Bar], round_id: int | None, family_id: int, child_id: int) -> bool:
    return any(
        bar.round_id == round_id and bar.family_id == family_id and bar.child_id in (None, child_id)
        for bar in bars
    )


def never(town: Lists, seen: Queue, stays: Seen, before: Queue) -> None:
    """What must not be, counted from the rows alone."""
    known = {offer.id for offer in before.offers}
    live = [offer for offer in seen.offers if offer.state == OfferState.OPEN]
    assert len({offer.entry_id for offer in live}) == len(live), "one live offer for a stay"
    offered = {ref: stay for ref, stay in stays.stays.items() if stay.state == "offered"}
    times = Counter((stay.child, stay.on, slot) for stay in offered.values() for slot in stay.held)
    assert max(times.values(), default=1) == 1, "two live offers of one child at a time"
    assert {offer.stay_id for offer in live} == offered.keys()
    for offer in live:
        if offer.id not in known:
            assert not is_barred(before.bars, offer.round_id, offer.family_id, offer.child_id)
            assert offer.starts_at - offer.made_at >= SOONEST
    stands_free = list(idle(seen, list(offered.values()), town.clock.now, live))
    assert not stands_free, "a place stands free, and somebody waits"


def idle(
    seen: Queue, offered: list[Row], now: datetime, live: list[Offer]
) -> Iterable[tuple[int, date, int]]:
    """Wishes that fit what is free, of nobody who is barred or has an offer then."""
    # Siblings who come all or not at all may need more than stands free: the model looks at those.
    with_offer = {offer.entry_id for offer in live} | seen.together
    for wish in seen.wishes:
        day = seen.days.get((wish.class_id, wish.on)) if wish.on else None
        if not wish.live or day is None or day.queued or wish.entry_id in with_offer:
            continue
        slots = slots_in(wish.slots)
        begins = utc(datetime.combine(day.on, datetime.min.time())) + slots[0] * timedelta(
            minutes=30
        )
        if begins < now + SOONEST or any(day.taken[s] >= day.capacity[s] for s in slots):
            continue
        theirs = [s for s in offered if (s.child, s.on) == (wish.child_id, day.on)]
        if any(stay.held & set(slots) for stay in theirs):
            continue
        if not is_barred(seen.bars, day.round_id, wish.family_id, wish.child_id):
            yield wish.class_id, day.on, wish.entry_id


@pytest.mark.parametrize("seed", range(3))
def test_every_offer_is_as_the_slow_model_has_it(app: Flask, clock: FakeClock, seed: int) -> None:
    town = Lists(clock, seed)
    stays, before, done = look(town), look_at_lists(), Counter[str]()
    for number in range(STEPS):
        name = town.step()
        after, seen = look(town), look_at_lists()
        try:
            watch(without_offers(stays, seen), without_offers(after, seen))
            compare(town, after)
            as_model_has_it(town, seen)
            never(town, seen, after, before)
        except AssertionError as broken:
            broken.add_note(f"seed {seed}, step {number}: {name} at {town.model.now}")
            raise
        stays, before = after, seen
        done[name] += 1
    assert len(done) > 20
    states = Counter(offer.state for offer in town.model.offers)
    ends = ("accepted", "declined", "expired", "withdrawn")
    assert sum(states[state] > 0 for state in ends) >= 3

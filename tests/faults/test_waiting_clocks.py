"""R11: a clock that jumps ends no offer early, pauses nobody twice and asks nobody twice."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from childcare import waitlist
from childcare.app import act, create_core
from childcare.db import reading
from childcare.outbox import OutboxRow
from childcare.waitlist import Happened, Offer, WaitlistEvent
from tests.build import NOON, FakeClock
from tests.childcare.racing import Nursery, done
from tests.childcare.waitlist_racing import joining, require_fair, state_of, states_of
from tests.conftest import settings_for
from workers.waiting import EFFECTS
from workers.work import Work

ENDS = (Happened.ACCEPTED, Happened.DECLINED, Happened.EXPIRED, Happened.WITHDRAWN)
# Hours from noon that the clock shows, one after the other.
JUMPS = (-30, 0, 1, -2, 1.9, 1.5, 2.1, -50, 3, 9, 4, 19)
QUIET = ("offer-made", "offer-ending", "offer-expired", "entry-paused", "offer-withdrawn")


@pytest.fixture
def app(database: str, clock: FakeClock) -> Iterator[Flask]:
    app = create_core(settings_for(database), tick=clock)
    with app.app_context():
        yield app
        app.extensions["sqlalchemy"].engine.dispose()


def _run(work: Work, session: Session) -> None:
    EFFECTS[work.kind](session, work, session.info["now"])


def run_everything() -> None:
    """Each effect that was ever written, due or not, done or not; and the sweep."""
    with reading() as session:
        rows = session.scalars(select(OutboxRow).order_by(OutboxRow.id)).all()
        todo = [
            Work(r.id, r.kind, r.payload, r.created_at, r.due_at, 1, r.urgency)
            for r in rows
            if r.kind in EFFECTS and r.kind not in QUIET
        ]
    for work in todo:
        act(partial(_run, work))
    act(lambda s: waitlist.sweep(s, now=s.info["now"]))


def latest(hours: float) -> datetime:
    """The latest that the clock has shown when it shows this."""
    shown = JUMPS[: JUMPS.index(hours) + 1]
    return NOON + timedelta(hours=max(shown))


def test_a_clock_that_jumps_does_nothing_early_and_nothing_twice(
    app: Flask, clock: FakeClock
) -> None:
    nursery = Nursery.founded(families=3)
    entries = list[int]()
    for who in range(3):
        entries.append(done(joining(nursery, who, now=NOON + timedelta(seconds=who))))
    with reading() as session:
        deadline = session.scalars(select(Offer)).one().ends_at
    for hours in JUMPS:
        clock.now = NOON + timedelta(hours=hours)
        run_everything()
        run_everything()
        assert states_of(entries[0])[0] == ("open" if latest(hours) < deadline else "expired")
    with reading() as session:
        events = session.scalars(select(WaitlistEvent)).all()
        ended = Counter(event.offer_id for event in events if event.kind in ENDS)
        for offer in session.scalars(select(Offer)):
            assert ended[offer.id] == (offer.ended_at is not None)
            assert offer.ended_at is None or offer.ended_at >= offer.ends_at
        lapsed = [event.entry_id for event in events if event.kind == Happened.LAPSED]
    require_fair(clock.now)
    assert lapsed == []
    assert [state_of(entry) for entry in entries] == ["waiting"] * 3

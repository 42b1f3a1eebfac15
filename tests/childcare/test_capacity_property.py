"""Random days in two nurseries: after every step each slot and stay is as the slow model has it."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from childcare.capacity import ClassDay
from childcare.db import reading
from childcare.stays import Stay
from tests.build import FakeClock
from tests.childcare.capacity_model import Visit
from tests.childcare.capacity_steps import Days

STEPS = 500
HALF_HOUR = timedelta(minutes=30)


@dataclass(frozen=True)
class Row:
    """A stay as the database has it; slots count from the day's midnight."""

    child: int
    group: int
    on: date
    enrolment: int | None
    state: str
    agreed: tuple[int, ...]
    held: frozenset[int]

    def begun(self, local: datetime) -> frozenset[int]:
        midnight = datetime(self.on.year, self.on.month, self.on.day, tzinfo=local.tzinfo)
        return frozenset(slot for slot in self.held if midnight + slot * HALF_HOUR < local)


@dataclass(frozen=True)
class Seen:
    """Everything at one moment: stays by id; (capacity, taken, opened_at) by class and date."""

    now: datetime
    stays: dict[int, Row]
    days: dict[tuple[int, date], tuple[list[int], list[int], datetime]]


def slots_of(on: date, lower: datetime, upper: datetime) -> range:
    midnight = datetime(on.year, on.month, on.day, tzinfo=UTC) - timedelta(hours=8)
    return range((lower - midnight) // HALF_HOUR, (upper - midnight) // HALF_HOUR)


def look(town: Days) -> Seen:
    columns = (Stay.id, Stay.child_id, Stay.class_id, Stay.on, Stay.enrolment_id, Stay.state)
    stays = {}
    with reading() as session:
        for row in session.execute(select(*columns, Stay.during, Stay.holds)):
            agreed = slots_of(row.on, row.during.lower, row.during.upper)
            held = {s for piece in row.holds for s in slots_of(row.on, piece.lower, piece.upper)}
            stays[row.id] = Row(*row[1:6], tuple(agreed), frozenset(held))
        days = session.execute(
            select(
                ClassDay.class_id,
                ClassDay.on,
                ClassDay.capacity,
                ClassDay.taken,
                ClassDay.opened_at,
            )
        )
        known = {(row[0], row[1]): (row[2], row[3], row[4]) for row in days}
    return Seen(town.model.now, stays, known)


def as_row(visit: Visit) -> Row:
    held = frozenset(visit.held)
    where = (visit.kid.id, visit.group, visit.on, visit.enrolment)
    return Row(*where, visit.state, visit.agreed, held)


def learn_ids(town: Days, seen: Seen) -> None:
    """Stays of enrolled children were written by the day; find them by what they are."""
    known = {visit.ref for visit in town.model.visits}
    new = {row: stay_id for stay_id, row in seen.stays.items() if stay_id not in known}
    for visit in town.model.visits:
        if not visit.ref:
            visit.ref = new.get(as_row(visit), 0)


def compare(town: Days, seen: Seen) -> None:
    learn_ids(town, seen)
    assert seen.stays == {visit.ref: as_row(visit) for visit in town.model.visits}
    assert seen.days.keys() == town.model.opened
    for (group, on), (capacity, taken, _) in seen.days.items():
        assert taken == town.model.taken(group, on), (group, on)
        if on >= seen.now.date():
            assert capacity == town.model.capacity(town.model.groups[group], on), (group, on)


def watch(before: Seen, after: Seen) -> None:
    """What no step may ever do, whatever the model says."""
    for key, (capacity, taken, opened_at) in after.days.items():
        was = before.days.get(key)
        if was and was[2] == opened_at and was[1] != taken:
            slots = zip(was[1], taken, capacity, strict=True)
            assert all(new <= max(old, most) for old, new, most in slots)
    for stay_id, row in before.stays.items():
        assert after.stays[stay_id].begun(before.now) == row.begun(before.now)
    places = Counter((r.child, r.on, slot) for r in after.stays.values() for slot in r.held)
    assert not [place for place, count in places.items() if count > 1]


@pytest.mark.parametrize("seed", range(4))
def test_every_slot_is_as_the_slow_model_has_it(app: Flask, clock: FakeClock, seed: int) -> None:
    town = Days(clock, seed)
    seen, done = look(town), Counter[str]()
    for number in range(STEPS):
        name = town.step()
        after = look(town)
        try:
            watch(seen, after)
            compare(town, after)
        except AssertionError as broken:
            broken.add_note(f"seed {seed}, step {number}: {name} at {town.model.now}")
            raise
        seen = after
        done[name] += 1
    assert len(done) > 20

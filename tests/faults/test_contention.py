"""R1: many families want few places at once."""

import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import psycopg

from benchmarks.stack import Stack
from tests.faults import booking
from tests.faults.callers import Answer, Caller, Crowd, Numbers, Tally
from tests.faults.conftest import Town
from tests.faults.product import start_web
from tests.faults.scale import sizes

CONNECTIONS = 12
# A refusal that leaves the booking as it was.
AS_BEFORE = {"no-place", "child-elsewhere", "busy"}
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Scene:
    """Who wants what: few institutions, many families, the same days."""

    institutions: Sequence[int]
    families: Sequence[int]
    days: Sequence[date]


@dataclass
class Parent:
    """Holds, confirms, releases, cancels and moves at random."""

    caller: Caller
    scene: Scene
    rnd: random.Random
    bookings: list[tuple[int, dict[str, Any]]] = field(default_factory=list)

    def act(self) -> None:
        """One request."""
        if not self.bookings or self.rnd.random() < 0.4:
            family = self.rnd.choice(self.scene.families)
            self._ask(family, "/bookings", self._wish(family))
            return
        family, seen = self.bookings.pop(self.rnd.randrange(len(self.bookings)))
        answer = self._change(family, seen)
        if answer.code in AS_BEFORE:
            self.bookings.append((family, seen))

    def _change(self, family: int, seen: dict[str, Any]) -> Answer:
        this = f"/bookings/{seen['id']}"
        match seen["state"], self.rnd.random():
            case "held", chance if chance < 0.7:
                return self._ask(family, f"{this}/confirm", {})
            case "held", _:
                return self._ask(family, f"{this}/release", {})
            case _, chance if chance < 0.5:
                return self._ask(family, f"{this}/cancel", {"fee_fen": 0})
        to = self._wish(family)
        facts = {name: to[name] for name in ("date", "start", "end")}
        return self._ask(family, f"{this}/reschedule", facts | {"version": seen["version"]})

    def _wish(self, family: int) -> dict[str, object]:
        start = self.rnd.randrange(16, 32)
        return booking.wish(
            family,
            self.rnd.choice(self.scene.institutions),
            self.rnd.choice(self.scene.days),
            start,
            self.rnd.randint(2, 36 - start),
        )

    def _ask(self, family: int, path: str, facts: dict[str, object]) -> Answer:
        answer = self.caller.post(path, facts, family=family)
        if answer.status in (200, 201) and answer.body["state"] in ("held", "expected"):
            self.bookings.append((family, answer.body))
        return answer


def storm(scene: Scene, port: int, attempts: int) -> Tally:
    """So many attempts by all connections together."""
    turns = Numbers(attempts)

    def work(caller: Caller, number: int) -> None:
        parent = Parent(caller, scene, random.Random(number))
        while turns.next():
            parent.act()

    return Crowd(port, CONNECTIONS, work).start().finish()


# The control below goes wrong within a hundred attempts; the soak looks for what is rarer.
@sizes("attempts", short=400, soak=100_000)
def test_no_slot_is_oversold_and_no_child_is_in_two_places(town: Town, attempts: int) -> None:
    scene = Scene(town.institutions(2, places=3), town.families(60), town.days)
    tally = storm(scene, town.web.port, attempts)
    log.info("contention: %s", tally)
    assert tally.statuses.total() == attempts
    assert set(tally.statuses) <= {200, 201, 409}, tally
    # Without refusals for want of a place there was no contention, without sales neither.
    met = (tally.codes["no-place"], tally.codes["child-elsewhere"], tally.statuses[201])
    assert min(met) > attempts / 100
    assert booking.wrong_slots(town.database) == 0
    assert booking.doubled(town.database) == 0


def test_taking_places_naively_is_noticed(database: str, stack: Stack) -> None:
    """The same storm against a product without its guards."""
    days = booking.fill(database, institutions=1, families=60)
    booking.set_places(database, [1], 3)
    with psycopg.connect(database) as connection:
        connection.execute("DROP TRIGGER ck_class_day_not_oversold ON class_day")
    web = start_web(stack, "tests.faults.sabotage:naive_web()")
    storm(Scene([1], range(1, 61), days[:1]), web.port, 200)
    assert booking.wrong_slots(database) > 0


def test_the_last_place_is_sold_once(town: Town) -> None:
    """Everybody asks for the same span of the same class in the same moment."""
    [institution] = town.institutions(1, places=1)
    families = town.families(CONNECTIONS)

    def work(caller: Caller, number: int) -> None:
        family = families[number]
        caller.post("/bookings", booking.wish(family, institution, town.days[0]), family=family)

    tally = Crowd(town.web.port, CONNECTIONS, work).start().finish()
    assert tally.statuses == {201: 1, 409: CONNECTIONS - 1}
    assert tally.codes == {"no-place": CONNECTIONS - 1}

"""R7 and R8: Valkey, workers and the dispatcher are killed while messages are due."""

import itertools
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest
import redis

from devstack import process
from tests.devstack.sandbox.running import TOKEN
from tests.faults import booking, post, server
from tests.faults.callers import Caller
from tests.faults.post import DISPATCHER, WORKER, Post
from tests.faults.product import Web, running, start_web
from tests.faults.scale import sizes
from tests.faults.server import Queue

log = logging.getLogger(__name__)
# A lease is twelve seconds, so work resumes within fifteen; a machine that is busy with other
# tests gets longer.
RESUMES_SECONDS, UNHURRIED_SECONDS = 15.0, 40.0
WORKERS = ("worker-1", "worker-2", "worker-3")
# Messages between two kills.
SOME = 10


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Queue]:
    with server.own_queue(tmp_path) as made:
        yield made


@pytest.fixture
def office(database: str, tmp_path: Path, queue: Queue) -> Iterator[Post]:
    """A post office whose Valkey is its own."""
    home = tmp_path / "office"
    with (
        post.open_sandbox(tmp_path) as sandbox,
        running(home, database, queue.url) as stack,
    ):
        yield Post(stack, sandbox)


def book_all(office: Post, families: Sequence[int]) -> None:
    """One booking by each family, of which its partner is to be told."""
    url = office.stack.database_url
    days = booking.fill(url, institutions=1, families=len(families))
    booking.set_places(url, [1], len(families))
    office.introduce(families)
    booking.in_process(url, families, 1, days[0])


# Four kills: each worker at least once, beside the second also the dispatcher, and beside the last
# Valkey with all that is queued, so that the short form, too, waits for leases to run out, once.
@sizes("kills,resumes", short=(4, UNHURRIED_SECONDS), soak=(60, RESUMES_SECONDS))
def test_killed_workers_lose_no_message_and_repeat_at_most_one_each(
    office: Post, queue: Queue, kills: int, resumes: float
) -> None:
    families = range(1, 1 + 20 * kills)
    book_all(office, families)
    office.start("dispatcher", DISPATCHER)
    for name in WORKERS:
        office.start(name, WORKER)
    stranded = 0
    for number, name in zip(range(kills), itertools.cycle(WORKERS), strict=False):
        # In the middle of the work, which goes on for twenty messages a kill.
        office.await_some(SOME * (number + 1), UNHURRIED_SECONDS)
        office.kill(name)
        office.start(name, WORKER)
        if number % 4 == 1:
            office.kill("dispatcher")
            office.start("dispatcher", DISPATCHER)
        if number % 4 == 3:
            queue.kill()
            stranded += office.in_flight()
            queue.start()
    office.await_all(families, UNHURRIED_SECONDS + len(families) / 10)
    times, told = office.times(), office.arrived()
    repeated = sum(count - 1 for count in told.values())
    pauses = [later - earlier for earlier, later in itertools.pairwise(times)]
    log.info(
        "%d kills: %d told, %d repeated, longest pause %.1f s, all within %.1f s",
        kills, len(told), repeated, max(pauses), times[-1] - times[0],
    )  # fmt: skip
    # A worker each may have had a message in hand when Valkey went; the rest went with it.
    assert office.begun_again() or stranded > len(WORKERS), "no kill met a message"
    assert TOKEN not in office.said()
    assert repeated <= kills
    assert max(pauses) < resumes
    assert process.wait_until(lambda: office.undone() == 0, resumes, pause=0.2)


@dataclass
class Customers:
    """Families who book one after the other, and whose partners wait to be told."""

    office: Post
    port: int
    on: date
    told: list[int] = field(default_factory=list)

    def book_some(self) -> None:
        """Another dozen."""
        more = range(len(self.told) + 1, len(self.told) + 13)
        self.office.introduce(more)
        caller = Caller(self.port)
        for family in more:
            booking.book(caller, family, 1, self.on)
        caller.close()
        assert caller.tally.crashes == []
        self.told.extend(more)

    def await_all(self) -> None:
        self.office.await_all(self.told, UNHURRIED_SECONDS)

    def await_quiet(self) -> None:
        """Until nothing that is due is left undone."""
        assert process.wait_until(lambda: self.office.undone() == 0, UNHURRIED_SECONDS, pause=0.2)


@sizes("wipes,idle_first", short=(1, True), soak=(20, False))
def test_valkey_may_be_killed_and_come_back_empty(
    office: Post, queue: Queue, wipes: int, idle_first: bool
) -> None:
    """Families book all the while, and every message arrives once Valkey is back."""
    url = office.stack.database_url
    days = booking.fill(url, institutions=1, families=36 * (wipes + 1))
    booking.set_places(url, [1], 30_000)
    web = start_web(office.stack)
    office.start("dispatcher", DISPATCHER)
    office.start("worker-1", WORKER)
    customers = Customers(office, web.port, days[0])
    customers.book_some()
    for number in range(wipes):
        if idle_first:
            # Otherwise what is in the queue comes back when its lease runs out.
            customers.await_all()
            customers.await_quiet()
        queue.kill()
        assert ready(web.port) == (200, "degraded")
        customers.book_some()
        queue.start()
        customers.await_all()
        assert ready(web.port) == (200, "ok")
        with redis.Redis.from_url(queue.url) as client:
            client.flushall()
        customers.book_some()
        customers.await_all()
        log.info("Valkey killed and wiped %d times: %d told", number + 1, len(customers.told))
    # What was in a worker's hands when Valkey went may have been sent a second time.
    assert sum(office.arrived().values()) - len(customers.told) <= wipes
    customers.await_quiet()


def ready(port: int) -> tuple[int, str]:
    caller = Caller(port)
    answer = caller.ask("GET", "/readyz")
    caller.close()
    return answer.status, str(answer.body["status"])


LOW_LIMITS = "webapp:create_app(rates={'session': '5 per minute', 'sign-in': '3 per minute'})"
MANY, PHONE = 24, "+8613800000001"


def asked_often(web: Web, day: date) -> tuple[Counter[int], Counter[str]]:
    """How it ends to look at oneself often, and to try codes often."""
    caller = Caller(web.port)
    booking.book(caller, 1, 1, day)
    looked = Counter(caller.ask("GET", "/api/v1/me", family=2).status for _ in range(MANY))
    tried = Counter(
        caller.ask("POST", "/api/v1/auth/sessions", {"phone": PHONE, "code": "000000"}).code
        for _ in range(MANY)
    )
    caller.close()
    assert caller.tally.crashes == []
    return looked, tried


def test_without_valkey_bookings_go_on_uncounted_and_signing_in_stays_limited(
    database: str, tmp_path: Path, queue: Queue
) -> None:
    """As docs/api.md says of each limit; with Valkey both are counted for all processes."""
    days = booking.fill(database, institutions=1, families=2)
    with running(tmp_path / "web", database, queue.url) as stack:
        web = start_web(stack, LOW_LIMITS)
        assert ready(web.port) == (200, "ok")
        looked, tried = asked_often(web, days[0])
        assert (looked[200], looked[429], tried["code-wrong"]) == (5, MANY - 5, 3)
        queue.kill()
        assert ready(web.port) == (200, "degraded")
        looked, tried = asked_often(web, days[1])
    assert looked == {200: MANY}
    # Each of the two processes counts for itself.
    assert 3 <= tried["code-wrong"] <= 2 * 3
    assert tried["too-many-requests"] == MANY - tried["code-wrong"]

"""Who gets what, when: the dispatcher between PostgreSQL and the queue."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta

import pytest
import redis
from flask import Flask
from rq.serializers import JSONSerializer

from childcare import outbox
from childcare.app import promoting
from childcare.outbox import Urgency
from tests.build import FakeClock
from tests.workers.city import City, publish, row
from workers.dispatcher import LONGEST_SLEEP, ROWS_PER_WORKER, SHORTEST_SLEEP, Dispatcher
from workers.queue import PRESENT, Presence, WorkQueue, queue, queues

KIND = "stay-completed"


class Hall:
    """A dispatcher, the workers that say they live, and what the queue holds for them."""

    def __init__(self, app: Flask, clock: FakeClock, redis_url: str, client: redis.Redis) -> None:
        self.app, self.clock, self.redis_url, self.client = app, clock, redis_url, client
        self.dispatcher = self.another()
        self.living = ExitStack()
        self.made: set[int] = set()

    def another(self) -> Dispatcher:
        return Dispatcher(self.app, WorkQueue(self.redis_url))

    def worker(self, name: str = "one") -> None:
        self.living.enter_context(Presence(self.redis_url, name))
        assert until(lambda: self.client.zscore(PRESENT, name) is not None)

    def row(
        self,
        key: str,
        *,
        after: timedelta = timedelta(),
        urgency: Urgency = Urgency.NORMAL,
    ) -> int:
        made = publish(self.clock, KIND, {}, key=key, after=after, urgency=urgency)
        self.made.add(made)
        return made

    def queued(self) -> list[tuple[int, int]]:
        """(row, attempt) pairs of these rows in the order in which workers would get them."""
        pairs = [tuple(job.args) for each in queues(self.client) for job in each.get_jobs()]
        return [pair for pair in pairs if pair[0] in self.made]


def until(is_so: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


@pytest.fixture
def hall(
    app: Flask, city: City, clock: FakeClock, redis_url: str, valkey: redis.Redis
) -> Iterator[Hall]:
    made = Hall(app, clock, redis_url, valkey)
    # The rows of the date itself are another test's subject.
    made.dispatcher.turn()
    city.forget_rows()
    yield made
    made.living.close()


def test_a_due_row_is_handed_out_once_as_json_with_an_id_that_rq_allows(hall: Hall) -> None:
    hall.worker()
    row_id = hall.row("a")
    hall.dispatcher.turn()
    hall.dispatcher.turn()
    [job] = queue(hall.client).get_jobs()
    assert (job.id, tuple(job.args)) == (f"{row_id}-0", (row_id, 0))
    assert (job.func_name, job.timeout, job.result_ttl) == ("workers.jobs.run", 10, 0)
    assert isinstance(job.serializer, type(JSONSerializer)) or job.serializer is JSONSerializer
    assert 0 < int(str(hall.client.ttl(job.key))) <= 12


def test_a_row_is_never_handed_out_early(hall: Hall) -> None:
    hall.worker()
    row_id = hall.row("a", after=timedelta(seconds=60))
    hall.clock.forward(timedelta(seconds=60) - timedelta(microseconds=1))
    hall.dispatcher.turn()
    assert hall.queued() == []
    hall.clock.forward(timedelta(microseconds=1))
    hall.dispatcher.turn()
    assert hall.queued() == [(row_id, 0)]


def test_a_clock_that_jumps_makes_nothing_early_and_nothing_twice(hall: Hall) -> None:
    hall.worker()
    row_id = hall.row("a", after=timedelta(hours=1))
    was_due = False
    for jump in (-7200, 7100, -3600, 7199, -7000, 7001, -300, 400, -1000, 1001):
        hall.clock.forward(timedelta(seconds=jump))
        hall.dispatcher.turn()
        was_due = was_due or hall.clock.now >= row(row_id).due_at
        assert len(hall.queued()) == was_due
    assert hall.queued() == [(row_id, 0)]


def test_each_live_worker_has_four_rows_in_flight_and_urgent_ones_first(hall: Hall) -> None:
    hall.worker()
    bulk = [hall.row(f"b{n}", urgency=Urgency.BULK) for n in range(3)]
    normal = [hall.row(f"n{n}") for n in range(3)]
    urgent = hall.row("u", urgency=Urgency.URGENT)
    hall.dispatcher.turn()
    assert hall.queued() == [(row_id, 0) for row_id in (urgent, *normal)]
    hall.worker("two")
    hall.dispatcher.turn()
    assert {row_id for row_id, _ in hall.queued()} == {urgent, *normal, *bulk}


def test_what_goes_at_once_has_room_of_its_own_and_is_done_first(hall: Hall) -> None:
    hall.worker()
    others = [hall.row(f"u{n}", urgency=Urgency.URGENT) for n in range(200)]
    hall.dispatcher.turn()
    offer, ending = (hall.row(key, urgency=Urgency.AT_ONCE) for key in ("offer", "ending"))
    hall.dispatcher.turn()
    first = others[:ROWS_PER_WORKER]
    assert hall.queued() == [(row_id, 0) for row_id in (offer, ending, *first)]


def test_what_goes_at_once_is_no_endless_queue_either(hall: Hall) -> None:
    hall.worker()
    for number in range(3 * ROWS_PER_WORKER):
        hall.row(str(number), urgency=Urgency.AT_ONCE)
    hall.dispatcher.turn()
    hall.dispatcher.turn()
    assert len(hall.queued()) == 2 * ROWS_PER_WORKER


def test_what_is_done_makes_room_for_more(hall: Hall, city: City) -> None:
    hall.worker()
    for number in range(6):
        hall.row(str(number))
    hall.dispatcher.turn()
    assert len(hall.queued()) == ROWS_PER_WORKER
    city.forget_rows()
    late = hall.row("late")
    hall.dispatcher.turn()
    assert hall.queued()[-1] == (late, 0)


def test_rows_that_wait_are_not_in_flight(hall: Hall) -> None:
    hall.worker()
    waiting = [hall.row(f"w{n}") for n in range(ROWS_PER_WORKER)]
    hall.dispatcher.turn()
    for row_id in waiting:
        _postpone(hall, row_id)
    fresh = hall.row("fresh")
    hall.dispatcher.turn()
    assert hall.queued()[-1] == (fresh, 0)


def _postpone(hall: Hall, row_id: int) -> None:
    from_now = hall.clock.now + timedelta(minutes=5)
    with promoting() as session:
        outbox.begin(session, row_id, 0, now=hall.clock.now)
        outbox.postpone(session, row_id, until=from_now, attempts=0)


def test_without_a_live_worker_nothing_is_handed_out(hall: Hall) -> None:
    row_id = hall.row("a")
    hall.dispatcher.turn()
    assert row(row_id).leased_until is None


def test_a_worker_that_was_killed_is_soon_not_counted(hall: Hall) -> None:
    hall.client.zadd(PRESENT, {"killed": 1})
    hall.row("a")
    hall.dispatcher.turn()
    assert hall.queued() == []


def test_two_dispatchers_hand_out_each_row_once(hall: Hall) -> None:
    for number in range(5):
        hall.worker(str(number))
    made = {hall.row(str(number)) for number in range(20)}
    dispatchers = [hall.another() for _ in range(2)]
    together = threading.Barrier(2)

    def turn(dispatcher: Dispatcher) -> None:
        together.wait()
        for _ in range(5):
            dispatcher.turn()

    threads = [threading.Thread(target=turn, args=(one,)) for one in dispatchers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    handed = [row_id for row_id, _ in hall.queued()]
    assert sorted(handed) == sorted(made)


def test_a_wiped_valkey_costs_a_lease_of_time_and_nothing_else(hall: Hall) -> None:
    hall.worker()
    row_id = hall.row("a")
    hall.dispatcher.turn()
    hall.client.flushall()
    assert until(lambda: hall.client.zcard(PRESENT) == 1)
    hall.dispatcher.turn()
    assert hall.queued() == []
    hall.clock.forward(outbox.LEASE)
    hall.dispatcher.turn()
    assert hall.queued() == [(row_id, 0)]


def test_it_goes_on_when_valkey_comes_back(hall: Hall) -> None:
    hall.worker()
    row_id = hall.row("a")
    stop = threading.Event()
    running = threading.Thread(target=hall.dispatcher.run, args=(stop,))
    # A Valkey that refuses everybody stands for one that is away.
    hall.client.config_set("maxclients", "1")
    hall.client.client_kill_filter(_type="normal", skipme=True)
    running.start()
    time.sleep(0.2)
    assert hall.queued() == []
    hall.client.config_set("maxclients", "1000")
    assert until(lambda: hall.queued() == [(row_id, 0)])
    stop.set()
    running.join()


def test_it_sleeps_until_the_next_row_is_due_and_no_longer_than_a_tenth(hall: Hall) -> None:
    hall.worker()
    hall.row("late", after=timedelta(hours=1))
    assert hall.dispatcher.turn() == LONGEST_SLEEP
    hall.row("soon", after=timedelta(milliseconds=40))
    assert hall.dispatcher.turn() == pytest.approx(0.04)
    hall.clock.forward(timedelta(milliseconds=40))
    assert hall.dispatcher.turn() == SHORTEST_SLEEP  # there may be more
    assert hall.dispatcher.turn() == LONGEST_SLEEP


def test_it_looks_again_without_a_nap_after_what_goes_at_once(hall: Hall) -> None:
    hall.worker()
    dispatcher = Dispatcher(hall.app, WorkQueue(hall.redis_url), awake_seconds=600)
    assert dispatcher.turn() == LONGEST_SLEEP
    hall.row("offer", urgency=Urgency.AT_ONCE)
    assert [dispatcher.turn() for _ in range(3)] == [SHORTEST_SLEEP] * 3


def test_the_operators_figures_tell_what_waits_and_how_late(hall: Hall, city: City) -> None:
    hall.row("due")
    hall.row("later", after=timedelta(hours=1))
    hall.clock.forward(timedelta(seconds=90))
    with promoting() as session:
        figures = outbox.figures(session, now=hall.clock.now)
    assert (figures.waiting, figures.due, figures.failed) == (2, 1, 0)
    assert figures.lag == timedelta(seconds=90)
    city.forget_rows()
    with promoting() as session:
        figures = outbox.figures(session, now=hall.clock.now)
    assert (figures.waiting, figures.lag) == (0, timedelta())
    assert figures.done[KIND, "built"] == 2

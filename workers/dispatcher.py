"""Hands due outbox rows to the workers, and turns the clock into rows.

One process of it: python -m workers.dispatcher.

Several may run. It judges by the database's clock, so nothing is early; it hands out no more than
the workers that live can do soon, counted in PostgreSQL, so that what is urgent never waits behind
a long queue; what goes at once has as much room again, and a queue that is emptied first. While
Valkey or PostgreSQL is away it waits; what was handed out comes back by itself when its lease runs
out.
"""

import sys
import threading
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import redis
import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from childcare import clock, logs, outbox
from childcare.app import create_core
from childcare.db import transaction
from childcare.errors import DomainError
from childcare.outbox import Urgency
from childcare.settings import Misconfigured, Settings
from workers.queue import WorkQueue
from workers.stopping import stop_on_signal
from workers.ticks import Ticks

log = structlog.get_logger()

ROWS_PER_WORKER = 4
# Not the LISTEN of PostgreSQL: one NOTIFY a commit halves the commits.
LONGEST_SLEEP, SHORTEST_SLEEP = 0.1, 0.01
AFTER_TROUBLE_SECONDS = 0.5
# What goes at once leads to more of it (an offer is made, then told): looked for without a nap.
WIDE_AWAKE_SECONDS = 0.5


Pairs = Sequence[tuple[int, int]]


class Leased(NamedTuple):
    """(row id, attempt) pairs to be handed out: what goes at once, and the rest."""

    first: Pairs
    rest: Pairs


NOTHING = Leased((), ())


class Dispatcher:
    """One of the processes that feed the workers."""

    def __init__(
        self,
        app: Flask,
        queue: WorkQueue,
        *,
        rows_per_worker: int = ROWS_PER_WORKER,
        awake_seconds: float = WIDE_AWAKE_SECONDS,
    ) -> None:
        self._app, self._queue = app, queue
        self._awake_seconds = awake_seconds
        self._rows_per_worker = rows_per_worker
        self._ticks = Ticks()
        self._trouble = ""
        self._awake_until = 0.0

    def turn(self) -> float:
        """Hand out what is due and fits; for how many seconds to sleep then."""
        workers = self._queue.live_workers()
        leased: Leased = NOTHING
        with self._app.app_context(), transaction() as session:
            now = clock.now(session)
            self._ticks.write(session, now=now)
            next_due = outbox.next_due(session)
            if next_due and next_due <= now and workers:
                leased = self._lease(session, workers * self._rows_per_worker, now)
        self._queue.hand_over_first(leased.first)
        self._queue.hand_over(leased.rest)
        if leased.first:
            self._awake_until = time.monotonic() + self._awake_seconds
        if time.monotonic() < self._awake_until:
            return SHORTEST_SLEEP
        if next_due is None or not workers:
            return LONGEST_SLEEP
        ahead = (next_due - now) / timedelta(seconds=1)
        return min(max(ahead, SHORTEST_SLEEP), LONGEST_SLEEP)

    def _lease(self, session: Session, most: int, now: datetime) -> Leased:
        busy = outbox.in_flight(session, now=now)
        first: Pairs = ()
        if busy < 2 * most:
            limit = 2 * most - busy
            first = outbox.lease(session, limit=limit, now=now, at_least=Urgency.AT_ONCE)
        room = most - busy - len(first)
        return Leased(first, outbox.lease(session, limit=room, now=now) if room > 0 else ())

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set, whatever goes wrong outside."""
        pause = 0.0
        while not stop.wait(pause):
            pause = self._turn_safely()

    def _turn_safely(self) -> float:
        try:
            pause = self.turn()
        except (DomainError, SQLAlchemyError) as problem:
            return self._in_trouble("database-away", problem)
        except redis.RedisError as problem:
            return self._in_trouble("queue-away", problem)
        if self._trouble:
            log.info("back", after=self._trouble)
            self._trouble = ""
        return pause

    def _in_trouble(self, what: str, problem: Exception) -> float:
        if self._trouble != what:
            log.warning(what, problem=type(problem).__name__)
        self._trouble = what
        return AFTER_TROUBLE_SECONDS


def main() -> int:
    logs.configure("dispatcher")
    try:
        settings = Settings.from_env()
    except Misconfigured as faults:
        sys.stderr.write(f"{faults}\n")
        return 1
    stop = threading.Event()
    stop_on_signal(stop)
    options = {"pool_size": 1, "hide_parameters": True}
    app = create_core(settings, engine=options, name="dispatcher")
    log.info("started")
    Dispatcher(app, WorkQueue(settings.redis_url)).run(stop)
    log.info("stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main())

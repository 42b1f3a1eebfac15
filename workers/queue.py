"""The way from the dispatcher to the workers: ids in Valkey, which may be wiped at any time."""

import threading
from collections.abc import Sequence
from types import TracebackType
from typing import cast

import redis
import structlog
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue
from rq.queue import EnqueueData
from rq.serializers import JSONSerializer

from childcare.outbox import LEASE

log = structlog.get_logger()

NAME, FIRST = "outbox", "outbox-first"
JOB = "workers.jobs.run"
JOB_SECONDS = 10
FAILED_KEPT_SECONDS = 60
ANSWER_SECONDS = 2.0

# Workers say every few seconds that they live. RQ's own list of workers does not come back after
# a wipe, and keeps those that were killed for minutes.
PRESENT = "childcare:workers"
SAY_EVERY_SECONDS, BELIEVED_SECONDS = 3.0, 10


def connection(redis_url: str, *, answer_seconds: float | None = ANSWER_SECONDS) -> redis.Redis:
    """A client that fails at once; whoever uses it waits and goes on by itself."""
    return redis.Redis.from_url(
        redis_url,
        socket_connect_timeout=ANSWER_SECONDS,
        socket_timeout=answer_seconds,
        retry=Retry(NoBackoff(), 1),
    )


def queue(client: redis.Redis, name: str = NAME) -> Queue:
    return Queue(name, connection=client, serializer=JSONSerializer)


def queues(client: redis.Redis) -> list[Queue]:
    """In the order in which workers empty them."""
    return [queue(client, name) for name in (FIRST, NAME)]


def now_of(client: redis.Redis) -> int:
    """Seconds by Valkey's own clock, which all machines share."""
    return cast(tuple[int, int], client.time())[0]


class WorkQueue:
    """What the dispatcher needs of the queue. Raises `redis.RedisError` while Valkey is away."""

    def __init__(self, redis_url: str) -> None:
        self._client = connection(redis_url)
        self._first, self._queue = queues(self._client)

    def live_workers(self) -> int:
        """How many workers said lately that they live."""
        self._client.zremrangebyscore(PRESENT, "-inf", now_of(self._client) - BELIEVED_SECONDS)
        return cast(int, self._client.zcard(PRESENT))

    def hand_over(self, leased: Sequence[tuple[int, int]]) -> None:
        """Queue (row id, attempt) pairs. What is not begun within the lease is forgotten."""
        if leased:
            self._queue.enqueue_many([_job(*pair) for pair in leased])

    def hand_over_first(self, leased: Sequence[tuple[int, int]]) -> None:
        """The same, before everything that was handed over otherwise."""
        if leased:
            self._first.enqueue_many([_job(*pair) for pair in leased])


def _job(row_id: int, attempt: int) -> EnqueueData:
    return Queue.prepare_data(
        JOB,
        args=(row_id, attempt),
        timeout=JOB_SECONDS,
        result_ttl=0,
        ttl=int(LEASE.total_seconds()),
        failure_ttl=FAILED_KEPT_SECONDS,
        description=f"outbox row {row_id}",
        job_id=f"{row_id}-{attempt}",
    )


class Presence:
    """Says that a worker lives, for as long as the `with` block runs."""

    def __init__(self, redis_url: str, name: str) -> None:
        self._client = connection(redis_url)
        self._name = name
        self._leaving = threading.Event()
        self._thread = threading.Thread(target=self._repeat, name="presence", daemon=True)

    def __enter__(self) -> "Presence":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._leaving.set()
        self._thread.join(ANSWER_SECONDS)

    def _repeat(self) -> None:
        while True:
            try:
                self._client.zadd(PRESENT, {self._name: now_of(self._client)})
            except redis.RedisError as problem:
                log.warning("queue-away", problem=type(problem).__name__)
            if self._leaving.wait(SAY_EVERY_SECONDS):
                break
        self._say_goodbye()

    def _say_goodbye(self) -> None:
        try:
            self._client.zrem(PRESENT, self._name)
        except redis.RedisError as problem:
            log.warning("queue-away", problem=type(problem).__name__)

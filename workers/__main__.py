"""One worker process: python -m workers."""

import os
import socket
import sys
import threading

import redis
import structlog
from rq import SimpleWorker
from rq.exceptions import StopRequested
from rq.serializers import JSONSerializer

from childcare import logs
from childcare.settings import Misconfigured, Settings
from workers import equipment
from workers.queue import Presence, connection, queues
from workers.stopping import stop_on_signal

log = structlog.get_logger()

# With RQ's defaults an idle worker looks after others' dead jobs every 405 seconds. Ours recover
# by their leases; this only keeps the queue tidy.
WORKER_TTL, MAINTENANCE_SECONDS = 60, 30
AFTER_TROUBLE_SECONDS = 1.0


class Worker(SimpleWorker):
    """Does jobs in this very process: a fork a job, with new connections to the database and the
    chat server, costs many times what a reminder does. The time limit on a job holds all the same.
    """

    max_connection_wait_time = 2.0

    def __init__(self, client: redis.Redis, stop: threading.Event) -> None:
        super().__init__(
            queues(client),
            connection=client,
            serializer=JSONSerializer,
            worker_ttl=WORKER_TTL,
            maintenance_interval=MAINTENANCE_SECONDS,
            log_job_description=False,
        )
        self._stop = stop

    def handle_warm_shutdown_request(self) -> None:
        self._stop.set()

    def subscribe(self) -> None:
        """Left out: nobody sends commands, and its thread would outlive a Valkey that went away."""

    def set_shutdown_requested_date(self) -> None:
        """Left out: Valkey may be away when we are told to stop."""


def work(settings: Settings, stop: threading.Event) -> None:
    """Work until told to stop; RQ's loop ends when Valkey goes away, and is begun anew."""
    while not stop.is_set():
        stop_on_signal(stop)
        client = connection(settings.redis_url, answer_seconds=None)
        try:
            Worker(client, stop).work(logging_level="WARNING")
        except redis.RedisError as problem:
            log.warning("queue-away", problem=type(problem).__name__)
        except StopRequested:
            # Told to stop in the moment in which RQ was leaving its loop.
            stop.set()
        finally:
            client.close()
        stop_on_signal(stop)
        stop.wait(AFTER_TROUBLE_SECONDS)


def main() -> int:
    logs.configure("worker")
    try:
        settings = Settings.from_env()
    except Misconfigured as faults:
        sys.stderr.write(f"{faults}\n")
        return 1
    stop = threading.Event()
    # Made before the first job, so that this does not count against its ten seconds.
    equipment.of_this_process().telegram.prepare()
    name = f"{socket.gethostname()}-{os.getpid()}"
    with Presence(settings.redis_url, name):
        log.info("started")
        work(settings, stop)
    log.info("stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main())

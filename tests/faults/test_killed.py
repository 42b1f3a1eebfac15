"""R5 and R6: web workers and PostgreSQL are killed while families book."""

import logging
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.stack import Stack
from tests import servers
from tests.faults import booking, rush, server
from tests.faults.product import running, start_web
from tests.faults.rush import Rush
from tests.faults.scale import sizes
from tests.faults.server import Database

log = logging.getLogger(__name__)
# Nobody waits longer for an answer, and the service is back after no more.
LONGEST_SECONDS = 5.0


# Each of the two workers once: every kill meets about three of the six connections' requests.
@sizes("kills", short=2, soak=200)
def test_no_booking_is_lost_when_web_workers_are_killed(
    database: str, stack: Stack, kills: int
) -> None:
    families = 200 + 60 * kills
    days = rush.prepare(database, families)
    web = start_web(stack)
    crowd = Rush(web.port, days[0], families)
    crowd.wait_for(10)
    for number in range(kills):
        web.kill_worker(number)
        crowd.wait_for(10)
    tally = crowd.stop()
    log.info("web killed %d times: %d acknowledged, %s", kills, len(crowd.numbers), tally)
    assert booking.lost(database, crowd.numbers) == []
    assert tally.crashes == []
    assert tally.statuses[0] > 0, "no kill met a request"
    # Whoever was cut off sent the same request again, and has one booking all the same.
    assert booking.count(database, "SELECT count(*) FROM booking") == len(crowd.numbers)
    assert booking.wrong_slots(database) == 0


@pytest.fixture(scope="module")
def durable() -> Iterator[Database]:
    with server.durable_database() as database:
        yield database


@sizes("kills", short=1, soak=20)
def test_no_booking_is_lost_when_postgresql_is_killed(
    durable: Database, tmp_path: Path, kills: int
) -> None:
    families = 300 + 300 * kills
    url = durable.clone()
    days = rush.prepare(url, families)
    with running(tmp_path, url, servers.redis_url()) as stack:
        web = start_web(stack)
        crowd = Rush(web.port, days[0], families)
        crowd.wait_for(20)
        for _ in range(kills):
            durable.kill()
            # A moment without a database, in which everybody is told so.
            time.sleep(0.3)
            durable.start()
            seconds = crowd.wait_for(20)
            log.info("answered %.2f s after PostgreSQL accepted", seconds)
            assert seconds < LONGEST_SECONDS
        tally = crowd.stop()
        said = web.said()
    log.info("PostgreSQL killed %d times: %d acknowledged, %s", kills, len(crowd.numbers), tally)
    assert booking.lost(url, crowd.numbers) == []
    assert tally.crashes == []
    assert tally.codes["unavailable"] > 0, "nobody noticed"
    assert tally.statuses[0] == 0
    assert tally.slowest < LONGEST_SECONDS
    assert "Traceback" not in said
    assert booking.count(url, "SELECT count(*) FROM booking") == len(crowd.numbers)
    assert booking.wrong_slots(url) == 0


def test_a_database_that_acknowledges_too_early_is_noticed(durable: Database) -> None:
    """The same recount, where the server keeps commits in memory when it is killed."""
    url = durable.clone()
    days = booking.fill(url, institutions=1, families=20)
    durable.stop()
    durable.start(server.HASTY)
    acknowledged = booking.in_process(url, range(1, 21), 1, days[0])
    durable.kill()
    durable.start()
    assert booking.lost(url, acknowledged)

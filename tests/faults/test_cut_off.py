"""R12: the database is cut off in the middle of transactions."""

import logging
import time
from pathlib import Path

from benchmarks.stack import Stack
from tests import servers
from tests.faults import booking, rush
from tests.faults.callers import Caller
from tests.faults.link import link
from tests.faults.product import running, start_web
from tests.faults.rush import Rush
from tests.faults.scale import sizes

log = logging.getLogger(__name__)
GIVEN_UP_SECONDS = 20.0
TERMINATE = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
STANDING = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
  AND (state LIKE 'idle in%' OR wait_event_type = 'Lock')
"""


# Every time some three or four transactions are met; one is asked for.
@sizes("times", short=3, soak=300)
def test_connections_that_are_terminated_lose_no_booking(
    database: str, stack: Stack, times: int
) -> None:
    families = 200 + 40 * times
    days = rush.prepare(database, families)
    web = start_web(stack)
    crowd = Rush(web.port, days[0], families)
    for _ in range(times):
        crowd.wait_for(8)
        booking.count(database, TERMINATE)
    crowd.wait_for(8)
    tally = crowd.stop()
    log.info("terminated %d times: %d acknowledged, %s", times, len(crowd.numbers), tally)
    assert tally.codes["unavailable"] > 0, "no transaction was met"
    assert tally.crashes == []
    assert tally.statuses[0] == 0
    assert booking.lost(database, crowd.numbers) == []
    assert booking.count(database, "SELECT count(*) FROM booking") == len(crowd.numbers)
    assert booking.wrong_slots(database) == 0
    assert booking.count(database, STANDING) == 0


@sizes("seconds,longest", short=(1.0, 10.0), soak=(40.0, 30.0))
def test_a_link_that_falls_silent_keeps_nobody_waiting_for_good(
    database: str, tmp_path: Path, seconds: float, longest: float
) -> None:
    """Requests that hang end in 503; what needs no database goes on; afterwards all is well."""
    days = rush.prepare(database, 400)
    with (
        link(database) as wire,
        running(tmp_path, wire.through(database), servers.redis_url()) as stack,
    ):
        web = start_web(stack)
        crowd = Rush(web.port, days[0], 400)
        crowd.wait_for(8)
        wire.fall_silent()
        silent_until = time.monotonic() + seconds
        healthy = Caller(web.port, patience=2)
        while time.monotonic() < silent_until:
            assert healthy.ask("GET", "/healthz").status in (200, 0)
            time.sleep(0.1)
        healthy.close()
        if seconds > GIVEN_UP_SECONDS:
            # What the silence interrupted keeps no lock, though nobody could end it.
            assert booking.count(database, STANDING) == 0
        wire.carry_on()
        crowd.wait_for(8)
        tally = crowd.stop()
        log.info("silent for %.0f s: %s", seconds, tally)
        assert healthy.tally.slowest < 2
        assert tally.codes["unavailable"] > 0, "no transaction was met"
        assert tally.crashes == []
        assert tally.slowest < longest
        assert booking.lost(database, crowd.numbers) == []
        assert booking.wrong_slots(database) == 0
        assert booking.count(database, STANDING) == 0

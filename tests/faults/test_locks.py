"""R13: somebody holds a lock for longer than anybody should wait."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from tests.faults import booking
from tests.faults.callers import Answer, Caller, Crowd
from tests.faults.conftest import Town
from tests.faults.scale import sizes

log = logging.getLogger(__name__)
# A lock is waited for 3 seconds; on an idle machine everything else takes milliseconds.
LOCK_SECONDS, AT_ONCE_SECONDS = 3.0, 2.0
LOCKS = {
    "class day": "SELECT 1 FROM class_day WHERE institution_id = %(institution)s FOR UPDATE",
    "family": "SELECT 1 FROM family WHERE id = %(family)s FOR UPDATE",
}


@contextmanager
def held(town: Town, lock: str, **whose: int) -> Iterator[None]:
    """Keep rows locked, as a transaction does whose program stands still."""
    with psycopg.connect(town.database) as connection:
        connection.execute(LOCKS[lock].encode(), whose)
        yield
        connection.rollback()


# One waits for each lock: behind it, PostgreSQL would count the three seconds anew for the next.
@sizes("waiting", short=1, soak=4)
def test_a_held_lock_is_waited_for_three_seconds_and_harms_nobody_else(
    town: Town, waiting: int
) -> None:
    [institution, elsewhere, other] = town.institutions(3, places=20)
    [family, locked, *others] = town.families(2 + 4)
    # The first meets the locked day, the second their own locked row.
    wishes = {
        family: booking.wish(family, institution, town.days[0]),
        locked: booking.wish(locked, elsewhere, town.days[0]),
    }
    answers: list[Answer] = []

    def ask(caller: Caller, number: int) -> None:
        who = (family, locked)[number % 2]
        answers.append(caller.post("/bookings", wishes[who], family=who))

    with (
        held(town, "class day", institution=institution),
        held(town, "family", family=locked),
    ):
        stuck = Crowd(town.web.port, 2 * waiting, ask).start()
        unharmed = Crowd(town.web.port, 2, lambda c, n: go_on(c, other, others[n], town)).start()
        served = unharmed.finish()
        still_waiting = stuck.is_busy
        tally = stuck.finish()
    log.info("locks: waited %.2f s; others %.2f s", tally.slowest, served.slowest)
    assert still_waiting, "nobody waited while the others were served"
    assert [(one.status, one.code) for one in answers] == 2 * waiting * [(409, "busy")]
    assert LOCK_SECONDS * 0.9 < tally.slowest < (1 + (waiting > 1)) * LOCK_SECONDS + 1.5
    assert served.slowest < AT_ONCE_SECONDS
    assert served.crashes == []
    again = Caller(town.web.port)
    for who, wish in wishes.items():
        assert again.post("/bookings", wish, family=who).status == 201
    again.close()
    assert left_behind(town) == 0


def go_on(caller: Caller, institution: int, family: int, town: Town) -> None:
    """What everybody else does meanwhile: look, search, book at another place."""
    here = "lat=39.60&lng=116.10&walk_minutes=30"
    search = f"/api/v1/institutions?{here}&date={town.days[0]}&start=09:00&end=12:00"
    for path in ("/healthz", "/readyz", search, "/api/v1/bookings", "/api/v1/children"):
        assert caller.ask("GET", path, family=family).status == 200
    booking.book(caller, family, institution, town.days[0])


def left_behind(town: Town) -> int:
    """Connections of the product that stand in a transaction, or wait for a lock."""
    return booking.count(
        town.database,
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid() AND (state LIKE 'idle in%%' OR wait_event_type = 'Lock')",
    )


def test_a_lock_that_is_let_go_in_time_is_got(town: Town) -> None:
    """The other side: who waits less than three seconds is not refused."""
    [institution] = town.institutions(1, places=20)
    [family] = town.families(1)
    wish = booking.wish(family, institution, town.days[0])
    answers: list[Answer] = []

    def ask(caller: Caller, _number: int) -> None:
        answers.append(caller.post("/bookings", wish, family=family))

    with held(town, "class day", institution=institution):
        crowd = Crowd(town.web.port, 1, ask).start()
        threading.Event().wait(0.5)
        assert crowd.is_busy
    assert crowd.finish().slowest > 0.4
    assert [answer.status for answer in answers] == [201]

"""Families that book over HTTP, and the recounts that tell whether the books are right."""

import time
import uuid
from collections.abc import Iterable
from datetime import date, timedelta

import psycopg

from benchmarks import city
from benchmarks.stack import SECRET
from childcare import bookings, clock
from childcare.actors import Actor, Kind
from childcare.app import act, create_core
from childcare.bookings import Wish
from childcare.institutions import CareForm
from childcare.settings import Settings
from tests.faults.callers import Answer, Caller

DAYS = 4
# Cut, refused for the moment, or the database is away: the same request may be sent again.
SEND_AGAIN = {0, 503}


def fill(url: str, *, institutions: int, families: int) -> list[date]:
    """Institutions of one class each, and families; days on which cancelling is still free."""
    first = clock.today(city.fill(url, classes=institutions, families=families, days=DAYS))
    return [first + timedelta(days=ahead) for ahead in range(2, DAYS)]


def set_places(url: str, institutions: Iterable[int], places: int) -> None:
    """Give the opened days of these institutions so many places."""
    with psycopg.connect(url) as connection:
        connection.execute(
            "UPDATE class_day SET capacity = (SELECT array_agg(CASE slot WHEN 0 THEN 0 ELSE %s END"
            "::smallint ORDER BY number) FROM unnest(capacity) WITH ORDINALITY AS s (slot, number))"
            " WHERE institution_id = ANY (%s)",
            [places, list(institutions)],
        )


def wish(
    family: int, institution: int, on: date, start: int = 18, slots: int = 6
) -> dict[str, object]:
    """Hourly care of the family's child, from slot `start` for so many half hours."""
    return {
        "child_id": family,
        "institution_id": institution,
        "care_form": "hourly",
        "date": on.isoformat(),
        "start": clock.hhmm(start),
        "end": clock.hhmm(start + slots),
    }


def insist(
    caller: Caller, path: str, facts: dict[str, object], *, family: int, tries: int = 400
) -> Answer:
    """Send the same request, with the same key, until it is answered for good."""
    key = uuid.uuid4().hex
    for _ in range(tries):
        answer = caller.post(path, facts, family=family, key=key)
        if answer.status not in SEND_AGAIN and answer.code != "busy":
            return answer
        time.sleep(0.1)
    raise AssertionError(f"no answer to {path} after {tries} tries")


def book(caller: Caller, family: int, institution: int, on: date) -> int:
    """Hold and confirm, whatever happens in between; the booking that was acknowledged."""
    held = insist(caller, "/bookings", wish(family, institution, on), family=family)
    assert held.status == 201, held
    number = int(held.body["id"])
    firm = insist(caller, f"/bookings/{number}/confirm", {}, family=family)
    assert (firm.status, firm.body["state"]) == (200, "expected"), firm
    return number


def in_process(url: str, families: Iterable[int], institution: int, on: date) -> list[int]:
    """Have families book without the web, three hours from nine; their bookings, all firm."""
    core = create_core(Settings(url, "redis://127.0.0.1:1/0", SECRET))
    with core.app_context():
        booked = [_booked(family, institution, on) for family in families]
        core.extensions["sqlalchemy"].engine.dispose()
    return booked


def _booked(family: int, institution: int, on: date) -> int:
    parent = Actor(Kind.GUARDIAN, family, family_id=family)
    wished = Wish(family, institution, CareForm.HOURLY, on, 540, 720)
    held = act(lambda s: bookings.hold(s, parent, wish=wished, now=clock.now(s)).id)
    return act(lambda s: bookings.confirm(s, parent, booking_id=held, now=clock.now(s)).id)


def lost(url: str, acknowledged: Iterable[int]) -> list[int]:
    """Bookings that somebody was told are firm, and that are not."""
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT booking.id FROM booking JOIN stay ON stay.id = stay_id WHERE state = 'expected'"
        )
        firm = {row[0] for row in rows}
    return sorted(set(acknowledged) - firm)


def wrong_slots(url: str) -> int:
    """Slots above their capacity, or counted otherwise than the stays that hold them."""
    return count(
        url,
        "SELECT count(*) FROM class_day AS day, generate_series(0, 47) AS slot, LATERAL"
        " (SELECT (day.on + slot * interval '30 min') AT TIME ZONE 'Asia/Shanghai' AS at) AS start,"
        " LATERAL (SELECT count(*) AS children FROM stay"
        " WHERE stay.day_id = day.id AND stay.holds @> start.at) AS recount"
        " WHERE day.taken[slot + 1] <> children OR children > day.capacity[slot + 1]",
    )


def doubled(url: str) -> int:
    """Pairs of stays that have one child in two places at a time."""
    return count(
        url,
        "SELECT count(*) FROM stay a JOIN stay b"
        " ON a.child_id = b.child_id AND a.id < b.id AND a.holds && b.holds",
    )


def count(url: str, query: str, *values: object) -> int:
    """The one number that a query answers."""
    with psycopg.connect(url) as connection:
        row = connection.execute(query.encode(), values or None).fetchone()
    return int(row[0]) if row else 0

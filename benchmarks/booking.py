"""P1-P3: holding and confirming over HTTP, against the same statements by pgbench, same servers."""

import json
import random
from dataclasses import dataclass
from datetime import datetime

import psycopg

from benchmarks import city, load
from benchmarks.load import Answer, Request, Result, Script
from benchmarks.raw_sql import BOOKINGS, STAYS, hold_and_confirm
from benchmarks.stack import Stack, settle
from childcare import clock
from childcare.db import db
from webapp import create_app
from webapp.limits import UNLIMITED

CLASSES, FAMILIES = 10_000, 40_000
SECONDS = 8.0
START, END = 540, 720  # three hours


@dataclass
class Share:
    """A rate over HTTP beside the raw one of the same statements."""

    http: float
    raw: float

    @property
    def of_raw(self) -> float:
        return round(self.http / self.raw, 3)


def holds_then_confirms(first: datetime, *, family_from: int, classes: int) -> Script:
    """Every connection walks its own families: hold three hours, confirm, next family."""
    on = clock.today(first).isoformat()
    counters: dict[int, int] = {}
    rnd = random.Random(7)

    def script(number: int, answer: Answer | None) -> Request:
        family = family_from + number * 1_200 + counters.get(number, 0)
        if answer is not None and answer[0] == 201:
            held = json.loads(answer[1])
            return "POST", f"/api/v1/bookings/{held['id']}/confirm", city.token(family), b"{}"
        counters[number] = counters.get(number, 0) + 1
        body = load.body(
            child_id=family + 1,
            institution_id=rnd.randint(1, classes),
            care_form="hourly",
            date=on,
            start=clock.hhmm(START // 30),
            end=clock.hhmm(END // 30),
        )
        return "POST", "/api/v1/bookings", city.token(family + 1), body

    return script


def not_oversold(url: str) -> int:
    """Slots counted wrongly or above capacity; must be 0. Also checks stays against counters."""
    with psycopg.connect(url) as connection:
        row = connection.execute(WRONG_SLOTS).fetchone()
    return int(row[0]) if row else -1


WRONG_SLOTS = """
WITH half_hours AS (
  SELECT day_id, generate_series(lower(held), upper(held) - interval '1 s', '30 min') AS at, "on"
  FROM stay, unnest(holds) AS held),
counted AS (
  SELECT day_id, count(*) AS children,
    (extract(epoch FROM at - ("on"::timestamp AT TIME ZONE 'Asia/Shanghai')) / 1800)::int AS slot
  FROM half_hours GROUP BY day_id, slot)
SELECT count(*) FROM class_day CROSS JOIN generate_series(0, 47) AS slot
LEFT JOIN counted ON counted.day_id = class_day.id AND counted.slot = slot.slot
WHERE taken[slot.slot + 1] <> coalesce(children, 0)
   OR taken[slot.slot + 1] > capacity[slot.slot + 1]
"""


def empty(url: str) -> None:
    """Take all bookings away, so that the next run starts from the same city."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("TRUNCATE booking, stay_event, stay, outbox, idempotency, audit CASCADE")
        connection.execute("TRUNCATE care_relation")
        connection.execute("UPDATE class_day SET taken = array_fill(0::smallint, ARRAY[48])")
        connection.execute("VACUUM ANALYZE class_day")


@dataclass
class Raw:
    """The scripts of a hold and a confirmation, and how fast they run without the product."""

    hold: str
    confirm: str

    def holds(self, stack: Stack, *, clients: int, days: int) -> float:
        empty(stack.database_url)
        variables = {"classes": days, "i": 0}
        return stack.pgbench(self.hold, clients=clients, seconds=SECONDS, variables=variables)

    def confirms(self, stack: Stack, *, clients: int, days: int) -> float:
        empty(stack.database_url)
        hold_places(stack.database_url, days)
        variables = {"classes": days, "i": 0}
        return stack.pgbench(self.confirm, clients=clients, seconds=SECONDS, variables=variables)


def hold_places(url: str, classes: int) -> None:
    """One held booking of every family, with the ids that the raw confirmation counts up."""
    values = {"n": FAMILIES, "classes": classes, "stays": STAYS, "bookings": BOOKINGS}
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(HELD_STAYS, values)
        connection.execute(HELD_BOOKINGS, values)
        connection.execute("VACUUM ANALYZE stay, booking")


HELD_STAYS = """
INSERT INTO stay (id, institution_id, class_id, day_id, "on", family_id, child_id, source, state,
    during, holds, ends_at, reason, created_at)
OVERRIDING SYSTEM VALUE
SELECT %(stays)s + n, day.institution_id, day.class_id, day.id, day."on", n, n, 'booking', 'held',
    span, tstzmultirange(span), now() + interval '10 min', '', now()
FROM generate_series(1, %(n)s) n JOIN class_day day ON day.id = 1 + n %% %(classes)s,
  LATERAL (SELECT tstzrange(now() + interval '1 day', now() + interval '27 hours') span) s
"""
HELD_BOOKINGS = """
INSERT INTO booking (id, stay_id, family_id, child_id, institution_id, offering_id, fee_sheet_id,
    form, price_fen, price_parts, fee_fen, code, version, booked_by, created_at, waived_fen)
OVERRIDING SYSTEM VALUE
SELECT id - %(stays)s + %(bookings)s, id, family_id, child_id, institution_id, institution_id,
    institution_id, 'hourly', 12000, '[]', 0, md5(id::text), 1, 'guardian', now(), 0 FROM stay
"""


def over_http(stack: Stack, port: int, first: datetime, *, connections: int, days: int) -> Result:
    empty(stack.database_url)
    settle()
    script = holds_then_confirms(first, family_from=0, classes=days)
    return load.run(port, script, connections=connections, seconds=SECONDS)


def measure(stack: Stack) -> list[dict[str, object]]:
    """P1 on 10,000 classes, P2 on one class and day, P3 on its refusals."""
    first = city.fill(stack.database_url, classes=CLASSES, families=FAMILIES)
    app = create_app(stack.settings, rates=UNLIMITED)
    raw = Raw(*hold_and_confirm(app, stack.database_url, clock.today(first)))
    with app.app_context():
        db.engine.dispose()
    port = stack.web()
    return [
        _cold(stack, raw, port, first),
        _hot(stack, raw, port, first),
        _refused(stack, port, first),
    ]


def _cold(stack: Stack, raw: Raw, port: int, first: datetime) -> dict[str, object]:
    raw_hold = raw.holds(stack, clients=8, days=CLASSES)
    raw_confirm = raw.confirms(stack, clients=8, days=CLASSES)
    result = over_http(stack, port, first, connections=8, days=CLASSES)
    hold = Share(result.rate("bookings:201"), raw_hold)
    confirm = Share(result.rate("confirm:200"), raw_confirm)
    both = 1 / (1 / raw_hold + 1 / raw_confirm)
    return {
        "bench": "P1",
        "goal": "share >= 0.15 of raw per request",
        "requests_per_s": round(hold.http + confirm.http, 1),
        "raw_hold_per_s": round(raw_hold, 1),
        "raw_confirm_per_s": round(raw_confirm, 1),
        # Holds and confirmations alternate, so a pair is measured against a raw pair.
        "share": round(min(hold.http, confirm.http) / both, 3),
        "p95_ms": {"hold": result.p95_ms("bookings:201"), "confirm": result.p95_ms("confirm:200")},
        "statuses": dict(result.statuses),
        "wrong_slots": not_oversold(stack.database_url),
    }


def _hot(stack: Stack, raw: Raw, port: int, first: datetime) -> dict[str, object]:
    """One class and day with room for a hundred thousand, so that every hold queues for one row."""
    widen(stack.database_url, 30_000)
    raw_hold = raw.holds(stack, clients=8, days=1)
    raw_confirm = raw.confirms(stack, clients=8, days=1)
    eight = over_http(stack, port, first, connections=8, days=1)
    wrong = not_oversold(stack.database_url)
    thirty_two = over_http(stack, port, first, connections=32, days=1)
    rates = {n: r.rate("bookings:201") for n, r in ((8, eight), (32, thirty_two))}
    both = 1 / (1 / raw_hold + 1 / raw_confirm)
    return {
        "bench": "P2",
        "goal": "share >= 0.20 of raw hot; at 32 connections >= 0.7 of the rate at 8",
        "holds_per_s": round(rates[8], 1),
        "raw_hold_per_s": round(raw_hold, 1),
        "raw_confirm_per_s": round(raw_confirm, 1),
        "share": round(rates[8] / both, 3),
        "at_32_of_8": round(rates[32] / rates[8], 3),
        "p95_ms": eight.p95_ms("bookings:201"),
        "wrong_slots": wrong + not_oversold(stack.database_url),
    }


def _refused(stack: Stack, port: int, first: datetime) -> dict[str, object]:
    """Ten class days of twenty places, far more families than that."""
    widen(stack.database_url, city.CLASS_PLACES)
    full = over_http(stack, port, first, connections=8, days=10)
    booked, refused = full.p95_ms("bookings:201"), full.p95_ms("bookings:409")
    return {
        "bench": "P3",
        "goal": "p95 of a refusal <= p95 of a booking; hours sold equal to the model's",
        "booking_p95_ms": booked,
        "refusal_p95_ms": refused,
        "sold": full.statuses[201],
        "model_sold": 10 * city.CLASS_PLACES,
        "refused": full.statuses[409],
        "wrong_slots": not_oversold(stack.database_url),
    }


def widen(url: str, places: int) -> None:
    """Give the first ten class days so many places, guards on."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "UPDATE class_day SET opened_at = opened_at + interval '1 microsecond', capacity ="
            " array_fill(0::smallint, ARRAY[16]) || array_fill(%s::smallint, ARRAY[20])"
            " || array_fill(0::smallint, ARRAY[12]) WHERE class_id <= 10",
            [places],
        )

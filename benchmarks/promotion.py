"""P5: a cancelled place goes to the next family, in process, against the same statements by
pgbench; and what it costs where ten thousand wait."""

import statistics
import time
from datetime import datetime

import psycopg
from flask import Flask
from sqlalchemy.orm import Session

from benchmarks import city
from benchmarks.raw_sql import replay, taken_down
from benchmarks.stack import Stack
from childcare import bookings, clock
from childcare.actors import Actor, Kind
from childcare.app import act
from childcare.db import db

CLASSES = 20_000
SECONDS = 8
SAMPLE = 7_919
# Family n has the place of class n; family WAITING + n waits for it. Ids of one kind begin far
# from those of another, so that a number in a statement says what it is.
WAITING, STAYS, BOOKINGS, ENTRIES = 20_000, 1_000_000, 2_000_000, 3_000_000
WISHES, OFFERED, ROUNDS, OFFERS = 4_000_000, 5_000_000, 6_000_000, 7_000_000
CROWD = 10_000
START, END = 540, 720

FILL = """
UPDATE class_day SET capacity = array_fill(0::smallint, ARRAY[16])
    || array_fill(1::smallint, ARRAY[20]) || array_fill(0::smallint, ARRAY[12])
WHERE "on" = %(on)s;
INSERT INTO stay (id, institution_id, class_id, day_id, "on", family_id, child_id, source, state,
    during, holds, reason, created_at)
OVERRIDING SYSTEM VALUE
SELECT %(stays)s + n, n, n, n, %(on)s, n, n, 'booking', 'expected', %(span)s::tstzrange,
    tstzmultirange(%(span)s::tstzrange), '', %(now)s FROM generate_series(1, %(classes)s) n;
UPDATE class_day SET taken = array_fill(0::smallint, ARRAY[18])
    || array_fill(1::smallint, ARRAY[6]) || array_fill(0::smallint, ARRAY[24])
WHERE "on" = %(on)s;
INSERT INTO booking (id, stay_id, family_id, child_id, institution_id, offering_id, fee_sheet_id,
    form, price_fen, price_parts, fee_fen, code, version, booked_by, created_at, waived_fen)
OVERRIDING SYSTEM VALUE
SELECT %(bookings)s + n, %(stays)s + n, n, n, n, n, n, 'hourly', 12000, '[]', 0, md5(n::text), 1,
    'guardian', %(now)s, 0 FROM generate_series(1, %(classes)s) n
"""
JOIN = """
INSERT INTO waitlist_entry (id, family_id, child_id, state, form, "on", start, "end", weekdays,
    joined_at, joined_by, renew_at, expiries, reason, version, changed_at)
OVERRIDING SYSTEM VALUE
SELECT %(entries)s + n, family, family, 'waiting', 'hourly', %(on)s, 540, 720, '{}',
    %(now)s::timestamptz + n * interval '1 ms', 'guardian', %(now)s::timestamptz + interval '60 d',
    0, '', 1, %(now)s
FROM generate_series(1, %(n)s) n, LATERAL (SELECT %(waiting)s + n AS family) f;
INSERT INTO waitlist_choice (entry_id, institution_id, preference, joined_at)
SELECT %(entries)s + n, CASE WHEN %(one)s = 0 THEN n ELSE %(one)s END, 1, %(now)s
FROM generate_series(1, %(n)s) n;
INSERT INTO waitlist_wish (id, entry_id, institution_id, class_id, family_id, child_id, preference,
    "on", during, weekdays, slots, priority, joined_at, live)
OVERRIDING SYSTEM VALUE
SELECT %(wishes)s + n, %(entries)s + n, place, place, %(waiting)s + n, %(waiting)s + n, 1, %(on)s,
    %(span)s, 0, (1::bigint << 24) - (1 << 18), 0, %(now)s::timestamptz + n * interval '1 ms', true
FROM generate_series(1, %(n)s) n,
    LATERAL (SELECT CASE WHEN %(one)s = 0 THEN n ELSE %(one)s END AS place) p
"""
SEQUENCES = {
    "stay": OFFERED,
    "waitlist_round": ROUNDS,
    "waitlist_offer": OFFERS,
}


def fill(url: str, first: datetime, *, waiting: int, one: int = 0) -> None:
    """Every class has one place and it is taken; `waiting` families wait, for a class each or one.

    `one` is the class that all of them want.
    """
    on = clock.today(first)
    low, high = clock.at(on, START), clock.at(on, END)
    values = {
        "on": on,
        "now": first,
        "span": f"[{low.isoformat()},{high.isoformat()})",
        "classes": CLASSES,
        "stays": STAYS,
        "bookings": BOOKINGS,
        "entries": ENTRIES,
        "wishes": WISHES,
        "waiting": WAITING,
        "n": waiting,
        "one": one,
    }
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET synchronous_commit = off")
        connection.execute(
            "TRUNCATE waitlist_event, waitlist_offer, waitlist_bar, waitlist_round, waitlist_wish,"
            " waitlist_choice, waitlist_entry, booking, stay_event, stay, outbox, audit"
        )
        for statement in (FILL + ";\n" + JOIN).split(";\n"):
            connection.execute(statement.replace("'{}'", "ARRAY[]::smallint[]"), values)
        for table, last in SEQUENCES.items():
            connection.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, last])
        connection.execute("VACUUM ANALYZE")


def cancel(number: int) -> None:
    """Family `number` cancels; whoever waits for its place is offered it before the commit."""
    parent = Actor(Kind.GUARDIAN, number, number)

    def command(session: Session) -> None:
        now = clock.now(session)
        # A day ahead: free of charge.
        bookings.cancel(
            session, parent, booking_id=BOOKINGS + number, reason="", fee_fen=0, now=now
        )

    act(command)


def script(app: Flask, url: str) -> str:
    """The pgbench script of one cancellation with its promotion."""
    with app.app_context():
        cancel(SAMPLE - 1)  # the first of a process reads more
        with taken_down(db.engine) as heard:
            cancel(SAMPLE)
        made = db.session.connection().exec_driver_sql(
            "SELECT max(id), max(stay_id), max(round_id) FROM waitlist_offer"
        )
        offer_id, stay_id, round_id = made.one()
        db.session.remove()
    names = {
        SAMPLE: "i",
        WAITING + SAMPLE: "waiting",
        STAYS + SAMPLE: "stay",
        BOOKINGS + SAMPLE: "booking",
        ENTRIES + SAMPLE: "entry",
        WISHES + SAMPLE: "wish",
        stay_id: "stay_id",
        round_id: "waitlist_round_id",
        offer_id: "waitlist_offer_id",
    }
    with psycopg.connect(url, autocommit=True) as connection:
        body = replay(heard, names, connection)
    return f"""\\set i :i + 1
\\set waiting {WAITING} + :i
\\set stay {STAYS} + :i
\\set booking {BOOKINGS} + :i
\\set entry {ENTRIES} + :i
\\set wish {WISHES} + :i
{body}"""


def rate(app: Flask, first: int) -> tuple[float, list[float]]:
    """Cancellations with promotion a second, one after the other; and how long each took, in s."""
    took = []
    with app.app_context():
        ends = time.perf_counter() + SECONDS
        number = first
        while time.perf_counter() < ends and number < CLASSES:
            began = time.perf_counter()
            cancel(number)
            took.append(time.perf_counter() - began)
            number += 1
    return len(took) / sum(took), took


def offers_made(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM waitlist_offer").fetchone()
    return int(row[0]) if row else -1


def crowd(app: Flask, url: str, first: datetime, families: int) -> dict[str, object]:
    """One class with one place and a crowd waiting: cancel, and see how long it takes; repeated."""
    fill(url, first, waiting=families, one=1)
    took = []
    with app.app_context():
        for _ in range(50):
            began = time.perf_counter()
            cancel(1)
            took.append(time.perf_counter() - began)
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(BOOKED_AGAIN, {"stay": STAYS + 1, "on": clock.today(first)})
    return {
        "bench": "promotion-in-a-crowd",
        "waiting": families,
        "median_ms": round(statistics.median(took) * 1000, 1),
        "p95_ms": round(sorted(took)[int(len(took) * 0.95)] * 1000, 1),
    }


# The place taken again, and the family that was offered it out of the way, as if it had accepted.
BOOKED_AGAIN = """
WITH kept AS (
  UPDATE waitlist_offer SET state = 'accepted' WHERE state = 'open' RETURNING entry_id, stay_id),
gone AS (UPDATE waitlist_wish SET live = false FROM kept
  WHERE waitlist_wish.entry_id = kept.entry_id),
over AS (UPDATE stay SET state = 'cancelled', holds = '{}' FROM kept WHERE stay.id = kept.stay_id)
UPDATE stay SET state = 'expected', holds = tstzmultirange(during) WHERE id = %(stay)s
"""


def measure(stack: Stack) -> list[dict[str, object]]:
    """P5, and a crowd of ten thousand beside a crowd of one hundred."""
    first = city.fill(stack.database_url, classes=CLASSES, families=2 * WAITING, days=1)
    app = stack.core()
    fill(stack.database_url, first, waiting=CLASSES)
    raw_script = script(app, stack.database_url)
    fill(stack.database_url, first, waiting=CLASSES)
    raw = stack.pgbench(raw_script, clients=1, seconds=SECONDS, variables={"i": 0})
    raw_offers = offers_made(stack.database_url)
    fill(stack.database_url, first, waiting=CLASSES)
    done, took = rate(app, 1)
    figures: list[dict[str, object]] = [
        {
            "bench": "P5",
            "cancelled_and_offered_per_s": round(done, 1),
            "raw_per_s": round(raw, 1),
            "share": round(done / raw, 3),
            "p95_ms": round(sorted(took)[int(len(took) * 0.95)] * 1000, 1),
            "offers": offers_made(stack.database_url),
            "cancelled": len(took),
            "raw_offers": raw_offers,
            "statements": raw_script.count("\n") - 6,
        }
    ]
    figures += [crowd(app, stack.database_url, first, n) for n in (100, CROWD)]
    with app.app_context():
        db.engine.dispose()
    return figures

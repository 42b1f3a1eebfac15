"""A panel page of 500 rows: how long the server takes, beside what its own SQL takes alone."""

import statistics
import sys
import time
from datetime import timedelta

import psycopg
import structlog
from flask import Flask
from flask.testing import FlaskClient

from benchmarks import city
from benchmarks.raw_sql import literal, taken_down
from benchmarks.stack import Stack
from childcare import accounts, clock
from childcare.actors import Role
from childcare.app import promoting
from childcare.db import db
from webapp import create_app
from webapp.limits import UNLIMITED
from webapp.pages.access import COOKIE

ROWS, PAGES = 500, 40
FEW = 5

# Families 1 … n: half of them come to class 1 tomorrow, and all wait for a place there.
CARE = """
INSERT INTO care_relation (child_id, institution_id, until)
SELECT n, 1, %(on)s::date + 30 FROM generate_series(1, %(n)s) n;
UPDATE class_day SET capacity = array_fill(1000::smallint, ARRAY[48]) WHERE class_id = 1;
INSERT INTO stay (institution_id, class_id, day_id, "on", family_id, child_id, source, state,
    during, holds, reason, created_at)
SELECT 1, 1, d.id, d."on", n, n, 'booking', 'expected', %(span)s::tstzrange,
    tstzmultirange(%(span)s::tstzrange), '', %(now)s
FROM generate_series(1, %(n)s) n JOIN class_day d ON d.class_id = 1 AND d."on" = %(on)s;
INSERT INTO booking (stay_id, family_id, child_id, institution_id, offering_id, fee_sheet_id,
    form, price_fen, price_parts, fee_fen, code, version, booked_by, created_at, waived_fen)
SELECT id, family_id, child_id, 1, 1, 1, 'hourly', 12000, '[]', 0, md5(id::text), 1, 'guardian',
    %(now)s, 0 FROM stay;
INSERT INTO waitlist_entry (family_id, child_id, state, form, "on", start, "end", weekdays,
    joined_at, joined_by, renew_at, expiries, reason, version, changed_at)
SELECT n, n, 'waiting', 'hourly', %(on)s, 540, 720, ARRAY[]::smallint[],
    %(now)s::timestamptz + n * interval '1 s', 'guardian', %(now)s::timestamptz + interval '60 d',
    0, '', 1, %(now)s FROM generate_series(1, %(n)s) n;
INSERT INTO waitlist_choice (entry_id, institution_id, preference, joined_at)
SELECT id, 1, 1, joined_at FROM waitlist_entry;
INSERT INTO waitlist_wish (entry_id, institution_id, class_id, family_id, child_id, preference,
    "on", during, weekdays, slots, priority, joined_at, live)
SELECT id, 1, 1, family_id, child_id, 1, "on", %(span)s, 0, (1::bigint << 24) - (1 << 18), 0,
    joined_at, true FROM waitlist_entry
"""


def fill(url: str, rows: int) -> None:
    """`rows` children expected tomorrow in one class, and as many waiting for it."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "TRUNCATE waitlist_event, waitlist_wish, waitlist_choice, waitlist_entry, booking,"
            " stay_event, stay, care_relation, waitlist_offer"
        )
        (on, now) = connection.execute('SELECT min("on"), now() FROM class_day').fetchone() or ()
        low, high = clock.at(on, 540), clock.at(on, 720)
        span = f"[{low.isoformat()},{high.isoformat()})"
        values = {"n": rows, "on": on, "now": now, "span": span}
        for statement in CARE.split(";\n"):
            connection.execute(statement, values)
        connection.execute("VACUUM ANALYZE")


def signed_in(app: Flask) -> FlaskClient:
    """The director of institution 1 in a browser."""
    with app.app_context(), promoting() as session:
        now = clock.now(session)
        member = accounts.create_staff(
            session,
            username="bench",
            name="周园长",
            password_hash="never-checked",
            roles={1: Role.DIRECTOR},
            now=now,
        )
        actor = accounts.actor_of(session, member)
        token = accounts.open_session(session, actor, label="", address="", now=now)
    client = app.test_client()
    client.set_cookie(COOKIE, token)
    return client


def page(app: Flask, url: str, client: FlaskClient, address: str) -> dict[str, object]:
    """Milliseconds of one page at `ROWS`, its statements at few and at many, and their raw time."""
    fill(url, FEW)
    few = statements(app, client, address)
    fill(url, ROWS)
    many = statements(app, client, address)
    took = []
    for _ in range(PAGES):
        began = time.perf_counter()
        answer = client.get(address)
        took.append((time.perf_counter() - began) * 1000)
        if answer.status_code != 200:
            raise RuntimeError(answer.get_data(as_text=True)[:500])
    took.sort()
    return {
        "bench": f"panel {address.rpartition('/')[2].partition('?')[0]}",
        "rows": ROWS,
        "median_ms": round(statistics.median(took), 1),
        "p95_ms": round(took[int(PAGES * 0.95)], 1),
        "sql_alone_ms": round(raw(url, many), 1),
        "statements": [len(few), len(many)],
    }


def statements(app: Flask, client: FlaskClient, address: str) -> list[str]:
    """What one page asks of the database; its first run reads more and is left out."""
    client.get(address)
    with app.app_context():
        engine = db.engine
    with taken_down(engine) as heard:
        client.get(address)
    with psycopg.connect(app.extensions["settings"].database_url) as connection:
        return [literal(text, values, connection) for text, values in heard]


def raw(url: str, asked: list[str]) -> float:
    """Milliseconds of the same statements one after the other, without the product."""
    took = []
    with psycopg.connect(url, autocommit=True) as connection:
        for _ in range(10):
            began = time.perf_counter()
            for statement in asked:
                if statement.startswith(("SELECT", "WITH")):
                    connection.execute(statement.encode()).fetchall()
            took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)


def measure(stack: Stack) -> list[dict[str, object]]:
    """Today and the waitlist with 500 rows each."""
    first = city.fill(stack.database_url, classes=1, families=ROWS, days=1)
    # A line for each request, as ever, but not among the figures.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    app = create_app(stack.settings, rates=UNLIMITED)
    client = signed_in(app)
    on = clock.today(first + timedelta(hours=1))
    figures = [
        page(app, stack.database_url, client, address)
        for address in (f"/panel/1/today?date={on}", "/panel/1/waitlist")
    ]
    with app.app_context():
        db.engine.dispose()
    return figures

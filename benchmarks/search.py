"""P4: search with free places among 100,000 institutions, over HTTP beside its own SQL raw."""

import random
import re
import time
from datetime import date, datetime

import psycopg
from psycopg import sql as psycopg_sql
from sqlalchemy import text

from benchmarks import city, load
from benchmarks.load import Answer, Request, Script
from benchmarks.stack import Stack, settle
from childcare import clock, geo
from childcare.db import db, reading
from childcare.institutions import CareForm
from childcare.search import Query, nearby
from childcare.search.nearby import shape_of, values_of
from childcare.search.statement import statement

INSTITUTIONS, SECONDS, CHECKED = 100_000, 8.0, 1_000
SOUTH, WEST, HIGH, WIDE = 39.6, 116.1, 0.66, 0.9
RANDOM_PLACE = f"""
\\set lat {SOUTH} + random(0, 660000) / 1000000.0
\\set lng {WEST} + random(0, 900000) / 1000000.0
"""


def asked(lat: float, lng: float, on: date) -> Query:
    """What a parent asks: fifteen minutes on foot, three hours, a child of 20 months."""
    return Query(
        lat=lat,
        lng=lng,
        form=CareForm.HOURLY,
        age_months=20,
        inclusive=True,
        min_stars=3,
        on=on,
        start=540,
        end=720,
    )


def somewhere(rnd: random.Random) -> tuple[float, float]:
    return SOUTH + rnd.random() * HIGH, WEST + rnd.random() * WIDE


def script_of(on: date) -> Script:
    rnd = random.Random(11)

    def script(number: int, answer: Answer | None) -> Request:
        lat, lng = somewhere(rnd)
        query = (
            f"lat={lat:.6f}&lng={lng:.6f}&walk_minutes=15&care_form=hourly&age_months=20"
            f"&inclusive=true&min_stars=3&date={on}&start=09:00&end=12:00"
        )
        return "GET", f"/api/v1/institutions?{query}", city.token(1), b""

    return script


def raw_script(stack: Stack, on: date, now: datetime) -> str:
    """The search's own statement for pgbench, at random places, everything else as bound."""
    query = asked(39.9, 116.4, on)
    shape = shape_of(query)
    values = values_of(query, shape, now=now)
    compiled = str(
        text(statement(shape).text).compile(dialect=db.engine.dialect, compile_kwargs={})
    )
    box = geo.box_around(geo.Point(39.9, 116.4), geo.reach_m(15))
    around = {
        "lat": ":lat",
        "lng": ":lng",
        "south": f"(:lat - {39.9 - box.south})",
        "north": f"(:lat + {box.north - 39.9})",
        "west": f"(:lng - {116.4 - box.west})",
        "east": f"(:lng + {box.east - 116.4})",
    }
    with psycopg.connect(stack.database_url) as connection:

        def literal(found: re.Match[str]) -> str:
            name = found[1]
            if name in around:
                return f"CAST({around[name]} AS float8)"
            written = psycopg_sql.Literal(values[name]).as_string(connection)
            # pgbench would take a colon before a letter for a variable, in quotes too.
            plain = re.sub(r"(?<!:):(?=[a-z])", "' || chr(58) || '", written)
            return plain if plain == written else f"({plain.removesuffix('::text[]')})"

        sql = re.sub(r"%\((\w+)\)s", literal, compiled).replace("%%", "%")
    return RANDOM_PLACE + re.sub(r"\s+", " ", sql) + ";\n"


def differs_from_brute_force(stack: Stack, on: date, now: datetime) -> int:
    """Of 1,000 random searches, how many find other institutions than looking at every one."""
    with psycopg.connect(stack.database_url) as connection:
        everyone = [
            (row[0], geo.Point(row[1], row[2]))
            for row in connection.execute("SELECT id, lat, lng FROM institution")
        ]
    grid: dict[tuple[int, int], list[tuple[int, geo.Point]]] = {}
    for row in everyone:
        grid.setdefault((int(row[1].lat * 50), int(row[1].lng * 50)), []).append(row)
    rnd, wrong = random.Random(3), 0
    for _ in range(CHECKED):
        here = geo.Point(*somewhere(rnd))
        around = (int(here.lat * 50), int(here.lng * 50))
        near = (
            row
            for north in (-1, 0, 1)
            for east in (-1, 0, 1)
            for row in grid.get((around[0] + north, around[1] + east), [])
        )
        expected = sorted(
            (geo.distance_m(here, at), number)
            for number, at in near
            if geo.walk_minutes(here, at) <= 15
        )
        with reading() as session:
            found = nearby(session, asked(here.lat, here.lng, on), now=now)
        wrong += [item.id for item in found.items] != [number for _, number in expected[:20]]
    return wrong


def sql_p95_ms(on: date, now: datetime) -> float:
    """The statement's time on a warm server through the driver, as the product sends it."""
    rnd, spent = random.Random(5), []
    shape = shape_of(asked(39.9, 116.4, on))
    for _ in range(1_000):
        values = values_of(asked(*somewhere(rnd), on), shape, now=now)
        with reading() as session:
            session.execute(text("SET LOCAL plan_cache_mode = force_generic_plan"))
            started = time.perf_counter()
            session.execute(statement(shape), values).all()
            spent.append(time.perf_counter() - started)
    return round(sorted(spent)[950] * 1000, 3)


def measure(stack: Stack) -> list[dict[str, object]]:
    first = city.fill(stack.database_url, classes=INSTITUTIONS, families=10, days=1)
    on = clock.today(first)
    core = stack.core()
    with core.app_context():
        with reading() as session:
            now = clock.now(session)
        raw = stack.pgbench(raw_script(stack, on, now), clients=8, seconds=SECONDS)
        p95 = sql_p95_ms(on, now)
        wrong = differs_from_brute_force(stack, on, now)
        db.engine.dispose()
    port = stack.web()
    settle()
    result = load.run(port, script_of(on), connections=8, seconds=SECONDS)
    http = result.rate("institutions:200")
    return [
        {
            "bench": "P4",
            "goal": "share >= 0.30 of the raw SQL; SQL p95 <= 1 ms; equals brute force",
            "institutions": INSTITUTIONS,
            "searches_per_s": round(http, 1),
            "raw_per_s": round(raw, 1),
            "share": round(http / raw, 3),
            "p95_ms": result.p95_ms("institutions:200"),
            "sql_p95_ms": p95,
            "differ_from_brute_force": wrong,
            "statuses": dict(result.statuses),
        }
    ]

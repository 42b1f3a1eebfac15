"""R14: malformed requests are refused in words, change nothing and break nothing."""

import logging
import random
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql

from tests.faults import malformed
from tests.faults.callers import PROBLEM, Caller, Wire
from tests.faults.conftest import Town
from tests.faults.scale import sizes

log = logging.getLogger(__name__)
Request = tuple[str, str, bytes]
PARAMETER = re.compile(r"{\w+}")
TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"


def rows(url: str) -> dict[str, int]:
    """How many rows each table has."""
    with psycopg.connect(url) as connection:
        names = [row[0] for row in connection.execute(TABLES)]
        counts = sql.SQL(", ").join(
            sql.SQL("(SELECT count(*) FROM {})").format(sql.Identifier(name)) for name in names
        )
        found = connection.execute(sql.SQL("SELECT ") + counts).fetchone()
    return dict(zip(names, found or (), strict=True))


@sizes("how_many", short=400, soak=50_000)
def test_bytes_that_are_no_http_are_refused(town: Town, how_many: int) -> None:
    before, statuses = rows(town.database), Counter[int]()
    for request in malformed.requests(random.Random(5), how_many):
        status, answer = malformed.send(town.web.port, request)
        statuses[status] += 1
        assert status < 500 or status in (501, 505), (request[:200], answer[:300])
        assert b"Traceback" not in answer
    log.info("no HTTP: %s", statuses)
    assert statuses[400] > how_many / 10
    assert rows(town.database) == before
    assert len(town.web.workers()) == 2
    assert alive(town)


def alive(town: Town) -> bool:
    caller = Caller(town.web.port)
    answer = caller.ask("GET", "/readyz")
    caller.close()
    return answer.status == 200


@pytest.fixture(scope="module")
def document(town: Town) -> dict[str, Any]:
    """What the API says of itself."""
    caller = Caller(town.web.port)
    found: dict[str, Any] = caller.ask("GET", "/api/openapi.json").body
    caller.close()
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any] | None]]:
    """Method, path and the schema of the body, if it takes one, of every operation."""
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            body = told.get("requestBody", {}).get("content", {}).get("application/json", {})
            yield method.upper(), path, resolved(document, body.get("schema"))


def resolved(document: dict[str, Any], schema: dict[str, Any] | None) -> dict[str, Any] | None:
    while schema and "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    return schema


def wrong_requests(document: dict[str, Any], rnd: random.Random) -> Iterator[Request]:
    """Requests that every operation must refuse."""
    for method, path, schema in operations(document):
        here = PARAMETER.sub("1", path)
        if here != path:
            yield from ((method, PARAMETER.sub(id_, path), b"{}") for id_ in malformed.NOWHERE)
        if schema:
            yield from ((method, here, body) for body in malformed.bodies(schema, rnd))
        if method == "GET":
            yield from ((method, f"{here}?{query}", b"") for query in malformed.QUERIES)


@sizes("rounds", short=1, soak=20)
def test_malformed_requests_are_refused_as_problems_and_write_nothing(
    town: Town, document: dict[str, Any], rounds: int
) -> None:
    rnd, statuses = random.Random(7), Counter[int]()
    [family] = town.families(1)
    before = rows(town.database)
    wire = Wire(town.web.port, family)
    for _ in range(rounds):
        for method, path, body in wrong_requests(document, rnd):
            status, media_type, content = wire.ask(method, path, body)
            statuses[status] += 1
            told = (method, path[:100], body[:100], status, content[:300])
            assert 400 <= status < 500, told
            assert media_type == PROBLEM, told
    wire.close()
    log.info("malformed: %d requests, %s", statuses.total(), statuses)
    assert statuses[422] > 100
    assert rows(town.database) == before
    assert "crash" not in town.web.said()
    assert alive(town)

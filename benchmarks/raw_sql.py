"""The statements that one request really runs, taken down as it runs and replayed by pgbench.

A sample request is sent through the application on the filled city; every statement is kept as it
was sent, with the ids of the sample turned into pgbench's variables. So the raw limit always has
the guards, the number and the order of statements that the product has today.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

import psycopg
from flask import Flask
from flask.testing import FlaskClient
from psycopg import sql
from sqlalchemy import event
from sqlalchemy.engine import Engine

from benchmarks import city, load
from childcare.db import db

# Ids that occur nowhere else in a sample request. In the filled city family, guardian, child and
# session n belong together, and so do institution, class, fee sheet, offering and class day n.
FAMILY, INSTITUTION, STAYS, BOOKINGS = 31_337, 7_919, 7_000_000, 8_000_000
# Each client walks families of its own, so that no child is asked for twice.
NEXT = "\\set i :i + 1\n\\set family :client_id * 4000 + :i\n"
SOMEWHERE = "\\set institution random(1, :classes)\n"
# Tables whose new ids later statements of the same request use.
KEPT = "stay|booking|waitlist_round|waitlist_offer"
ITS_OWN = (
    f"\\set stay_id {STAYS} + :family\n\\set booking_id {BOOKINGS} + :family\n"
    "\\set institution 1 + :family % :classes\n"
)


@contextmanager
def taken_down(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    """The (statement, parameters) that run inside, transaction borders included."""
    heard: list[tuple[str, Any]] = []

    def statement(_c: Any, _cursor: Any, text: str, values: Any, *_: Any) -> None:
        # Many rows at once are sent one by one, without waiting in between.
        heard.extend((text, row) for row in (values if isinstance(values, list) else [values]))

    def border(word: str) -> Any:
        return lambda _connection: heard.append((word, None))

    listeners = [
        ("before_cursor_execute", statement),
        ("begin", border("BEGIN")),
        ("commit", border("COMMIT")),
        ("rollback", border("ROLLBACK")),
    ]
    for name, listener in listeners:
        event.listen(engine, name, listener)
    yield heard
    for name, listener in listeners:
        event.remove(engine, name, listener)


def literal(text: str, values: Any, connection: psycopg.Connection[Any]) -> str:
    """A statement with its values written in, on one line."""
    if values:
        text = re.sub(
            r"%\((\w+)\)s",
            lambda found: sql.Literal(values[found[1]]).as_string(connection),
            text,
        ).replace("%%", "%")
    return re.sub(r"\s+", " ", text).strip()


def replay(
    heard: Sequence[tuple[str, Any]], names: dict[int, str], connection: psycopg.Connection[Any]
) -> str:
    """A pgbench script of what was heard; `names` maps ids of the sample to variables."""
    lines = []
    for text, values in heard:
        # Only what stands outside quotes is a number; keys in quotes are made anew below.
        parts = literal(text, values, connection).split("'")
        for number, name in names.items():
            parts[::2] = [re.sub(rf"(?<![\d.]){number}(?!\d)", f":{name}", p) for p in parts[::2]]
        line = "'".join(parts)
        for number, name in names.items():
            line = re.sub(rf"'([a-z-]+:){number}((?::[^']*)?)'", rf"'\1' || :{name} || '\2'", line)
        line = re.sub(r"'[A-Z2-9]{4}-[A-Z2-9]{4}'", "md5(random()::text)", line)
        made = re.match(rf"INSERT INTO ({KEPT}) .* RETURNING", line)
        lines.append(f"{line} \\gset {made[1]}_" if made else f"{line};")
    return "\n".join(lines) + "\n"


def hold_and_confirm(app: Flask, url: str, on: date) -> tuple[str, str]:
    """The pgbench scripts of a hold and of a confirmation, from one of each over the API."""
    client = app.test_client()
    with app.app_context():
        engine = db.engine
    with psycopg.connect(url, autocommit=True) as connection:
        for table, first in (("stay", STAYS), ("booking", BOOKINGS)):
            connection.execute(
                "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, first]
            )
        _hold(client, on, "09:00", "12:00")  # the first request of a process reads more
        with taken_down(engine) as held:
            booking = _hold(client, on, "12:00", "15:00")
        with taken_down(engine) as confirmed:
            done = client.post(f"/api/v1/bookings/{booking['id']}/confirm", json={}, headers=TOKEN)
        if done.status_code != 200:
            raise RuntimeError(str(done.get_json()))
        names = {
            FAMILY: "family",
            INSTITUTION: "institution",
            booking["stay_id"]: "stay_id",
            booking["id"]: "booking_id",
        }
        hold = replay(held, names, connection)
        confirm = replay(confirmed, names, connection)
    return NEXT + SOMEWHERE + hold, NEXT + ITS_OWN + confirm


TOKEN = {"Authorization": f"Bearer {city.token(FAMILY)}"}


def _hold(client: FlaskClient, on: date, start: str, end: str) -> dict[str, Any]:
    wish = load.body(
        child_id=FAMILY,
        institution_id=INSTITUTION,
        care_form="hourly",
        date=on.isoformat(),
        start=start,
        end=end,
    )
    answer = client.post(
        "/api/v1/bookings", data=wish, content_type="application/json", headers=TOKEN
    )
    body: dict[str, Any] = answer.get_json()
    if answer.status_code != 201:
        raise RuntimeError(str(body))
    return body

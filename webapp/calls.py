"""How a view runs: parse → transaction → call → render.

`write` runs a command in a transaction through `app.act`, `look` a query in a read-only one. Both
find out who asks inside that transaction, so that a request costs one connection once.
"""

import re
from collections.abc import Callable, Mapping
from http import HTTPStatus

from flask import Response, current_app, request
from sqlalchemy.orm import Session

from childcare import accounts, clock, idempotency
from childcare.actors import Actor
from childcare.app import act
from childcare.db import reading, transaction
from childcare.errors import Malformed
from webapp import auth

Json = Mapping[str, object]
KEY_HEADER = "Idempotency-Key"
LONGEST_KEY = 200
VISIBLE = re.compile(f"[!-~]{{1,{LONGEST_KEY}}}")


def answer(body: Json | None, status: int = HTTPStatus.OK) -> Response:
    """A JSON answer, or an empty one; personal, so nobody keeps it."""
    if body is None:
        empty = current_app.response_class(status=HTTPStatus.NO_CONTENT)
        del empty.headers["Content-Type"]
        return empty
    made = current_app.response_class(
        current_app.json.dumps(body), status=status, mimetype="application/json"
    )
    made.headers["Cache-Control"] = "no-store"
    return made


def write(
    command: Callable[[Session, Actor], Json | None], *, status: int = HTTPStatus.OK
) -> Response:
    """Run a command for whoever is signed in, once for its `Idempotency-Key`; its body answers."""
    key = idempotency_key()

    def run(session: Session) -> tuple[int, Json | None]:
        actor = _seen(session)
        if key is None:
            return status, command(session, actor)
        return idempotency.once(
            session,
            owner=actor.label,
            key=key,
            request=idempotency.fingerprint(request.method, request.path, body_text()),
            now=clock.now(session),
            command=lambda: (int(status), dict(command(session, actor) or {})),
        )

    code, body = act(run)
    return answer(body or None, code)


def look(query: Callable[[Session, Actor], Json]) -> Response:
    """Answer a question of whoever is signed in."""
    with reading() as session:
        who = auth.signed_in(session)
        body = query(session, who.actor)
    if who.is_stale:
        with transaction() as session:
            accounts.seen(session, who.session_id, now=clock.now(session))
    return answer(body)


def look_and_record(query: Callable[[Session, Actor], Json]) -> Response:
    """Answer where looking itself is written down: a staff member's view of a child's record."""
    with transaction() as session:
        return answer(query(session, _seen(session)))


def _seen(session: Session) -> Actor:
    """Who is signed in; that the session is in use is noted."""
    who = auth.signed_in(session)
    if who.is_stale:
        accounts.seen(session, who.session_id, now=clock.now(session))
    return who.actor


def look_openly(query: Callable[[Session, Actor], Json]) -> Response:
    """Answer anyone; a token, if there is one, tells who."""
    with reading() as session:
        return answer(query(session, auth.actor_or_nobody(session)))


def idempotency_key() -> str | None:
    """The key of a POST: visible ASCII, at most 200 characters. Raises `Malformed`."""
    key = request.headers.get(KEY_HEADER)
    if key is None or request.method != "POST":
        return None
    if not VISIBLE.fullmatch(key):
        raise Malformed(KEY_HEADER, "wrong-format")
    return key


def body_text() -> str:
    """The body as sent: a repeated request is repeated to the letter."""
    return request.get_data(cache=True, as_text=False).decode("utf-8", "replace")

"""Who stands before a page: the staff session of the cookie, found in the view's own transaction.

`look` runs a query read-only, `look_and_record` one whose looking is written down, `write` a
command through `app.act`; each costs one connection once. An address that names an institution is
not there for those who do not work at it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import flask
from flask import Response, g, request
from sqlalchemy.orm import Session

from childcare import accounts, clock
from childcare.accounts import Workplace
from childcare.actors import NOBODY, Actor, Kind
from childcare.app import act
from childcare.db import reading, transaction
from childcare.errors import NotFound, NotSignedIn
from webapp.auth import LONGEST_TOKEN
from webapp.pages import language
from webapp.pages.rendering import is_part

COOKIE = "staff_session"
LAST_PLACE = "institution_id"
T = TypeVar("T")


@dataclass(frozen=True)
class Visitor:
    """Who is signed in, with what the frame of a page shows; parts of pages carry no places."""

    session_id: int
    actor: Actor
    name: str
    workplaces: Sequence[Workplace]


def look(query: Callable[[Session, Actor], T]) -> T:
    """Answer a question of whoever is signed in. Records it answers stay readable as they are."""
    with reading() as session:
        who, is_stale = _found(session)
        facts = query(session, who.actor)
        session.expunge_all()
    if is_stale:
        with transaction() as session:
            accounts.seen(session, who.session_id, now=clock.now(session))
    return facts


def look_openly(query: Callable[[Session, Actor], T]) -> T:
    """As `look`, for anyone: `NOBODY` where nobody is signed in."""
    with reading() as session:
        facts = query(session, _anyone(session))
        session.expunge_all()
    return facts


def _anyone(session: Session) -> Actor:
    try:
        return _found(session)[0].actor
    except NotSignedIn:
        return NOBODY


def look_and_record(query: Callable[[Session, Actor], T]) -> T:
    """As `look`, where looking itself is written down: a staff member's view of children."""
    with transaction() as session:
        facts = query(session, _seen(session))
        session.flush()
        session.expunge_all()
        return facts


def write(command: Callable[[Session, Actor], T]) -> T:
    """Run a command for whoever is signed in, through `app.act`; answer plain facts from it."""
    return act(lambda session: command(session, _seen(session)))


def visitor() -> Visitor | None:
    """Whom this request's transaction found, for the frame."""
    found: Visitor | None = g.get("visitor")
    return found


def read_at() -> datetime | None:
    """The instant by which this request's transaction judged."""
    found: datetime | None = g.get("read_at")
    return found


def session_id() -> int:
    """The session this request is made in, once a transaction has found it."""
    return _known().session_id


def own_id() -> int:
    """The staff member who asks, once a transaction has found them."""
    return _known().actor.id


def _known() -> Visitor:
    found = visitor()
    if found is None:
        raise NotSignedIn
    return found


def open_cookie(answer: Response, token: str) -> Response:
    """Hand the browser its token; what was kept for whoever sat here before is forgotten."""
    flask.session.clear()
    answer.set_cookie(COOKIE, token, secure=request.is_secure, httponly=True, samesite="Lax")
    return answer


def drop_cookie(answer: Response) -> Response:
    flask.session.clear()
    answer.delete_cookie(COOKIE, secure=request.is_secure, httponly=True, samesite="Lax")
    return answer


def has_cookie() -> bool:
    return bool(request.cookies.get(COOKIE))


def last_place() -> int | None:
    """The institution whose rooms this browser was in last."""
    kept = flask.session.get(LAST_PLACE)
    return kept if isinstance(kept, int) else None


def remember_place(institution_id: int) -> None:
    """Let this browser begin in the rooms of an institution."""
    if flask.session.get(LAST_PLACE) != institution_id:
        flask.session[LAST_PLACE] = institution_id


def _seen(session: Session) -> Actor:
    who, is_stale = _found(session)
    if is_stale:
        accounts.seen(session, who.session_id, now=clock.now(session))
    return who.actor


def _found(session: Session) -> tuple[Visitor, bool]:
    token = request.cookies.get(COOKIE, "")
    if not 0 < len(token) <= LONGEST_TOKEN or not token.isascii():
        raise NotSignedIn
    found = accounts.signed_in(session, token, now=clock.now(session))
    if found.actor.kind is not Kind.STAFF:
        raise NotSignedIn
    g.read_at = clock.now(session)
    g.actor_label = found.actor.label
    language.speak(found.tongue)
    name, places = ("", ()) if is_part() else accounts.workplaces_of(session, found.actor)
    g.visitor = Visitor(found.session_id, found.actor, name, places)
    _keep_to_own_institution(found.actor)
    return g.visitor, found.is_stale


def _keep_to_own_institution(actor: Actor) -> None:
    named = (request.view_args or {}).get("institution_id")
    if named is None:
        return
    if named not in actor.roles:
        raise NotFound
    remember_place(named)

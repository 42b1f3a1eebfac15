"""Where a person is signed in, and signing out."""

from flask import Response
from sqlalchemy.orm import Session

from childcare import accounts, clock
from childcare.actors import Actor
from childcare.db import reading, transaction
from webapp import auth
from webapp.api import auth as signing_in
from webapp.calls import answer, write
from webapp.fields import ById
from webapp.operations import operation
from webapp.shapes import people as shapes

# Signing in and out share addresses, and an address belongs to one blueprint.
api = signing_in.api


@operation(api, "delete", "/session")
def sign_out() -> Response:
    """End this session."""
    with transaction() as session:
        who = auth.signed_in(session)
        accounts.revoke(session, who.actor, session_id=who.session_id, now=clock.now(session))
    return answer(None)


@operation(api, "get", "/sessions", answers=shapes.SessionList)
def list_sessions() -> Response:
    """Where the person is signed in, newest first."""
    with reading() as session:
        who = auth.signed_in(session)
        found = accounts.sessions_of(
            session, who.actor, current_id=who.session_id, now=clock.now(session)
        )
    return answer({"items": [shapes.session(one) for one in found], "next": None})


@operation(api, "delete", "/sessions/<int:id>")
def revoke_session(path: ById) -> Response:
    """End one of the person's own sessions, wherever it is."""

    def revoked(session: Session, actor: Actor) -> None:
        accounts.revoke(session, actor, session_id=path.id, now=clock.now(session))

    return write(revoked)

"""The secret address of a guardian's calendar feed: whoever knows it may read."""

import secrets

from sqlalchemy import select
from sqlalchemy.orm import Session

from childcare import people
from childcare.accounts.sessions import token_hash
from childcare.actors import Actor
from childcare.db import one
from childcare.people import Guardian


def publish_calendar(session: Session, actor: Actor) -> str:
    """A new secret for the feed; the one before stops working."""
    secret = secrets.token_urlsafe(32)
    people.me(session, actor).calendar_hash = token_hash(secret)
    session.flush()
    return secret


def withdraw_calendar(session: Session, actor: Actor) -> None:
    people.me(session, actor).calendar_hash = None
    session.flush()


def find_by_calendar(session: Session, secret: str) -> Guardian:
    """Whose feed it is. Raises `NotFound` for secrets unknown or withdrawn."""
    return one(
        session,
        select(Guardian).where(
            Guardian.calendar_hash == token_hash(secret), Guardian.erased_at.is_(None)
        ),
    )

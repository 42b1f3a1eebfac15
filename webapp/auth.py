"""Who asks: the token of ``Authorization: Bearer``, looked up in the request's own transaction."""

import hashlib

from flask import current_app, g, request
from sqlalchemy.orm import Session

from childcare import accounts, clock
from childcare.accounts import SignedIn
from childcare.actors import NOBODY, Actor
from childcare.errors import NotSignedIn
from childcare.settings import Settings

LONGEST_TOKEN = 200


def bearer() -> str | None:
    """The token of the request, None without one. Raises `NotSignedIn` for anything odd."""
    header = request.headers.get("Authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not 0 < len(token) <= LONGEST_TOKEN or not token.isascii():
        raise NotSignedIn
    return token


def signed_in(session: Session) -> SignedIn:
    """Whose token the request carries. Raises `NotSignedIn`."""
    token = bearer()
    if token is None:
        raise NotSignedIn
    found = accounts.signed_in(session, token, now=clock.now(session))
    g.tongue, g.actor_label = found.tongue, found.actor.label
    return found


def actor_or_nobody(session: Session) -> Actor:
    """For what anyone may ask; a token that is given must still be good."""
    return NOBODY if bearer() is None else signed_in(session).actor


def settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found


def address() -> str:
    """Where the request comes from, as a keyed hash: recognised, never kept.

    An IPv6 customer has a whole /64, so the rest is left out.
    """
    remote = request.remote_addr or ""
    network = ":".join(remote.split(":")[:4]) if ":" in remote else remote
    key = settings().secret_key.encode()
    return hashlib.blake2b(network.encode(), key=key[:64], digest_size=16).hexdigest()


def client_label() -> str:
    """What the client calls itself, for its owner to recognise the session by."""
    return request.headers.get("User-Agent", "")[:120].replace("\0", "")

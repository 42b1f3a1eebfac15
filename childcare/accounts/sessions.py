"""Sessions: a random token in the client's hands, its hash in a row that can be revoked."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    bindparam,
    case,
    delete,
    outerjoin,
    select,
    update,
)
from sqlalchemy.orm import Session

from childcare import people
from childcare.accounts import staff
from childcare.accounts.codes import Purpose, forget_codes, proves
from childcare.accounts.models import AccountSession
from childcare.actors import Actor, Kind
from childcare.errors import NotFound, NotSignedIn
from childcare.i18n import Tongue
from childcare.people import Guardian

GUARDIAN_LIVES = timedelta(days=90)
STAFF_LIVES = timedelta(hours=12)
# `last_seen_at` is a courtesy to the owner, not worth a write for every request.
SEEN_EVERY = timedelta(minutes=5)
KEEP = timedelta(days=30)
LABEL_LENGTH = 120


@dataclass(frozen=True)
class SignedIn:
    """Who a token stands for."""

    session_id: int
    actor: Actor
    tongue: Tongue
    # Not noted as in use for `SEEN_EVERY`: the edge calls `seen`.
    is_stale: bool


@dataclass(frozen=True)
class SessionOfMine:
    id: int
    label: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    is_current: bool


def token_hash(token: str) -> str:
    """A token has 256 random bits, so a plain hash cannot be turned back."""
    return hashlib.sha256(token.encode()).hexdigest()


def open_session(session: Session, actor: Actor, *, label: str, address: str, now: datetime) -> str:
    """Sign `actor` in; returns the token, which is kept nowhere."""
    token = secrets.token_urlsafe(32)
    is_staff = actor.kind is Kind.STAFF
    session.add(
        AccountSession(
            token_hash=token_hash(token),
            guardian_id=None if is_staff else actor.id,
            staff_id=actor.id if is_staff else None,
            label=label[:LABEL_LENGTH],
            address=address,
            created_at=now,
            last_seen_at=now,
            expires_at=now + (STAFF_LIVES if is_staff else GUARDIAN_LIVES),
        )
    )
    session.flush()
    return token


def sign_in(
    session: Session,
    *,
    phone: str,
    code: str,
    label: str,
    address: str,
    locale: Tongue,
    secret: str,
    now: datetime,
) -> tuple[str, Guardian] | None:
    """A token and the guardian with this phone, created if new; None for a wrong code.

    The caller must commit also for None: the try is counted (`codes.proves`).
    """
    is_proved = proves(
        session,
        phone=phone,
        purpose=Purpose.SIGN_IN,
        code=code,
        address=address,
        secret=secret,
        now=now,
    )
    if not is_proved:
        return None
    guardian = people.arrive_by_phone(session, phone=phone, locale=locale, now=now)
    token = open_session(session, guardian.actor, label=label, address=address, now=now)
    return token, guardian


def _who() -> Select[Any]:
    """Asked by every request, so it is put together once and knows no ORM."""
    held, person = AccountSession.__table__.c, Guardian.__table__.c
    return (
        select(
            held.id,
            held.staff_id,
            held.last_seen_at,
            person.id.label("guardian_id"),
            person.role,
            person.family_id,
            person.locale,
        )
        .select_from(outerjoin(AccountSession.__table__, Guardian.__table__))
        .where(
            held.token_hash == bindparam("token_hash"),
            held.revoked_at.is_(None),
            held.expires_at > bindparam("now"),
            person.erased_at.is_(None),
        )
    )


WHO = _who()


def signed_in(session: Session, token: str, *, now: datetime) -> SignedIn:
    """Who a token stands for: one indexed look. Raises `NotSignedIn`."""
    row = session.execute(WHO, {"token_hash": token_hash(token), "now": now}).first()
    if row is None:
        raise NotSignedIn
    is_stale = row.last_seen_at <= now - SEEN_EVERY
    if row.staff_id is None:
        actor = Actor(Kind(row.role), row.guardian_id, row.family_id)
        return SignedIn(row.id, actor, "en" if row.locale == "en" else "zh", is_stale)
    member = staff.find_active(session, row.staff_id)
    if member is None:
        raise NotSignedIn
    return SignedIn(row.id, staff.actor_of(session, member), staff.tongue_of(member), is_stale)


def seen(session: Session, session_id: int, *, now: datetime) -> None:
    """Note that a session is in use; a staff session lives on by it."""
    is_staff = AccountSession.staff_id.is_not(None)
    session.execute(
        update(AccountSession)
        .where(AccountSession.id == session_id, AccountSession.revoked_at.is_(None))
        .values(
            last_seen_at=now,
            expires_at=case((is_staff, now + STAFF_LIVES), else_=AccountSession.expires_at),
        )
        .execution_options(synchronize_session=False)
    )


def sessions_of(
    session: Session, actor: Actor, *, current_id: int, now: datetime
) -> list[SessionOfMine]:
    """The actor's own live sessions, newest first."""
    rows = session.scalars(
        select(AccountSession)
        .where(_own(actor), AccountSession.revoked_at.is_(None), AccountSession.expires_at > now)
        .order_by(AccountSession.id.desc())
    )
    return [
        SessionOfMine(
            row.id,
            row.label,
            row.created_at,
            row.last_seen_at,
            row.expires_at,
            is_current=row.id == current_id,
        )
        for row in rows
    ]


def _own(actor: Actor) -> ColumnElement[bool]:
    if actor.kind is Kind.STAFF:
        return AccountSession.staff_id == actor.id
    return AccountSession.guardian_id == actor.id


def revoke(session: Session, actor: Actor, *, session_id: int, now: datetime) -> None:
    """End one of the actor's own sessions at once. Raises `NotFound`."""
    ended = session.execute(
        update(AccountSession)
        .where(AccountSession.id == session_id, _own(actor), AccountSession.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(AccountSession.id)
    )
    if ended.first() is None:
        raise NotFound


def revoke_others(session: Session, actor: Actor, *, keep_id: int, now: datetime) -> int:
    """End the actor's sessions but for one; how many that were."""
    ended = session.execute(
        update(AccountSession)
        .where(
            _own(actor),
            AccountSession.id != keep_id,
            AccountSession.revoked_at.is_(None),
            AccountSession.expires_at > now,
        )
        .values(revoked_at=now)
        .returning(AccountSession.id)
    )
    return len(ended.all())


def revoke_all(session: Session, actor: Actor, *, now: datetime) -> None:
    """End every session of a person: at erasure, and when staff leave or change a password."""
    session.execute(
        update(AccountSession)
        .where(_own(actor), AccountSession.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def sweep(session: Session, *, now: datetime) -> int:
    """Remove sessions that ended `KEEP` ago and codes a day old; how many. For the daily tick."""
    over = (AccountSession.expires_at < now - KEEP) | (AccountSession.revoked_at < now - KEEP)
    gone = session.execute(delete(AccountSession).where(over).returning(AccountSession.id))
    return len(gone.all()) + forget_codes(session, now=now)

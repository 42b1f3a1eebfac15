"""Codes that prove a phone: six digits, ten minutes, once.

The code itself is stored nowhere, not even in the outbox: it is the keyed hash (HMAC under the
installation's secret) of a random nonce, so that the worker that sends it can make it again and a
copy of the database alone opens no account.

Nobody can use up another person's tries: whoever enters a code from the address that asked for it
has five tries of their own; everybody else shares five others.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import case, delete, func, select, update
from sqlalchemy.orm import Session

from childcare import outbox
from childcare.accounts.models import AccountSession, SignInCode
from childcare.errors import DomainError, TooMany
from childcare.i18n import Tongue, gettext, speaking
from childcare.outbox import Urgency
from childcare.people import Guardian

CODE_LIVES = timedelta(minutes=10)
TRIES = 5
# Limits on sending, each over the last hour. The last one guards a phone against being flooded and
# does not bind an address from which that phone has signed in before.
WINDOW = timedelta(hours=1)
PER_PHONE_AND_ADDRESS, PER_ADDRESS, PER_PHONE = 5, 30, 20
BETWEEN_CODES = timedelta(seconds=30)
KEEP = timedelta(days=1)


class CodeWrong(DomainError):
    """The code is not the one that was sent, or its time or its tries are over."""

    code = "code-wrong"
    status = 422


class Purpose(StrEnum):
    SIGN_IN = "sign-in"
    LINK = "link"


@dataclass(frozen=True)
class Sms:
    phone: str
    text: str


def keyed(secret: str, *parts: str) -> bytes:
    """A hash of `parts` that only this installation can make."""
    return hmac.digest(secret.encode(), "\0".join(parts).encode(), hashlib.sha256)


def digits(secret: str, nonce: str) -> str:
    number = int.from_bytes(keyed(secret, "sign-in-code", nonce)[:8], "big")
    return f"{number % 1_000_000:06d}"


def ask_code(
    session: Session,
    *,
    phone: str,
    purpose: Purpose,
    address: str,
    locale: Tongue,
    now: datetime,
) -> SignInCode:
    """Make a code for a phone (E.164) and have it sent; the same for known and unknown phones.

    `address` is a keyed hash of where the request came from. Raises `TooMany`.
    """
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(phone, 0))))
    _require_room(session, phone, address, now)
    code = SignInCode(
        phone=phone,
        purpose=purpose,
        address=address,
        nonce=secrets.token_hex(16),
        locale=locale,
        created_at=now,
        expires_at=now + CODE_LIVES,
    )
    session.add(code)
    session.flush()
    outbox.publish(
        session,
        "send-sms",
        {"code_id": code.id},
        key=str(code.id),
        now=now,
        urgency=Urgency.URGENT,
    )
    return code


def _require_room(session: Session, phone: str, address: str, now: datetime) -> None:
    here, there = SignInCode.address == address, SignInCode.phone == phone
    limits = [(there & here, PER_PHONE_AND_ADDRESS), (here, PER_ADDRESS)]
    if not _has_signed_in_from(session, phone, address):
        limits.append((there, PER_PHONE))
    for whose, most in limits:
        recent = (
            select(SignInCode.created_at)
            .where(whose, SignInCode.created_at > now - WINDOW)
            .order_by(SignInCode.created_at.desc())
            .limit(most)
        )
        asked = session.scalars(recent).all()
        if len(asked) == most:
            raise TooMany(_seconds(asked[-1] + WINDOW - now))
        if whose is limits[0][0] and asked and asked[0] > now - BETWEEN_CODES:
            raise TooMany(_seconds(asked[0] + BETWEEN_CODES - now))


def _has_signed_in_from(session: Session, phone: str, address: str) -> bool:
    known = (
        select(AccountSession.id)
        .join(Guardian, Guardian.id == AccountSession.guardian_id)
        .where(Guardian.phone == phone, AccountSession.address == address)
        .limit(1)
    )
    return session.scalar(known) is not None


def _seconds(left: timedelta) -> int:
    return max(-(-left // timedelta(seconds=1)), 1)


def proves(
    session: Session,
    *,
    phone: str,
    purpose: Purpose,
    code: str,
    address: str,
    secret: str,
    now: datetime,
) -> bool:
    """Whether `code` was sent to `phone`; a right one is used up, a wrong try is counted.

    The caller must commit either way, so a wrong code is an answer here and not an exception.
    """
    ids = _locked_codes(session, phone, purpose, now)
    is_here = SignInCode.address == address
    tried = session.execute(
        update(SignInCode)
        .where(
            SignInCode.id.in_(ids),
            case((is_here, SignInCode.attempts), else_=SignInCode.attempts_elsewhere) < TRIES,
        )
        .values(
            attempts=SignInCode.attempts + case((is_here, 1), else_=0),
            attempts_elsewhere=SignInCode.attempts_elsewhere + case((is_here, 0), else_=1),
        )
        .returning(SignInCode.nonce)
        .execution_options(synchronize_session=False)
    ).scalars()
    matches = [hmac.compare_digest(digits(secret, nonce), code) for nonce in tried]
    if not any(matches):
        return False
    # The rows are locked: no other transaction can prove anything by them.
    used = update(SignInCode).where(SignInCode.id.in_(ids), SignInCode.used_at.is_(None))
    used = used.values(used_at=now).execution_options(synchronize_session=False)
    return session.execute(used.returning(SignInCode.id)).first() is not None


def _locked_codes(session: Session, phone: str, purpose: Purpose, now: datetime) -> Sequence[int]:
    live = (
        select(SignInCode.id)
        .where(
            SignInCode.phone == phone,
            SignInCode.purpose == purpose,
            SignInCode.used_at.is_(None),
            SignInCode.expires_at > now,
        )
        .order_by(SignInCode.id)
        .with_for_update()
    )
    return session.scalars(live).all()


def sms(session: Session, code_id: int, *, secret: str, now: datetime) -> Sms | None:
    """The message of a ``send-sms`` row, None once the code cannot be used any more."""
    row = session.get(SignInCode, code_id)
    if row is None or row.used_at is not None or row.expires_at <= now:
        return None
    with speaking("en" if row.locale == "en" else "zh"):
        text = gettext(
            "{code} is your childcare code, good for {minutes} minutes. Tell it to nobody.",
            code=digits(secret, row.nonce),
            minutes=int(CODE_LIVES.total_seconds()) // 60,
        )
    return Sms(row.phone, text)


def forget_codes(session: Session, *, now: datetime) -> int:
    """Remove codes that are a day old, and with them the phones of people who never signed in."""
    gone = delete(SignInCode).where(SignInCode.created_at < now - KEEP).returning(SignInCode.id)
    return len(session.execute(gone).all())

"""One person, two ways in: the chat account and the account by phone become one.

Either a phone is proved by a code (`join_phone`), or a code shown in the chat is typed where the
person is signed in (`join_chat`). Two families that both have children are never merged.
"""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from childcare import people
from childcare.accounts.codes import Purpose, keyed, proves
from childcare.accounts.models import AccountSession, ChatCode
from childcare.actors import Actor
from childcare.errors import DomainError
from childcare.people import Guardian, PhoneTaken

CHAT_CODE_LIVES = timedelta(minutes=10)
# No letters that look like digits; 31 ** 8 codes, so guessing is hopeless under any rate limit.
LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
LENGTH = 8


class LinkCodeWrong(DomainError):
    """No chat shows this code, or its time is over."""

    code = "link-code-wrong"
    status = 422


def issue_chat_code(session: Session, actor: Actor, *, secret: str, now: datetime) -> str:
    """A code to show in the actor's chat; those shown before stop working."""
    guardian = people.me(session, actor)
    session.execute(
        update(ChatCode)
        .where(ChatCode.guardian_id == guardian.id, ChatCode.used_at.is_(None))
        .values(used_at=now)
    )
    code = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    session.add(
        ChatCode(
            guardian_id=guardian.id,
            code_hash=_hashed(secret, code),
            created_at=now,
            expires_at=now + CHAT_CODE_LIVES,
        )
    )
    session.flush()
    return code


def _hashed(secret: str, code: str) -> str:
    return keyed(secret, "chat-code", code).hex()


def join_chat(session: Session, actor: Actor, *, code: str, secret: str, now: datetime) -> Guardian:
    """Make the actor and the chat that shows `code` one person; the guardian that remains.

    Raises `LinkCodeWrong`, `PhoneTaken` (both have children, or the chat has another phone).
    """
    me = people.me(session, actor)
    typed = code.strip().upper()
    used = update(ChatCode).where(
        ChatCode.code_hash == _hashed(secret, typed),
        ChatCode.used_at.is_(None),
        ChatCode.expires_at > now,
    )
    guardian_id = session.scalar(used.values(used_at=now).returning(ChatCode.guardian_id))
    chat = session.get(Guardian, guardian_id) if guardian_id else None
    if chat is None or chat.erased_at is not None:
        raise LinkCodeWrong
    if chat.id == me.id:
        return me
    if me.phone is None or chat.phone not in (None, me.phone):
        raise PhoneTaken
    return _joined(session, chat.actor, me, phone=me.phone, now=now)


def join_phone(
    session: Session,
    actor: Actor,
    *,
    phone: str,
    code: str,
    address: str,
    secret: str,
    now: datetime,
) -> Guardian | None:
    """Give the actor a phone proved by `code`, joining the account that has it; who remains.

    None for a wrong code; the caller must commit then too, since the try is counted. Raises
    `PhoneTaken`.
    """
    is_proved = proves(
        session,
        phone=phone,
        purpose=Purpose.LINK,
        code=code,
        address=address,
        secret=secret,
        now=now,
    )
    if not is_proved:
        return None
    other = session.scalars(select(Guardian).where(Guardian.phone == phone)).one_or_none()
    return _joined(session, actor, other, phone=phone, now=now)


def _joined(
    session: Session, actor: Actor, other: Guardian | None, *, phone: str, now: datetime
) -> Guardian:
    """Link, and let the sessions of the account that goes follow the person."""
    remains = people.link_phone(session, actor, phone=phone, now=now)
    gone = {actor.id, other.id if other else actor.id} - {remains.id}
    session.execute(
        update(AccountSession)
        .where(AccountSession.guardian_id.in_(gone))
        .values(guardian_id=remains.id)
    )
    return remains

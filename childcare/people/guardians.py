"""The people of a family who have an account, by chat, by phone, or both."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    func,
    select,
)
from sqlalchemy.orm import Session

from childcare import audit
from childcare.actors import Actor
from childcare.db import lock, one
from childcare.errors import Malformed
from childcare.i18n import Tongue
from childcare.people.models import CONSENT_VERSION, Child, Family, Guardian, PhoneTaken


def arrive(
    session: Session, *, telegram_id: int, name: str, locale: Tongue, now: datetime
) -> Guardian:
    """The guardian behind a chat, created with a family of its own at the first message."""
    found = find_by_chat(session, telegram_id)
    if found:
        return found
    return _newcomer(session, now=now, telegram_id=telegram_id, name=name[:80], locale=locale)


def arrive_by_phone(session: Session, *, phone: str, locale: Tongue, now: datetime) -> Guardian:
    """The guardian with a phone number that was just proved, created if new."""
    found = session.scalars(select(Guardian).where(Guardian.phone == phone)).one_or_none()
    return found or _newcomer(session, now=now, phone=phone, locale=locale)


def _newcomer(session: Session, *, now: datetime, **who: Any) -> Guardian:
    family = Family(created_at=now)
    session.add(family)
    session.flush()
    guardian = Guardian(family_id=family.id, created_at=now, **who)
    session.add(guardian)
    session.flush()
    return guardian


def find_by_chat(session: Session, telegram_id: int) -> Guardian | None:
    return session.scalars(
        select(Guardian).where(Guardian.telegram_id == telegram_id)
    ).one_or_none()


def me(session: Session, actor: Actor) -> Guardian:
    """The guardian that the actor is. Raises `Forbidden` for staff and strangers."""
    actor.own_family()
    return one(session, select(Guardian).where(Guardian.id == actor.id))


def guardians_of(session: Session, family_id: int) -> Sequence[Guardian]:
    """Everyone of a family who has an account, guardians and relatives."""
    people = select(Guardian).where(Guardian.family_id == family_id, Guardian.erased_at.is_(None))
    return session.scalars(people.order_by(Guardian.id)).all()


def guardians_by_family(session: Session, family_ids: Collection[int]) -> dict[int, list[Guardian]]:
    """Everyone who has an account, of several families at once."""
    found = select(Guardian).where(Guardian.family_id.in_(family_ids), Guardian.erased_at.is_(None))
    families: dict[int, list[Guardian]] = {}
    for guardian in session.scalars(found.order_by(Guardian.id)):
        families.setdefault(guardian.family_id, []).append(guardian)
    return families


def consent(session: Session, actor: Actor, *, version: str, now: datetime) -> Guardian:
    """Record consent to the text of `version`. Raises `Malformed` for a text not in force."""
    if version != CONSENT_VERSION:
        raise Malformed("consent_version", "not-in-force", in_force=CONSENT_VERSION)
    guardian = me(session, actor)
    if guardian.consent_version != version:
        guardian.consent_version, guardian.consented_at = version, now
        audit.record(
            session, actor, "consented", "guardian", guardian.id, now=now, facts={"text": version}
        )
    return guardian


def link_phone(session: Session, actor: Actor, *, phone: str, now: datetime) -> Guardian:
    """Attach a proved phone to the actor's chat, joining the account that has this phone.

    One of the two must have no children yet, else `PhoneTaken`. Returns the guardian that remains;
    the actor's chat belongs to it from now on.
    """
    chat = me(session, actor)
    known = session.scalars(select(Guardian).where(Guardian.phone == phone)).one_or_none()
    if known is None or known.id == chat.id:
        chat.phone = phone
        session.flush()
        return chat
    lock(session, Family, [chat.family_id, known.family_id])
    if known.telegram_id not in (None, chat.telegram_id):
        raise PhoneTaken
    stays, goes = (known, chat) if count_children(session, known.family_id) else (chat, known)
    if count_children(session, goes.family_id):
        raise PhoneTaken
    telegram_id = chat.telegram_id
    goes.phone = goes.telegram_id = None
    goes.erased_at = now
    session.flush()
    stays.phone, stays.telegram_id = phone, telegram_id
    if stays.consent_version is None and goes.consent_version:
        stays.consent_version, stays.consented_at = goes.consent_version, goes.consented_at
    audit.record(session, actor, "linked", "guardian", stays.id, now=now, facts={"joined": goes.id})
    session.flush()
    return stays


def count_children(session: Session, family_id: int) -> int:
    """How many children a family has on record."""
    query = select(func.count()).where(Child.family_id == family_id, Child.erased_at.is_(None))
    return session.scalar(query) or 0

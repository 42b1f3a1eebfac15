"""The moment of sending: is it still true, may it go now, and what does it say?"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from childcare.bookings import find_by_stay
from childcare.i18n import speaking
from childcare.institutions import Institution
from childcare.outbox import Urgency
from childcare.people import Child, Guardian
from childcare.reminders.kinds import RULES, Kind
from childcare.reminders.recipients import (
    Dropped,
    Later,
    Outgoing,
    Verdict,
    is_enough,
    recipient,
)
from childcare.reminders.timing import resumes_at, useful_until
from childcare.reminders.words import Occasion, worded
from childcare.stays import Stay


def prepare(session: Session, kind: Kind, payload: Mapping[str, Any], *, now: datetime) -> Verdict:
    """Decide what becomes of a message about a stay that is due. Reads only."""
    found = recipient(session, payload["guardian_id"])
    if isinstance(found, Dropped):
        return found
    guardian = found.guardian
    occasion = _occasion(session, kind, guardian, payload, now)
    if occasion is None:
        return Dropped("no-longer-true")
    if not guardian.switches.get(RULES[kind].switch, True):
        return Dropped("switched-off")
    resumes = resumes_at(kind, occasion.stay, guardian, now=now)
    if resumes:
        return Later(resumes)
    if RULES[kind].urgency < Urgency.URGENT and is_enough(session, guardian, now):
        return Dropped("enough-for-today")
    with speaking(guardian.tongue):
        return Outgoing(guardian.id, found.chat_id, worded(session, occasion, now=now))


def _occasion(
    session: Session, kind: Kind, guardian: Guardian, payload: Mapping[str, Any], now: datetime
) -> Occasion | None:
    """What the message is about, None once it is no longer true."""
    stay = session.get(Stay, payload["stay_id"])
    if stay is None:
        return None
    booking = find_by_stay(session, stay.id)
    is_current = (booking.version if booking else 0) == payload["version"]
    child = session.get_one(Child, stay.child_id)
    is_family = guardian.family_id == stay.family_id and child.erased_at is None
    if not (is_current and is_family) or stay.state not in RULES[kind].states:
        return None
    if now >= useful_until(kind, stay):
        return None
    institution = session.get_one(Institution, stay.institution_id)
    return Occasion(kind, stay, booking, child, institution, _name(session, payload))


def _name(session: Session, payload: Mapping[str, Any]) -> str:
    by = payload.get("by")
    found = session.get(Guardian, by) if by else None
    return found.name if found and not found.erased_at else ""


def mark_blocked(session: Session, guardian_id: int, *, chat_id: int, now: datetime) -> None:
    """The guardian blocked the bot in that chat: nothing is sent there until they come back."""
    session.execute(
        update(Guardian)
        .where(Guardian.id == guardian_id, Guardian.telegram_id == chat_id)
        .values(chat_blocked_at=now)
    )

"""The moment of sending: is it still true, may it go now, and what does it say?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from childcare import clock, outbox
from childcare.bookings import find_by_stay
from childcare.i18n import speaking
from childcare.institutions import Institution
from childcare.messages import Message
from childcare.outbox import Urgency
from childcare.people import Child, Guardian
from childcare.reminders.kinds import RULES, Kind
from childcare.reminders.timing import resumes_at, useful_until
from childcare.reminders.words import Occasion, worded
from childcare.stays import Stay

DAILY_CAP = 6


@dataclass(frozen=True)
class Outgoing:
    """A message to go into a chat now."""

    guardian_id: int
    chat_id: int
    message: Message


@dataclass(frozen=True)
class Later:
    """Still true, but the recipient wants quiet until then."""

    until: datetime


@dataclass(frozen=True)
class Dropped:
    """Not to be sent any more; `why` is a word for the operators."""

    why: str


Verdict = Outgoing | Later | Dropped


def prepare(session: Session, kind: Kind, payload: Mapping[str, Any], *, now: datetime) -> Verdict:
    """Decide what becomes of a message that is due. Reads only."""
    guardian = session.get(Guardian, payload["guardian_id"])
    stay = session.get(Stay, payload["stay_id"])
    if guardian is None or stay is None or guardian.telegram_id is None or guardian.erased_at:
        return Dropped("nobody-there")
    if guardian.chat_blocked_at:
        return Dropped("blocked")
    occasion = _occasion(session, kind, stay, guardian, payload["version"], now)
    if occasion is None:
        return Dropped("no-longer-true")
    if not guardian.switches.get(RULES[kind].switch, True):
        return Dropped("switched-off")
    resumes = resumes_at(kind, stay, guardian, now=now)
    if resumes:
        return Later(resumes)
    if RULES[kind].urgency < Urgency.URGENT and _is_enough(session, guardian, now):
        return Dropped("enough-for-today")
    with speaking(guardian.tongue):
        return Outgoing(guardian.id, guardian.telegram_id, worded(session, occasion, now=now))


def _occasion(
    session: Session, kind: Kind, stay: Stay, guardian: Guardian, version: int, now: datetime
) -> Occasion | None:
    """What the message is about, None once it is no longer true."""
    booking = find_by_stay(session, stay.id)
    is_current = (booking.version if booking else 0) == version
    child = session.get_one(Child, stay.child_id)
    is_family = guardian.family_id == stay.family_id and child.erased_at is None
    if not (is_current and is_family) or stay.state not in RULES[kind].states:
        return None
    if now >= useful_until(kind, stay):
        return None
    institution = session.get_one(Institution, stay.institution_id)
    return Occasion(kind, stay, booking, child, institution)


def _is_enough(session: Session, guardian: Guardian, now: datetime) -> bool:
    midnight = clock.midnight(clock.today(now))
    sent = outbox.sent_since(session, guardian.id, midnight, below=Urgency.URGENT)
    return sent >= DAILY_CAP


def mark_blocked(session: Session, guardian_id: int, *, chat_id: int, now: datetime) -> None:
    """The guardian blocked the bot in that chat: nothing is sent there until they come back."""
    session.execute(
        update(Guardian)
        .where(Guardian.id == guardian_id, Guardian.telegram_id == chat_id)
        .values(chat_blocked_at=now)
    )

"""Who a message is for, and what becomes of it: sent now, later, or not at all."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from childcare import clock, outbox
from childcare.messages import Message
from childcare.outbox import Urgency
from childcare.people import Guardian

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


@dataclass(frozen=True)
class Recipient:
    """A guardian who has a chat in which messages arrive."""

    guardian: Guardian
    chat_id: int


def recipient(session: Session, guardian_id: int) -> Recipient | Dropped:
    """The guardian whom a message can reach, or why nobody is there to be told."""
    guardian = session.get(Guardian, guardian_id)
    if guardian is None or guardian.telegram_id is None or guardian.erased_at:
        return Dropped("nobody-there")
    if guardian.chat_blocked_at:
        return Dropped("blocked")
    return Recipient(guardian, guardian.telegram_id)


def is_enough(session: Session, guardian: Guardian, now: datetime) -> bool:
    """Whether the guardian has heard enough for today of what is not urgent."""
    midnight = clock.midnight(clock.today(now))
    sent = outbox.sent_since(session, guardian.id, midnight, below=Urgency.URGENT)
    return sent >= DAILY_CAP

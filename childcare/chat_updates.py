"""What the chat server told us, kept until it has had its effect and its answer.

An update is stored before it is acknowledged, so a kill loses none; its `done_at` is written in the
transaction of its effect, so that none has its effect twice; the answer waits in the row until it
is sent. One chat's updates are done in the order of their ids, whichever process does them.

What people wrote is wiped from the row as soon as it is done, and their answer once it is sent.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, SmallInteger, delete, exists, null, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from childcare.db import Base

# The chat server repeats an update for at most 24 hours.
KEEP_DONE = timedelta(days=2)
# Longer than sending an answer takes; after that whoever did the update is taken for dead.
ANSWER_TAKES = timedelta(seconds=15)


class ChatUpdate(Base):
    __tablename__ = "chat_update"
    __table_args__ = (
        Index("ix_chat_update_waiting", "chat_id", "update_id", postgresql_where="done_at IS NULL"),
        Index(
            "ix_chat_update_answer_due_at",
            "answer_due_at",
            postgresql_where="answer_due_at IS NOT NULL",
        ),
        Index("ix_chat_update_done_at", "done_at"),
    )

    update_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    chat_id: Mapped[int]
    payload: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    received_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    done_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    # What to tell the chat, in the adapter's own form, and when somebody else may tell it if
    # whoever did the update has not; both empty once it is told.
    answer: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    answer_due_at: Mapped[datetime | None]


@dataclass(frozen=True)
class Update:
    """One update as it waits: whose chat it is of, and what the chat server sent."""

    update_id: int
    chat_id: int
    payload: Mapping[str, Any]


class Turn(StrEnum):
    """Whether an update may be done now."""

    MINE = "mine"
    LATER = "later"  # an earlier one of this chat is not done, or somebody is at this one
    OVER = "over"


def store(session: Session, updates: Iterable[Update], *, now: datetime) -> list[int]:
    """Keep updates; the ids of those that are new. One that was stored before changes nothing."""
    rows = [
        {
            "update_id": one.update_id,
            "chat_id": one.chat_id,
            "payload": dict(one.payload),
            "received_at": now,
        }
        for one in updates
    ]
    if not rows:
        return []
    new = session.scalars(
        insert(ChatUpdate)
        .values(rows)
        .on_conflict_do_nothing(index_elements=["update_id"])
        .returning(ChatUpdate.update_id)
    )
    return sorted(new)


def claim(session: Session, update_id: int) -> Turn:
    """Take the update for this transaction if its turn has come. Never waits for anybody."""
    earlier = aliased(ChatUpdate)
    first = ~exists().where(
        earlier.chat_id == ChatUpdate.chat_id,
        earlier.done_at.is_(None),
        earlier.update_id < ChatUpdate.update_id,
    )
    mine = session.scalar(
        select(ChatUpdate.update_id)
        .where(ChatUpdate.update_id == update_id, ChatUpdate.done_at.is_(None), first)
        .with_for_update(skip_locked=True, of=ChatUpdate)
    )
    if mine is not None:
        return Turn.MINE
    waits = select(ChatUpdate.update_id).where(
        ChatUpdate.update_id == update_id, ChatUpdate.done_at.is_(None)
    )
    return Turn.LATER if session.scalar(waits) is not None else Turn.OVER


def finish(
    session: Session,
    update_id: int,
    *,
    outcome: str,
    answer: Mapping[str, Any] | None,
    now: datetime,
) -> None:
    """Mark a claimed update done, in the transaction of its effect, and keep its answer."""
    session.execute(
        update(ChatUpdate)
        .where(ChatUpdate.update_id == update_id)
        .values(
            done_at=now,
            outcome=outcome,
            payload=null(),
            answer=null() if answer is None else dict(answer),
            answer_due_at=None if answer is None else now + ANSWER_TAKES,
        )
    )


def count_failure(session: Session, update_id: int) -> int:
    """Count one more failed attempt at an update; how many there were."""
    return (
        session.scalar(
            update(ChatUpdate)
            .where(ChatUpdate.update_id == update_id, ChatUpdate.done_at.is_(None))
            .values(attempts=ChatUpdate.attempts + 1)
            .returning(ChatUpdate.attempts)
        )
        or 0
    )


def answered(session: Session, update_ids: Iterable[int]) -> None:
    """Mark answers sent, and forget their words."""
    session.execute(
        update(ChatUpdate)
        .where(ChatUpdate.update_id.in_(list(update_ids)))
        .values(answer_due_at=None, answer=null())
    )


def waiting(session: Session, *, received_before: datetime, limit: int = 500) -> list[Update]:
    """Updates that nobody has done, oldest first."""
    query = (
        select(ChatUpdate.update_id, ChatUpdate.chat_id, ChatUpdate.payload)
        .where(ChatUpdate.done_at.is_(None), ChatUpdate.received_at <= received_before)
        .order_by(ChatUpdate.update_id)
        .limit(limit)
    )
    return [Update(row.update_id, row.chat_id, row.payload or {}) for row in session.execute(query)]


def take_unanswered(
    session: Session, *, now: datetime, limit: int = 100
) -> list[tuple[Update, Mapping[str, Any]]]:
    """Answers that a killed process did not send, oldest first, now for the caller to send."""
    due = (
        select(ChatUpdate.update_id)
        .where(ChatUpdate.answer_due_at <= now)
        .order_by(ChatUpdate.answer_due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    taken = session.execute(
        update(ChatUpdate)
        .where(ChatUpdate.update_id.in_(due))
        .values(answer_due_at=now + ANSWER_TAKES)
        .returning(ChatUpdate.update_id, ChatUpdate.chat_id, ChatUpdate.answer)
    ).all()
    return [
        (Update(row.update_id, row.chat_id, {}), row.answer or {})
        for row in sorted(taken, key=lambda row: int(row.update_id))
    ]


def sweep(session: Session, *, now: datetime) -> int:
    """Remove updates done `KEEP_DONE` ago; how many."""
    gone = session.execute(
        delete(ChatUpdate)
        .where(ChatUpdate.done_at < now - KEEP_DONE)
        .returning(ChatUpdate.update_id)
    )
    return len(gone.all())

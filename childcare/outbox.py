"""What must happen after a commit: messages, reminders, expiries, ticks.

A row is written in the transaction that causes it, so nothing is promised that was rolled back and
nothing committed is forgotten. The dispatcher leases due rows and hands their ids to the workers
(`workers/`); due times live here alone. The queue may be wiped at any time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    Identity,
    Index,
    SmallInteger,
    delete,
    false,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from childcare.db import Base, table

LEASE = timedelta(seconds=12)
KEEP_DONE = timedelta(days=90)


class Urgency(IntEnum):
    """Higher goes first when many rows are due."""

    BULK = 0
    NORMAL = 1
    URGENT = 2
    # An offer's life is short: it goes before everything else that is due.
    AT_ONCE = 3


class OutboxRow(Base):
    __tablename__ = "outbox"
    __table_args__ = (
        Index(
            "ix_outbox_due",
            "urgency",
            "due_at",
            postgresql_where="done_at IS NULL AND failed_at IS NULL",
        ),
        Index(
            "ix_outbox_leased",
            "leased_until",
            postgresql_where="leased_until IS NOT NULL AND done_at IS NULL AND failed_at IS NULL",
        ),
        Index("ix_outbox_done", "done_at", postgresql_where="done_at IS NOT NULL"),
        Index(
            "ix_outbox_recipient",
            "recipient_id",
            "done_at",
            postgresql_where="recipient_id IS NOT NULL",
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    kind: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    urgency: Mapped[int] = mapped_column(SmallInteger)
    # The guardian a message is for.
    recipient_id: Mapped[int | None]
    dedupe_key: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    # Handed back until then rather than in a worker's hands.
    is_waiting: Mapped[bool] = mapped_column(default=False, server_default=false())
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    done_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    failed_at: Mapped[datetime | None]
    last_error: Mapped[str | None]


def publish(
    session: Session,
    kind: str,
    payload: Mapping[str, Any],
    *,
    key: str,
    now: datetime,
    due_at: datetime | None = None,
    urgency: Urgency = Urgency.NORMAL,
    recipient_id: int | None = None,
) -> None:
    """Write one row; a row with the same kind and `key` is the same work and is written once.

    `recipient_id` is the guardian a message is for.
    """
    row = {
        "kind": kind,
        "payload": dict(payload),
        "urgency": int(urgency),
        "recipient_id": recipient_id,
        "dedupe_key": f"{kind}:{key}",
        "created_at": now,
        "due_at": due_at or now,
    }
    session.execute(_PUBLISH, row)


def publish_all(
    session: Session,
    due: Sequence[tuple[str, datetime]],
    payload: Mapping[str, Any],
    *,
    key: str,
    now: datetime,
    urgency: Urgency,
) -> None:
    """Write several rows about the same thing at once: each a kind and when it is due."""
    rows = [
        {
            "kind": kind,
            "payload": dict(payload),
            "urgency": int(urgency),
            "recipient_id": None,
            "dedupe_key": f"{kind}:{key}",
            "created_at": now,
            "due_at": due_at,
        }
        for kind, due_at in due
    ]
    session.execute(_PUBLISH, rows)


_PUBLISH = insert(table(OutboxRow)).on_conflict_do_nothing(index_elements=["dedupe_key"])


def _is_open() -> Any:
    return OutboxRow.done_at.is_(None) & OutboxRow.failed_at.is_(None)


def lease(
    session: Session, *, limit: int, now: datetime, at_least: Urgency = Urgency.BULK
) -> Sequence[tuple[int, int]]:
    """Take up to `limit` due rows for `LEASE`: (id, attempt) pairs, urgent first, oldest first.

    Rows another dispatcher is taking are skipped, not waited for; those less urgent than `at_least`
    are left.
    """
    taken: list[tuple[int, int]] = []
    for urgency in sorted(Urgency, reverse=True):
        if len(taken) < limit and urgency >= at_least:
            taken += _lease_of(session, urgency, limit=limit - len(taken), now=now)
    return taken


def _lease_of(
    session: Session, urgency: Urgency, *, limit: int, now: datetime
) -> list[tuple[int, int]]:
    # One urgency at a time is a walk along the index to the first row not due yet, however many
    # wait behind it; a CTE because an IN (… LIMIT … SKIP LOCKED) may be run more than once.
    due = (
        select(OutboxRow.id)
        .where(_is_open(), OutboxRow.urgency == int(urgency), OutboxRow.due_at <= now)
        .where(or_(OutboxRow.leased_until.is_(None), OutboxRow.leased_until <= now))
        .order_by(OutboxRow.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    rows = session.execute(
        update(OutboxRow)
        .where(OutboxRow.id == due.c.id)
        .values(leased_until=now + LEASE, is_waiting=False)
        .returning(OutboxRow.id, OutboxRow.attempts, OutboxRow.due_at)
    ).all()
    return [(row.id, row.attempts) for row in sorted(rows, key=lambda row: row.due_at)]


def begin(session: Session, row_id: int, attempt: int, *, now: datetime) -> OutboxRow | None:
    """Start attempt number `attempt` of a row, renewing its lease; None if it is another's now."""
    return session.scalars(
        update(OutboxRow)
        .where(OutboxRow.id == row_id, OutboxRow.attempts == attempt, _is_open())
        .where(~OutboxRow.is_waiting)
        .values(attempts=attempt + 1, leased_until=now + LEASE)
        .returning(OutboxRow)
    ).one_or_none()


def finish(session: Session, row_id: int, *, outcome: str, now: datetime) -> bool:
    """Mark a row done; False if it was done already. `outcome`: sent, dropped, done …"""
    marked = session.execute(
        update(OutboxRow)
        .where(OutboxRow.id == row_id, _is_open())
        .values(done_at=now, outcome=outcome, leased_until=None)
        .returning(OutboxRow.id)
    )
    return marked.first() is not None


def postpone(
    session: Session, row_id: int, *, until: datetime, attempts: int, error: str | None = None
) -> None:
    """Hand a row back, to be taken again from `until`; the due time stays what it was."""
    session.execute(
        update(OutboxRow)
        .where(OutboxRow.id == row_id, _is_open())
        .values(leased_until=until, is_waiting=True, attempts=attempts, last_error=error)
    )


def fail(session: Session, row_id: int, *, error: str, now: datetime) -> None:
    """Give a row up, to be looked at by a person."""
    session.execute(
        update(OutboxRow)
        .where(OutboxRow.id == row_id, _is_open())
        .values(failed_at=now, last_error=error, leased_until=None)
    )


def in_flight(session: Session, *, now: datetime) -> int:
    """Rows in workers' hands, so that the dispatcher never hands out more than they can do."""
    return (
        session.scalar(
            select(func.count())
            .select_from(OutboxRow)
            .where(_is_open(), OutboxRow.leased_until > now, ~OutboxRow.is_waiting)
        )
        or 0
    )


def next_due(session: Session) -> datetime | None:
    """When the next row may be handed out: its hour has come, or its lease or wait is over.

    One statement that looks at the first entries of the indexes alone: it is asked ten times a
    second.
    """
    firsts = [
        select(OutboxRow.due_at)
        .where(_is_open(), OutboxRow.urgency == int(urgency), OutboxRow.leased_until.is_(None))
        .order_by(OutboxRow.due_at)
        .limit(1)
        .scalar_subquery()
        for urgency in Urgency
    ]
    back = select(func.min(OutboxRow.leased_until)).where(
        _is_open(), OutboxRow.leased_until.is_not(None)
    )
    return cast(
        "datetime | None", session.scalar(select(func.least(*firsts, back.scalar_subquery())))
    )


def sent_since(session: Session, recipient_id: int, since: datetime, *, below: Urgency) -> int:
    """How many messages less urgent than `below` a guardian was sent since an instant."""
    return (
        session.scalar(
            select(func.count())
            .select_from(OutboxRow)
            .where(
                OutboxRow.recipient_id == recipient_id,
                OutboxRow.done_at >= since,
                OutboxRow.outcome == "sent",
                OutboxRow.urgency < int(below),
            )
        )
        or 0
    )


@dataclass(frozen=True)
class Figures:
    """How the outbox stands, for the operators' metrics."""

    waiting: int
    due: int
    lag: timedelta
    failed: int
    done: Mapping[tuple[str, str], int]


def figures(session: Session, *, now: datetime) -> Figures:
    """Rows waiting and due, how late the oldest due one is, and what the last hour did.

    A row that was handed back is due again when its wait is over. `done` counts by kind and
    outcome.
    """
    may_go_at = func.greatest(OutboxRow.due_at, OutboxRow.leased_until)
    is_due = may_go_at <= now
    waiting, due, oldest = session.execute(
        select(func.count(), func.count().filter(is_due), func.min(may_go_at).filter(is_due))
        .select_from(OutboxRow)
        .where(_is_open())
    ).one()
    failed = session.scalar(
        select(func.count()).select_from(OutboxRow).where(OutboxRow.failed_at.is_not(None))
    )
    done = session.execute(
        select(OutboxRow.kind, OutboxRow.outcome, func.count())
        .where(OutboxRow.done_at > now - timedelta(hours=1))
        .group_by(OutboxRow.kind, OutboxRow.outcome)
    )
    return Figures(
        waiting=waiting,
        due=due,
        lag=now - (oldest or now),
        failed=failed or 0,
        done={(kind, outcome or ""): count for kind, outcome, count in done},
    )


def sweep(session: Session, *, now: datetime) -> int:
    """Remove rows that were done `KEEP_DONE` ago; how many."""
    gone = session.execute(
        delete(OutboxRow).where(OutboxRow.done_at < now - KEEP_DONE).returning(OutboxRow.id)
    )
    return len(gone.all())

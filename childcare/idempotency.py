"""The same request twice has one effect and the same answer, for 24 hours.

The row is written in the command's own transaction. Whoever inserts it first does the work; a twin
waits at the unique index for the first to commit (at most the lock timeout, then `Busy`) and reads
its answer. A refusal rolls the row back, so refusals are never remembered.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Index, SmallInteger, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from childcare.db import Base
from childcare.errors import DomainError

KEEP = timedelta(hours=24)


class IdempotencyKeyReused(DomainError):
    """The key belongs to another request of the same person."""

    code = "idempotency-key-reused"


class IdempotencyRow(Base):
    __tablename__ = "idempotency"
    __table_args__ = (Index("ix_idempotency_created_at", "created_at"),)

    owner: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    created_at: Mapped[datetime]
    status: Mapped[int | None] = mapped_column(SmallInteger)
    # Not JSONB, which would put the keys in another order: a repeated answer is the same text.
    body: Mapped[dict[str, Any] | None] = mapped_column(JSON)


def fingerprint(*parts: Any) -> str:
    """One short text for a request, so that another body under the same key is noticed."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def once(
    session: Session,
    *,
    owner: str,
    key: str,
    request: str,
    now: datetime,
    command: Callable[[], tuple[int, dict[str, Any]]],
) -> tuple[int, dict[str, Any]]:
    """Run `command` (→ status, body) once for (owner, key), else answer what it answered then.

    `request` is the `fingerprint` of the request. Raises `IdempotencyKeyReused` where it differs.
    """
    session.execute(
        delete(IdempotencyRow).where(
            IdempotencyRow.owner == owner,
            IdempotencyRow.key == key,
            IdempotencyRow.created_at < now - KEEP,
        )
    )
    first = session.execute(
        insert(IdempotencyRow)
        .values(owner=owner, key=key, fingerprint=request, created_at=now)
        .on_conflict_do_nothing()
        .returning(IdempotencyRow.key)
    ).first()
    if first is None:
        return _answered(session, owner, key, request)
    status, body = command()
    session.execute(
        update(IdempotencyRow)
        .where(IdempotencyRow.owner == owner, IdempotencyRow.key == key)
        .values(status=status, body=body)
    )
    return status, body


def _answered(session: Session, owner: str, key: str, request: str) -> tuple[int, dict[str, Any]]:
    row = session.scalars(
        select(IdempotencyRow).where(IdempotencyRow.owner == owner, IdempotencyRow.key == key)
    ).one()
    if row.fingerprint != request or row.status is None:
        raise IdempotencyKeyReused
    return row.status, dict(row.body or {})


def sweep(session: Session, *, now: datetime) -> int:
    """Remove answers older than `KEEP`; how many."""
    gone = session.execute(
        delete(IdempotencyRow)
        .where(IdempotencyRow.created_at < now - KEEP)
        .returning(IdempotencyRow.key)
    )
    return len(gone.all())

"""Who did what, when and why; append-only, names nobody (ids and codes only)."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Identity, Index, insert, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column

from childcare.actors import Actor
from childcare.db import Base


class AuditRow(Base):
    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_subject", "subject", "subject_id", "at"),
        Index("ix_audit_institution", "institution_id", "at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    subject_id: Mapped[int] = mapped_column(BigInteger)
    institution_id: Mapped[int | None] = mapped_column(BigInteger)
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)


def record(
    session: Session,
    actor: Actor,
    action: str,
    subject: str,
    subject_id: int,
    *,
    now: datetime,
    institution_id: int | None = None,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Write one line: `actor` did `action` (past tense) to a record, with codes and numbers."""
    session.execute(
        insert(AuditRow).values(
            at=now,
            actor=actor.label,
            action=action,
            subject=subject,
            subject_id=subject_id,
            institution_id=institution_id,
            facts=dict(facts or {}),
        )
    )


def record_all(
    session: Session,
    actor: Actor,
    action: str,
    subject: str,
    subject_ids: Sequence[int],
    *,
    now: datetime,
    institution_id: int | None = None,
) -> None:
    """Write the same line for several records at once."""
    rows: list[dict[str, Any]] = [
        {
            "at": now,
            "actor": actor.label,
            "action": action,
            "subject": subject,
            "subject_id": subject_id,
            "institution_id": institution_id,
            "facts": {},
        }
        for subject_id in subject_ids
    ]
    if rows:
        session.execute(insert(AuditRow), rows)


def subjects_since(
    session: Session,
    actor: Actor,
    action: str,
    subject: str,
    subject_ids: Collection[int],
    *,
    since: datetime,
) -> set[int]:
    """Which of these records the actor did the same to since then."""
    found = session.scalars(
        select(AuditRow.subject_id).where(
            AuditRow.subject == subject,
            AuditRow.subject_id.in_(subject_ids),
            AuditRow.at >= since,
            AuditRow.actor == actor.label,
            AuditRow.action == action,
        )
    )
    return set(found.all())

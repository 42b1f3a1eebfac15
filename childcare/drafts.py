"""Answers of a form that is not finished yet: a row, so that a restart forgets nothing.

One person fills in one form at a time, from one chat; beginning another replaces it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, Index, delete, select
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from childcare.actors import Actor
from childcare.db import Base

KEEP = timedelta(days=7)


class DraftRow(Base):
    __tablename__ = "draft"
    __table_args__ = (Index("ix_draft_changed_at", "changed_at"),)

    guardian_id: Mapped[int] = mapped_column(ForeignKey("guardian.id"), primary_key=True)
    form: Mapped[str]
    answers: Mapped[dict[str, Any]] = mapped_column(JSONB)
    changed_at: Mapped[datetime]


@dataclass(frozen=True)
class Draft:
    """The form's name and what was answered so far, in JSON's types."""

    form: str
    answers: Mapping[str, Any]


def find_draft(session: Session, actor: Actor) -> Draft | None:
    """The form that the actor is filling in."""
    actor.own_family()
    row = session.execute(
        select(DraftRow.form, DraftRow.answers).where(DraftRow.guardian_id == actor.id)
    ).one_or_none()
    return Draft(row.form, row.answers) if row else None


def keep(
    session: Session, actor: Actor, *, form: str, answers: Mapping[str, Any], now: datetime
) -> None:
    """Write what was answered so far; another form's draft is replaced."""
    actor.own_family()
    row = insert(DraftRow).values(
        guardian_id=actor.id, form=form, answers=dict(answers), changed_at=now
    )
    session.execute(
        row.on_conflict_do_update(
            index_elements=["guardian_id"],
            set_={name: row.excluded[name] for name in ("form", "answers", "changed_at")},
        )
    )


def drop(session: Session, actor: Actor) -> bool:
    """Forget the draft; whether there was one."""
    actor.own_family()
    gone = session.execute(
        delete(DraftRow).where(DraftRow.guardian_id == actor.id).returning(DraftRow.guardian_id)
    )
    return gone.first() is not None


def sweep(session: Session, *, now: datetime) -> int:
    """Remove drafts nobody touched for `KEEP`; how many."""
    gone = session.execute(
        delete(DraftRow).where(DraftRow.changed_at < now - KEEP).returning(DraftRow.guardian_id)
    )
    return len(gone.all())

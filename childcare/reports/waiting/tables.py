"""The versions of an institution's published order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from childcare import waitlist
from childcare.actors import Actor
from childcare.reports.waiting.known import require_desk
from childcare.reports.who import Who, names_of
from childcare.waitlist import PriorityTable


@dataclass(frozen=True)
class Version:
    """One version, by whom, and from when until when it orders (None: no later one is known)."""

    table: PriorityTable
    who: Who
    until: datetime | None

    def is_in_force(self, now: datetime) -> bool:
        return self.table.effective_at <= now and (self.until is None or now < self.until)

    def is_coming(self, now: datetime) -> bool:
        return self.table.effective_at > now


def versions(session: Session, actor: Actor, *, institution_id: int) -> Sequence[Version]:
    """Every version, the newest first. Raises `NotFound`, `Forbidden`."""
    require_desk(actor, institution_id)
    tables = waitlist.tables_of(session, institution_id)
    who = names_of(session, {table.published_by for table in tables}, family_ids=())
    later = [None, *(table.effective_at for table in tables)]
    return [
        Version(table, who[table.published_by], until)
        for table, until in zip(tables, later, strict=False)
    ]

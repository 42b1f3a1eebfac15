"""Why somebody stood where they stood at a past moment: the table, the proofs, the grants of then.

Everything that orders is dated, so that the answer is the same however much later it is asked.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from childcare import clock, waitlist
from childcare.enrolments import Enrolment
from childcare.waitlist import Choice, PriorityTable, Proof, WaitlistEntry, order
from childcare.waitlist.order import GRANT, Criterion


@dataclass(frozen=True)
class Reasons:
    """Which criteria counted for an entry at some moment, the weightiest first, and since when it
    waited on that list."""

    since: datetime
    priority: int
    codes: Sequence[str]
    table: PriorityTable | None


class Then:
    """What is needed to answer for some entries at one institution at any moment, read once."""

    def __init__(
        self, session: Session, institution_id: int, entries: Collection[WaitlistEntry]
    ) -> None:
        self._entries = {entry.id: entry for entry in entries}
        families = {entry.family_id for entry in entries}
        self.tables = waitlist.tables_of(session, institution_id)
        choices = session.scalars(
            select(Choice).where(
                Choice.entry_id.in_(self._entries), Choice.institution_id == institution_id
            )
        ).all()
        self._since = {choice.entry_id: choice.joined_at for choice in choices}
        self._granted = {choice.entry_id for choice in choices if choice.granted_by is not None}
        self._proofs = session.scalars(
            select(Proof).where(
                Proof.institution_id == institution_id, Proof.family_id.in_(families)
            )
        ).all()
        self._siblings = session.scalars(
            select(Enrolment).where(
                Enrolment.institution_id == institution_id,
                Enrolment.family_id.in_(families),
                Enrolment.state.in_(("active", "ended")),
            )
        ).all()

    def table(self, at: datetime) -> PriorityTable | None:
        return next((one for one in self.tables if one.effective_at <= at), None)

    def of(self, entry_id: int, at: datetime) -> Reasons:
        entry, table = self._entries[entry_id], self.table(at)
        points = order.points_of(table)
        shown = {
            proof.criterion
            for proof in self._proofs
            if proof.family_id == entry.family_id
            and proof.recorded_at <= at
            and (proof.withdrawn_at is None or proof.withdrawn_at > at)
        }
        if self._has_sibling(entry, at):
            shown.add(Criterion.SIBLING_ENROLLED)
        weights = {code: points[code] for code in shown if code in points}
        if entry_id in self._granted:
            weights[Criterion.INSTITUTION_CANCELLED] = GRANT
        codes = sorted(weights, key=lambda code: -weights[code])
        since = self._since.get(entry_id, entry.joined_at)
        return Reasons(since, max(weights.values(), default=0), codes, table)

    def _has_sibling(self, entry: WaitlistEntry, at: datetime) -> bool:
        on = clock.today(at)
        return any(
            made.family_id == entry.family_id
            and made.child_id != entry.child_id
            and made.created_at <= at
            and (made.ends_on is None or made.ends_on >= on)
            for made in self._siblings
        )


def key_of(entry: WaitlistEntry, reasons: Reasons) -> tuple[int, datetime, int]:
    """What ordered: priority high to low, then time of entry, then id."""
    return (-reasons.priority, reasons.since, entry.id)

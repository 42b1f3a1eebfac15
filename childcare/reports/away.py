"""Absences declared for days that were not opened yet: lines of the log of their own.

For an opened day the stay's own event says who declared what. Opening a day later only applies what
was declared, and nobody does anything then.
"""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from childcare import clock
from childcare.enrolments import Absence, Enrolment
from childcare.reports.lines import Entry, Subject, Wanted, by, within
from childcare.stays import Stay, StayEvent

SOURCE = "absence"


def absence_entries(session: Session, wanted: Wanted) -> Sequence[Entry]:
    """Declarations for children enrolled at an institution that no event of a stay speaks of."""
    if Subject.ABSENCES not in wanted.subjects:
        return []
    enrolled = select(Enrolment.child_id).where(
        Enrolment.institution_id == wanted.institution_id,
        Enrolment.child_id == Absence.child_id,
        Enrolment.from_on <= Absence.to_on,
        Enrolment.ends_on.is_(None) | (Enrolment.ends_on >= Absence.from_on),
    )
    told = (
        select(StayEvent.id)
        .join(Stay, Stay.id == StayEvent.stay_id)
        .where(
            Stay.institution_id == wanted.institution_id,
            Stay.child_id == Absence.child_id,
            Stay.on.between(Absence.from_on, Absence.to_on),
            StayEvent.facts["absence_id"].as_integer() == Absence.id,
        )
    )
    query = select(Absence).where(
        enrolled.exists(),
        ~told.exists(),
        *([] if wanted.child_id is None else [Absence.child_id == wanted.child_id]),
        *within(wanted, SOURCE, Absence.declared_at, Absence.id),
        *by(wanted, Absence.declared_by),
    )
    newest = query.order_by(Absence.declared_at.desc(), Absence.id.desc())
    return [_entry(made) for made in session.scalars(newest.limit(wanted.limit + 1))]


def _entry(made: Absence) -> Entry:
    hours = None
    if made.starts is not None and made.ends is not None:
        hours = clock.span(made.from_on, made.starts // 30, made.ends // 30)
    return Entry(
        at=made.declared_at,
        source=SOURCE,
        id=made.id,
        actor=made.declared_by,
        action="expected" if hours else "absent",
        why="absent-in-part" if hours else "absent",
        said=made.reason,
        was="expected",
        child_id=made.child_id,
        on=made.from_on,
        to_on=made.to_on,
        hours=hours,
        subject_id=made.id,
    )

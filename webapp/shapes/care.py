"""Absences and enrolments."""

from sqlalchemy.orm import Session
from typing_extensions import TypedDict

from childcare import enrolments
from childcare.enrolments import Absence, Enrolment
from webapp.shapes.moments import hhmm, instant, maybe_hhmm, maybe_instant


class AbsenceShape(TypedDict):
    """A child stays away: whole days, or `start`-`end` of each. Taken back: `withdrawn_at`."""

    id: int
    child_id: int
    from_date: str
    to_date: str
    start: str | None
    end: str | None
    reason: str
    declared_at: str
    withdrawn_at: str | None


class AbsenceList(TypedDict):
    """Absences that reach today or later."""

    items: list[AbsenceShape]
    next: str | None


class EnrolmentShape(TypedDict):
    """Long-term care on weekdays (Monday 1). `price_fen` is a month's."""

    id: int
    state: str
    child_id: int
    institution_id: int
    care_form: str
    day_part: str
    weekdays: list[int]
    start: str
    end: str
    from_date: str
    to_date: str | None
    price_fen: int
    first_month_fen: int
    last_month_fen: int | None


class EnrolmentList(TypedDict):
    """All of a family's enrolments, oldest first."""

    items: list[EnrolmentShape]
    next: str | None


def absence(found: Absence) -> AbsenceShape:
    return {
        "id": found.id,
        "child_id": found.child_id,
        "from_date": found.from_on.isoformat(),
        "to_date": found.to_on.isoformat(),
        "start": maybe_hhmm(found.starts),
        "end": maybe_hhmm(found.ends),
        "reason": found.reason,
        "declared_at": instant(found.declared_at),
        "withdrawn_at": maybe_instant(found.withdrawn_at),
    }


def enrolment(session: Session, found: Enrolment) -> EnrolmentShape:
    return {
        "id": found.id,
        "state": found.state,
        "child_id": found.child_id,
        "institution_id": found.institution_id,
        "care_form": found.form,
        "day_part": found.day_part,
        "weekdays": list(found.weekdays),
        "start": hhmm(found.starts),
        "end": hhmm(found.ends),
        "from_date": found.from_on.isoformat(),
        "to_date": found.ends_on.isoformat() if found.ends_on else None,
        "price_fen": found.price_fen,
        "first_month_fen": enrolments.first_month_fee(session, found),
        "last_month_fen": enrolments.last_month_fee(session, found),
    }

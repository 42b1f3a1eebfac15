"""Where the lines of an institution's log come from: the events of stays, and the audit."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from childcare.audit import AuditRow
from childcare.bookings import UNDONE, Booking
from childcare.enrolments import Absence, Enrolment
from childcare.reports.lines import Entry, Subject, Wanted, by, within
from childcare.schedule import Closure
from childcare.stays import Stay, StayEvent

# Nothing happens to a stay later than this after its day: objections end after 48 hours.
STAYS_SETTLE = timedelta(days=7)
ABSENCES = ("absent", "absent-in-part", "taken-back", "did-not-come", "came-after-all")
ROUTINE = ("opened", "enrolled")
# The lists say the same of an offer, with what came of it.
OFFERS = ("offered", "offer-accepted", "offer-ended")
DOOR = ("checked_in", "completed", "no_show")


def stay_entries(session: Session, wanted: Wanted) -> Sequence[Entry]:
    """What was done to the stays of an institution."""
    # Opening a day applies what somebody declared, which is a line of its own (`away`).
    applied = (StayEvent.why == "absent") & StayEvent.from_state.is_(None)
    absent = StayEvent.why.in_(ABSENCES) & ~applied
    door = (StayEvent.to_state.in_(DOOR) | (StayEvent.why == UNDONE)) & ~absent
    routine = StayEvent.why.in_(ROUTINE) | applied
    kinds = {
        Subject.ABSENCES: absent,
        Subject.DOOR: door,
        Subject.ROUTINE: routine,
        Subject.BOOKINGS: ~absent & ~door & ~routine,
    }
    chosen = [kinds[subject] for subject in wanted.subjects if subject in kinds]
    if not chosen:
        return []
    query = (
        select(StayEvent, Stay, Booking.code, Booking.objection)
        .join(Stay, Stay.id == StayEvent.stay_id)
        .outerjoin(Booking, Booking.stay_id == Stay.id)
        .where(
            Stay.institution_id == wanted.institution_id,
            Stay.on >= wanted.from_on - STAYS_SETTLE,
            or_(*chosen),
            *([StayEvent.why.not_in(OFFERS)] if Subject.WAITLIST in wanted.subjects else []),
            *([] if wanted.child_id is None else [Stay.child_id == wanted.child_id]),
            *within(wanted, "stay", StayEvent.at, StayEvent.id),
            *by(wanted, StayEvent.actor),
        )
    )
    newest = query.order_by(StayEvent.at.desc(), StayEvent.id.desc()).limit(wanted.limit + 1)
    rows = session.execute(newest).all()
    reasons = _reasons(session, [row[0] for row in rows])
    return [
        _of_stay(event, stay, code, (objection if event.why == "objection" else None) or said)
        for event, stay, code, objection in rows
        for said in [reasons.get(_absence_id(event), "")]
    ]


def _absence_id(event: StayEvent) -> int:
    found = event.facts.get("absence_id")
    return found if isinstance(found, int) else 0


def _reasons(session: Session, events: Sequence[StayEvent]) -> dict[int, str]:
    """Why children stayed away, by the id of the absence."""
    ids = {_absence_id(event) for event in events}
    rows = session.execute(select(Absence.id, Absence.reason).where(Absence.id.in_(ids)))
    return {row.id: row.reason for row in rows}


def _of_stay(event: StayEvent, stay: Stay, code: str | None, said: str) -> Entry:
    return Entry(
        at=event.at,
        source="stay",
        id=event.id,
        actor=event.actor,
        action=event.to_state,
        why=event.why,
        said=said,
        was=event.from_state,
        facts=event.facts,
        child_id=stay.child_id,
        class_id=stay.class_id,
        on=stay.on,
        code=code or "",
        hours=stay.during,
        subject_id=stay.id,
    )


_PLANNED = ("class_group", "closure", "dated_opening")
_BOOKED = ("booking", "enrolment")


def audit_entries(session: Session, wanted: Wanted) -> Sequence[Entry]:
    """What else was done: closures, shifts, enrolments, fees, people, looks at records."""
    look = and_(AuditRow.action == "read", AuditRow.subject == "child")
    planned, booked = AuditRow.subject.in_(_PLANNED), AuditRow.subject.in_(_BOOKED)
    kinds = {
        Subject.LOOKS: look,
        Subject.PLANNING: planned,
        Subject.BOOKINGS: booked,
        Subject.PEOPLE: ~look & ~planned & ~booked,
    }
    chosen = [kinds[subject] for subject in wanted.subjects if subject in kinds]
    if not chosen:
        return []
    query = select(AuditRow).where(
        AuditRow.institution_id == wanted.institution_id,
        or_(*chosen),
        *([] if wanted.child_id is None else [_about(wanted.child_id)]),
        *within(wanted, "audit", AuditRow.at, AuditRow.id),
        *by(wanted, AuditRow.actor),
    )
    newest = query.order_by(AuditRow.at.desc(), AuditRow.id.desc()).limit(wanted.limit + 1)
    return _resolved(session, session.scalars(newest).all())


def _about(child_id: int) -> ColumnElement[bool]:
    enrolled = select(Enrolment.id).where(Enrolment.child_id == child_id)
    booked = select(Booking.id).where(Booking.child_id == child_id)
    return or_(
        (AuditRow.subject == "child") & (AuditRow.subject_id == child_id),
        (AuditRow.subject == "enrolment") & AuditRow.subject_id.in_(enrolled),
        (AuditRow.subject == "booking") & AuditRow.subject_id.in_(booked),
    )


def _resolved(session: Session, rows: Sequence[AuditRow]) -> list[Entry]:
    ids: dict[str, list[int]] = {}
    for row in rows:
        ids.setdefault(row.subject, []).append(row.subject_id)
    enrolled = session.execute(
        select(Enrolment.id, Enrolment.child_id).where(Enrolment.id.in_(ids.get("enrolment", [])))
    )
    booked = session.execute(
        select(Booking.id, Booking.child_id, Booking.code).where(
            Booking.id.in_(ids.get("booking", []))
        )
    )
    closed = session.execute(
        select(Closure.id, Closure.class_id, Closure.reason, Closure.from_on, Closure.to_on).where(
            Closure.id.in_(ids.get("closure", []))
        )
    )
    known: dict[tuple[str, int], dict[str, Any]] = {
        **{("enrolment", row.id): {"child_id": row.child_id} for row in enrolled},
        **{("booking", r.id): {"child_id": r.child_id, "code": r.code} for r in booked},
        **{
            ("closure", row.id): {
                "class_id": row.class_id,
                "why": row.reason,
                "facts": {"from_on": row.from_on.isoformat(), "to_on": row.to_on.isoformat()},
            }
            for row in closed
        },
    }
    return [_of_audit(row, known.get((row.subject, row.subject_id), {})) for row in rows]


def _of_audit(row: AuditRow, known: Mapping[str, Any]) -> Entry:
    reason = row.facts.get("reason")
    day = row.facts.get("on")
    found = Entry(
        at=row.at,
        source="audit",
        id=row.id,
        actor=row.actor,
        action=f"{row.subject}.{row.action}",
        why=reason if isinstance(reason, str) else "",
        facts=row.facts,
        child_id=row.subject_id if row.subject == "child" else None,
        class_id=row.subject_id if row.subject == "class_group" else None,
        on=date.fromisoformat(day) if isinstance(day, str) else None,
        subject_id=row.subject_id,
        about=f"staff:{row.subject_id}" if row.subject == "staff" else "",
    )
    return replace(found, **known)

"""Enrolling a child beside the lists, by a director: there is one queue, so who waits is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from childcare import enrolments
from childcare.actors import Actor
from childcare.enrolments import Enrolment, Segment
from childcare.errors import Malformed
from childcare.institutions import CareForm, DayPart
from childcare.waitlist import log
from childcare.waitlist.models import Happened, Wish


@dataclass(frozen=True)
class Place:
    """A long-term place: of which form, on which weekdays, from when."""

    institution_id: int
    form: CareForm
    weekdays: tuple[int, ...]
    day_part: DayPart
    from_on: date


def enrol(
    session: Session, actor: Actor, *, child_id: int, place: Place, reason: str, now: datetime
) -> Enrolment:
    """As `enrolments.enrol`; where others wait for a long-term place in that class, by a reason
    that they read, as for an offer out of order.

    Raises `Malformed` without one.
    """
    made = enrolments.enrol(
        session,
        actor,
        child_id=child_id,
        institution_id=place.institution_id,
        form=place.form,
        weekdays=place.weekdays,
        day_part=place.day_part,
        from_on=place.from_on,
        now=now,
    )
    passed = _waiting(session, made)
    if passed and not reason.strip():
        raise Malformed("reason", "required")
    for entry_id in passed:
        log.write(
            session,
            actor,
            entry_id,
            Happened.PASSED_OVER,
            now=now,
            institution_id=place.institution_id,
            why="out-of-order",
            facts={"reason": reason.strip()[:500], "on": place.from_on.isoformat()},
        )
    return made


def _waiting(session: Session, made: Enrolment) -> Sequence[int]:
    """The entries of other children for long-term places in the classes of an enrolment."""
    classes = select(Segment.class_id).where(Segment.enrolment_id == made.id)
    entries = select(Wish.entry_id).where(
        Wish.class_id.in_(classes),
        Wish.live,
        Wish.from_on.is_not(None),
        Wish.child_id != made.child_id,
    )
    return session.scalars(entries.distinct().order_by(Wish.entry_id)).all()

"""Enrolments as people and the day's opening look at them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from childcare.actors import DESK, Actor, Kind
from childcare.db import one
from childcare.enrolments.models import Enrolment, Segment
from childcare.errors import NotFound

AGREED = ("active", "ended")


def enrolment(session: Session, actor: Actor, enrolment_id: int) -> Enrolment:
    """One of the family's, or of an institution whose desk the actor serves; else `NotFound`."""
    found = one(session, select(Enrolment).where(Enrolment.id == enrolment_id))
    is_own = actor.kind is Kind.SYSTEM or actor.is_of_family(found.family_id)
    if not is_own and not actor.may(found.institution_id, *DESK):
        raise NotFound
    return found


def enrolments_of(session: Session, actor: Actor) -> Sequence[Enrolment]:
    """The family's agreed enrolments, running or ended."""
    mine = select(Enrolment).where(
        Enrolment.family_id == actor.own_family(), Enrolment.state.in_(AGREED)
    )
    return session.scalars(mine.order_by(Enrolment.id)).all()


@dataclass(frozen=True)
class Due:
    """An enrolment lived in a class from one date to another, both included."""

    enrolment: Enrolment
    class_id: int
    from_on: date
    until_on: date

    def comes(self, class_id: int, on: date, weekday: int) -> bool:
        """Whether the child should come to that class on a date that runs `weekday`."""
        is_lived = self.class_id == class_id and self.from_on <= on <= self.until_on
        return is_lived and weekday in self.enrolment.weekdays


def enrolled_between(
    session: Session, class_ids: Sequence[int], from_on: date, to_on: date
) -> dict[int, int]:
    """Family by child of all who are enrolled in these classes on any weekday of a range."""
    rows = session.execute(
        select(Enrolment.child_id, Enrolment.family_id)
        .join(Segment, Segment.enrolment_id == Enrolment.id)
        .where(
            Segment.class_id.in_(class_ids),
            Segment.from_on <= to_on,
            Segment.until_on >= from_on,
        )
    )
    return {row.child_id: row.family_id for row in rows}


def due_between(
    session: Session, class_ids: Sequence[int], from_on: date, to_on: date
) -> list[Due]:
    """The enrolments lived in these classes at any time of a range, by enrolment id."""
    rows = session.execute(
        select(Enrolment, Segment.class_id, Segment.from_on, Segment.until_on)
        .join(Segment, Segment.enrolment_id == Enrolment.id)
        .where(
            Segment.class_id.in_(class_ids),
            Segment.from_on <= to_on,
            Segment.until_on >= from_on,
        )
        .order_by(Enrolment.id)
    )
    return [Due(*row) for row in rows]

"""A long-term place kept for somebody who waits for one, until it is accepted or not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from childcare import audit, capacity, clock, institutions, outbox, stays
from childcare.actors import SYSTEM, Actor
from childcare.db import lock
from childcare.enrolments.commands import (
    Taking,
    cut_plan,
    keep_access,
    place,
    sold,
    tell_lists,
    write,
)
from childcare.enrolments.models import Enrolment
from childcare.institutions import CareForm, ClassGroup, DayPart
from childcare.outbox import Urgency
from childcare.people import Child
from childcare.stays import State, Stay


@dataclass(frozen=True)
class Application:
    """Long-term care as a family asks for it, from a day on."""

    institution_id: int
    form: CareForm
    day_part: DayPart
    weekdays: tuple[int, ...]
    from_on: date


def offer(
    session: Session, child: Child, asked: Application, *, ends_at: datetime, now: datetime
) -> Enrolment:
    """Keep a place until `ends_at`: every opened day from its start, and the plan beyond.

    The child may be elsewhere meanwhile. Raises `NoPlace`, `NotOffered`, `NoClassForAge`. The
    caller undoes it (a savepoint) where it is refused.
    """
    offering = sold(session, asked.institution_id, asked.form, asked.day_part, asked.from_on)
    groups = institutions.classes_of(session, asked.institution_id)
    lock(session, ClassGroup, [group.id for group in groups])
    made = write(session, child, offering, list(asked.weekdays), asked.from_on, now)
    made.state = "offered"
    place(session, made, child, Taking(SYSTEM, now, State.OFFERED, stays.OFFER, ends_at))
    session.flush()
    return made


def stays_offered(session: Session, enrolment_id: int) -> Sequence[int]:
    """The ids of the stays that an offered enrolment keeps."""
    kept = select(Stay.id).where(Stay.enrolment_id == enrolment_id, Stay.state == State.OFFERED)
    return session.scalars(kept).all()


def accept_offered(
    session: Session, actor: Actor, made: Enrolment, kept: Sequence[Stay], *, now: datetime
) -> None:
    """Make an offered enrolment, its stays locked, active. Raises `ChildElsewhere`.

    The caller holds the Family lock.
    """
    wished = [period for stay in kept for period in stay.holds]
    with capacity.looking_at([stay.day_id for stay in kept], made.child_id):
        stays.require_child_free(session, made.child_id, wished)
    for stay in kept:
        stay.source, stay.ends_at = "enrolment", None
        stays.become(session, actor, stay, State.EXPECTED, now=now, why="offer-accepted")
    made.state = "active"
    session.flush()
    keep_access(session, made.child_id, made.institution_id, clock.today(now))
    tell_lists(session, made, now=now)
    facts, key, urgency = {"enrolment_id": made.id, "by": actor.id}, str(made.id), Urgency.URGENT
    outbox.publish(session, "enrolled", facts, key=key, now=now, urgency=urgency)
    where = made.institution_id
    audit.record(session, actor, "enrolled", "enrolment", made.id, now=now, institution_id=where)


def refuse_offered(
    session: Session,
    actor: Actor,
    made: Enrolment,
    kept: Sequence[Stay],
    *,
    to: State,
    round_id: int,
    now: datetime,
) -> None:
    """An offered enrolment, its stays locked, was not accepted: all it kept is free again."""
    for stay in kept:
        stays.become(session, actor, stay, to, now=now, why="offer-ended")
        stays.give_back(session, stay, stay.slots(), now=now, round_id=round_id)
    cut_plan(session, made, made.from_on - timedelta(days=1), round_id=round_id)
    made.state = "refused"
    session.flush()

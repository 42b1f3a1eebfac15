"""Enrolling and ending: what takes the slots of opened days and reserves the plan beyond."""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql.ranges import MultiRange
from sqlalchemy.orm import Session

from childcare import ages, audit, capacity, clock, freed, institutions, outbox, people, stays
from childcare.actors import Actor, Kind, Role
from childcare.capacity import ClassDay
from childcare.db import lock
from childcare.enrolments import room
from childcare.enrolments.models import Enrolment, Segment
from childcare.enrolments.queries import AGREED
from childcare.enrolments.queries import enrolment as load
from childcare.errors import DomainError, Malformed
from childcare.freed import Freed
from childcare.institutions import (
    LONG_TERM,
    CareForm,
    ClassGroup,
    DayPart,
    NoClassForAge,
    NotOffered,
    Offering,
    Unit,
)
from childcare.people import Child, Family
from childcare.stays import State, Stay, WrongState

LONGEST = timedelta(days=3 * 366)
ENDED = "enrolment-ended"  # why places came free


def enrol(
    session: Session,
    actor: Actor,
    *,
    child_id: int,
    institution_id: int,
    form: CareForm,
    weekdays: Sequence[int],
    day_part: DayPart,
    from_on: date,
    now: datetime,
) -> Enrolment:
    """Give a child a long-term place, by a director or the system.

    Takes every opened day from `from_on` and needs room in the plan beyond. Raises `NoPlace` naming
    the first full day, `ChildElsewhere`, `NotOffered`, `NoClassForAge`, `Malformed`.
    """
    actor.require(institution_id, Role.DIRECTOR)
    child = people.child(session, actor, child_id)
    days = checked_weekdays(weekdays)
    if from_on < clock.today(now):
        raise Malformed("from_on", "in-the-past")
    offering = sold(session, institution_id, form, day_part, from_on)
    lock(session, Family, [child.family_id])
    lock(session, ClassGroup, [g.id for g in institutions.classes_of(session, institution_id)])
    made = write(session, child, offering, days, from_on, now)
    with capacity.looking_at(_days_sought(session, made), child.id):
        place(session, made, child, Taking(actor, now))
    keep_access(session, child.id, institution_id, clock.today(now))
    tell_lists(session, made, now=now)
    audit.record(
        session, actor, "enrolled", "enrolment", made.id, now=now, institution_id=institution_id
    )
    return made


def checked_weekdays(weekdays: Sequence[int]) -> list[int]:
    """ISO weekdays in order. Raises `Malformed`."""
    days = sorted(set(weekdays))
    if not days or not set(days) <= set(range(1, 8)):
        raise Malformed("weekdays", "one-to-seven")
    return days


def write(
    session: Session,
    child: Child,
    offering: Offering,
    weekdays: list[int],
    from_on: date,
    now: datetime,
) -> Enrolment:
    """Write the contract, without a place yet."""
    made = Enrolment(
        family_id=child.family_id,
        child_id=child.id,
        institution_id=offering.institution_id,
        form=offering.form,
        day_part=offering.day_part,
        weekdays=weekdays,
        starts=offering.starts,
        ends=offering.ends,
        offering_id=offering.id,
        price_fen=offering.price_fen,
        from_on=from_on,
        created_at=now,
    )
    session.add(made)
    session.flush()
    return made


def sold(
    session: Session, institution_id: int, form: CareForm, day_part: DayPart, on: date
) -> Offering:
    """What is sold long-term on a day. Raises `Malformed`, `NotOffered`."""
    if form not in LONG_TERM or (form is CareForm.FULL_DAY) != (day_part is DayPart.FULL):
        raise Malformed("form", "not-long-term" if form not in LONG_TERM else "day-part-differs")
    for offering in institutions.offerings_on(session, institution_id, on):
        if (offering.form, offering.unit, offering.day_part) == (form, Unit.MONTH, day_part):
            return offering
    raise NotOffered


def _days_sought(session: Session, made: Enrolment) -> Sequence[int]:
    query = select(ClassDay.id).where(
        ClassDay.institution_id == made.institution_id, ClassDay.on >= made.from_on
    )
    return session.scalars(query).all()


@dataclass(frozen=True)
class Taking:
    """Who takes the opened days, when, and as what; an offer's stays end at `ends_at`."""

    actor: Actor
    now: datetime
    state: State = State.EXPECTED
    source: str = "enrolment"
    ends_at: datetime | None = None


def place(session: Session, made: Enrolment, child: Child, taking: Taking) -> None:
    """Write the segments, the first of which must have room; then take its opened days."""
    first, problems = _next_segment(session, made, child, made.from_on, taking.now)
    if first is None:
        months = ages.months_on(child.born_on, made.from_on)
        raise problems[0] if problems else NoClassForAge(months=months)
    segments: list[Segment] = []
    following: Segment | None = first
    while following:
        segments.append(following)
        cursor = following.until_on + timedelta(days=1)
        following, _ = _next_segment(session, made, child, cursor, taking.now)
    session.add_all(segments)
    session.flush()
    for segment in segments:
        _take_opened_days(session, made, segment, taking)


def _next_segment(
    session: Session, made: Enrolment, child: Child, from_on: date, now: datetime
) -> tuple[Segment | None, list[DomainError]]:
    """The first class, narrowest ages first, with room from a date on, else why each has none."""
    months = ages.months_on(child.born_on, from_on)
    try:
        groups = institutions.classes_for(session, made.institution_id, months=months)
    except NoClassForAge:
        return None, []
    problems: list[DomainError] = []
    for group in groups:
        until_on = _month_end(ages.turns_on(child.born_on, group.to_months + 1) - timedelta(days=1))
        segment = Segment(
            enrolment_id=made.id, class_id=group.id, from_on=from_on, until_on=until_on
        )
        problem = room.problem(session, made, group, segment, now=now)
        if problem is None:
            return segment, []
        problems.append(problem)
    return None, problems


def _month_end(on: date) -> date:
    """A child may finish the calendar month in which it leaves a band (default)."""
    return on.replace(day=calendar.monthrange(on.year, on.month)[1])


def _take_opened_days(session: Session, made: Enrolment, segment: Segment, taking: Taking) -> None:
    group = session.get_one(ClassGroup, segment.class_id)
    take = capacity.take_for_offer if taking.source == stays.OFFER else capacity.take
    for day in room.opened_days(session, made, segment):
        slots = room.slots_left(made, day, now=taking.now)
        if not slots:
            continue
        during = clock.span(day.on, slots[0], slots[-1] + 1)
        if taking.source != stays.OFFER:
            stays.require_child_free(session, made.child_id, [during])
        if not take(session, day.id, slots):
            session.refresh(day)
            raise capacity.refusal(session, day, group, slots)
        _write_stay(session, made, day, during, taking)


def _write_stay(
    session: Session, made: Enrolment, day: ClassDay, during: clock.Period, taking: Taking
) -> None:
    stay = Stay(
        institution_id=made.institution_id,
        class_id=day.class_id,
        day_id=day.id,
        on=day.on,
        family_id=made.family_id,
        child_id=made.child_id,
        source=taking.source,
        enrolment_id=made.id,
        state=taking.state,
        during=during,
        holds=MultiRange([during]),
        ends_at=taking.ends_at,
        created_at=taking.now,
    )
    session.add(stay)
    session.flush()
    why = "offered" if taking.source == stays.OFFER else "enrolled"
    stays.note(session, taking.actor, stay.id, was=None, to=taking.state, now=taking.now, why=why)


def end(session: Session, actor: Actor, *, enrolment_id: int, on: date, now: datetime) -> Enrolment:
    """The last day of an enrolment is `on`; later stays are cancelled and their places freed.

    By a guardian of the family or a director. Ending what ends by then already changes nothing.
    Raises `Malformed` for a day in the past, `WrongState` for what was never agreed.
    """
    found = load(session, actor, enrolment_id)
    if actor.kind is not Kind.GUARDIAN:
        actor.require(found.institution_id, Role.DIRECTOR)
    if on < clock.today(now):
        raise Malformed("on", "in-the-past")
    lock(session, Family, [found.family_id])
    session.refresh(found)
    if found.state not in AGREED:
        raise WrongState(state=found.state)
    if found.ends_on is not None and found.ends_on <= on:
        return found
    _cut_after(session, actor, found, on, now)
    found.ends_on, found.state = max(on, found.from_on), "ended"
    keep_access(session, found.child_id, found.institution_id, clock.today(now))
    tell_lists(session, found, now=now)
    audit.record(
        session,
        actor,
        "ended",
        "enrolment",
        found.id,
        now=now,
        institution_id=found.institution_id,
        facts={"on": on.isoformat()},
    )
    session.flush()
    return found


def tell_lists(session: Session, made: Enrolment, *, now: datetime) -> None:
    """The family's other children may come earlier on that institution's lists now, and no more
    once the last day is over."""
    facts = {"institution_id": made.institution_id, "family_id": made.family_id}
    over_at = clock.midnight(made.ends_on + timedelta(days=1)) if made.ends_on else now
    for due_at in {now, max(over_at, now)}:
        key = f"{made.id}:{made.state}:{due_at.timestamp():.6f}"
        outbox.publish(session, "refresh-priorities", facts, key=key, now=now, due_at=due_at)


def keep_access(session: Session, child_id: int, institution_id: int, today: date) -> None:
    """Staff may read the child a while beyond its last day there, planned or booked, or today."""
    planned = session.scalar(
        select(func.max(Segment.until_on))
        .join(Enrolment, Enrolment.id == Segment.enrolment_id)
        .where(Enrolment.child_id == child_id, Enrolment.institution_id == institution_id)
    )
    booked = session.scalar(
        select(func.max(Stay.on)).where(
            Stay.child_id == child_id,
            Stay.institution_id == institution_id,
            Stay.state != State.CANCELLED,
        )
    )
    last = max(day for day in (planned, booked, today) if day is not None)
    people.admit_until(
        session,
        child_id=child_id,
        institution_id=institution_id,
        until=last + people.RECORD_STAYS_OPEN,
    )


def _cut_after(session: Session, actor: Actor, found: Enrolment, on: date, now: datetime) -> None:
    """Cancel the stays after a day and end the segments with it."""
    later = session.scalars(
        select(Stay.id).where(
            Stay.enrolment_id == found.id,
            Stay.on > on,
            Stay.state.in_((State.EXPECTED, State.ABSENT)),
        )
    ).all()
    for stay in stays.locked(session, later):
        stays.leave(session, actor, stay, State.CANCELLED, now=now, why=ENDED)
    cut_plan(session, found, on)


def cut_plan(session: Session, found: Enrolment, on: date, *, round_id: int | None = None) -> None:
    """End an enrolment's segments with a day; the plan of their classes has room again."""
    cut = session.scalars(
        select(Segment).where(Segment.enrolment_id == found.id, Segment.until_on > on)
    ).all()
    for segment in cut:
        place = Freed(ENDED, class_id=segment.class_id, round_id=round_id)
        freed.note(session, place)
        if segment.from_on > on:
            session.delete(segment)
        else:
            segment.until_on = on
    session.flush()

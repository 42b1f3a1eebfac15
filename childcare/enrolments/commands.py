"""Enrolling and ending: what takes the slots of opened days and reserves the plan beyond."""

import calendar
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql.ranges import MultiRange
from sqlalchemy.orm import Session

from childcare import ages, audit, capacity, clock, institutions, people, schedule, stays
from childcare.actors import Actor, Kind, Role
from childcare.capacity import ClassDay, NoPlace, Scope
from childcare.db import lock
from childcare.enrolments.models import Enrolment, Segment
from childcare.enrolments.queries import enrolment as load
from childcare.errors import Malformed
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
from childcare.stays import State, Stay

LONGEST = timedelta(days=3 * 366)


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
    days = _weekdays(weekdays)
    if from_on < clock.today(now):
        raise Malformed("from_on", "in-the-past")
    offering = _offering(session, institution_id, form, day_part, from_on)
    lock(session, Family, [child.family_id])
    lock(session, ClassGroup, [g.id for g in institutions.classes_of(session, institution_id)])
    made = _write(session, child, offering, days, from_on, now)
    _place(session, actor, made, child, now)
    people.admit(session, child_id=child.id, institution_id=institution_id, until=date.max)
    audit.record(
        session, actor, "enrolled", "enrolment", made.id, now=now, institution_id=institution_id
    )
    return made


def _weekdays(weekdays: Sequence[int]) -> list[int]:
    days = sorted(set(weekdays))
    if not days or not set(days) <= set(range(1, 8)):
        raise Malformed("weekdays", "one-to-seven")
    return days


def _write(
    session: Session,
    child: Child,
    offering: Offering,
    weekdays: list[int],
    from_on: date,
    now: datetime,
) -> Enrolment:
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


def _offering(
    session: Session, institution_id: int, form: CareForm, day_part: DayPart, on: date
) -> Offering:
    if form not in LONG_TERM or (form is CareForm.FULL_DAY) != (day_part is DayPart.FULL):
        raise Malformed("form", "not-long-term" if form not in LONG_TERM else "day-part-differs")
    for offering in institutions.offerings_on(session, institution_id, on):
        if (offering.form, offering.unit, offering.day_part) == (form, Unit.MONTH, day_part):
            return offering
    raise NotOffered


def _place(session: Session, actor: Actor, made: Enrolment, child: Child, now: datetime) -> None:
    """Write the segments, the first of which must have room; then take its opened days."""
    first = _next_segment(session, made, child, made.from_on, required=True)
    if first is None:
        raise NoClassForAge(months=ages.months_on(child.born_on, made.from_on))
    segments, cursor = [first], first.until_on + timedelta(days=1)
    while following := _next_segment(session, made, child, cursor, required=False):
        segments.append(following)
        cursor = following.until_on + timedelta(days=1)
    session.add_all(segments)
    session.flush()
    for segment in segments:
        _take_opened_days(session, actor, made, segment, now)


def _next_segment(
    session: Session, made: Enrolment, child: Child, from_on: date, *, required: bool
) -> Segment | None:
    """The first class, narrowest ages first, with room in the plan from a date on.

    None where the plan ends; raises `NoPlace` instead where a segment is `required`.
    """
    months = ages.months_on(child.born_on, from_on)
    try:
        groups = institutions.classes_for(session, made.institution_id, months=months)
    except NoClassForAge:
        return None
    full: list[NoPlace] = []
    for group in groups:
        until_on = _month_end(ages.turns_on(child.born_on, group.to_months + 1) - timedelta(days=1))
        segment = Segment(
            enrolment_id=made.id, class_id=group.id, from_on=from_on, until_on=until_on
        )
        problem = _plan_problem(session, made, group, segment) or _opened_problem(
            session, made, group, segment
        )
        if problem is None:
            return segment
        full.append(problem)
    if required:
        raise full[0]
    return None


def _month_end(on: date) -> date:
    """A child may finish the calendar month in which it leaves a band (default)."""
    return on.replace(day=calendar.monthrange(on.year, on.month)[1])


def _plan_problem(
    session: Session, made: Enrolment, group: ClassGroup, segment: Segment
) -> NoPlace | None:
    """The first day beyond the opened ones on which min(places, class size) would be exceeded.

    The class is locked. The number planned changes only where a segment begins, so those days and
    the wished first one are looked at, per weekday and slot.
    """
    last_opened = session.scalar(select(func.max(ClassDay.on)).where(ClassDay.class_id == group.id))
    beyond = last_opened + timedelta(days=1) if last_opened else segment.from_on
    from_on = max(segment.from_on, beyond)
    rows = session.execute(
        select(Enrolment, Segment.from_on, Segment.until_on)
        .join(Segment, Segment.enrolment_id == Enrolment.id)
        .where(
            Segment.class_id == group.id,
            Segment.from_on <= segment.until_on,
            Segment.until_on >= from_on,
            Enrolment.id != made.id,
        )
    ).all()
    wished = set(made.slots())
    rivals = [row for row in rows if set(row.Enrolment.slots()) & wished]
    for on in sorted({from_on, *(max(r.from_on, from_on) for r in rivals)}):
        there = [row.Enrolment for row in rivals if row.from_on <= on <= row.until_on]
        if _peak(there, made.weekdays, wished) >= group.most:
            return NoPlace(
                on=on,
                start=clock.hhmm(min(wished)),
                end=clock.hhmm(max(wished) + 1),
                class_id=group.id,
                class_name=group.name,
                class_name_en=group.name_en or group.name,
                reason="full",
            )
    return None


def _peak(there: Sequence[Enrolment], weekdays: Iterable[int], slots: Iterable[int]) -> int:
    """The most enrolled children in any one of these weekdays' slots."""
    return max(
        sum(1 for other in there if weekday in other.weekdays and slot in other.slots())
        for weekday in weekdays
        for slot in slots
    )


def _opened_problem(
    session: Session, made: Enrolment, group: ClassGroup, segment: Segment
) -> NoPlace | None:
    """The first opened day of the segment without room, named; the days are not locked yet."""
    slots = made.slots()
    for day in _opened_days(session, made, segment):
        if day.free(slots) < 1:
            return capacity.refusal(day, group, slots)
    return None


def _opened_days(session: Session, made: Enrolment, segment: Segment) -> list[ClassDay]:
    """The opened days of a segment on which the child should come."""
    rows = session.scalars(
        select(ClassDay)
        .where(
            ClassDay.class_id == segment.class_id,
            ClassDay.on.between(segment.from_on, segment.until_on),
        )
        .order_by(ClassDay.on)
        .execution_options(populate_existing=True)
    ).all()
    if not rows:
        return []
    table = schedule.timetable(
        session, made.institution_id, [segment.class_id], rows[0].on, rows[-1].on
    )
    return [
        day
        for day in rows
        if table.day(day.on).runs_weekday in made.weekdays
        and table.hours(segment.class_id, day.on) is not None
    ]


def _take_opened_days(
    session: Session, actor: Actor, made: Enrolment, segment: Segment, now: datetime
) -> None:
    group = session.get_one(ClassGroup, segment.class_id)
    for day in _opened_days(session, made, segment):
        first = clock.first_slot_from(day.on, now)
        slots = [slot for slot in made.slots() if slot >= first]
        if not slots:
            continue
        during = clock.span(day.on, slots[0], slots[-1] + 1)
        stays.require_child_free(session, made.child_id, [during])
        if not capacity.take(session, day.id, slots):
            session.refresh(day)
            raise capacity.refusal(day, group, slots).within(Scope((day.id,), made.child_id))
        stay = Stay(
            institution_id=made.institution_id,
            class_id=group.id,
            day_id=day.id,
            on=day.on,
            family_id=made.family_id,
            child_id=made.child_id,
            source="enrolment",
            enrolment_id=made.id,
            state=State.EXPECTED,
            during=during,
            holds=MultiRange([during]),
            created_at=now,
        )
        session.add(stay)
        session.flush()
        stays.note(session, actor, stay.id, was=None, to=State.EXPECTED, now=now, why="enrolled")


def end(session: Session, actor: Actor, *, enrolment_id: int, on: date, now: datetime) -> Enrolment:
    """The last day of an enrolment is `on`; later stays are cancelled and their places freed.

    By a guardian of the family or a director. Raises `Malformed` for a day in the past.
    """
    found = load(session, actor, enrolment_id)
    if actor.kind is not Kind.GUARDIAN:
        actor.require(found.institution_id, Role.DIRECTOR)
    if on < clock.today(now):
        raise Malformed("on", "in-the-past")
    lock(session, Family, [found.family_id])
    _cut_after(session, actor, found, on, now)
    found.ends_on, found.state = max(on, found.from_on), "ended"
    until = on + people.RECORD_STAYS_OPEN
    people.admit(session, child_id=found.child_id, institution_id=found.institution_id, until=until)
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
        stays.leave(session, actor, stay, State.CANCELLED, now=now, why="enrolment-ended")
    session.execute(delete(Segment).where(Segment.enrolment_id == found.id, Segment.from_on > on))
    last = session.scalars(
        select(Segment).where(Segment.enrolment_id == found.id, Segment.until_on > on)
    )
    for segment in last:
        segment.until_on = on
    session.flush()

"""Opening and reopening days: the one time when enrolled children are written even where that is
over capacity, and shown so."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.dialects.postgresql.ranges import MultiRange
from sqlalchemy.orm import Session

from childcare import (
    bookings,
    capacity,
    clock,
    enrolments,
    institutions,
    outbox,
    schedule,
    stays,
)
from childcare.actors import SYSTEM
from childcare.capacity import HORIZON_DAYS, ClassDay, Scope
from childcare.db import lock
from childcare.enrolments import Due
from childcare.errors import Busy
from childcare.institutions import ClassGroup
from childcare.outbox import Urgency
from childcare.people import Family
from childcare.schedule import Timetable
from childcare.stays import MORTAL, State, Stay

OFFERED = "offered"  # an enrolment that nobody has accepted yet keeps its days as offered stays
CLOSED = "closed"  # the reason of stays released by a closure, which a reopened day writes again


@dataclass(frozen=True)
class Arrival:
    """An enrolled child's stay to be written: what was agreed, and what the class will count."""

    due: Due
    agreed: tuple[int, ...]
    held: tuple[int, ...]
    why: str

    @property
    def state(self) -> State:
        if not self.held:
            return State.ABSENT
        return State.OFFERED if self.due.enrolment.state == OFFERED else State.EXPECTED


def missing_days(session: Session, institution_id: int, *, now: datetime) -> list[date]:
    """The dates from today to the horizon on which some class has no row yet."""
    classes = [group.id for group in institutions.classes_of(session, institution_id)]
    today = clock.today(now)
    wanted = schedule.days(today, today + timedelta(days=HORIZON_DAYS))
    rows = session.execute(
        select(ClassDay.class_id, ClassDay.on).where(
            ClassDay.class_id.in_(classes), ClassDay.on.between(wanted[0], wanted[-1])
        )
    )
    known = {(row.class_id, row.on) for row in rows}
    return [on for on in wanted if any((group, on) not in known for group in classes)]


def open_days(session: Session, institution_id: int, *, now: datetime) -> int:
    """Open every missing day up to the horizon in the caller's transaction; how many."""
    missing = missing_days(session, institution_id, now=now)
    lock_enrolled(session, institution_id, missing, now=now)
    for on in missing:
        open_day(session, institution_id, on, now=now)
    return len(missing)


def open_day(session: Session, institution_id: int, on: date, *, now: datetime) -> int:
    """Open one date of all classes: rows, and the stays of enrolled children; stays written.

    Opening what is open already changes nothing. Raises `Busy` where an enrolment came in between.
    """
    groups = lock_enrolled(session, institution_id, [on], now=now)
    table = schedule.timetable(session, institution_id, [g.id for g in groups], on, on)
    written = 0
    for group in groups:
        plan = capacity.plan(group, table, on)
        day = capacity.insert_day(session, group, on, plan, now=now)
        if day is not None:
            written += write_missing(session, day, table, now=now)
            tell_over(session, day, now=now)
    return written


def write_missing(session: Session, day: ClassDay, table: Timetable, *, now: datetime) -> int:
    """Write the enrolled stays that a locked day lacks, unless it is closed; how many.

    A day without carers is not closed: its children are expected, and shown as over. The caller has
    `lock_enrolled`.
    """
    if table.hours(day.class_id, day.on) is None:
        return 0
    weekday = table.day(day.on).runs_weekday
    due = enrolments.due_on(session, [day.class_id], day.on, weekday=weekday)
    there = set(
        session.scalars(
            select(Stay.enrolment_id).where(
                Stay.enrolment_id.in_([entry.enrolment.id for entry in due]),
                Stay.on == day.on,
                (Stay.state != State.CANCELLED) | (Stay.reason != CLOSED),
            )
        )
    )
    return _write(session, day, [d for d in due if d.enrolment.id not in there], now=now)


def lock_enrolled(
    session: Session, institution_id: int, dates: Sequence[date], *, now: datetime
) -> Sequence[ClassGroup]:
    """Lock the families of all children enrolled there on these dates, then all classes.

    Whoever changes hours, carers or closures locks the classes too, so what is read of them after
    this stays true. Dead holds of these children are ended, so that none keeps one from its own
    place. Raises `Busy` where an enrolment came in between.
    """
    groups = institutions.classes_of(session, institution_id)
    if not dates:
        return groups
    ids, first, last = [group.id for group in groups], min(dates), max(dates)
    before = enrolments.enrolled_between(session, ids, first, last)
    lock(session, Family, before.values())
    lock(session, ClassGroup, ids)
    enrolled = enrolments.enrolled_between(session, ids, first, last)
    if not enrolled.keys() <= before.keys():
        raise Busy
    for child_id in _with_dead_holds(session, enrolled, dates, now):
        bookings.expire_dead(session, Scope(child_id=child_id), now=now)
    return groups


def _with_dead_holds(
    session: Session, child_ids: Iterable[int], dates: Sequence[date], now: datetime
) -> Sequence[int]:
    dead = select(Stay.child_id).where(
        Stay.child_id.in_(list(child_ids)),
        Stay.on.in_(dates),
        Stay.state.in_(MORTAL),
        Stay.ends_at <= now,
    )
    return session.scalars(dead.distinct().order_by(Stay.child_id)).all()


def tell_over(session: Session, day: ClassDay, *, now: datetime) -> None:
    """Publish that more children are expected than there are places, which is never silent."""
    if not day.over:
        return
    facts = {
        "institution_id": day.institution_id,
        "class_id": day.class_id,
        "on": day.on.isoformat(),
    }
    key = f"{day.class_id}:{day.on}:{now.timestamp():.6f}"
    outbox.publish(session, "day-over", facts, key=key, now=now, urgency=Urgency.URGENT)


def _write(session: Session, day: ClassDay, due: Sequence[Due], *, now: datetime) -> int:
    """Insert stays and count them, over capacity where it must be: `opened_at` changes with it."""
    arrivals = _arrivals(session, day, due, now)
    if not arrivals:
        return 0
    taken = list(day.taken)
    for arrival in arrivals:
        for slot in arrival.held:
            taken[slot] += 1
    opened_at = max(now, day.opened_at + timedelta(microseconds=1))
    session.execute(
        update(ClassDay).where(ClassDay.id == day.id).values(taken=taken, opened_at=opened_at)
    )
    rows = [_row(day, arrival, now) for arrival in arrivals]
    made = session.execute(insert(Stay).returning(Stay.id, sort_by_parameter_order=True), rows)
    for stay_id, arrival in zip(made.scalars().all(), arrivals, strict=True):
        stays.note(session, SYSTEM, stay_id, was=None, to=arrival.state, now=now, why=arrival.why)
        if not arrival.held:
            outbox.publish(session, "stay-absent", {"stay_id": stay_id}, key=str(stay_id), now=now)
    session.refresh(day)
    return len(arrivals)


def _arrivals(session: Session, day: ClassDay, due: Sequence[Due], now: datetime) -> list[Arrival]:
    children = [entry.enrolment.child_id for entry in due]
    declared = enrolments.absences_on(session, children, day.on)
    elsewhere = _slots_of(session, children, day.on, Stay.source != stays.OFFER)
    offered = _slots_of(session, children, day.on, Stay.state == State.OFFERED)
    first = clock.first_slot_from(day.on, now)
    arrivals = []
    for entry in due:
        agreed = [slot for slot in entry.enrolment.slots() if slot >= first]
        if not agreed:
            continue
        child_id = entry.enrolment.child_id
        away = enrolments.away_slots(declared.get(child_id, []), day.on, agreed)
        held, why = [slot for slot in agreed if slot not in away], "opened"
        if entry.enrolment.state == OFFERED and offered.get(child_id, set()) & set(held):
            # Its other offer came first. Planning the day again writes what is missing.
            continue
        if not held:
            why = "absent"
        elif entry.enrolment.state != OFFERED and elsewhere.get(child_id, set()) & set(held):
            held, why = [], "child-elsewhere"
        if entry.enrolment.state != OFFERED:
            # Its other enrolment may come next in this very loop.
            elsewhere.setdefault(child_id, set()).update(held)
        arrivals.append(Arrival(entry, tuple(agreed), tuple(held), why))
    return arrivals


def _slots_of(
    session: Session, child_ids: Sequence[int], on: date, which: ColumnElement[bool]
) -> dict[int, set[int]]:
    """The slots of a day in which these children have such stays already."""
    found: dict[int, set[int]] = {}
    rows = session.scalars(select(Stay).where(Stay.child_id.in_(child_ids), Stay.on == on, which))
    for stay in rows:
        found.setdefault(stay.child_id, set()).update(stay.slots())
    return found


def _row(day: ClassDay, arrival: Arrival, now: datetime) -> dict[str, object]:
    enrolment = arrival.due.enrolment
    return {
        "institution_id": day.institution_id,
        "class_id": day.class_id,
        "day_id": day.id,
        "on": day.on,
        "family_id": enrolment.family_id,
        "child_id": enrolment.child_id,
        "source": stays.OFFER if arrival.state is State.OFFERED else "enrolment",
        "enrolment_id": enrolment.id,
        "state": arrival.state,
        "reason": "" if arrival.held else arrival.why,
        "during": clock.span(day.on, arrival.agreed[0], arrival.agreed[-1] + 1),
        "holds": MultiRange(clock.periods(day.on, arrival.held)),
        "created_at": now,
    }

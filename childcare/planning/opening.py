"""Opening and reopening days: the one time when enrolled children are written even where that is
over capacity, and shown so."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, insert, select
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
from childcare.enrolments import Enrolment
from childcare.errors import Busy
from childcare.institutions import ClassGroup
from childcare.outbox import Urgency
from childcare.people import Family
from childcare.schedule import Timetable
from childcare.stays import MORTAL, State, Stay

OFFERED = "offered"  # an enrolment that nobody has accepted yet keeps its days as offered stays
CLOSED = "closed"  # the reason of stays released by a closure, which a reopened day writes again


@dataclass(frozen=True)
class Coming:
    """An enrolment of which a day has no stay yet; `was_closed` if a closure had released one."""

    day: ClassDay
    enrolment: Enrolment
    was_closed: bool

    @property
    def is_offered(self) -> bool:
        return self.enrolment.state == OFFERED


@dataclass(frozen=True)
class Arrival:
    """An enrolled child's stay to be written: what was agreed, and what the class will count."""

    of: Coming
    agreed: tuple[int, ...]
    held: tuple[int, ...]
    why: str

    @property
    def state(self) -> State:
        if not self.held:
            return State.ABSENT
        return State.OFFERED if self.of.is_offered else State.EXPECTED


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
    open_dates(session, institution_id, missing, now=now)
    return len(missing)


def open_day(session: Session, institution_id: int, on: date, *, now: datetime) -> int:
    """Open one date of all classes; see `open_dates`."""
    return open_dates(session, institution_id, [on], now=now)


def open_dates(
    session: Session, institution_id: int, dates: Sequence[date], *, now: datetime
) -> int:
    """Open dates of all classes: rows, and the stays of enrolled children; stays written.

    Opening what is open already changes nothing. Raises `Busy` where an enrolment came in between.
    """
    if not dates:
        return 0
    groups = lock_enrolled(session, institution_id, dates, now=now)
    ids, first, last = [group.id for group in groups], min(dates), max(dates)
    table = schedule.timetable(session, institution_id, ids, first, last)
    days = capacity.insert_days(session, groups, dates, table, now=now)
    written = write_missing(session, days, table, now=now)
    for day in days:
        tell_over(session, day, now=now)
    return written


def write_missing(
    session: Session, days: Sequence[ClassDay], table: Timetable, *, now: datetime
) -> int:
    """Write the enrolled stays that locked days lack, unless they are closed; how many.

    A day without carers is not closed: its children are expected, and shown as over. The caller has
    `lock_enrolled`.
    """
    coming = _coming(session, [day for day in days if table.hours(day.class_id, day.on)], table)
    return _write(session, coming, now=now) if coming else 0


def _coming(session: Session, days: Sequence[ClassDay], table: Timetable) -> list[Coming]:
    """Who should come to these days and has no stay there yet: by day, then by enrolment."""
    if not days:
        return []
    classes, dates = {day.class_id for day in days}, [day.on for day in days]
    enrolled = enrolments.due_between(session, sorted(classes), min(dates), max(dates))
    by_closure = (Stay.state == State.CANCELLED) & (Stay.reason == CLOSED)
    written = session.execute(
        select(Stay.enrolment_id, Stay.on, by_closure.label("by_closure")).where(
            Stay.enrolment_id.in_([due.enrolment.id for due in enrolled]), Stay.on.in_(dates)
        )
    ).all()
    closed = {(row.enrolment_id, row.on) for row in written if row.by_closure}
    there = {(row.enrolment_id, row.on) for row in written if not row.by_closure}
    return [
        Coming(day, due.enrolment, (due.enrolment.id, day.on) in closed)
        for day in days
        if (weekday := table.day(day.on).runs_weekday) is not None
        for due in enrolled
        if due.comes(day.class_id, day.on, weekday) and (due.enrolment.id, day.on) not in there
    ]


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


def _write(session: Session, coming: Sequence[Coming], *, now: datetime) -> int:
    """Insert stays and count them, over capacity where it must be: `opened_at` changes with it."""
    arrivals = _arrivals(session, coming, now)
    if not arrivals:
        return 0
    counts = {arrival.of.day: list(arrival.of.day.taken) for arrival in arrivals}
    for arrival in arrivals:
        for slot in arrival.held:
            counts[arrival.of.day][slot] += 1
    for day, taken in counts.items():
        day.taken, day.opened_at = taken, max(now, day.opened_at + timedelta(microseconds=1))
    session.flush()
    rows = [_row(arrival, now) for arrival in arrivals]
    made = session.execute(insert(Stay).returning(Stay.id, sort_by_parameter_order=True), rows)
    written = list(zip(made.scalars(), arrivals, strict=True))
    stays.note_first(session, SYSTEM, [(id_, one.state, one.why) for id_, one in written], now=now)
    for stay_id, one in written:
        kind = _told(one)
        if kind:
            outbox.publish(session, kind, {"stay_id": stay_id}, key=str(stay_id), now=now)
    return len(arrivals)


def _told(arrival: Arrival) -> str | None:
    """What the family must hear: nothing where the child comes as it always does."""
    if not arrival.held:
        return "stay-absent"
    if arrival.of.was_closed and not arrival.of.is_offered:
        return "stay-reopened"
    return None


def _arrivals(session: Session, coming: Sequence[Coming], now: datetime) -> list[Arrival]:
    children = {one.enrolment.child_id for one in coming}
    dates = {one.day.on for one in coming}
    declared = enrolments.absences_between(session, children, min(dates), max(dates))
    elsewhere = _slots_of(session, children, dates, Stay.source != stays.OFFER)
    offered = _slots_of(session, children, dates, Stay.state == State.OFFERED)
    arrivals = []
    for one in coming:
        on, child_id = one.day.on, one.enrolment.child_id
        first = clock.first_slot_from(on, now)
        agreed = [slot for slot in one.enrolment.slots() if slot >= first]
        if not agreed:
            continue
        away = enrolments.away_slots(declared.get(child_id, []), on, agreed)
        held, why = [slot for slot in agreed if slot not in away], "opened"
        others = (offered if one.is_offered else elsewhere)[child_id, on]
        if one.is_offered and not others.isdisjoint(held):
            # Its other offer came first. Planning the day again writes what is missing.
            continue
        if not held:
            why = "absent"
        elif not others.isdisjoint(held):
            held, why = [], "child-elsewhere"
        # Its other enrolment may come next in this very loop.
        others.update(held)
        arrivals.append(Arrival(one, tuple(agreed), tuple(held), why))
    return arrivals


def _slots_of(
    session: Session, child_ids: Iterable[int], dates: Iterable[date], which: ColumnElement[bool]
) -> dict[tuple[int, date], set[int]]:
    """The slots of each child and date in which such stays are already."""
    query = select(Stay).where(Stay.child_id.in_(child_ids), Stay.on.in_(dates), which)
    found: dict[tuple[int, date], set[int]] = defaultdict(set)
    for stay in session.scalars(query):
        found[stay.child_id, stay.on].update(stay.slots())
    return found


def _row(arrival: Arrival, now: datetime) -> dict[str, object]:
    day, enrolment = arrival.of.day, arrival.of.enrolment
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

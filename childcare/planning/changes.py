"""Shifts, closures, dated openings and calendar changes, and what they do to opened days."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from childcare import (
    audit,
    bookings,
    capacity,
    clock,
    institutions,
    outbox,
    schedule,
    stays,
    waitlist,
)
from childcare.actors import SYSTEM, Actor, Kind, Role
from childcare.capacity import ClassDay
from childcare.db import lock, one
from childcare.errors import DomainError, Forbidden, Malformed, NotFound
from childcare.institutions import ClassGroup
from childcare.outbox import Urgency
from childcare.planning.opening import CLOSED, lock_enrolled, tell_over, write_missing
from childcare.schedule import Closure, DatedOpening, DatedShift, Roster, Shift, Timetable
from childcare.stays import State, Stay
from childcare.workdays import CalendarRow


class OpenedByDate(DomainError):
    """The institution decided to open that very day, which beats closing one class of it."""

    code = "opened-by-date"


def change_shifts(
    session: Session,
    actor: Actor,
    *,
    class_id: int,
    on: date,
    shifts: Sequence[Shift],
    now: datetime,
) -> ClassDay | None:
    """Replace a class's carers of one date, by a director; the day as it is then, with `over`.

    Lowering capacity below the children expected is lawful and never silent. None where the date
    is not opened yet: it will open so.
    """
    group = _class(session, class_id)
    actor.require(group.institution_id, Role.DIRECTOR)
    if on < clock.today(now):
        raise Malformed("date", "in-the-past")
    lock_enrolled(session, group.institution_id, [on], now=now)
    roster = upsert(Roster).values(class_id=class_id, on=on, changed_at=now)
    session.execute(
        roster.on_conflict_do_update(index_elements=["class_id", "on"], set_={"changed_at": now})
    )
    session.execute(delete(DatedShift).where(DatedShift.class_id == class_id, DatedShift.on == on))
    rows = [
        {"class_id": class_id, "on": on, "carer": s.carer, "starts": s.starts, "ends": s.ends}
        for s in shifts
    ]
    if rows:
        session.execute(insert(DatedShift), rows)
    facts = {"on": on.isoformat(), "shifts": len(rows)}
    _audit(session, actor, "changed-shifts", "class_group", class_id, group, now, facts)
    replan(session, group.institution_id, [on], now=now)
    return capacity.days_of(session, [class_id], on).get(class_id)


def _class(session: Session, class_id: int) -> ClassGroup:
    return one(session, select(ClassGroup).where(ClassGroup.id == class_id))


def _audit(
    session: Session,
    actor: Actor,
    action: str,
    subject: str,
    subject_id: int,
    group: ClassGroup,
    now: datetime,
    facts: Mapping[str, object],
) -> None:
    audit.record(
        session,
        actor,
        action,
        subject,
        subject_id,
        now=now,
        institution_id=group.institution_id,
        facts=facts,
    )


def replan(session: Session, institution_id: int, dates: Iterable[date], *, now: datetime) -> None:
    """Give the opened days of these dates the capacity their hours and carers now allow.

    A day that was closed and is not any more is reopened: enrolled children are written. What goes
    over is published (`day-over`). Days that are past keep what was.
    """
    today = clock.today(now)
    wanted = sorted({on for on in dates if on >= today})
    if not wanted:
        return
    groups = lock_enrolled(session, institution_id, wanted, now=now)
    table = schedule.timetable(
        session, institution_id, [g.id for g in groups], wanted[0], wanted[-1]
    )
    for day in _locked_days(session, groups, wanted):
        _replan_day(session, day, table, now)


def _locked_days(
    session: Session, groups: Sequence[ClassGroup], dates: Sequence[date]
) -> list[ClassDay]:
    ids = session.scalars(
        select(ClassDay.id).where(
            ClassDay.class_id.in_([group.id for group in groups]), ClassDay.on.in_(dates)
        )
    ).all()
    return list(capacity.lock_days(session, ids).values())


def _replan_day(session: Session, day: ClassDay, table: Timetable, now: datetime) -> None:
    group = session.get_one(ClassGroup, day.class_id)
    plan = capacity.plan(group, table, day.on)
    is_new = plan != day.capacity
    if is_new:
        capacity.set_capacity(session, day, plan)
    if write_missing(session, [day], table, now=now) or is_new:
        waitlist.withdraw_over(session, day, now=now)
        tell_over(session, day, now=now)


def close(
    session: Session,
    actor: Actor,
    *,
    institution_id: int,
    class_id: int | None,
    from_on: date,
    to_on: date,
    reason: str,
    now: datetime,
) -> Closure:
    """Close an institution, or one class, for whole days, by a director; one transaction.

    Bookings are cancelled by the institution, enrolled stays released, capacity becomes 0, everyone
    is told. Children present stay until check-out; begun slots are left.
    """
    actor.require(institution_id, Role.DIRECTOR)
    if not reason.strip():
        raise Malformed("reason", "required")
    if from_on < clock.today(now) or to_on < from_on:
        raise Malformed("from_date", "in-the-past" if to_on >= from_on else "not-after-start")
    groups = _closing(session, institution_id, class_id)
    closure = Closure(
        institution_id=institution_id,
        class_id=class_id,
        from_on=from_on,
        to_on=to_on,
        reason=reason.strip()[:500],
        created_at=now,
    )
    session.add(closure)
    _withdraw_openings(session, closure)
    session.flush()
    for day in _locked_days(session, groups, schedule.days(from_on, to_on)):
        _close_day(session, actor, day, closure.reason, now)
    facts = {"from_on": from_on.isoformat(), "to_on": to_on.isoformat()}
    _audit(session, actor, "closed", "closure", closure.id, groups[0], now, facts)
    return closure


def _closing(session: Session, institution_id: int, class_id: int | None) -> list[ClassGroup]:
    groups = institutions.classes_of(session, institution_id)
    chosen = [group for group in groups if class_id in (None, group.id)]
    if not chosen:
        raise NotFound
    # Whoever opens or plans a day holds these too, and reads the closure after it.
    lock(session, ClassGroup, [group.id for group in groups])
    return chosen


def _withdraw_openings(session: Session, closure: Closure) -> None:
    """A dated opening beats a closure, so closing its day takes it back first."""
    opened = session.scalars(
        select(DatedOpening).where(
            DatedOpening.institution_id == closure.institution_id,
            DatedOpening.on.between(closure.from_on, closure.to_on),
        )
    ).all()
    if opened and closure.class_id is not None:
        raise OpenedByDate(on=opened[0].on)
    for opening in opened:
        session.delete(opening)


def _close_day(session: Session, actor: Actor, day: ClassDay, reason: str, now: datetime) -> None:
    capacity.set_capacity(session, day, [0] * clock.SLOTS_PER_DAY)
    waitlist.withdraw_day(session, day.id, reason=CLOSED, now=now)
    bookings.release_class_day(session, actor, day.id, reason=reason, now=now)
    enrolled = session.scalars(
        select(Stay.id).where(
            Stay.day_id == day.id,
            Stay.source == "enrolment",
            Stay.state.in_((State.EXPECTED, State.ABSENT)),
        )
    ).all()
    for stay in stays.locked(session, enrolled):
        stay.reason = CLOSED
        stays.leave(session, actor, stay, State.CANCELLED, now=now, why=reason)
        outbox.publish(
            session,
            "stay-closed",
            {"stay_id": stay.id},
            key=str(stay.id),
            now=now,
            urgency=Urgency.URGENT,
        )


def lift(session: Session, actor: Actor, *, closure_id: int, now: datetime) -> Closure:
    """End a closure early, by a director: its days still ahead are opened again. Twice is once."""
    closure = one(session, select(Closure).where(Closure.id == closure_id))
    if not actor.may(closure.institution_id, Role.DIRECTOR):
        raise NotFound
    dates = schedule.days(max(closure.from_on, clock.today(now)), closure.to_on)
    lock_enrolled(session, closure.institution_id, dates, now=now)
    session.refresh(closure)
    if closure.lifted_at is None:
        closure.lifted_at = now
        session.flush()
        replan(session, closure.institution_id, dates, now=now)
        group = institutions.classes_of(session, closure.institution_id)[0]
        _audit(session, actor, "lifted", "closure", closure.id, group, now, {})
    return closure


def open_on(
    session: Session,
    actor: Actor,
    *,
    institution_id: int,
    on: date,
    opens: int,
    closes: int,
    reason: str,
    now: datetime,
) -> DatedOpening:
    """Open a date by decision, whatever holiday or closure says; minutes on half hours."""
    actor.require(institution_id, Role.DIRECTOR)
    if on < clock.today(now):
        raise Malformed("date", "in-the-past")
    if opens % 30 or closes % 30:
        raise Malformed("start" if opens % 30 else "end", "not-half-hour")
    if not 0 <= opens < closes <= 1440:
        raise Malformed("end", "not-after-start")
    lock_enrolled(session, institution_id, [on], now=now)
    hours = {"opens": opens, "closes": closes, "reason": reason[:500]}
    row = upsert(DatedOpening).values(institution_id=institution_id, on=on, created_at=now, **hours)
    found = session.scalars(
        row.on_conflict_do_update(index_elements=["institution_id", "on"], set_=hours).returning(
            DatedOpening
        ),
        execution_options={"populate_existing": True},
    ).one()
    replan(session, institution_id, [on], now=now)
    audit.record(
        session,
        actor,
        "opened",
        "dated_opening",
        found.id,
        now=now,
        institution_id=institution_id,
        facts={"on": on.isoformat()},
    )
    return found


def keep_calendar(
    session: Session,
    actor: Actor,
    rows: Iterable[CalendarRow],
    *,
    now: datetime,
    source: str = schedule.SEEDED,
) -> list[date]:
    """Write the city's calendar; opened days of changed dates are planned again everywhere.

    Each institution is planned in a transaction of its own (`replan-days`), so that no change of
    the calendar locks a city.
    """
    if actor.kind not in (Kind.SYSTEM, Kind.SUPERVISOR):
        raise Forbidden
    changed = schedule.keep_calendar(session, rows, source=source)
    if not changed:
        return []
    days = [on.isoformat() for on in changed]
    touched = session.scalars(
        select(ClassDay.institution_id).where(ClassDay.on.in_(changed)).distinct()
    )
    for institution_id in touched.all():
        outbox.publish(
            session,
            "replan-days",
            {"institution_id": institution_id, "days": days},
            key=f"{institution_id}:{now.timestamp():.6f}",
            now=now,
        )
    audit.record(session, SYSTEM, "kept-calendar", "calendar", 0, now=now, facts={"days": days})
    return changed

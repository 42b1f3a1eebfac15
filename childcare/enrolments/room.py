"""Whether a class has room for an enrolment: on its opened days, then in the plan beyond them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from childcare import capacity, clock, schedule
from childcare.capacity import ClassDay, NoPlace
from childcare.enrolments.models import Enrolment, Segment
from childcare.errors import DomainError
from childcare.institutions import ClassGroup


def problem(
    session: Session, made: Enrolment, group: ClassGroup, segment: Segment, *, now: datetime
) -> DomainError | None:
    """Why there is no place on the first full day of a segment; None where there is room.

    The class is locked by the caller, its opened days are not: taking them decides.
    """
    for day in opened_days(session, made, segment):
        slots = slots_left(made, day, now=now)
        if slots and day.room(slots) < 1:
            return capacity.refusal(session, day, group, slots)
    return _beyond(session, made, group, segment)


def opened_days(session: Session, made: Enrolment, segment: Segment) -> list[ClassDay]:
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


def slots_left(made: Enrolment, day: ClassDay, *, now: datetime) -> list[int]:
    """The slots of its hours that have not begun."""
    first = clock.first_slot_from(day.on, now)
    return [slot for slot in made.slots() if slot >= first]


@dataclass(frozen=True)
class _Rival:
    enrolment: Enrolment
    from_on: date
    until_on: date

    def comes(self, on: date) -> bool:
        return self.from_on <= on <= self.until_on and on.isoweekday() in self.enrolment.weekdays


def _beyond(
    session: Session, made: Enrolment, group: ClassGroup, segment: Segment
) -> NoPlace | None:
    """The first day after the opened ones on which min(places, class size) would be exceeded.

    On each weekday the number planned grows only on the first such day of another child's segment,
    so looking at those days is looking at all.
    """
    last_opened = session.scalar(select(func.max(ClassDay.on)).where(ClassDay.class_id == group.id))
    from_on = segment.from_on
    if last_opened:
        from_on = max(from_on, last_opened + timedelta(days=1))
    rivals = _rivals(session, made, group, from_on, segment.until_on)
    starts = {from_on, *(max(rival.from_on, from_on) for rival in rivals)}
    days = {_next(start, weekday) for start in starts for weekday in made.weekdays}
    for on in sorted(day for day in days if day <= segment.until_on):
        full = _full_slot(made, group, [rival for rival in rivals if rival.comes(on)])
        if full is not None:
            return NoPlace(
                on=on,
                start=clock.hhmm(full),
                end=clock.hhmm(full + 1),
                class_id=group.id,
                class_name=group.name,
                class_name_en=group.name_en or group.name,
                reason="full",
                carers=group.most // group.ratio + 1,
            )
    return None


def _rivals(
    session: Session, made: Enrolment, group: ClassGroup, from_on: date, until_on: date
) -> list[_Rival]:
    rows = session.execute(
        select(Enrolment, Segment.from_on, Segment.until_on)
        .join(Segment, Segment.enrolment_id == Enrolment.id)
        .where(
            Segment.class_id == group.id,
            Segment.from_on <= until_on,
            Segment.until_on >= from_on,
            Enrolment.id != made.id,
        )
    )
    return [_Rival(*row) for row in rows]


def _next(start: date, weekday: int) -> date:
    return start + timedelta(days=(weekday - start.isoweekday()) % 7)


def _full_slot(made: Enrolment, group: ClassGroup, there: Sequence[_Rival]) -> int | None:
    planned = Counter(slot for rival in there for slot in rival.enrolment.slots())
    return next((slot for slot in made.slots() if planned[slot] >= group.most), None)

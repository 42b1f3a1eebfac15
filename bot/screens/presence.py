"""When an enrolled child is there: which days its enrolments run, and from when to when."""

from datetime import date, timedelta

from sqlalchemy.orm import Session

from bot.forms import OldButton
from childcare import enrolments, schedule, workdays
from childcare.actors import Actor
from childcare.enrolments import Enrolment
from childcare.people import Child


def enrolled(session: Session, actor: Actor, on: date) -> dict[int, list[Enrolment]]:
    """The family's enrolments that run on a day or later, by child."""
    found: dict[int, list[Enrolment]] = {}
    for one in enrolments.enrolments_of(session, actor):
        if one.ends_on is None or one.ends_on >= on:
            found.setdefault(one.child_id, []).append(one)
    return found


def hours_between(
    session: Session, actor: Actor, child: Child, first: date, last: date
) -> dict[date, tuple[int, int]]:
    """From when to when, in minutes, on each of the days on which the child's enrolments run."""
    known = enrolled(session, actor, first).get(child.id, [])
    calendar = schedule.calendar(session, first, last)
    found = {}
    for on in schedule.days(first, last):
        weekday = workdays.day(on, calendar).runs_weekday
        there = [one for one in known if _runs(one, on, weekday)]
        if there:
            found[on] = (min(one.starts for one in there), max(one.ends for one in there))
    return found


def _runs(one: Enrolment, on: date, weekday: int | None) -> bool:
    return one.from_on <= on <= (one.ends_on or on) and weekday in one.weekdays


def days_of_care(
    session: Session, actor: Actor, child: Child, first: date, count: int
) -> list[date]:
    """The days, of so many from the first on, on which the child's enrolments run."""
    last = first + timedelta(days=count - 1)
    return list(hours_between(session, actor, child, first, last))


def hours_of(session: Session, actor: Actor, child: Child, on: date) -> tuple[int, int]:
    """From when to when the child is there on a day, minutes. Raises `OldButton` for not at all."""
    hours = hours_between(session, actor, child, on, on).get(on)
    if hours is None:
        raise OldButton
    return hours

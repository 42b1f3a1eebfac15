"""What a month of an enrolment costs."""

from datetime import date, timedelta

from sqlalchemy.orm import Session

from childcare import pricing, schedule, workdays
from childcare.enrolments.models import Enrolment


def month_fee(session: Session, enrolment: Enrolment, month: date) -> int:
    """The fee of the calendar month that `month` lies in, in fen, rounded down.

    The first and the last month are charged by working days: those from the first day on (to the
    last day) of all in the month. A month outside the enrolment costs nothing.
    """
    first = month.replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    calendar = schedule.calendar(session, first, last)
    worked = [on for on in schedule.days(first, last) if workdays.day(on, calendar).is_worked]
    until = enrolment.ends_on or last
    mine = [on for on in worked if enrolment.from_on <= on <= until]
    return pricing.share_of(enrolment.price_fen, len(mine), len(worked))


def first_month_fee(session: Session, enrolment: Enrolment) -> int:
    return month_fee(session, enrolment, enrolment.from_on)


def last_month_fee(session: Session, enrolment: Enrolment) -> int | None:
    """None while no end is agreed."""
    return month_fee(session, enrolment, enrolment.ends_on) if enrolment.ends_on else None

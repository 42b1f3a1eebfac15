"""What the first and the last month cost, and how long staff may read the record."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from childcare import enrolments, people, schedule, workdays
from childcare.actors import SYSTEM
from childcare.people import CareRelation
from tests.build import NOON, TODAY, Build
from tests.childcare.house import House


@pytest.fixture
def house(session: Session, build: Build) -> House:
    schedule.keep_calendar(session, workdays.seed(2027))
    return House(session, build)


def test_the_first_and_last_month_are_charged_by_working_days(
    house: House, session: Session
) -> None:
    house.group()
    # February 2027 has 20 weekdays; the price in this house is 300,000 fen a month.
    enrolled = house.enrol(house.family(), from_on=date(2026, 12, 21))
    assert enrolments.month_fee(session, enrolled, date(2026, 12, 1)) == 300000 * 9 // 23
    assert enrolments.month_fee(session, enrolled, date(2027, 3, 31)) == 300000
    assert enrolments.month_fee(session, enrolled, date(2026, 11, 30)) == 0
    assert enrolments.last_month_fee(session, enrolled) is None
    enrolments.end(session, SYSTEM, enrolment_id=enrolled.id, on=date(2027, 3, 2), now=NOON)
    assert enrolments.last_month_fee(session, enrolled) == 300000 * 2 // 23


def test_staff_may_read_a_child_until_a_month_after_its_last_day(
    house: House, session: Session
) -> None:
    house.group()
    enrolled = house.enrol(house.family())

    def until() -> date:
        return session.scalars(
            select(CareRelation.until).where(CareRelation.child_id == enrolled.child_id)
        ).one()

    assert until() > TODAY + timedelta(days=90)
    enrolments.end(session, SYSTEM, enrolment_id=enrolled.id, on=TODAY, now=NOON)
    assert until() == TODAY + people.RECORD_STAYS_OPEN

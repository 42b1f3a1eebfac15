"""The desk's board of a day."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from childcare import reports
from childcare.audit import AuditRow
from childcare.errors import Forbidden
from tests.build import TOMORROW, Build, front_desk
from tests.childcare.house import House


def looks(session: Session) -> int:
    return len(session.scalars(select(AuditRow.id).where(AuditRow.action == "read")).all())


def test_the_board_shows_enrolled_children_and_a_second_look_is_the_same_look(
    session: Session, build: Build
) -> None:
    house = House(session, build)
    house.group()
    house.open()
    enrolled = house.enrol(house.family())
    desk = front_desk(enrolled.institution_id)
    for _ in range(2):
        [board] = reports.day_board(
            session, desk, institution_id=enrolled.institution_id, on=TOMORROW
        )
        [shown] = board.stays
        assert shown.booking is None
        assert shown.child is not None
        assert shown.child.id == enrolled.child_id
    assert looks(session) == 1


def test_a_board_is_nobody_elses_business(session: Session, build: Build) -> None:
    house = House(session, build)
    house.group()
    enrolled = house.enrol(house.family())
    with pytest.raises(Forbidden):
        reports.day_board(
            session,
            front_desk(enrolled.institution_id + 1),
            institution_id=enrolled.institution_id,
            on=TOMORROW,
        )

"""The desk's day: who is late, who is here, the ratio now, and a stamp of it all."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from childcare import bookings, enrolments, institutions, reports
from childcare.clock import at
from childcare.errors import Forbidden, NotFound
from childcare.institutions import ClassGroup
from childcare.reports import DeskDay, Standing
from tests.build import NOON, TOMORROW, Build, director, front_desk, slots
from tests.childcare.house import House


@pytest.fixture
def house(session: Session, build: Build) -> House:
    made = House(session, build)
    made.group(places=15)
    made.open()
    return made


def toddlers(house: House) -> ClassGroup:
    return institutions.classes_of(house.session, house.at.id)[0]


def seen(house: House, now: datetime) -> DeskDay:
    house.session.info["now"] = now
    desk = front_desk(house.at.id)
    return reports.desk_day(house.session, desk, institution_id=house.at.id, on=TOMORROW, now=now)


def come(house: House, stay_id: int, hhmm: int) -> None:
    bookings.check_in(
        house.session, front_desk(house.at.id), stay_id=stay_id, now=at(TOMORROW, hhmm)
    )


def test_a_child_is_late_a_quarter_of_an_hour_after_its_start(house: House) -> None:
    house.book("09:00", "11:00", who=house.family())
    [before] = seen(house, at(TOMORROW, 9 * 60 + 14)).rows
    [after] = seen(house, at(TOMORROW, 9 * 60 + 15)).rows
    assert (before.standing, after.standing) == (Standing.EXPECTED, Standing.LATE)


def test_the_late_stand_first_then_the_hour_then_the_name_and_who_left_below(
    house: House,
) -> None:
    for name, span in (
        ("朵朵", ("11:00", "12:00")),
        ("安安", ("11:00", "12:00")),
        ("乐乐", ("10:30", "12:00")),
        ("晚晚", ("09:00", "12:00")),
    ):
        house.book(*span, who=house.family(name=name))
    here, gone = (
        house.book("09:00", "12:00", who=house.family(name=name)) for name in ("早早", "回回")
    )
    come(house, here.stay_id, 9 * 60)
    come(house, gone.stay_id, 9 * 60)
    desk = front_desk(house.at.id)
    bookings.check_out(house.session, desk, stay_id=gone.stay_id, now=at(TOMORROW, 9 * 60 + 30))
    names = [row.name for row in seen(house, at(TOMORROW, 10 * 60)).rows]
    assert names == ["晚晚", "早早", "乐乐", "安安", "朵朵", "回回"]


def test_who_may_collect_a_child_stands_in_its_row_and_who_did_what_in_its_history(
    house: House, build: Build
) -> None:
    who = house.family()
    booked = house.book(who=who)
    assert who[0].family_id is not None
    build.guardian(build.session.get_one(type(build.family()), who[0].family_id), name="陈爸爸")
    come(house, booked.stay_id, 9 * 60)
    [row] = seen(house, at(TOMORROW, 9 * 60)).rows
    assert [person.name for person in row.pick_up] == ["林岚", "陈爸爸"]
    assert row.is_first_visit
    told = reports.history_of(house.session, row)
    assert [(one.who.name, one.to) for one in told][-2:] == [
        ("林岚", "expected"),
        ("", "checked_in"),
    ]


def test_more_children_than_carers_allow_are_shown_at_that_moment(house: House) -> None:
    group = house.group("infant", name="乳儿班")
    house.open()
    house.shift(group, (8 * 60, 10 * 60), (8 * 60, 18 * 60))
    for _ in range(4):
        booked = house.book("09:00", "10:00", who=house.family(months=8))
        come(house, booked.stay_id, 9 * 60)
    early, late = (
        next(one for one in seen(house, when).classes if one.group.id == group.id).now
        for when in (at(TOMORROW, 9 * 60), at(TOMORROW, 10 * 60))
    )
    assert early is not None
    assert late is not None
    assert (early.present, early.carers, early.allowed, early.over) == (4, 2, 5, 0)
    assert (late.present, late.carers, late.allowed, late.over) == (4, 1, 3, 1)


def test_the_strip_counts_who_is_expected_and_who_was_here(house: House) -> None:
    first = house.book("09:00", "10:00", who=house.family())
    house.book("09:30", "10:30", who=house.family())
    come(house, first.stay_id, 9 * 60)
    [shown] = seen(house, at(TOMORROW, 9 * 60 + 10)).classes
    strip = {one.slot: (one.taken, one.present) for one in shown.slots}
    assert [strip[slot] for slot in slots("08:30", "10:30")] == [(0, 0), (1, 1), (2, 0), (1, 0)]


def test_an_absence_of_the_day_can_be_found_in_the_row_of_the_enrolled_child_alone(
    house: House,
) -> None:
    who = house.family()
    house.enrol(who)
    made = house.away(who, hours=("15:00", "16:00"))
    house.book("09:00", "10:00", who=house.family(name="另一个"))
    rows = {row.name: row for row in seen(house, NOON).rows}
    assert [one.id for one in rows["果果"].absences] == [made.id]
    assert rows["另一个"].absences == ()


def test_the_stamp_changes_with_whatever_the_page_shows_and_not_otherwise(house: House) -> None:
    desk = front_desk(house.at.id)

    def stamp(now: datetime = NOON) -> str:
        return reports.day_stamp(
            house.session, desk, institution_id=house.at.id, on=TOMORROW, now=now
        )

    stamps = [stamp()]
    assert stamp(NOON + timedelta(seconds=30)) == stamps[0]
    who = house.family()
    house.enrol(who)
    stamps.append(stamp())
    made = house.away(who)
    stamps.append(stamp())
    enrolments.take_back(house.session, who[0], absence_id=made.id, now=NOON)
    stamps.append(stamp())
    house.shift(toddlers(house), (480, 1080))
    stamps.append(stamp())
    stamps.append(stamp(NOON + timedelta(minutes=1)))
    assert len(set(stamps)) == len(stamps)


@contextmanager
def counted(session: Session) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        statements.append(statement)

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", note)
    yield statements
    event.remove(connection, "before_cursor_execute", note)


def test_a_hundred_children_cost_as_many_queries_as_five(session: Session, build: Build) -> None:
    counts = []
    for families in (5, 100):
        house = House(session, build)
        for number in range(10):
            house.group(places=15, name=f"{number}班")
        house.open()
        for _ in range(families):
            house.book(who=house.family())
        session.expire_all()
        with counted(session) as statements:
            assert len(seen(house, NOON).rows) == families
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_the_day_is_for_the_desk_of_that_institution_alone(house: House) -> None:
    booked = house.book(who=house.family())
    with pytest.raises(Forbidden):
        reports.day_stamp(
            house.session,
            director(house.at.id + 1),
            institution_id=house.at.id,
            on=TOMORROW,
            now=NOON,
        )
    with pytest.raises(NotFound):
        reports.stay_here(
            house.session,
            director(house.at.id + 1),
            institution_id=house.at.id + 1,
            stay_id=booked.stay_id,
        )

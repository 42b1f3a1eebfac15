"""The institution's log: everything that was done, findable, and nothing of anybody else's."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from childcare import accounts, bookings, capacity, planning, reports, waitlist
from childcare.actors import Actor, Kind, Role
from childcare.clock import at
from childcare.errors import Forbidden, Malformed, NotFound
from childcare.institutions import CareForm
from childcare.reports import Cursor, Entry, Subject, Wanted
from childcare.waitlist import Ask
from tests.build import NOON, TODAY, TOMORROW, Build, director, front_desk
from tests.childcare.house import House


@pytest.fixture
def house(session: Session, build: Build) -> House:
    made = House(session, build)
    made.group(places=15)
    made.open()
    return made


def wanted(house: House, **facts: Any) -> Wanted:
    return Wanted(house.at.id, TODAY, TOMORROW + timedelta(days=7), **facts)


def read(house: House, who: Actor | None = None, **facts: Any) -> list[Entry]:
    who = who or front_desk(house.at.id)
    return list(reports.log_page(house.session, who, wanted(house, **facts), now=NOON).entries)


def actions(entries: list[Entry]) -> list[str]:
    return [entry.action for entry in entries]


def finance(institution_id: int) -> Actor:
    return Actor(Kind.STAFF, 9003, roles={institution_id: frozenset({Role.FINANCE})})


def test_a_family_a_desk_and_a_director_stand_in_one_line_of_time(house: House) -> None:
    who = house.family()
    booked = house.book(who=who)
    bookings.check_in(
        house.session, front_desk(house.at.id), stay_id=booked.stay_id, now=at(TOMORROW, 540)
    )
    house.close(from_on=TOMORROW + timedelta(days=3))
    told = read(house)
    assert actions(told) == ["checked_in", "expected", "held", "closure.closed"]
    assert [entry.who.kind for entry in told] == ["staff", "guardian", "guardian", "staff"]
    assert (told[1].who.name, told[1].child, told[1].code) == ("林岚", "果果", booked.code)
    assert told[3].why == "停水"


def test_a_staff_member_is_named(house: House) -> None:
    member = accounts.create_staff(
        house.session,
        username="wang",
        name="王老师",
        password_hash="x",
        roles={house.at.id: Role.FRONT_DESK},
        now=NOON,
    )
    desk = accounts.actor_of(house.session, member)
    booked = house.book(who=house.family())
    bookings.check_in(house.session, desk, stay_id=booked.stay_id, now=at(TOMORROW, 540))
    [line] = read(house, by=(desk.label,))
    assert line.who.name == "王老师"


def test_pages_follow_each_other_without_a_gap_or_a_repeat(house: House) -> None:
    for _ in range(4):
        house.book(who=house.family())
    house.close(from_on=TOMORROW + timedelta(days=3))
    house.close(from_on=TOMORROW + timedelta(days=4))
    whole = read(house)
    paged: list[Entry] = []
    cursor: Cursor | None = None
    while True:
        page = reports.log_page(
            house.session, front_desk(house.at.id), wanted(house, limit=3, before=cursor), now=NOON
        )
        paged += page.entries
        if page.next is None:
            break
        cursor = page.next
    assert len(whole) == 10
    assert [entry.key for entry in paged] == [entry.key for entry in whole]


def test_a_line_is_found_by_what_it_is_about(house: House) -> None:
    who = house.family()
    enrolled = house.enrol(who)
    house.away(who)
    desk = front_desk(house.at.id)
    other = house.book(who=house.family(name="安安"))
    bookings.check_in(house.session, desk, stay_id=other.stay_id, now=at(TOMORROW, 540))
    assert actions(read(house, subjects=frozenset({Subject.ABSENCES}))) == ["absent"]
    assert actions(read(house, subjects=frozenset({Subject.DOOR}))) == ["checked_in"]
    of_child = read(house, child_id=enrolled.child_id)
    assert {entry.child for entry in of_child} == {"果果"}
    assert "enrolment.enrolled" in actions(of_child)
    assert {entry.who.kind for entry in read(house, by=("guardian", "relative"))} == {Kind.GUARDIAN}


def test_an_absence_for_days_not_opened_yet_is_told_when_declared_and_once(house: House) -> None:
    who = house.family()
    house.enrol(who)
    far = TODAY + timedelta(days=capacity.HORIZON_DAYS + 1)
    house.away(who, from_on=far, to_on=far)
    [declared] = read(house, subjects=frozenset({Subject.ABSENCES}))
    assert (declared.source, declared.who.name, declared.said) == ("absence", "林岚", "去外婆家")
    assert (declared.child, declared.on, declared.to_on) == ("果果", far, far)
    planning.open_days(house.session, house.at.id, now=NOON + timedelta(days=1))
    [still] = read(house, subjects=frozenset({Subject.ABSENCES}))
    assert still.source == "absence"
    opened = read(house, subjects=frozenset({Subject.ROUTINE}), limit=200)
    assert [entry.on for entry in opened if entry.action == "absent"] == [far]


def test_who_waits_is_named_on_the_lines_of_the_lists_while_waiting(house: House) -> None:
    parent, child = house.family()
    ask = Ask((child.id,), (house.at.id,), CareForm.HOURLY, TOMORROW, 540, 660)
    [entry] = waitlist.join(house.session, parent, ask=ask, now=NOON)
    [line] = read(house)
    assert (line.child, line.who.name, line.is_in_care) == ("果果", "林岚", False)
    waitlist.leave(house.session, parent, entry_id=entry.id, now=NOON)
    assert {(one.child, one.who.name) for one in read(house)} == {("", "")}


def test_who_looked_at_a_record_is_told_when_asked_for(house: House) -> None:
    house.book(who=house.family())
    assert "child.read" not in actions(read(house))
    looks = read(house, subjects=frozenset({Subject.LOOKS}))
    assert actions(looks) == ["child.read"]


def test_days_bound_what_is_read(house: House) -> None:
    house.book(who=house.family())
    later = Wanted(house.at.id, TOMORROW, TOMORROW)
    page = reports.log_page(house.session, front_desk(house.at.id), later, now=NOON)
    assert page.entries == []


def test_nothing_of_another_institution_is_told(house: House, build: Build) -> None:
    other = House(house.session, build)
    other.group()
    other.open()
    who = house.family()
    house.book(who=who)
    other.book("14:00", "16:00", who=who)
    other.close(from_on=TOMORROW + timedelta(days=2))
    codes = {entry.code for entry in read(house)}
    assert len(codes) == 1
    assert "closure.closed" not in actions(read(house))
    with pytest.raises(Forbidden):
        read(house, director(other.at.id))


def test_finance_reads_codes_and_no_names(house: House) -> None:
    booked = house.book(who=house.family())
    told = read(house, finance(house.at.id))
    assert {(entry.child, entry.who.name) for entry in told} == {("", "")}
    assert {entry.code for entry in told} == {booked.code}
    with pytest.raises(Forbidden):
        read(house, finance(house.at.id), child_id=booked.child_id)


def test_a_child_that_is_not_in_care_here_cannot_be_asked_for(house: House) -> None:
    _, child = house.family()
    with pytest.raises(NotFound):
        read(house, child_id=child.id)


@pytest.mark.parametrize(
    ("from_on", "to_on"), [(TOMORROW, TODAY), (date(2024, 1, 1), date(2026, 1, 1))]
)
def test_odd_ranges_are_refused(house: House, from_on: date, to_on: date) -> None:
    odd = Wanted(house.at.id, from_on, to_on)
    with pytest.raises(Malformed):
        reports.log_page(house.session, front_desk(house.at.id), odd, now=NOON)

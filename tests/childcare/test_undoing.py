"""A mistaken press at the door is taken back: until when, what it takes anew, what stands in it."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from childcare import bookings, clock, privacy, stays
from childcare.actors import Actor
from childcare.bookings import Press, TooLate, Wish
from childcare.capacity import NoPlace
from childcare.errors import NotFound
from childcare.institutions import CareForm
from childcare.outbox import OutboxRow
from childcare.people import Child
from childcare.stays import ChildElsewhere, State, Stay, WrongState
from tests.build import TOMORROW, Build, director, front_desk, slots
from tests.childcare.house import House

LAST = timedelta(minutes=10)
MOMENT = timedelta(seconds=1)


@pytest.fixture
def house(session: Session, build: Build) -> House:
    made = House(session, build)
    made.group(places=1)
    made.open()
    return made


@pytest.fixture
def who(house: House) -> tuple[Actor, Child]:
    return house.family()


@pytest.fixture
def stay(house: House, who: tuple[Actor, Child]) -> Stay:
    """09:00-12:00, the only place there is."""
    return house.book("09:00", "12:00", who=who).stay


def at(hour: str) -> datetime:
    return clock.at(TOMORROW, clock.parse_hhmm(hour))


def press(
    house: House, name: str, stay: Stay, hour: str | datetime, by: Actor | None = None
) -> Stay:
    now = at(hour) if isinstance(hour, str) else hour
    desk = by or front_desk(house.at.id)
    made: Stay = getattr(bookings, name)(house.session, desk, stay_id=stay.id, now=now)
    return made


def hold_later(house: House, hour: str, *, who: tuple[Actor, Child] | None = None) -> None:
    """Somebody holds 11:00-12:00 at `hour` of the day itself."""
    actor, child = who or house.family()
    wish = Wish(child.id, house.at.id, CareForm.HOURLY, TOMORROW, 660, 720)
    bookings.hold(house.session, actor, wish=wish, now=at(hour))


def due(house: House, kind: str) -> list[datetime]:
    query = select(OutboxRow.due_at).where(OutboxRow.kind == kind).order_by(OutboxRow.id)
    return list(house.session.scalars(query))


def test_a_child_checked_in_by_mistake_is_expected_again_and_keeps_its_place(
    house: House, stay: Stay
) -> None:
    press(house, "check_in", stay, "09:01")
    press(house, "undo_check_in", stay, "09:03", by=director(house.at.id))
    assert (stay.state, stay.checked_in_at, stay.slots()) == (
        State.EXPECTED,
        None,
        [*slots("09:00", "12:00")],
    )
    last = stays.events_of(house.session, stay.id)[-1]
    assert (last.from_state, last.to_state, last.why) == ("checked_in", "expected", "undone")


def test_a_child_checked_out_by_mistake_takes_what_has_not_begun_anew(
    house: House, stay: Stay
) -> None:
    press(house, "check_in", stay, "09:00")
    press(house, "check_out", stay, "10:25")
    assert stay.slots() == [*slots("09:00", "10:30")]
    press(house, "undo_check_out", stay, "10:31")
    assert (stay.state, stay.checked_out_at) == (State.CHECKED_IN, None)
    assert stay.slots() == [*slots("09:00", "10:30"), *slots("11:00", "12:00")]


@pytest.mark.parametrize("name", ["check_in", "check_out"])
def test_undoing_twice_is_once(house: House, stay: Stay, name: str) -> None:
    press(house, "check_in", stay, "09:00")
    press(house, name, stay, "09:05")
    for _ in range(2):
        press(house, f"undo_{name}", stay, "09:06")
    undone = [e for e in stays.events_of(house.session, stay.id) if e.why == "undone"]
    assert len(undone) == 1


@pytest.mark.parametrize("name", ["check_in", "check_out"])
def test_ten_minutes_after_the_press_it_stands(house: House, stay: Stay, name: str) -> None:
    press(house, "check_in", stay, "09:00")
    press(house, name, stay, "09:00")
    with pytest.raises(TooLate) as refused:
        press(house, f"undo_{name}", stay, at("09:10") + MOMENT)
    assert refused.value.facts == {"closes_at": at("09:10")}
    press(house, f"undo_{name}", stay, "09:10")


def test_what_the_next_family_has_taken_meanwhile_is_not_taken_back(
    house: House, stay: Stay
) -> None:
    press(house, "check_in", stay, "09:00")
    press(house, "check_out", stay, "09:05")
    hold_later(house, "09:06")
    with pytest.raises(NoPlace) as refused, house.session.begin_nested():
        press(house, "undo_check_out", stay, "09:07")
    assert refused.value.facts["start"] == "11:00"
    house.session.refresh(stay)
    assert (stay.state, stay.slots()) == (State.COMPLETED, [*slots("09:00", "09:30")])


def test_a_child_that_has_other_plans_by_then_does_not_come_back(
    house: House, stay: Stay, who: tuple[Actor, Child]
) -> None:
    press(house, "check_in", stay, "09:00")
    press(house, "check_out", stay, "09:05")
    hold_later(house, "09:06", who=who)
    with pytest.raises(ChildElsewhere):
        press(house, "undo_check_out", stay, "09:07")


def test_hours_that_were_given_up_before_the_check_out_stay_given_up(
    session: Session, build: Build
) -> None:
    house = House(session, build)
    house.group()
    house.open()
    who = house.family()
    stay = house.stay(house.enrol(who))
    house.away(who, hours=("15:00", "17:30"))
    press(house, "check_in", stay, "08:00")
    press(house, "check_out", stay, "09:00")
    press(house, "undo_check_out", stay, "09:01")
    assert stay.slots() == [*slots("08:00", "09:00"), *slots("09:30", "15:00")]


def test_closing_time_is_no_press_of_the_desk(house: House, stay: Stay) -> None:
    press(house, "check_in", stay, "11:55")
    bookings.end_of_day(house.session, institution_id=house.at.id, on=TOMORROW, now=at("12:00"))
    for name in ("undo_check_in", "undo_check_out"):
        with pytest.raises(WrongState):
            press(house, name, stay, "12:01")


def test_a_check_in_pressed_away_by_a_check_out_is_undone_in_two_steps(
    house: House, stay: Stay
) -> None:
    press(house, "check_in", stay, "09:00")
    press(house, "check_out", stay, "09:01")
    with pytest.raises(WrongState):
        press(house, "undo_check_in", stay, "09:02")
    press(house, "undo_check_out", stay, "09:02")
    press(house, "undo_check_in", stay, "09:03")
    assert stay.state == State.EXPECTED


def test_nothing_is_undone_that_was_not_pressed(house: House, stay: Stay) -> None:
    for name in ("undo_check_in", "undo_check_out"):
        with pytest.raises(WrongState):
            press(house, name, stay, "09:00")


def test_who_has_left_does_not_come_back_by_a_check_in(house: House, stay: Stay) -> None:
    press(house, "check_in", stay, "09:00")
    press(house, "check_out", stay, "09:05")
    with pytest.raises(WrongState):
        press(house, "check_in", stay, "09:06")


def test_another_institution_s_desk_finds_nothing_to_undo(
    house: House, stay: Stay, who: tuple[Actor, Child]
) -> None:
    press(house, "check_in", stay, "09:00")
    for other in (front_desk(house.build.institution().id), who[0]):
        with pytest.raises(NotFound):
            press(house, "undo_check_in", stay, "09:01", by=other)


def test_an_erased_child_is_not_made_present_again(
    house: House, stay: Stay, who: tuple[Actor, Child]
) -> None:
    press(house, "check_in", stay, "09:00")
    press(house, "check_out", stay, "09:05")
    privacy.erase_child(house.session, who[0], child_id=who[1].id, now=at("09:06"))
    with pytest.raises(NotFound):
        press(house, "undo_check_out", stay, "09:07")


def test_only_who_really_came_makes_the_desk_one_that_checks_children_in(
    house: House, stay: Stay
) -> None:
    press(house, "check_in", stay, "09:00")
    press(house, "undo_check_in", stay, "09:01")
    assert not bookings.mark_no_show(house.session, stay_id=stay.id, now=at("09:30"))


def test_the_look_at_the_door_that_found_the_child_there_comes_once_more(
    house: House, stay: Stay
) -> None:
    press(house, "check_in", stay, "09:25")
    press(house, "undo_check_in", stay, "09:33")
    assert due(house, "mark-no-show") == [at("09:33") + LAST]


def test_a_child_found_again_after_its_hours_is_looked_for_at_closing_again(
    house: House, stay: Stay
) -> None:
    press(house, "check_in", stay, "09:00")
    press(house, "check_out", stay, "11:58")
    press(house, "undo_check_out", stay, "12:01")
    assert (stay.state, due(house, "end-day")) == (State.CHECKED_IN, [at("12:01") + LAST])


def test_every_time_a_child_leaves_is_told(house: House, stay: Stay) -> None:
    press(house, "check_in", stay, "09:00")
    press(house, "check_out", stay, "09:05")
    press(house, "undo_check_out", stay, "09:06")
    press(house, "check_out", stay, "11:00")
    assert house.told("stay-completed") == [{"stay_id": stay.id}] * 2


def test_what_may_be_undone_is_known_without_trying(house: House, stay: Stay) -> None:
    assert bookings.last_press(stay, "", now=at("09:00")) is None
    press(house, "check_in", stay, "09:00")
    assert bookings.last_press(stay, "", now=at("09:10")) is Press.CHECK_IN
    press(house, "check_out", stay, "09:20")
    assert bookings.last_press(stay, "", now=at("09:30")) is Press.CHECK_OUT
    assert bookings.last_press(stay, "closing-time", now=at("09:30")) is None
    assert bookings.last_press(stay, "", now=at("09:30") + MOMENT) is None

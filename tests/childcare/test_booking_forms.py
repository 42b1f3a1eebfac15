"""Early and late hours, fee sheets that change, and first visits: forms of one-off care."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from childcare import bookings
from childcare.actors import Actor
from childcare.bookings import ApprovalTooLate, Move, MoveQuote, NeedsMainStay
from childcare.errors import Malformed
from childcare.institutions import CareForm, NotOffered
from childcare.stays import State, WrongState
from tests.build import NOON, TODAY, TOMORROW, Build
from tests.childcare.house import House

AFTER = TOMORROW + timedelta(days=1)


@pytest.fixture
def house(session: Session, build: Build) -> House:
    house = House(session, build)
    house.group()
    for on in (TODAY, TOMORROW, AFTER):
        house.open(on)
    return house


def sell_late(house: House) -> None:
    house.sell(CareForm.LATE, starts=960, ends=1080, shortest=30, longest=120)


def test_late_hours_need_a_stay_that_day_which_is_not_late_hours_itself(house: House) -> None:
    sell_late(house)
    who = house.family()
    late: dict[str, Any] = {"who": who, "form": CareForm.LATE}
    with pytest.raises(NeedsMainStay):
        house.book("17:00", "18:00", **late)
    main = house.book("09:00", "12:00", who=who)
    first = house.book("17:00", "18:00", **late)
    assert first.form == "late"
    fee = bookings.fee_now(house.session, main, now=NOON).fen
    bookings.cancel(house.session, who[0], booking_id=main.id, reason="", fee_fen=fee, now=NOON)
    with pytest.raises(NeedsMainStay):
        house.book("16:00", "17:00", **late)
    with pytest.raises(NeedsMainStay):
        bookings.reschedule(
            house.session,
            who[0],
            booking_id=first.id,
            version=1,
            move=Move(TOMORROW, 960, 1020),
            now=NOON,
        )


def test_a_dead_hold_is_no_main_stay(house: House) -> None:
    sell_late(house)
    who = house.family()
    bookings.hold(house.session, who[0], wish=house.wish(who=who), now=NOON)
    wish = house.wish("17:00", "18:00", who=who, form=CareForm.LATE)
    with pytest.raises(NeedsMainStay):
        bookings.hold(house.session, who[0], wish=wish, now=NOON + timedelta(minutes=10))
    bookings.hold(house.session, who[0], wish=wish, now=NOON + timedelta(minutes=9))


def test_an_enrolled_child_may_stay_late(house: House) -> None:
    house.sell(CareForm.LATE, starts=1050, ends=1080, shortest=30, longest=30)
    who = house.family()
    house.enrol(who)
    assert house.book("17:30", "18:00", who=who, form=CareForm.LATE).stay.state == State.EXPECTED


def test_holiday_care_is_not_sold_on_a_working_day(house: House) -> None:
    house.sell(CareForm.HOLIDAY)
    with pytest.raises(NotOffered):
        house.book(who=house.family(), form=CareForm.HOLIDAY)


def test_nobody_arrives_in_the_nap(house: House) -> None:
    house.sell(CareForm.EARLY, arrival_pauses=[[720, 840]])
    who = house.family()
    house.book("09:00", "10:00", who=who)
    with pytest.raises(Malformed) as refused:
        house.book("12:30", "15:00", who=who, form=CareForm.EARLY)
    assert refused.value.facts["until"] == "14:00"
    house.book("14:00", "15:00", who=who, form=CareForm.EARLY)


def dearer_from(house: House, on: date, version: int = 2) -> None:
    house.build.fee_sheet(house.at, version=version, effective_from=on, price_fen=5000)


def move_to(house: House, booking_id: int, actor: Actor, on: date, fen: int) -> int:
    moved = bookings.reschedule(
        house.session,
        actor,
        booking_id=booking_id,
        version=1,
        move=Move(on, 540, 660),
        now=NOON,
        shown=MoveQuote(fen, 4000),
    )
    return moved.price_fen


def test_a_move_keeps_the_accepted_fee_sheet_while_that_is_in_force(house: House) -> None:
    who = house.family()
    booked = house.book(who=who)
    dearer_from(house, AFTER + timedelta(days=1))
    assert move_to(house, booked.id, who[0], AFTER, 8000) == 8000


def test_a_move_into_the_next_fee_sheet_is_priced_by_that_and_shown_first(house: House) -> None:
    who = house.family()
    booked = house.book(who=who)
    dearer_from(house, AFTER)
    with pytest.raises(bookings.PriceChanged) as refused:
        move_to(house, booked.id, who[0], AFTER, 8000)
    assert refused.value.facts["price_fen"] == 20000
    assert move_to(house, booked.id, who[0], AFTER, 20000) == 20000


def test_a_booking_keeps_the_cancellation_tiers_it_accepted(house: House) -> None:
    booked = house.book(who=house.family())
    dearer_from(house, TODAY)
    assert bookings.fee_now(house.session, booked, now=NOON).fen == 4000


def test_a_first_visit_needs_three_hours_and_a_cancelled_hold_is_not_asked_for(
    house: House,
) -> None:
    house.build.fee_sheet(house.at, version=2, effective_from=TODAY, approves_first_visit=True)
    who = house.family()
    wish = house.wish("14:30", "16:00", who=who, on=TODAY)
    held = bookings.hold(house.session, who[0], wish=wish, now=NOON)
    with pytest.raises(ApprovalTooLate):
        bookings.confirm(house.session, who[0], booking_id=held.id, now=NOON)
    bookings.release(house.session, who[0], booking_id=held.id, now=NOON)
    with pytest.raises(WrongState):
        bookings.confirm(house.session, who[0], booking_id=held.id, now=NOON)
    wish = house.wish("15:00", "16:00", who=who, on=TODAY)
    held = bookings.hold(house.session, who[0], wish=wish, now=NOON)
    asked = bookings.confirm(house.session, who[0], booking_id=held.id, now=NOON)
    assert (asked.stay.state, asked.stay.ends_at) == (State.REQUESTED, NOON + timedelta(hours=1))

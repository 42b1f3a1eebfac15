"""Capacity lost takes the newest offers first, and never what was agreed."""

import pytest
from sqlalchemy.orm import Session

from childcare import bookings
from childcare.bookings import Wish
from childcare.institutions import CareForm
from childcare.stays import State
from childcare.waitlist import WaitlistEntry
from tests.build import TOMORROW, Build
from tests.childcare.waitlist_house import Lists, Place


@pytest.fixture
def lists(session: Session, build: Build) -> Lists:
    return Lists(session, build)


def two_offered(lists: Lists) -> tuple[Place, WaitlistEntry, WaitlistEntry]:
    place = lists.place(places=2, ratio=1, carers=2)
    return place, lists.join(lists.family(), place), lists.join(lists.family(), place)


def test_capacity_lost_withdraws_the_newest_offer_and_the_family_keeps_its_place(
    lists: Lists,
) -> None:
    place, older, newer = two_offered(lists)
    newest = lists.offered(newer)
    lists.shift(place, (480, 1080))
    assert (lists.offers(older), lists.offers(newer)) == (["open"], ["withdrawn"])
    assert (newer.state, newer.expiries) == ("waiting", 0)
    assert [row.payload for row in lists.told("offer-withdrawn")] == [{"offer_id": newest.id}]
    assert not lists.build.day(place.group).over
    lists.shift(place, (480, 1080), (480, 1080))
    assert lists.offers(newer) == ["withdrawn", "open"]


def test_an_offer_that_covers_no_slot_that_is_over_stays(lists: Lists) -> None:
    place, older, newer = two_offered(lists)
    afternoon = lists.join(lists.family(), place, start="14:00", end="16:00")
    lists.shift(place, (720, 1080))
    assert [lists.offers(e) for e in (older, newer, afternoon)] == [
        ["withdrawn"],
        ["withdrawn"],
        ["open"],
    ]


def test_what_a_withdrawn_offer_kept_and_is_not_over_goes_to_the_next(lists: Lists) -> None:
    place = lists.place()
    long = lists.join(lists.family(), place, start="09:00", end="13:00")
    short = lists.join(lists.family(), place, start="11:00", end="13:00")
    assert (lists.offers(long), lists.offers(short)) == (["open"], [])
    lists.shift(place, (660, 1080))
    assert (lists.offers(long), lists.offers(short)) == (["withdrawn"], ["open"])


def test_bookings_enrolments_and_holds_stay_where_capacity_was_lost(lists: Lists) -> None:
    place = lists.place(places=4, ratio=1, carers=4)
    _, booking = lists.full(place)
    enrolled = lists.family()
    lists.enrol(enrolled, place)
    who = lists.family()
    wish = Wish(who.child.id, place.id, CareForm.HOURLY, TOMORROW, 540, 660)
    hold = bookings.hold(lists.session, who.actor, wish=wish, now=lists.now)
    entry = lists.join(lists.family(), place)
    lists.shift(place)
    assert lists.offers(entry) == ["withdrawn"]
    assert lists.build.day(place.group).over[18] == 3
    assert (booking.stay.state, hold.stay.state) == (State.EXPECTED, State.HELD)
    bookings.confirm(lists.session, who.actor, booking_id=hold.id, now=lists.now)


def test_closing_withdraws_the_offers_and_who_waits_waits_on(lists: Lists) -> None:
    place = lists.place()
    who = lists.family()
    entry = lists.join(who, place)
    closure_id = lists.close(place)
    assert (lists.offers(entry), entry.state) == (["withdrawn"], "waiting")
    assert lists.taken(place) == {}
    lists.lift(place, closure_id)
    assert lists.offers(entry) == ["withdrawn", "open"]


def test_closing_lets_the_child_be_offered_a_place_elsewhere(lists: Lists) -> None:
    place, other = lists.place(), lists.place()
    who = lists.family()
    booked = lists.full(other)
    first = lists.join(who, place)
    second = lists.join(who, other, start="10:00", end="11:00")
    lists.cancel(booked)
    assert lists.offers(second) == []
    lists.close(place)
    assert (lists.offers(first), lists.offers(second)) == (["withdrawn"], ["open"])

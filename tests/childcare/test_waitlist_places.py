"""Whatever frees or adds places promotes at once, in the transaction that does it."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from childcare import bookings, capacity, clock, enrolments, waitlist
from childcare.bookings import Move, Wish
from childcare.capacity import NoPlace
from childcare.institutions import CareForm
from childcare.stays import State, Stay
from childcare.waitlist import WaitlistEntry
from tests.build import NOON, TODAY, TOMORROW, Build
from tests.childcare.waitlist_house import Lists, Place, Who

AFTER = TOMORROW + timedelta(days=1)


@pytest.fixture
def lists(session: Session, build: Build) -> Lists:
    return Lists(session, build)


def held(lists: Lists, place: Place) -> tuple[Who, bookings.Booking]:
    who = lists.family()
    wish = Wish(who.child.id, place.id, CareForm.HOURLY, TOMORROW, 540, 660)
    return who, bookings.hold(lists.session, who.actor, wish=wish, now=lists.now)


# Each frees 09:00-11:00 of tomorrow, which was taken


def by_cancelling(lists: Lists, place: Place) -> Callable[[], object]:
    booked = lists.full(place)
    return lambda: lists.cancel(booked)


def by_the_institution(lists: Lists, place: Place) -> Callable[[], object]:
    booked = lists.full(place)
    return lambda: lists.cancel_by_institution(booked)


def by_an_absence_of_a_parent(lists: Lists, place: Place) -> Callable[[], object]:
    who = lists.family()
    lists.enrol(who, place)
    return lambda: lists.away(who)


def by_an_absence_the_desk_was_told(lists: Lists, place: Place) -> Callable[[], object]:
    who = lists.family()
    lists.enrol(who, place)
    return lambda: lists.away(who, by=place.desk)


def by_an_absence_for_part_of_the_day(lists: Lists, place: Place) -> Callable[[], object]:
    who = lists.family()
    lists.enrol(who, place)
    return lambda: lists.away(who, hours=("09:00", "11:00"))


def by_releasing_a_hold(lists: Lists, place: Place) -> Callable[[], object]:
    who, booking = held(lists, place)

    def release() -> None:
        bookings.release(lists.session, who.actor, booking_id=booking.id, now=lists.now)
        lists.promote()

    return release


def by_a_hold_that_dies(lists: Lists, place: Place) -> Callable[[], object]:
    _, booking = held(lists, place)

    def expire() -> None:
        lists.later(minutes=10)
        assert bookings.expire(lists.session, booking_id=booking.id, now=lists.now)
        lists.promote()

    return expire


def by_rejecting_a_request(lists: Lists, place: Place) -> Callable[[], object]:
    lists.build.fee_sheet(place.at, version=2, effective_from=TODAY, approves_first_visit=True)
    _, booking = lists.full(place)
    assert booking.stay.state == State.REQUESTED

    def reject() -> None:
        session, desk, now = lists.session, place.desk, lists.now
        bookings.reject(session, desk, booking_id=booking.id, reason="年龄不合", now=now)
        lists.promote()

    return reject


def by_rescheduling(lists: Lists, place: Place) -> Callable[[], object]:
    who, booking = lists.full(place)

    def move() -> None:
        bookings.reschedule(
            lists.session,
            who.actor,
            booking_id=booking.id,
            version=1,
            move=Move(TOMORROW, 14 * 60, 16 * 60),
            now=lists.now,
        )
        lists.promote()

    return move


def by_ending_an_enrolment(lists: Lists, place: Place) -> Callable[[], object]:
    who = lists.family()
    made = lists.enrol(who, place)

    def end() -> None:
        enrolments.end(lists.session, who.actor, enrolment_id=made.id, on=TODAY, now=lists.now)
        lists.promote()

    return end


def by_one_carer_more(lists: Lists, place: Place) -> Callable[[], object]:
    lists.shift(place)
    return lambda: lists.shift(place, (480, 1080))


def by_lifting_a_closure(lists: Lists, place: Place) -> Callable[[], object]:
    closure_id = lists.close(place)
    return lambda: lists.lift(place, closure_id)


EDGES = [
    by_cancelling,
    by_the_institution,
    by_an_absence_of_a_parent,
    by_an_absence_the_desk_was_told,
    by_an_absence_for_part_of_the_day,
    by_releasing_a_hold,
    by_a_hold_that_dies,
    by_rejecting_a_request,
    by_rescheduling,
    by_ending_an_enrolment,
    by_one_carer_more,
    by_lifting_a_closure,
]


@pytest.mark.parametrize("edge", EDGES)
def test_a_place_that_comes_free_is_offered_before_anybody_else_sees_it(
    lists: Lists, edge: Callable[[Lists, Place], Callable[[], object]]
) -> None:
    place = lists.place()
    free_it = edge(lists, place)
    entry = lists.join(lists.family(), place)
    assert lists.offers(entry) == []
    free_it()
    assert lists.offers(entry) == ["open"]
    with pytest.raises(NoPlace):
        lists.book(lists.family(), place)


def test_an_absence_over_several_days_is_one_round_and_opens_each(lists: Lists) -> None:
    place = lists.place(days=(TOMORROW, AFTER))
    who = lists.family()
    lists.enrol(who, place)
    first = lists.join(lists.family(), place)
    second = lists.join(lists.family(), place, on=AFTER)
    lists.away(who, to_on=AFTER)
    rounds = {lists.offered(entry).round_id for entry in (first, second)}
    assert len(rounds) == 1


def test_a_day_that_opens_is_offered_before_it_is_on_sale(lists: Lists) -> None:
    place = lists.place()
    entry = lists.join(lists.family(), place, on=AFTER)
    assert lists.offers(entry) == []
    lists.open(place, AFTER)
    assert lists.offers(entry) == ["open"]
    with pytest.raises(NoPlace):
        lists.book(lists.family(), place, on=AFTER)


def test_who_joins_while_a_place_is_free_has_its_offer_at_once(lists: Lists) -> None:
    place = lists.place(places=2)
    lists.full(place)
    who, other = lists.family(), lists.family()
    assert lists.offers(lists.join(who, place)) == ["open"]
    assert lists.offers(lists.join(other, place)) == []


def test_who_resumes_or_renews_has_what_came_free_meanwhile(lists: Lists) -> None:
    place = lists.place()
    booked = lists.full(place)
    who = lists.family()
    entry = lists.join(who, place)
    lists.pause(who, entry)
    lists.cancel(booked)
    assert lists.offers(entry) == []
    lists.renew(who, entry)
    assert lists.offers(entry) == ["open"]


def test_a_place_that_is_left_by_check_out_goes_to_who_waits_for_later(lists: Lists) -> None:
    place = lists.place(days=(TODAY,))
    who = lists.family()
    lists.enrol(who, place)
    later = lists.join(lists.family(), place, start="15:00", end="17:00", on=TODAY)
    stay = lists.session.scalars(select(Stay)).one()
    bookings.check_in(lists.session, place.desk, stay_id=stay.id, now=lists.now)
    lists.later(hours=1)
    bookings.check_out(lists.session, place.desk, stay_id=stay.id, now=lists.now)
    lists.promote()
    assert lists.offers(later) == ["open"]
    # Begun slots are never rewritten.
    lists.session.refresh(stay)
    assert stay.slots() == [24, 25, 26]


def test_a_no_show_frees_the_rest_of_its_hours(lists: Lists) -> None:
    place = lists.place(days=(TODAY,))
    _, booking = lists.full(place, "13:00", "17:00", on=TODAY)
    entry = lists.join(lists.family(), place, start="15:00", end="17:00", on=TODAY)
    lists.now = clock.at(TODAY, 13 * 60 + 30)
    bookings.no_show(lists.session, place.desk, stay_id=booking.stay_id, now=lists.now)
    lists.promote()
    assert lists.offers(entry) == ["open"]


def test_taking_an_absence_back_works_while_nobody_was_offered_the_place(lists: Lists) -> None:
    place = lists.place()
    who = lists.family()
    lists.enrol(who, place)
    away = lists.away(who)
    enrolments.take_back(lists.session, who.actor, absence_id=away.id, now=lists.now)
    again = lists.away(who)
    lists.join(lists.family(), place)
    with pytest.raises(NoPlace) as refused:
        enrolments.take_back(lists.session, who.actor, absence_id=again.id, now=lists.now)
    assert refused.value.facts["start"] == "09:00"


def test_begun_slots_of_an_offer_are_left_as_they_are(lists: Lists) -> None:
    """An offer nobody looked at for hours is ended while its stay is running."""
    place = lists.place(days=(TODAY,))
    entry = lists.join(lists.family(), place, start="13:00", end="16:00", on=TODAY)
    offer = lists.offered(entry)
    lists.now = clock.at(TODAY, 14 * 60)
    lists.expire(offer)
    assert lists.stay(offer).slots() == [26, 27]
    assert lists.taken(place, TODAY) == {26: 1, 27: 1}


# More than one transaction serves


def crowd(lists: Lists, place: Place, how_many: int) -> list[WaitlistEntry]:
    """Twenty for the morning, the others for the afternoon."""
    spans = [("09:00", "11:00")] * 20 + [("14:00", "16:00")] * (how_many - 20)
    return [lists.join(lists.family(), place, start=a, end=b) for a, b in spans]


def test_beyond_twenty_the_day_is_queued_and_only_promotion_takes_there(lists: Lists) -> None:
    place = lists.place(places=20, carers=0, band="older", from_months=12, ratio=20)
    entries = crowd(lists, place, 24)
    lists.shift(place, (480, 1080))
    assert [bool(lists.offers(entry)) for entry in entries] == [True] * 20 + [False] * 4
    day = lists.build.day(place.group)
    assert day.queued
    with pytest.raises(NoPlace) as refused:
        lists.book(lists.family(), place, "16:00", "18:00")
    assert refused.value.facts["reason"] == "queued"
    [row] = lists.told("promote-day")
    assert row.payload == {"day_id": day.id}
    # The next transaction goes on where this one stopped, in the same round.
    waitlist.look_again(lists.session, day_id=day.id)
    lists.promote()
    assert all(lists.offers(entry) == ["open"] for entry in entries)
    assert len({lists.offered(entry).round_id for entry in entries}) == 1
    assert not lists.build.day(place.group).queued
    lists.book(lists.family(), place, "16:00", "18:00")


def test_the_sweep_finds_a_queued_day_whose_next_step_was_lost(lists: Lists) -> None:
    place = lists.place(places=20, carers=0, band="older", from_months=12, ratio=20)
    entries = crowd(lists, place, 21)
    lists.shift(place, (480, 1080))
    lists.later(minutes=5)
    waitlist.sweep(lists.session, now=lists.now)
    swept = lists.told("promote-day")[-1]
    assert swept.due_at == lists.now
    waitlist.look_again(lists.session, day_id=swept.payload["day_id"])
    lists.promote()
    assert lists.offers(entries[-1]) == ["open"]
    assert not lists.build.day(place.group).queued


# Nobody is refused by something dead


def test_a_dead_offer_refuses_nobody_and_goes_to_the_next_in_line(lists: Lists) -> None:
    place = lists.place()
    who, ahead = lists.family(), lists.family()
    dead = lists.offered(lists.join(ahead, place))
    entry = lists.join(lists.family(), place)
    lists.now = dead.ends_at
    day = lists.build.day(place.group)
    scope = capacity.Scope((day.id,), who.child.id)
    assert waitlist.expire_dead(lists.session, scope, now=lists.now) == 1
    lists.promote()
    assert lists.offers(entry) == ["open"]


def test_two_dead_in_one_round_and_one_anew_are_barred_alike(lists: Lists) -> None:
    """A hold and an offer die together: neither family is asked for what it let go."""
    place = lists.place(places=1)
    who, booking = held(lists, place)
    mine = lists.join(lists.sibling(who), place)
    guest = lists.family()
    entry = lists.join(guest, place, start="14:00", end="16:00")
    offer = lists.offered(entry)
    other = lists.join(guest, place, start="14:00", end="15:00")
    lists.now = max(offer.ends_at, NOON + timedelta(minutes=10))
    scope = capacity.Scope((booking.stay.day_id,), 0)
    assert bookings.expire_dead(lists.session, scope, now=lists.now) == 1
    assert waitlist.expire_dead(lists.session, scope, now=lists.now) == 1
    lists.promote()
    assert (lists.offers(mine), lists.offers(entry)) == ([], ["expired"])
    assert lists.offers(other) == []


def test_an_offer_for_a_class_the_child_has_outgrown_is_not_made(lists: Lists) -> None:
    place = lists.place()
    booked = lists.full(place)
    who = lists.family()
    entry = lists.join(who, place)
    who.child.born_on = date(2026, 9, 1)
    lists.session.flush()
    lists.cancel(booked)
    assert lists.offers(entry) == []
    assert lists.passes(entry) == ["age"]

"""Long-term places: an application waits in the same queue until it is offered, and answered."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from childcare import clock, enrolments, waitlist
from childcare.enrolments import Enrolment, Segment
from childcare.institutions import CareForm
from childcare.stays import ChildElsewhere, Stay
from childcare.waitlist import Ask, Offer
from tests.build import NOON, TODAY, TOMORROW, Build
from tests.childcare.waitlist_house import Lists

DAY = timedelta(days=1)
AFTER = TOMORROW + DAY
THIS_MONTH = date(2026, 11, 1)
MARCH = date(2027, 3, 1)


@pytest.fixture
def lists(session: Session, build: Build) -> Lists:
    return Lists(session, build)


def enrolment(lists: Lists, offer: Offer) -> Enrolment:
    return lists.session.get_one(Enrolment, offer.enrolment_id, populate_existing=True)


def stays(lists: Lists, offer: Offer) -> list[tuple[date, str]]:
    query = select(Stay.on, Stay.state).where(Stay.enrolment_id == offer.enrolment_id)
    return [(row.on, row.state) for row in lists.session.execute(query.order_by(Stay.id))]


def plans(lists: Lists, offer: Offer) -> int:
    query = select(Segment).where(Segment.enrolment_id == offer.enrolment_id)
    return len(lists.session.scalars(query).all())


def test_an_application_with_room_is_offered_at_once_and_takes_every_opened_day(
    lists: Lists,
) -> None:
    place = lists.place(days=(TODAY, TOMORROW, AFTER))
    who = lists.family()
    entry = lists.apply(who, place, from_month=THIS_MONTH)
    offer = lists.offered(entry)
    # Once its month has begun it starts the next day.
    assert (offer.on, offer.price_fen, offer.stay_id) == (TOMORROW, 300000, None)
    assert enrolment(lists, offer).state == "offered"
    assert stays(lists, offer) == [(TOMORROW, "offered"), (AFTER, "offered")]
    assert lists.taken(place, TODAY) == {}
    assert lists.taken(place) == dict.fromkeys(range(16, 35), 1)


def test_accepting_makes_it_active_and_declining_refuses_it(lists: Lists) -> None:
    place = lists.place(days=(TOMORROW, AFTER))
    one, two = lists.family(), lists.family()
    first = lists.apply(one, place, from_month=THIS_MONTH)
    second = lists.apply(two, place, from_month=THIS_MONTH)
    declined = lists.offered(first)
    lists.decline(one, declined)
    assert (enrolment(lists, declined).state, plans(lists, declined)) == ("refused", 0)
    assert {state for _, state in stays(lists, declined)} == {"cancelled"}
    offer = lists.accept(two, lists.offered(second))
    assert (enrolment(lists, offer).state, second.state) == ("active", "booked")
    assert stays(lists, offer) == [(TOMORROW, "expected"), (AFTER, "expected")]
    assert enrolments.enrolments_of(lists.session, one.actor) == []
    assert lists.offers(first) == ["declined"], "passed over for the rest of the round"


def test_it_waits_while_some_day_is_full_and_reads_which(lists: Lists) -> None:
    place = lists.place(days=(TOMORROW, AFTER))
    booked = lists.full(place, on=AFTER)
    who = lists.family()
    entry = lists.apply(who, place, from_month=THIS_MONTH)
    assert lists.offers(entry) == []
    another = lists.full(place)
    lists.cancel(another)
    assert lists.offers(entry) == []
    assert set(lists.passes(entry)) == {"days"}
    lists.cancel(booked)
    assert lists.offers(entry) == ["open"]


def test_a_day_it_does_not_ask_for_is_no_hindrance(lists: Lists) -> None:
    place = lists.place(days=(TOMORROW, AFTER))
    lists.full(place)  # a Tuesday
    who = lists.family()
    entry = lists.apply(who, place, from_month=THIS_MONTH, weekdays=(3, 4))
    assert stays(lists, lists.offered(entry)) == [(AFTER, "offered")]


def test_the_plan_beyond_the_opened_days_needs_room_too(lists: Lists) -> None:
    place = lists.place()
    enrolled = lists.family()
    made = lists.enrol(enrolled, place, from_on=date(2027, 1, 4))
    who = lists.family()
    entry = lists.apply(who, place)
    assert lists.offers(entry) == []
    enrolments.end(lists.session, enrolled.actor, enrolment_id=made.id, on=TODAY, now=lists.now)
    lists.promote()
    assert lists.offers(entry) == ["open"]


def test_stays_and_enrolments_stand_in_one_queue(lists: Lists) -> None:
    place = lists.place(days=(TOMORROW,))
    booked = lists.full(place)
    one, two = lists.family(), lists.family()
    first = lists.apply(one, place, from_month=THIS_MONTH)
    second = lists.join(two, place)
    lists.cancel(booked)
    assert (lists.offers(first), lists.offers(second)) == (["open"], [])
    lists.decline(one, lists.offered(first))
    assert lists.offers(second) == ["open"]


def test_an_offered_enrolment_let_expire_goes_to_the_next(lists: Lists) -> None:
    place = lists.place()
    first = lists.apply(lists.family(), place)
    two = lists.family()
    second = lists.apply(two, place)
    offer = lists.offered(first)
    assert lists.offers(second) == []
    lists.now = offer.ends_at
    lists.expire(offer)
    assert (lists.offers(first), lists.offers(second)) == (["expired"], ["open"])
    # A family that joins opens no round: whoever let it go is not asked again.
    lists.decline(two, lists.offered(second))
    third = lists.apply(lists.family(), place)
    assert (lists.offers(first), lists.offers(third)) == (["expired"], ["open"])


def test_a_child_has_one_enrolment_offered_at_a_time(lists: Lists) -> None:
    place, other = lists.place(), lists.place()
    who = lists.family()
    entry = lists.apply(who, other, place)
    assert lists.offered(entry).institution_id == other.id
    again = lists.apply(who, place, weekdays=(1, 2))
    assert lists.offers(again) == []
    lists.decline(who, lists.offered(entry))
    assert lists.offers(again) == ["open"] or lists.offers(entry) == ["declined", "open"]


def test_accepting_an_enrolment_takes_the_childs_wishes_for_its_days_off_the_lists(
    lists: Lists,
) -> None:
    place, other = lists.place(), lists.place(days=(TOMORROW, AFTER))
    lists.full(other)
    lists.full(other, on=AFTER)
    who = lists.family()
    tuesday = lists.join(who, other)
    wednesday = lists.join(who, other, on=AFTER)
    long_term = lists.apply(who, other, from_month=THIS_MONTH, weekdays=(2,))
    entry = lists.apply(who, place, from_month=THIS_MONTH, weekdays=(2, 4))
    lists.accept(who, lists.offered(entry))
    assert [e.state for e in (tuesday, wednesday, long_term)] == ["left", "waiting", "left"]


def test_a_days_care_leaves_the_wish_for_a_long_term_place(lists: Lists) -> None:
    place, other = lists.place(), lists.place()
    lists.full(other)
    who = lists.family()
    long_term = lists.apply(who, other, from_month=THIS_MONTH)
    lists.accept(who, lists.offered(lists.join(who, place)))
    assert long_term.state == "waiting"


def test_a_child_that_is_elsewhere_cannot_accept_an_enrolment_yet(lists: Lists) -> None:
    place, other = lists.place(), lists.place()
    who = lists.family()
    booking = lists.book(who, other)
    offer = lists.offered(lists.apply(who, place, from_month=THIS_MONTH))
    with pytest.raises(ChildElsewhere), lists.session.begin_nested():
        lists.accept(who, offer)
    lists.cancel((who, booking))
    assert lists.accept(who, offer).state == "accepted"


def test_a_day_that_opens_is_taken_for_what_was_offered(lists: Lists) -> None:
    place = lists.place()
    who = lists.family()
    offer = lists.offered(lists.apply(who, place, from_month=THIS_MONTH))
    lists.open(place, AFTER)
    assert stays(lists, offer) == [(TOMORROW, "offered"), (AFTER, "offered")]
    lists.accept(who, offer)
    assert {state for _, state in stays(lists, offer)} == {"expected"}


def test_a_day_that_closes_is_taken_from_what_was_offered_and_given_back_when_lifted(
    lists: Lists,
) -> None:
    place = lists.place(days=(TOMORROW, AFTER))
    who = lists.family()
    entry = lists.apply(who, place, from_month=THIS_MONTH)
    offer = lists.offered(entry)
    closure_id = lists.close(place)
    assert lists.offers(entry) == ["open"]
    assert (lists.taken(place), bool(lists.taken(place, AFTER))) == ({}, True)
    lists.lift(place, closure_id)
    assert lists.taken(place) == dict.fromkeys(range(16, 35), 1)
    lists.accept(who, offer)
    assert (TOMORROW, "expected") in stays(lists, offer)


def test_neither_opening_nor_reopening_a_day_stumbles_over_the_childs_other_offer(
    lists: Lists,
) -> None:
    """Meanwhile the child was offered another place for that day: that day is not kept twice."""
    place, other = lists.place(), lists.place(days=(TOMORROW, AFTER))
    who = lists.family()
    offer = lists.offered(lists.apply(who, place, from_month=THIS_MONTH))
    wednesday = lists.join(who, other, on=AFTER)
    lists.open(place, AFTER)
    assert lists.offers(wednesday) == ["open"]
    tuesday = lists.join(who, other)
    assert lists.offers(tuesday) == []
    closure_id = lists.close(place)
    assert lists.offers(tuesday) == ["open"], "its long-term place is closed that day"
    lists.lift(place, closure_id)
    assert lists.taken(place) == lists.taken(place, AFTER) == {}
    lists.accept(who, offer)
    assert (wednesday.state, tuesday.state) == ("left", "left")


def test_capacity_lost_withdraws_an_offered_enrolment_that_stands_in_the_way(
    lists: Lists,
) -> None:
    place = lists.place(days=(TOMORROW, AFTER))
    entry = lists.apply(lists.family(), place, from_month=THIS_MONTH)
    offer = lists.offered(entry)
    lists.shift(place)
    assert (lists.offers(entry), enrolment(lists, offer).state) == (["withdrawn"], "refused")
    assert (lists.taken(place), lists.taken(place, AFTER)) == ({}, {})


def test_a_child_that_grows_while_it_waits_asks_the_next_class(lists: Lists) -> None:
    place = lists.place(days=())
    older = lists.build.class_group(place.at, band="older", places=2)
    lists.now = NOON - timedelta(days=20)
    full = lists.enrol(lists.family(), place, from_on=clock.today(lists.now))
    assert full.state == "active"
    who = lists.family(born_on=date(2024, 11, 20))
    entry = lists.apply(who, place, from_month=THIS_MONTH)
    assert lists.offers(entry) == []
    lists.now = NOON
    waitlist.sweep(lists.session, now=lists.now)
    lists.promote()
    assert lists.offered(entry).class_id == older.id


def test_a_child_too_old_for_every_class_lapses(lists: Lists) -> None:
    place = lists.place(days=())
    lists.now = NOON - timedelta(days=20)
    lists.enrol(lists.family(), place, from_on=clock.today(lists.now))
    entry = lists.apply(lists.family(born_on=date(2024, 11, 20)), place, from_month=THIS_MONTH)
    waitlist.sweep(lists.session, now=lists.now)
    assert entry.state == "waiting"
    lists.now = NOON
    waitlist.sweep(lists.session, now=lists.now)
    assert entry.state == "lapsed"


def test_the_offer_names_the_class_the_child_will_live_in(lists: Lists) -> None:
    """Two classes take the child; the narrower is full."""
    place = lists.place(places=1)
    mixed = lists.build.class_group(place.at, band="mixed", places=1, name="混龄班")
    lists.open(place, AFTER)
    lists.full(place, on=AFTER)
    offer = lists.offered(lists.apply(lists.family(), place, from_month=THIS_MONTH))
    query = select(Segment.class_id).where(Segment.enrolment_id == offer.enrolment_id)
    assert lists.session.scalars(query.order_by(Segment.from_on)).first() == offer.class_id
    assert mixed.id == offer.class_id


def test_the_narrower_class_is_offered_where_both_have_room(lists: Lists) -> None:
    place = lists.place(places=1, days=())
    lists.build.class_group(place.at, band="mixed", places=1, name="混龄班")
    lists.open(place, TOMORROW)
    full = lists.full(place)
    entry = lists.apply(lists.family(), place, from_month=THIS_MONTH, weekdays=(3,))
    other = lists.offered(entry)
    segments = select(Segment.class_id).where(Segment.enrolment_id == other.enrolment_id)
    assert lists.session.scalars(segments.order_by(Segment.from_on)).first() == other.class_id
    lists.cancel(full)


def test_beyond_twenty_long_term_places_the_next_transaction_goes_on(lists: Lists) -> None:
    place = lists.place(places=5)
    ask = Ask((), (place.id,), CareForm.FULL_DAY, from_month=MARCH)
    entries = []
    # Five for each weekday, all wanted before any is looked at.
    for weekday in (1, 2, 3, 4, 5) * 5:
        who = lists.family()
        wanted = replace(ask, child_ids=(who.child.id,), weekdays=(weekday,))
        entries += waitlist.join(lists.session, who.actor, ask=wanted, now=lists.now)
    lists.promote()
    assert [bool(lists.offers(entry)) for entry in entries] == [True] * 20 + [False] * 5
    [row] = lists.told("promote-plan")
    assert row.payload == {"class_id": place.group.id}
    waitlist.look_again(lists.session, **row.payload)
    lists.promote()
    assert all(lists.offers(entry) == ["open"] for entry in entries)
    assert len({lists.offered(entry).round_id for entry in entries}) == 1
    assert len(lists.told("promote-plan")) == 1


def test_who_accepts_a_long_term_place_is_offered_the_other_it_was_passed_over_for(
    lists: Lists,
) -> None:
    here, there, who = lists.place(), lists.place(), lists.family()
    one = lists.apply(who, here, from_month=MARCH, weekdays=(1, 2))
    two = lists.apply(who, there, from_month=MARCH, weekdays=(3, 4))
    assert lists.offers(two) == [], "one long-term offer at a time"
    lists.accept(who, lists.offered(one))
    assert lists.offers(two) == ["open"]

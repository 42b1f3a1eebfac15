"""Answers to an offer, and the rounds in which whoever gave up or declined is passed over."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from childcare import bookings, waitlist
from childcare.capacity import NoPlace
from childcare.errors import NotFound
from childcare.people import Family
from childcare.stays import ChildElsewhere, State
from childcare.waitlist import OfferEnded, Wish
from tests.build import NOON, TOMORROW, Build
from tests.childcare.waitlist_house import Lists, Place, Who


@pytest.fixture
def lists(session: Session, build: Build) -> Lists:
    return Lists(session, build)


def waiting(lists: Lists, place: Place, how_many: int) -> list[tuple[Who, waitlist.WaitlistEntry]]:
    who = [lists.family() for _ in range(how_many)]
    return [(one, lists.join(one, place)) for one in who]


def test_an_offer_keeps_the_place_and_nobody_else_gets_it(lists: Lists) -> None:
    place = lists.place()
    booked = lists.full(place)
    [(_, entry)] = waiting(lists, place, 1)
    lists.cancel(booked)
    assert lists.taken(place) == dict.fromkeys(range(18, 22), 1)
    assert lists.stay(lists.offered(entry)).state == State.OFFERED
    with pytest.raises(NoPlace):
        lists.book(lists.family(), place)


def test_accepting_books_at_the_price_shown_and_asks_for_no_approval(lists: Lists) -> None:
    place = lists.place()
    booked = lists.full(place)
    lists.build.fee_sheet(place.at, version=2, effective_from=TOMORROW, approves_first_visit=True)
    [(who, entry)] = waiting(lists, place, 1)
    lists.cancel(booked)
    offer = lists.accept(who, lists.offered(entry))
    made = bookings.find_by_stay(lists.session, offer.stay_id or 0)
    assert made is not None
    assert (made.stay.state, made.price_fen, offer.price_fen) == (State.EXPECTED, 8000, 8000)
    assert (offer.state, entry.state) == ("accepted", "booked")
    assert lists.taken(place) == dict.fromkeys(range(18, 22), 1)
    assert lists.accept(who, offer) is offer


def test_a_relative_may_answer_and_another_family_sees_nothing(lists: Lists) -> None:
    place = lists.place()
    who = lists.family()
    offer = lists.offered(lists.join(who, place))
    stranger = lists.family()
    for command in (waitlist.accept, waitlist.decline):
        with pytest.raises(NotFound):
            command(lists.session, stranger.actor, offer_id=offer.id, now=lists.now)
    family = lists.session.get_one(Family, who.child.family_id)
    grandmother = Who(lists.build.relative(family).actor, who.child)
    assert lists.accept(grandmother, offer).state == "accepted"


def test_declining_hands_the_place_on_at_once_and_keeps_the_familys_place(lists: Lists) -> None:
    place = lists.place()
    booked = lists.full(place)
    [(first, entry), (_, other)] = waiting(lists, place, 2)
    lists.cancel(booked)
    offer = lists.decline(first, lists.offered(entry))
    assert lists.offers(other) == ["open"]
    assert (offer.state, entry.state) == ("declined", "waiting")
    assert lists.decline(first, offer) is offer
    with pytest.raises(OfferEnded) as ended:
        lists.accept(first, offer)
    assert ended.value.facts["state"] == "declined"


def test_whoever_declined_is_passed_over_for_the_rest_of_the_round_and_no_longer(
    lists: Lists,
) -> None:
    place = lists.place()
    booked = lists.full(place)
    [(first, entry), (second, other)] = waiting(lists, place, 2)
    lists.cancel(booked)
    lists.decline(first, lists.offered(entry))
    lists.decline(second, lists.offered(other))
    assert (lists.offers(entry), lists.offers(other)) == (["declined"], ["declined"])
    assert lists.taken(place) == {}
    # The place is on sale; who takes it and gives it up opens a round of its own.
    again = lists.full(place)
    lists.cancel(again)
    assert lists.offers(entry) == ["declined", "open"]


def test_a_round_forgotten_is_not_gone_on_with(lists: Lists) -> None:
    """A place that came free while nobody waited was nobody's to decline."""
    place = lists.place()
    who = lists.family()
    entry = lists.join(who, place)
    lists.decline(who, lists.offered(entry))
    booked = lists.full(place)
    lists.pause(who, entry)
    lists.cancel(booked)
    lists.renew(who, entry)
    assert lists.offers(entry) == ["declined", "open"]


def test_joining_or_resuming_opens_no_round(lists: Lists) -> None:
    place = lists.place()
    who = lists.family()
    entry = lists.join(who, place)
    lists.decline(who, lists.offered(entry))
    lists.renew(who, entry)
    lists.pause(who, entry)
    lists.renew(who, entry)
    assert lists.offers(entry) == ["declined"]
    other = lists.join(lists.family(), place)
    assert (lists.offers(entry), lists.offers(other)) == (["declined"], ["open"])


def test_whoever_let_an_offer_expire_is_passed_over_in_the_round(lists: Lists) -> None:
    place = lists.place()
    booked = lists.full(place)
    [(_, entry), (_, other)] = waiting(lists, place, 2)
    lists.cancel(booked)
    offer = lists.offered(entry)
    lists.now = offer.ends_at
    assert lists.expire(offer)
    assert (lists.offers(entry), lists.offers(other)) == (["expired"], ["open"])
    assert lists.stay(offer).state == State.EXPIRED
    assert entry.state == "waiting"
    assert not lists.expire(offer), "twice is once"


def test_the_family_that_gave_the_place_up_is_not_offered_it_in_that_round(lists: Lists) -> None:
    place = lists.place()
    booked = lists.full(place)
    who = booked[0]
    first = lists.join(lists.sibling(who), place)
    second = lists.join(lists.family(), place)
    lists.cancel(booked)
    assert lists.offers(first) == []
    assert lists.offers(second) == ["open"]
    assert lists.passes(first) == ["freed-it"]


def test_the_next_round_asks_everybody_again(lists: Lists) -> None:
    place = lists.place()
    booked = lists.full(place)
    first = lists.join(lists.sibling(booked[0]), place)
    lists.cancel(booked)
    lists.cancel(lists.full(place))
    assert lists.offers(first) == ["open"]


def test_two_expiries_in_a_row_pause_an_entry(lists: Lists) -> None:
    place = lists.place()
    [(who, entry)] = waiting(lists, place, 1)
    for states in (["expired"], ["expired", "expired"]):
        lists.now = lists.offered(entry).ends_at
        lists.expire(lists.offered(entry))
        assert lists.offers(entry) == states
        if len(states) == 1:
            lists.cancel(lists.full(place))
    assert (entry.state, entry.reason) == ("paused", "unanswered")
    assert [row.payload for row in lists.told("entry-paused")] == [{"entry_id": entry.id}]
    assert len(lists.told("offer-expired")) == 2
    # Resumed it has two more.
    lists.renew(who, entry)
    lists.cancel(lists.full(place))
    assert (entry.state, lists.offers(entry)[2:]) == ("waiting", ["open"])
    lists.now = lists.offered(entry).ends_at
    lists.expire(lists.offered(entry))
    assert entry.state == "waiting"


def test_an_answer_between_two_expiries_starts_counting_anew(lists: Lists) -> None:
    place = lists.place()
    [(who, entry)] = waiting(lists, place, 1)
    lists.now = lists.offered(entry).ends_at
    lists.expire(lists.offered(entry))
    lists.cancel(lists.full(place))
    lists.decline(who, lists.offered(entry))
    lists.cancel(lists.full(place))
    lists.now = lists.offered(entry).ends_at
    lists.expire(lists.offered(entry))
    assert entry.state == "waiting"


def test_at_its_deadline_an_offer_can_neither_be_accepted_nor_declined(lists: Lists) -> None:
    place = lists.place()
    [(who, entry)] = waiting(lists, place, 1)
    offer = lists.offered(entry)
    lists.now = offer.ends_at
    for command in (lists.accept, lists.decline):
        with pytest.raises(OfferEnded) as ended:
            command(who, offer)
        assert ended.value.facts == {"state": "expired", "ends_at": offer.ends_at}
    lists.now = offer.ends_at - timedelta(seconds=1)
    assert not lists.expire(offer), "nothing early"
    assert lists.accept(who, offer).state == "accepted"


def test_accepting_withdraws_the_childs_other_entries_for_that_time_anywhere(
    lists: Lists,
) -> None:
    place, other = lists.place(), lists.place()
    lists.full(other)
    who = lists.family()
    same = lists.join(who, other, start="10:00", end="12:00")
    later = lists.join(who, other, start="11:00", end="12:30")
    siblings = lists.join(lists.sibling(who), other)
    tomorrow = lists.join(who, other, on=TOMORROW + timedelta(days=1))
    entry = lists.join(who, place)
    lists.accept(who, lists.offered(entry))
    states = [one.state for one in (same, later, siblings, tomorrow)]
    assert states == ["left", "waiting", "waiting", "waiting"]
    assert same.reason == "booked"


def test_other_lists_see_that_a_family_waits_no_more_but_not_where_it_went(lists: Lists) -> None:
    place, other = lists.place(), lists.place()
    lists.full(other)
    who = lists.family()
    entry = lists.join(who, place, other)
    lists.accept(who, lists.offered(entry))
    last = waitlist.events_at(
        lists.session, other.boss, institution_id=other.id, entry_id=entry.id
    )[0]
    assert (last.kind, last.why, last.offer_id) == ("left", "booked", None)


def test_accepting_frees_the_offers_of_the_other_entries(lists: Lists) -> None:
    """An offer lives on beside another of the same child, until one entry asks for both hours."""
    place, other = lists.place(), lists.place()
    who = lists.family()
    held = lists.offered(lists.join(who, other, start="10:00", end="11:00"))
    entry = lists.join(who, place, start="09:00", end="10:00")
    # What it asks for grew since it was offered.
    for wish in lists.session.scalars(select(Wish).where(Wish.entry_id == held.entry_id)):
        wish.slots |= 1 << 18
    next_one = lists.join(lists.family(), other, start="10:00", end="11:00")
    lists.accept(who, lists.offered(entry))
    assert (lists.stay(held).state, lists.offers(next_one)) == (State.CANCELLED, ["open"])


def test_a_child_that_is_elsewhere_then_cannot_accept_and_the_offer_stays_open(
    lists: Lists,
) -> None:
    place, other = lists.place(), lists.place()
    booked = lists.full(place)
    [(who, entry)] = waiting(lists, place, 1)
    elsewhere = lists.book(who, other, "10:00", "12:00")
    lists.cancel(booked)
    offer = lists.offered(entry)
    with pytest.raises(ChildElsewhere), lists.session.begin_nested():
        lists.accept(who, offer)
    lists.session.refresh(offer)
    assert offer.state == "open"
    lists.cancel((who, elsewhere))
    assert lists.accept(who, offer).state == "accepted"


def test_a_booking_made_without_the_offer_leaves_the_entry_standing(lists: Lists) -> None:
    place, other = lists.place(), lists.place()
    lists.full(place)
    [(who, entry)] = waiting(lists, place, 1)
    lists.book(who, other)
    assert entry.state == "waiting"


def test_a_child_has_one_live_offer_for_the_same_time(lists: Lists) -> None:
    place, other = lists.place(), lists.place()
    booked = lists.full(other)
    who = lists.family()
    first = lists.join(who, place)
    second = lists.join(who, other, start="10:00", end="11:00")
    lists.cancel(booked)
    assert (lists.offers(first), lists.offers(second)) == (["open"], [])
    assert lists.passes(second) == ["has-offer"]
    # What it was passed over for is offered once the other offer has ended.
    lists.decline(who, lists.offered(first))
    assert lists.offers(second) == ["open"]


def test_a_pass_is_logged_once_a_round_and_reason(lists: Lists) -> None:
    place = lists.place(places=2)
    one, two = lists.full(place), lists.full(place)
    long = lists.join(lists.family(), place, start="08:00", end="12:00")
    lists.full(place, "11:00", "12:00")
    lists.full(place, "11:00", "12:00")
    before = len(lists.passes(long))
    lists.cancel(one)
    lists.cancel(two)
    assert len(lists.passes(long)) == before + 2


def test_no_offer_for_what_has_started_or_is_about_to(lists: Lists) -> None:
    place = lists.place(days=(NOON.date(),))
    booked = lists.full(place, "14:00", "16:00", on=NOON.date())
    soon = lists.join(lists.family(), place, start="14:00", end="15:00", on=NOON.date())
    later = lists.join(lists.family(), place, start="14:30", end="15:30", on=NOON.date())
    lists.now = NOON + timedelta(hours=1, minutes=41)  # 13:41, nineteen minutes before
    lists.cancel_by_institution(booked)
    assert (lists.offers(soon), lists.offers(later)) == ([], ["open"])
    assert lists.passes(soon) == ["too-late"]


def test_buttons_of_an_offer_that_is_over_say_so_while_another_is_open(lists: Lists) -> None:
    """Late presses and late ticks meet an entry that was offered something else by then."""
    place, other = lists.place(), lists.place()
    booked = lists.full(other)
    who = lists.family()
    entry = lists.join(who, place, other)
    old = lists.decline(who, lists.offered(entry))
    lists.cancel(booked)
    new = lists.offered(entry)
    for press in (lists.accept, lists.decline):
        if press == lists.accept:
            with pytest.raises(OfferEnded):
                press(who, old)
        else:
            assert press(who, old).state == "declined"
    lists.now = old.ends_at
    assert not lists.expire(old)
    assert lists.offered(entry) is new


def test_a_place_taken_away_is_made_up_for_by_the_next_room(lists: Lists) -> None:
    place = lists.place(days=())
    lists.build.class_group(place.at, band="mixed", places=1, name="混龄班")
    lists.open(place)
    who = lists.family()
    entry = lists.join(who, place)
    first = lists.offered(entry)
    assert first.class_id == place.group.id
    lists.shift(place)
    assert lists.offers(entry) == ["withdrawn", "open"]


def test_what_was_declined_in_one_room_is_not_offered_in_the_next(lists: Lists) -> None:
    place = lists.place(days=())
    lists.build.class_group(place.at, band="mixed", places=1, name="混龄班")
    lists.open(place)
    who = lists.family()
    entry = lists.join(who, place)
    lists.decline(who, lists.offered(entry))
    lists.join(lists.family(), place)
    lists.join(lists.family(), place)
    assert lists.offers(entry) == ["declined"]

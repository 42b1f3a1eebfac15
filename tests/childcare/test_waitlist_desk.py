"""What the desk does with its lists: in order, out of order with a reason, removal, the outlook."""

import pytest
from sqlalchemy.orm import Session

from childcare import waitlist
from childcare.capacity import NoPlace, Scope
from childcare.errors import Forbidden, Malformed, NotFound
from childcare.waitlist import PassedOver, WaitlistEntry
from tests.build import TOMORROW, Build
from tests.childcare.waitlist_house import Lists, Place, Who


@pytest.fixture
def lists(session: Session, build: Build) -> Lists:
    return Lists(session, build)


def offer_to(
    lists: Lists, place: Place, entry: WaitlistEntry, *, reason: str = "", by: str = "boss"
) -> waitlist.Offer:
    made = waitlist.offer_to(
        lists.session,
        getattr(place, by),
        entry_id=entry.id,
        class_id=place.group.id,
        reason=reason,
        now=lists.now,
    )
    lists.promote()
    return made


def idle_place(lists: Lists) -> tuple[Place, list[tuple[Who, WaitlistEntry]]]:
    """A place that everybody has declined and that is on sale."""
    place = lists.place()
    who = [lists.family() for _ in range(3)]
    waiting = [(one, lists.join(one, place)) for one in who]
    for one, entry in waiting:
        lists.decline(one, lists.offered(entry))
    return place, waiting


def test_the_desk_offers_to_the_next_in_order_and_asks_those_who_declined_again(
    lists: Lists,
) -> None:
    place, waiting = idle_place(lists)
    [made] = waitlist.offer_next(
        lists.session, place.desk, class_id=place.group.id, on=TOMORROW, now=lists.now
    )
    assert (made.entry_id, made.out_of_order_reason) == (waiting[0][1].id, None)


def test_the_first_in_line_needs_no_reason_and_another_needs_a_directors(lists: Lists) -> None:
    place, waiting = idle_place(lists)
    last = waiting[2][1]
    with pytest.raises(Forbidden):
        offer_to(lists, place, last, reason="孩子刚出院", by="desk")
    with pytest.raises(Malformed):
        offer_to(lists, place, last)
    made = offer_to(lists, place, last, reason="孩子刚出院")
    assert made.out_of_order_reason == "孩子刚出院"
    assert [lists.passes(entry)[-1:] for _, entry in waiting] == [["out-of-order"]] * 2 + [[]]
    told = waitlist.log_of(lists.session, waiting[0][0].actor, waiting[0][1].id)[-1]
    assert (told.facts["reason"], told.offer_id) == ("孩子刚出院", made.id)
    lists.decline(waiting[2][0], made)
    assert lists.offers(waiting[0][1]) == ["declined", "open"], "in that round they were not asked"


def test_the_desk_may_offer_to_the_first_in_line(lists: Lists) -> None:
    place, waiting = idle_place(lists)
    made = offer_to(lists, place, waiting[0][1], by="desk")
    assert made.out_of_order_reason is None


def test_nothing_is_offered_where_nothing_is_free_nor_twice(lists: Lists) -> None:
    place = lists.place()
    lists.full(place)
    who = lists.family()
    entry = lists.join(who, place)
    with pytest.raises(NoPlace):
        offer_to(lists, place, entry)
    free = lists.place()
    other = lists.join(who, free, start="09:00", end="10:00")
    assert lists.offers(other) == ["open"]
    with pytest.raises(PassedOver):
        offer_to(lists, free, other)


def test_a_dead_offer_in_the_way_can_be_ended_by_whoever_meets_it(lists: Lists) -> None:
    place = lists.place()
    dead = lists.offered(lists.join(lists.family(), place))
    entry = lists.join(lists.family(), place)
    lists.now = dead.ends_at
    with pytest.raises(NoPlace) as refused:
        offer_to(lists, place, entry, reason="急")
    day = lists.build.day(place.group)
    assert refused.value.scope == Scope((day.id,), entry.child_id)


def test_another_institution_sees_nothing_of_a_list(lists: Lists) -> None:
    place, other = lists.place(), lists.place()
    lists.full(place)
    entry = lists.join(lists.family(), place)
    with pytest.raises(NotFound):
        offer_to(lists, Place(other.at, place.group), entry)
    with pytest.raises(NotFound):
        waitlist.lines(lists.session, other.boss, institution_id=place.id, now=lists.now)
    with pytest.raises(NotFound):
        waitlist.log_of(lists.session, other.boss, entry.id)


def test_the_outlook_says_what_then_happens(lists: Lists) -> None:
    place, other = lists.place(), lists.place()
    booked = lists.full(place)
    long = lists.join(lists.family(), place, start="09:00", end="12:00")
    lists.full(place, "11:00", "12:00")
    busy = lists.family()
    lists.join(busy, other, start="10:00", end="11:00")
    elsewhere = lists.join(busy, place)
    third = lists.join(lists.family(), place)
    fourth = lists.join(lists.family(), place)
    turns = waitlist.if_free(
        lists.session,
        place.desk,
        class_id=place.group.id,
        on=TOMORROW,
        slots=range(18, 22),
        now=lists.now,
    )
    said = [(turn.wish.entry_id, turn.why) for turn in turns]
    assert said == [
        (long.id, "hours"),
        (elsewhere.id, "has-offer"),
        (third.id, None),
        (fourth.id, None),
    ]
    lists.cancel(booked)
    assert lists.offers(third) == ["open"]
    assert (lists.passes(long)[-1], lists.passes(elsewhere)[-1]) == ("hours", "has-offer")


def test_removal_with_a_reason_is_from_one_list_only(lists: Lists) -> None:
    place, other = lists.place(), lists.place()
    lists.full(other)
    entry = lists.join(lists.family(), place, other)
    second = lists.join(lists.family(), place)

    def remove(at: Place, reason: str) -> None:
        waitlist.remove(
            lists.session,
            at.desk,
            institution_id=at.id,
            entry_id=entry.id,
            reason=reason,
            now=lists.now,
        )
        lists.promote()

    with pytest.raises(Malformed):
        remove(place, " ")
    remove(place, "重复登记")
    remove(place, "重复登记")
    assert (lists.offers(entry), lists.offers(second)) == (["withdrawn"], ["open"])
    assert entry.state == "waiting"
    standings = waitlist.standings(lists.session, entry, now=lists.now)
    assert [standing.is_removed for standing in standings] == [True, False]
    remove(other, "已搬走")
    assert (entry.state, entry.reason) == ("removed", "已搬走")

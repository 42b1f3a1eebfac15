"""Who is offered a place that comes free: the published order, position, and who is passed over."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from childcare import waitlist
from childcare.errors import Forbidden, Malformed, NotFound
from childcare.institutions import CareForm, DayPart
from childcare.waitlist import Siblings
from tests.build import NOON, TOMORROW, Build
from tests.childcare.waitlist_house import Lists, Place, Who

WEEK = timedelta(days=7)


@pytest.fixture
def lists(session: Session, build: Build) -> Lists:
    return Lists(session, build)


def publish(lists: Lists, place: Place, *lines: tuple[str, int]) -> waitlist.PriorityTable:
    made = waitlist.publish(
        lists.session,
        place.boss,
        institution_id=place.id,
        lines=lines,
        reason="街道通知",
        now=lists.now,
    )
    waitlist.apply_due(lists.session, place.id, now=lists.now)
    return made


def prove(lists: Lists, place: Place, who: Who, criterion: str) -> None:
    waitlist.prove(
        lists.session,
        place.desk,
        institution_id=place.id,
        family_id=who.child.family_id,
        criterion=criterion,
        note="户口本",
        now=lists.now,
    )


def position(lists: Lists, who: Who, entry: waitlist.WaitlistEntry) -> list[int | None]:
    return [s.position for s in waitlist.standings(lists.session, entry, now=lists.now)]


def test_without_a_table_the_time_of_entry_orders(lists: Lists) -> None:
    place = lists.place()
    booked = lists.full(place)
    first, second = lists.family(), lists.family()
    one, other = lists.join(first, place), lists.join(second, place)
    lists.cancel(booked)
    assert lists.offer_of(one)
    assert lists.offers(other) == []
    assert lists.passes(other) == []


def test_of_the_same_instant_the_smaller_id_comes_first(lists: Lists) -> None:
    place = lists.place()
    booked = lists.full(place)
    who = [lists.family() for _ in range(3)]
    entries = []
    for one in who:
        lists.now = NOON
        entries.append(lists.join(one, place))
    lists.cancel(booked)
    assert [bool(lists.offer_of(entry)) for entry in entries] == [True, False, False]


def test_points_of_the_table_come_before_the_time_of_entry(lists: Lists) -> None:
    place = lists.place()
    publish(lists, place, ("resident-of-street", 50), ("works-here", 80))
    booked = lists.full(place)
    early, resident, teacher = (lists.family() for _ in range(3))
    entries = [lists.join(who, place) for who in (early, resident, teacher)]
    prove(lists, place, resident, "resident-of-street")
    prove(lists, place, teacher, "works-here")
    assert [
        position(lists, *pair) for pair in zip((early, resident, teacher), entries, strict=True)
    ]
    lists.cancel(booked)
    assert [bool(lists.offer_of(entry)) for entry in entries] == [False, False, True]
    offer = lists.offered(entries[2])
    assert offer.priority == 80
    assert offer.table_id is not None


def test_the_highest_line_that_applies_counts_and_not_the_sum(lists: Lists) -> None:
    place = lists.place()
    publish(lists, place, ("resident-of-street", 50), ("low-income", 40), ("works-here", 80))
    lists.full(place)
    both, teacher = lists.family(), lists.family()
    entry, other = lists.join(both, place), lists.join(teacher, place)
    prove(lists, place, both, "resident-of-street")
    prove(lists, place, both, "low-income")
    prove(lists, place, teacher, "works-here")
    assert (position(lists, both, entry), position(lists, teacher, other)) == ([2], [1])
    [standing] = waitlist.standings(lists.session, entry, now=lists.now)
    assert list(standing.reasons) == ["resident-of-street", "low-income"]


def test_what_is_shown_no_more_counts_no_more(lists: Lists) -> None:
    place = lists.place()
    publish(lists, place, ("resident-of-street", 50))
    lists.full(place)
    early, moved_away = lists.family(), lists.family()
    lists.join(early, place)
    entry = lists.join(moved_away, place)
    prove(lists, place, moved_away, "resident-of-street")
    assert position(lists, moved_away, entry) == [1]
    waitlist.unprove(
        lists.session,
        place.desk,
        institution_id=place.id,
        family_id=moved_away.child.family_id,
        criterion="resident-of-street",
        now=lists.now,
    )
    assert position(lists, moved_away, entry) == [2]


def test_the_first_table_is_in_force_at_once_the_next_after_seven_days(lists: Lists) -> None:
    place = lists.place()
    first = publish(lists, place, ("resident-of-street", 50))
    second = publish(lists, place, ("works-here", 90))
    assert (first.effective_at, second.effective_at) == (lists.now, lists.now + WEEK)
    just_before = second.effective_at - timedelta(seconds=1)
    table = waitlist.table_in_force
    assert table(lists.session, place.id, just_before) == first
    assert table(lists.session, place.id, second.effective_at) == second
    assert [t.version for t in waitlist.tables_of(lists.session, place.id)] == [2, 1]


def test_the_version_in_force_when_offering_orders(lists: Lists) -> None:
    day = TOMORROW + timedelta(days=9)
    place = lists.place(days=(day,))
    booked = lists.full(place, on=day)
    resident, teacher = lists.family(), lists.family()
    publish(lists, place, ("resident-of-street", 50), ("works-here", 10))
    entry, other = lists.join(resident, place, on=day), lists.join(teacher, place, on=day)
    prove(lists, place, resident, "resident-of-street")
    prove(lists, place, teacher, "works-here")
    second = publish(lists, place, ("resident-of-street", 10), ("works-here", 50))
    assert position(lists, resident, entry) == [1]
    lists.now = second.effective_at
    # Nobody has applied it yet: the promotion itself does.
    lists.cancel(booked)
    assert lists.offered(other).table_id == second.id
    assert lists.offer_of(entry) is None


def test_a_director_publishes_and_nobody_else(lists: Lists) -> None:
    place, other = lists.place(), lists.place()
    for actor in (place.desk, other.boss, lists.family().actor):
        with pytest.raises((Forbidden, NotFound)):
            waitlist.publish(
                lists.session,
                actor,
                institution_id=place.id,
                lines=[("works-here", 5)],
                reason="通知",
                now=lists.now,
            )
    with pytest.raises(Malformed):
        publish(lists, place, ("institution-cancelled", 5))
    with pytest.raises(Malformed):
        publish(lists, place, ("works-here", 0))
    with pytest.raises(Malformed):
        publish(lists, place, ("works-here", 5), ("works-here", 6))


def test_a_sibling_who_is_enrolled_brings_points_by_itself(lists: Lists) -> None:
    place = lists.place(places=2)
    publish(lists, place, ("sibling-enrolled", 60))
    elder = lists.family()
    lists.enrol(elder, place)
    booked = lists.full(place)
    early, younger = lists.family(), lists.sibling(elder)
    lists.join(early, place)
    entry = lists.join(younger, place)
    [standing] = waitlist.standings(lists.session, entry, now=lists.now)
    assert (standing.position, list(standing.reasons)) == (1, ["sibling-enrolled"])
    lists.cancel(booked)
    assert lists.offer_of(entry)


def test_a_family_whose_booking_the_institution_cancelled_comes_first_next_time(
    lists: Lists,
) -> None:
    day = TOMORROW + timedelta(days=6)
    place = lists.place(days=(TOMORROW, day))
    publish(lists, place, ("resident-of-street", 1000))
    booked = lists.full(place)
    lists.cancel_by_institution(booked)
    later = lists.full(place, on=day)
    resident = lists.family()
    lists.join(resident, place, on=day)
    prove(lists, place, resident, "resident-of-street")
    entry = lists.join(booked[0], place, on=day)
    lists.cancel(later)
    assert lists.offer_of(entry)
    [standing] = waitlist.standings(lists.session, entry, now=lists.now)
    assert list(standing.reasons) == ["institution-cancelled"]


def test_the_grant_is_good_for_one_entry_there_within_thirty_days(lists: Lists) -> None:
    day = TOMORROW + timedelta(days=6)
    place, elsewhere = lists.place(days=(TOMORROW, day)), lists.place(days=(day,))
    booked = lists.full(place)
    who = booked[0]
    lists.cancel_by_institution(booked)
    lists.full(elsewhere, on=day)
    lists.full(place, on=day)

    def reasons(entry: waitlist.WaitlistEntry) -> list[str]:
        return list(waitlist.standings(lists.session, entry, now=lists.now)[-1].reasons)

    assert reasons(lists.join(who, elsewhere, on=day)) == []
    lists.now = NOON + timedelta(days=31)
    late = day + timedelta(days=42)
    assert reasons(lists.join(who, place, on=late)) == []
    lists.now = NOON + timedelta(days=2)
    assert reasons(lists.join(who, place, on=day)) == ["institution-cancelled"]
    assert reasons(lists.join(who, place, on=day + timedelta(days=1))) == []


def test_position_counts_live_entries_ahead_for_an_overlapping_wish_there(lists: Lists) -> None:
    place, elsewhere = lists.place(), lists.place()
    for where in (place, elsewhere):
        lists.full(where, "08:00", "18:00")
    lists.join(lists.family(), place, start="09:00", end="10:00")
    lists.join(lists.family(), place, start="14:00", end="16:00")
    lists.join(lists.family(), elsewhere, start="09:00", end="11:00")
    lists.join(lists.family(), place, on=TOMORROW + timedelta(days=1))
    gone, paused = lists.family(), lists.family()
    lists.leave(gone, lists.join(gone, place))
    lists.pause(paused, lists.join(paused, place))
    who = lists.family()
    entry = lists.join(who, place, elsewhere, start="09:30", end="14:00")
    [here, there] = waitlist.standings(lists.session, entry, now=lists.now)
    assert (here.position, here.ahead, here.preference) == (2, 1, 1)
    assert (there.position, there.ahead, there.preference) == (2, 1, 2)


def test_a_wish_that_does_not_fit_is_passed_over_keeps_its_place_and_reads_why(
    lists: Lists,
) -> None:
    place = lists.place()
    booked = lists.full(place, "09:00", "11:00")
    lists.full(place, "11:00", "12:00")
    long, short = lists.family(), lists.family()
    first = lists.join(long, place, start="09:00", end="12:00")
    second = lists.join(short, place, start="10:00", end="11:00")
    lists.cancel(booked)
    assert lists.offer_of(first) is None
    assert lists.offer_of(second)
    assert lists.passes(first) == ["hours"]
    assert position(lists, long, first) == [1]
    [passed] = [e for e in waitlist.log_of(lists.session, long.actor, first.id) if e.round_id]
    assert passed.facts["free"] == [["08:00", "11:00"], ["12:00", "18:00"]]


def test_everyone_is_offered_for_whom_a_place_stands_free(lists: Lists) -> None:
    place = lists.place(places=2)
    for _ in range(2):
        lists.full(place, "09:00", "12:00")
    who = [lists.family() for _ in range(3)]
    entries = [lists.join(one, place, start="10:00", end="11:00") for one in who]
    lists.shift(place, (480, 1080))
    assert not any(lists.offers(entry) for entry in entries)
    small = lists.place(places=3, carers=0)
    waiting = [lists.join(one, small, start="10:00", end="11:00") for one in who[:2]]
    lists.shift(small, (480, 1080))
    assert all(lists.offers(entry) == ["open"] for entry in waiting)


def test_siblings_all_are_offered_together_or_not_at_all(lists: Lists) -> None:
    place = lists.place(places=2)
    one, two = lists.full(place), lists.full(place)
    elder = lists.family()
    twins = lists.join_all([elder, lists.sibling(elder)], place, together=Siblings.ALL)
    lonely = lists.family()
    single = lists.join(lonely, place)
    lists.cancel(one)
    assert [lists.offers(entry) for entry in (*twins, single)] == [[], [], ["open"]]
    assert lists.passes(twins[0]) == ["siblings"]
    lists.cancel(two)
    assert [lists.offers(entry) for entry in twins] == [[], []]
    # Now both fit.
    lists.decline(lonely, lists.offered(single))
    assert [lists.offers(entry) for entry in twins] == [["open"], ["open"]]


def test_siblings_all_are_accepted_declined_and_expire_together(lists: Lists) -> None:
    for end, states in (
        ("accept", ["accepted"] * 2),
        ("decline", ["declined"] * 2),
        ("expire", ["expired"] * 2),
    ):
        place = lists.place(places=2)
        elder = lists.family()
        twins = lists.join_all([elder, lists.sibling(elder)], place, together=Siblings.ALL)
        offer = lists.offered(twins[0])
        if end == "expire":
            lists.now = offer.ends_at
            lists.expire(offer)
            lists.now = NOON
        else:
            getattr(lists, end)(elder, offer)
        assert [lists.offers(entry)[0] for entry in twins] == states


def test_siblings_any_are_offered_each_for_itself(lists: Lists) -> None:
    place = lists.place(places=2)
    one = lists.full(place)
    lists.full(place)
    elder = lists.family()
    twins = lists.join_all([elder, lists.sibling(elder)], place, together=Siblings.ANY)
    lists.cancel(one)
    assert [lists.offers(entry) for entry in twins] == [["open"], []]


def test_siblings_all_of_whom_one_pauses_wait_both(lists: Lists) -> None:
    place = lists.place(places=2)
    one, two = lists.full(place), lists.full(place)
    elder = lists.family()
    twins = lists.join_all([elder, lists.sibling(elder)], place, together=Siblings.ALL)
    lists.pause(elder, twins[1])
    lists.cancel(one)
    lists.cancel(two)
    assert lists.offers(twins[0]) == []
    lists.renew(elder, twins[1])
    assert [lists.offers(entry) for entry in twins] == [["open"], ["open"]]


def test_what_one_of_siblings_all_gives_up_is_not_kept_for_the_other(lists: Lists) -> None:
    place = lists.place(places=2)
    elder = lists.family()
    twins = lists.join_all([elder, lists.sibling(elder)], place, together=Siblings.ALL)
    lists.leave(elder, twins[0])
    assert lists.offers(twins[0]) == ["withdrawn"]
    # The other waits for itself alone from now on, and is first in line.
    assert lists.offers(twins[1]) == ["withdrawn", "open"]
    lists.accept(elder, lists.offered(twins[1]))
    assert lists.taken(place) == dict.fromkeys(range(18, 22), 1)


def test_order_of_preference_decides_where_several_places_stand_free_at_once(
    lists: Lists,
) -> None:
    first, second = lists.place(), lists.place()
    who = lists.family()
    entry = lists.join(who, second, first)
    assert lists.offered(entry).institution_id == second.id


def test_order_of_preference_does_not_wait_for_the_preferred(lists: Lists) -> None:
    preferred, other = lists.place(), lists.place()
    lists.full(preferred)
    booked = lists.full(other)
    entry = lists.join(lists.family(), preferred, other)
    lists.cancel(booked)
    assert lists.offered(entry).institution_id == other.id


def test_who_is_first_at_its_second_choice_only_gets_that(lists: Lists) -> None:
    """Both stand free at once; at the preferred one somebody else comes first."""
    preferred, other = lists.place(carers=0), lists.place(carers=0)
    ahead, who = lists.family(), lists.family()
    before = lists.join(ahead, preferred)
    entry = lists.join(who, preferred, other)
    for place in (other, preferred):
        lists.shift(place, (480, 1080))
    assert lists.offered(before).institution_id == preferred.id
    assert lists.offered(entry).institution_id == other.id


def test_an_entry_has_one_open_offer_whatever_hours_a_day_part_has(lists: Lists) -> None:
    """What two nurseries call a morning need not overlap."""
    morning, afternoon = lists.place(), lists.place()
    later = date(2026, 11, 1)
    lists.build.fee_sheet(afternoon.at, version=2, effective_from=later, starts=840, ends=1050)
    who = lists.family()
    ask = waitlist.Ask(
        (who.child.id,),
        (morning.id, afternoon.id),
        CareForm.TEMPORARY,
        on=TOMORROW,
        day_part=DayPart.MORNING,
    )
    [entry] = lists.ask(who, ask)
    assert lists.offers(entry) == ["open"]

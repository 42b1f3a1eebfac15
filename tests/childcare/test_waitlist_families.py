"""Joining, pausing, renewing, leaving; and what days, birthdays and silence do to an entry."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from childcare import clock, waitlist
from childcare.bookings import TooFarAhead, TooLate
from childcare.errors import DomainError, Malformed, NotFound
from childcare.institutions import CareForm, NoClassForAge, NotOffered
from childcare.stays import WrongState
from childcare.waitlist import Ask, TooManyEntries, WaitlistEvent
from tests.build import NOON, TODAY, TOMORROW, Build
from tests.childcare.waitlist_house import DECEMBER, Lists, Place, Who

DAY = timedelta(days=1)


@pytest.fixture
def lists(session: Session, build: Build) -> Lists:
    return Lists(session, build)


def sweep(lists: Lists) -> None:
    waitlist.sweep(lists.session, now=lists.now)
    lists.promote()


def happened(lists: Lists, entry: waitlist.WaitlistEntry) -> list[str]:
    query = select(WaitlistEvent.kind).where(WaitlistEvent.entry_id == entry.id)
    return list(lists.session.scalars(query.order_by(WaitlistEvent.id)))


def asking(who: Who, *places: Place, **facts: object) -> Ask:
    plain = {"on": TOMORROW, "start": 540, "end": 660, "form": CareForm.HOURLY}
    wanted = {**plain, **facts}
    places_wanted = tuple(place.id for place in places)
    return Ask((who.child.id,), places_wanted, **wanted)  # type: ignore[arg-type]


# Joining


def test_asking_again_for_the_same_is_the_same_entry_at_its_old_place(lists: Lists) -> None:
    place = lists.place()
    lists.full(place)
    who = lists.family()
    entry = lists.join(who, place)
    joined_at = entry.joined_at
    lists.join(lists.family(), place)
    assert lists.join(who, place) is entry
    [standing] = waitlist.standings(lists.session, entry, now=lists.now)
    assert (entry.joined_at, standing.position) == (joined_at, 1)


def test_asking_again_elsewhere_adds_the_institution_behind_the_others(lists: Lists) -> None:
    place, other = lists.place(), lists.place()
    lists.full(place)
    who = lists.family()
    entry = lists.join(who, place)
    lists.full(other)
    assert lists.join(who, other) is entry
    choices = waitlist.choices_of(lists.session, entry.id)
    assert [choice.institution_id for choice in choices] == [place.id, other.id]


def test_one_to_five_institutions_each_once(lists: Lists) -> None:
    places, who = [lists.place(days=()) for _ in range(6)], lists.family()
    for wrong in ([], places, [places[0], places[0]]):
        with pytest.raises(Malformed):
            lists.ask(who, asking(who, *wrong))
    entry = lists.join(who, *places[:5])
    choices = waitlist.choices_of(lists.session, entry.id)
    assert [choice.preference for choice in choices] == [1, 2, 3, 4, 5]
    with pytest.raises(Malformed):
        lists.join(who, places[5])


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"on": TODAY - DAY}, TooLate),
        ({"on": TODAY, "start": 660, "end": 720}, TooLate),
        ({"on": TODAY + timedelta(days=800)}, TooFarAhead),
        ({"start": 545}, Malformed),
        ({"start": 1080, "end": 1140}, Malformed),
        ({"on": date(2026, 11, 28)}, NotOffered),
        ({"on": None}, Malformed),
        ({"from_month": DECEMBER}, Malformed),
        ({"form": CareForm.FULL_DAY}, NotOffered),
        ({"weekdays": (1,)}, Malformed),
    ],
)
def test_what_is_not_sold_or_has_begun_cannot_be_waited_for(
    lists: Lists, facts: dict[str, object], refusal: type[DomainError]
) -> None:
    who = lists.family()
    with pytest.raises(refusal):
        lists.ask(who, asking(who, lists.place(), **facts))


@pytest.mark.parametrize(
    "facts",
    [
        {"from_month": date(2026, 12, 2)},
        {"from_month": date(2026, 10, 1)},
        {"weekdays": ()},
        {"weekdays": (8,)},
        {"form": CareForm.HOURLY},
    ],
)
def test_an_enrolment_is_asked_for_from_the_first_of_a_month(
    lists: Lists, facts: dict[str, object]
) -> None:
    who = lists.family()
    long_term = {
        "on": None,
        "start": None,
        "end": None,
        "form": CareForm.FULL_DAY,
        "from_month": DECEMBER,
        "weekdays": (1, 2),
    }
    with pytest.raises(Malformed):
        lists.ask(who, asking(who, lists.place(), **{**long_term, **facts}))


def test_waiting_beyond_the_horizon_is_allowed_and_the_age_is_that_days(lists: Lists) -> None:
    place = lists.place()
    who, old = lists.family(), lists.family(months=23)
    day = TODAY + timedelta(days=56)
    assert lists.join(who, place, on=day).state == "waiting"
    with pytest.raises(NoClassForAge):
        lists.join(old, place, on=day)


def test_another_familys_child_cannot_be_put_on_a_list(lists: Lists) -> None:
    who, other = lists.family(), lists.family()
    with pytest.raises(NotFound):
        lists.join(Who(who.actor, other.child), lists.place())


def test_a_family_waits_for_twenty_things_at_most(lists: Lists) -> None:
    place, who = lists.place(days=()), lists.family()
    days = [TOMORROW + timedelta(days=n) for n in range(40)]
    working = [on for on in days if on.weekday() < 5][:21]
    entries = [lists.join(who, place, on=on) for on in working[:20]]
    with pytest.raises(TooManyEntries):
        lists.join(who, place, on=working[20])
    lists.leave(who, entries[0])
    lists.join(who, place, on=working[20])


# Pausing, renewing, leaving


def test_pausing_gives_an_offer_to_the_next_and_keeps_the_time_of_entry(lists: Lists) -> None:
    place = lists.place()
    who = lists.family()
    entry = lists.join(who, place)
    other = lists.join(lists.family(), place)
    joined_at = entry.joined_at
    lists.pause(who, entry)
    lists.pause(who, entry)
    assert (lists.offers(entry), lists.offers(other)) == (["withdrawn"], ["open"])
    assert (entry.state, entry.joined_at) == ("paused", joined_at)
    assert happened(lists, entry).count("paused") == 1


def test_leaving_is_once_and_over(lists: Lists) -> None:
    place = lists.place()
    who = lists.family()
    entry = lists.join(who, place)
    other = lists.join(lists.family(), place)
    lists.leave(who, entry)
    lists.leave(who, entry)
    assert (entry.state, lists.offers(entry), lists.offers(other)) == (
        "left",
        ["withdrawn"],
        ["open"],
    )
    for command in (lists.pause, lists.renew):
        with pytest.raises(WrongState):
            command(who, entry)


def test_another_family_can_do_nothing_with_an_entry(lists: Lists) -> None:
    entry, stranger = lists.join(lists.family(), lists.place()), lists.family()
    for command in (lists.pause, lists.renew, lists.leave):
        with pytest.raises(NotFound):
            command(stranger, entry)
    with pytest.raises(NotFound):
        waitlist.log_of(lists.session, stranger.actor, entry.id)


def test_asking_again_for_what_is_paused_resumes_it_wholly(lists: Lists) -> None:
    """Nothing of the silence that paused it is left."""
    place = lists.place()
    who = lists.family()
    entry = lists.join(who, place)
    for _ in range(2):
        lists.now = lists.offered(entry).ends_at
        lists.expire(lists.offered(entry))
        lists.cancel(lists.full(place))
    assert entry.state == "paused"
    entry.asked_at = entry.renew_at = lists.now - timedelta(days=8)
    lists.join(who, place)
    assert (entry.state, entry.expiries) == ("waiting", 0)
    sweep(lists)
    assert entry.state == "waiting"


# What time does


def test_an_entry_lapses_when_its_day_is_past_and_not_before(lists: Lists) -> None:
    place = lists.place()
    lists.full(place)
    waits, paused = lists.family(), lists.family()
    entry, other = lists.join(waits, place), lists.join(paused, place)
    lists.pause(paused, other)
    lists.now = clock.midnight(TOMORROW + DAY) - timedelta(seconds=1)
    sweep(lists)
    assert (entry.state, other.state) == ("waiting", "paused")
    lists.later(seconds=1)
    sweep(lists)
    assert (entry.state, other.state) == ("lapsed", "lapsed")
    assert len(lists.told("entry-lapsed")) == 2
    sweep(lists)
    assert len(lists.told("entry-lapsed")) == 2


def test_after_sixty_days_a_family_is_asked_once_and_after_seven_more_paused(
    lists: Lists,
) -> None:
    place = lists.place(days=())
    who = lists.family()
    entry = lists.join(who, place, on=TOMORROW + timedelta(days=70))
    began = entry.joined_at
    lists.now = began + timedelta(days=60) - timedelta(seconds=1)
    sweep(lists)
    assert lists.told("entry-renewal") == []
    for _ in range(2):
        lists.later(seconds=1)
        sweep(lists)
    assert [row.payload for row in lists.told("entry-renewal")] == [{"entry_id": entry.id}]
    lists.now = began + timedelta(days=67) - timedelta(seconds=1)
    sweep(lists)
    assert entry.state == "waiting"
    lists.later(seconds=1)
    sweep(lists)
    assert (entry.state, entry.reason) == ("paused", "not-renewed")
    lists.renew(who, entry)
    sweep(lists)
    assert (entry.state, entry.asked_at) == ("waiting", None)


def test_the_sweep_ends_dead_offers_whose_own_row_was_lost(lists: Lists) -> None:
    place = lists.place()
    entry = lists.join(lists.family(), place)
    offer = lists.offered(entry)
    lists.now = offer.ends_at
    sweep(lists)
    row = lists.told("expire-offer")[-1]
    assert (row.due_at, row.payload) == (lists.now, {"offer_id": offer.id})


def test_the_sweep_finds_a_place_that_was_forgotten(lists: Lists) -> None:
    """As after a crash that no rule foresees: free, and somebody waits."""
    place = lists.place()
    entry = lists.join(lists.family(), place)
    lists.full(lists.place())
    waitlist.withdraw_day(lists.session, lists.build.day(place.group).id, reason="", now=lists.now)
    lists.session.info.pop("freed")
    assert lists.offers(entry) == ["withdrawn"]
    lists.later(minutes=5)
    sweep(lists)
    [row] = lists.told("promote-day")
    waitlist.look_again(lists.session, day_id=row.payload["day_id"])
    lists.promote()
    assert lists.offers(entry) == ["withdrawn", "open"]


def test_the_sweep_leaves_alone_what_nobody_may_have(lists: Lists) -> None:
    place = lists.place()
    who = lists.family()
    lists.decline(who, lists.offered(lists.join(who, place)))
    lists.join(lists.family(), place, start="09:00", end="10:00")
    busy = lists.family()
    lists.join(busy, place, start="10:00", end="12:00")
    lists.join(busy, lists.place(), start="10:00", end="12:00")
    before = len(lists.told("promote-day"))
    sweep(lists)
    assert len(lists.told("promote-day")) == before


def test_a_changed_birth_date_asks_other_classes(lists: Lists) -> None:
    place = lists.place()
    older = lists.build.class_group(place.at, band="older", places=1)
    lists.open(place, TOMORROW + DAY)
    lists.full(place, on=TOMORROW + DAY)
    who = lists.family()
    entry = lists.join(who, place, on=TOMORROW + DAY)
    assert lists.offers(entry) == []
    who.child.born_on = date(2024, 6, 10)
    lists.session.flush()
    waitlist.refresh_child(lists.session, child_id=who.child.id, now=lists.now)
    lists.promote()
    assert lists.offered(entry).class_id == older.id


def test_what_was_offered_by_a_wrong_birth_date_is_taken_back(lists: Lists) -> None:
    place = lists.place()
    who = lists.family()
    entry = lists.join(who, place)
    other = lists.join(lists.family(), place)
    who.child.born_on = date(2026, 6, 10)
    lists.session.flush()
    waitlist.refresh_child(lists.session, child_id=who.child.id, now=lists.now)
    lists.promote()
    assert (lists.offers(entry), lists.offers(other)) == (["withdrawn"], ["open"])


def test_an_offer_can_be_accepted_though_nothing_of_the_kind_is_sold_any_more(
    lists: Lists,
) -> None:
    place, other = lists.place(), lists.place()
    who = lists.family()
    entry = lists.join(who, place, other)
    lists.build.fee_sheet(place.at, version=2, effective_from=TODAY, form="late")
    lists.renew(who, entry)
    assert lists.accept(who, lists.offered(entry)).institution_id == place.id


def test_a_family_reads_its_log_without_the_desks_notes(lists: Lists) -> None:
    place = lists.place()
    booked = lists.full(place)
    who = lists.family()
    entry = lists.join(who, place)
    waitlist.note(
        lists.session,
        place.desk,
        institution_id=place.id,
        entry_id=entry.id,
        text="电话没人接",
        now=NOON,
    )
    lists.cancel(booked)
    lists.decline(who, lists.offered(entry))
    own = [event.kind for event in waitlist.log_of(lists.session, who.actor, entry.id)]
    desk = [event.kind for event in waitlist.log_of(lists.session, place.desk, entry.id)]
    assert own == ["joined", "offered", "declined"]
    assert desk == ["joined", "noted", "offered", "declined"]


def test_plain_counts_tell_how_many_places_went_to_the_list(lists: Lists) -> None:
    place = lists.place(places=3)
    who = [lists.family() for _ in range(3)]
    entries = [lists.join(one, place) for one in who]
    lists.accept(who[0], lists.offered(entries[0]))
    lists.accept(who[1], lists.offered(entries[1]))
    lists.decline(who[2], lists.offered(entries[2]))
    [standing] = waitlist.standings(lists.session, entries[2], now=lists.now)
    assert standing.went_in_30_days == 2
    later = NOON + timedelta(days=31)
    assert waitlist.went_to_list(lists.session, place.id, now=later) == 0

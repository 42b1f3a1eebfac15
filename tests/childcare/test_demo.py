"""The sample city is a city: its mix, its children, its gaps, and the people of the sandbox."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from childcare import accounts, ages, bookings, capacity, demo, planning, search, waitlist, workdays
from childcare.actors import Role
from childcare.app import promoting
from childcare.bookings import Wish
from childcare.capacity import ClassDay
from childcare.demo import families, houses, scale
from childcare.demo.city import NEIGHBOURHOODS
from childcare.enrolments import Absence, Enrolment, Segment
from childcare.institutions import CareForm, ClassGroup, Institution, Kind
from childcare.people import CONSENT_VERSION, Child, Family, Guardian, SavedPlace
from childcare.search import Query
from childcare.stays import State, Stay
from tests.build import NOON, TODAY

# Tuesday to Friday, and the Monday after.
WORKING_DAYS = [TODAY + timedelta(days=n) for n in (1, 2, 3, 4, 7)]


@pytest.fixture(scope="module")
def loaded(shared_engine: Engine) -> Iterator[tuple[Session, demo.Loaded]]:
    """The sample city as of `NOON`, rolled back after the last test here."""
    with shared_engine.connect() as connection:
        outer = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            session.info["now"] = NOON
            made = demo.load(session, now=NOON)
            assert made is not None
            yield session, made
        outer.rollback()


@pytest.fixture
def city(loaded: tuple[Session, demo.Loaded]) -> Iterator[Session]:
    """A look at the city; what a test changes is taken back."""
    session, _ = loaded
    with session.begin_nested() as point:
        yield session
        point.rollback()


def count(session: Session, record: type) -> int:
    return session.scalar(select(func.count()).select_from(record)) or 0


def test_forty_institutions_in_twenty_neighbourhoods_in_the_mix_of_beijing(city: Session) -> None:
    places = city.scalars(select(Institution)).all()
    kinds = Counter(place.kind for place in places)
    assert kinds == {
        Kind.KINDERGARTEN_CLASS: 16,
        Kind.COMMUNITY_EMBEDDED: 9,
        Kind.PRIVATE: 9,
        Kind.EMPLOYER: 2,
        Kind.HOME_SITE: 2,
        Kind.HUB_CENTRE: 1,
        Kind.GROWTH_STATION: 1,
    }
    assert sum(not place.inclusive for place in places) == 3
    assert len(NEIGHBOURHOODS) == 20
    assert len({place.name for place in places}) == 40
    assert all(place.is_sample and place.opened_at and place.terms for place in places)
    assert all("示例" in place.address for place in places)


def test_the_one_in_jinsong_has_fifty_places_and_ten_carers(city: Session) -> None:
    [at] = city.scalars(select(Institution).where(Institution.name.startswith("小橡果")))
    classes = search.profile(city, at.id, WORKING_DAYS[0]).classes
    assert [(room.places, room.carers) for room in classes] == [(6, 2), (15, 3), (14, 2), (15, 3)]


def test_every_class_that_enrols_is_filled_by_seven_to_nineteen_twentieths(city: Session) -> None:
    rows = city.execute(
        select(ClassGroup.places, func.count())
        .join(Segment, Segment.class_id == ClassGroup.id)
        .group_by(ClassGroup.id)
    ).all()
    shares = [filled / places for places, filled in rows]
    assert len(shares) == count(city, ClassGroup) - 2, "all but the growth station's two"
    assert all(0.7 <= share <= 0.95 for share in shares)


def test_enrolled_children_are_of_the_ages_of_their_classes_and_none_is_twice(
    city: Session,
) -> None:
    rows = city.execute(
        select(Child.born_on, ClassGroup.from_months, ClassGroup.to_months)
        .join(Enrolment, Enrolment.child_id == Child.id)
        .join(Segment, Segment.enrolment_id == Enrolment.id)
        .join(ClassGroup, ClassGroup.id == Segment.class_id)
        .where(Segment.from_on <= TODAY)
    ).all()
    assert all(first <= ages.months_on(born_on, TODAY) <= last for born_on, first, last in rows)
    children = city.scalars(select(Enrolment.child_id)).all()
    assert len(set(children)) == len(children) > 400


def test_what_days_count_is_what_their_stays_hold_and_nothing_is_over(city: Session) -> None:
    held: Counter[tuple[int, int]] = Counter()
    for stay in city.scalars(select(Stay)):
        held.update((stay.day_id, slot) for slot in stay.slots())
    days = city.scalars(select(ClassDay)).all()
    counted = {(d.id, slot): n for d in days for slot, n in enumerate(d.taken) if n}
    assert counted == dict(held)
    assert not [day.over for day in days if day.over]


def test_absences_leave_real_gaps(city: Session) -> None:
    weekly = count(city, Absence) / count(city, Enrolment) / 5
    assert 0.08 < weekly < 0.16
    assert city.scalars(select(Stay).where(Stay.state == State.ABSENT)).all()


def test_one_hundred_and_twenty_families_have_accounts_and_one_hundred_and_forty_children(
    city: Session,
) -> None:
    reachable = Guardian.phone.is_not(None) | Guardian.telegram_id.is_not(None)
    ids = set(city.scalars(select(Guardian.family_id).where(reachable)))
    children = city.scalars(select(Child).where(Child.family_id.in_(ids))).all()
    assert (len(ids), len(children)) == (120, 140)
    months = [ages.months_on(child.born_on, TODAY) for child in children]
    assert set(range(36)) <= set(months)
    assert sum(child.weeks_early > 0 for child in children) > 0
    roles = Counter(city.scalars(select(Guardian.role).where(reachable)))
    assert 25 <= roles["relative"] <= 50
    assert not city.scalars(select(Guardian).where(Guardian.consent_version.is_(None))).all()


def test_the_sandboxs_parents_are_who_they_say_and_newcomers_are_new(city: Session) -> None:
    for parent in families.parents():
        person = city.scalars(
            select(Guardian).where(Guardian.telegram_id == parent["telegram_id"])
        ).one()
        assert (person.name, person.role, person.locale, person.phone) == (
            parent["name"],
            parent["role"],
            parent["locale"],
            parent["phone"],
        )
        assert person.consent_version == CONSENT_VERSION
    lan, grandma, emma, chen = (family_of(city, number) for number in (70001, 70002, 70003, 70004))
    assert lan == grandma
    assert [months_of(city, family) for family in (lan, emma, chen)] == [[20], [30, 14], [9]]
    homes = {p.family_id: p.label for p in city.scalars(select(SavedPlace))}
    assert [homes[family] for family in (lan, emma, chen)] == ["劲松", "Shuangjing", "望京"]
    newcomers = select(Guardian).where(Guardian.telegram_id.in_((70005, 70006)))
    assert not city.scalars(newcomers).all()


def family_of(city: Session, telegram_id: int) -> int:
    query = select(Guardian.family_id).where(Guardian.telegram_id == telegram_id)
    return city.scalars(query).one()


def months_of(city: Session, family_id: int) -> list[int]:
    children = city.scalars(select(Child).where(Child.family_id == family_id).order_by(Child.id))
    return [ages.months_on(child.born_on, TODAY) for child in children]


def test_lin_lan_finds_and_books_a_place_near_home_on_each_of_the_next_working_days(
    city: Session,
) -> None:
    lan = city.scalars(select(Guardian).where(Guardian.telegram_id == 70001)).one()
    child = city.scalars(select(Child).where(Child.family_id == lan.family_id)).one()
    home = city.scalars(select(SavedPlace).where(SavedPlace.family_id == lan.family_id)).one()
    for on in WORKING_DAYS:
        months = ages.months_on(child.born_on, on)
        query = Query(lat=home.lat, lng=home.lng, age_months=months, on=on, start=840, end=1020)
        free = [found for found in search.nearby(city, query, now=NOON).items if found.free_places]
        assert len(free) >= 3
        at = free[-1]
        wish = Wish(child.id, at.id, CareForm.HOURLY, on, 840, 1020)
        held = bookings.hold(city, lan.actor, wish=wish, now=NOON)
        assert held.price_fen == at.price_fen
        assert bookings.confirm(city, lan.actor, booking_id=held.id, now=NOON).id == held.id


def test_the_tick_opens_the_rest_of_the_horizon_and_nothing_is_over_there_either(
    city: Session,
) -> None:
    at = city.scalars(select(Institution.id).order_by(Institution.id)).first()
    assert at is not None
    opened = planning.open_days(city, at, now=NOON)
    assert opened == capacity.HORIZON_DAYS - demo.OPENED_AT_ONCE.days
    days = city.scalars(select(ClassDay).where(ClassDay.institution_id == at)).all()
    assert not [day.over for day in days if day.over]


def test_a_second_load_does_nothing(city: Session) -> None:
    before = [count(city, record) for record in (Institution, Family, Stay, ClassDay)]
    assert demo.load(city, now=NOON + timedelta(days=3)) is None
    assert [count(city, record) for record in (Institution, Family, Stay, ClassDay)] == before


def test_the_director_and_the_desk_can_sign_in_with_the_passwords_written(
    loaded: tuple[Session, demo.Loaded],
) -> None:
    session, made = loaded
    assert [(a.username, a.role) for a in made.staff] == [
        ("zhou", Role.DIRECTOR),
        ("front", Role.FRONT_DESK),
    ]
    zhou = made.staff[0]
    staff_id, known_hash = accounts.credentials(session, "zhou") or (0, "")
    assert accounts.is_password(zhou.password, known_hash)
    [roles] = accounts.roles_of(session, staff_id).values()
    assert roles == {Role.DIRECTOR}


def test_at_the_directors_desk_families_wait_one_was_passed_on_to_and_one_has_an_offer(
    city: Session,
) -> None:
    happened = Counter(city.scalars(select(waitlist.WaitlistEvent.kind)))
    assert {"joined", "offered", "declined", "accepted", "paused", "noted"} <= set(happened)
    live = city.scalars(select(waitlist.Offer).where(waitlist.Offer.state == "open")).all()
    assert len(live) == 1
    assert live[0].ends_at > NOON
    states = Counter(city.scalars(select(waitlist.WaitlistEntry.state)))
    assert (states["booked"], states["paused"]) == (1, 1)
    assert states["waiting"] >= 2
    assert [table.version for table in waitlist.tables_of(city, live[0].institution_id)] == [2, 1]


def test_the_city_is_the_same_every_time(city: Session, app: Flask) -> None:
    with promoting() as session:
        chance = random.Random(demo.SEED)
        again = houses.build(session, chance, today=TODAY, now=NOON)
        there = [facts(house.institution) for house in again]
    assert there == [facts(at) for at in city.scalars(select(Institution).order_by(Institution.id))]


def facts(at: Institution) -> tuple[object, ...]:
    return (at.registration_no, at.name, at.lat, at.lng, at.monthly_fee_fen, at.stars)


def test_the_calendar_of_this_year_and_the_next_is_there(city: Session) -> None:
    spring = workdays.seed(TODAY.year + 1)[1].on
    assert search.profile(city, _any(city), spring).hours is None


def _any(city: Session) -> int:
    return city.scalars(select(Institution.id).limit(1)).one()


def test_as_many_institutions_as_wanted_can_be_searched_for_places(city: Session) -> None:
    before = count(city, ClassDay)
    assert demo.load_many(city, 300, now=NOON) == 300
    assert demo.load_many(city, 300, now=NOON) == 0
    assert demo.load_many(city, 320, now=NOON) == 20
    assert count(city, ClassDay) == before + 320 * 2 * scale.DAYS
    at = city.scalars(select(Institution).order_by(Institution.id.desc()).limit(1)).one()
    span: dict[str, Any] = {"on": WORKING_DAYS[0], "start": 540, "end": 720, "age_months": 20}
    query = Query(lat=at.lat, lng=at.lng, walk_minutes=5, **span)
    nearest = search.nearby(city, query, now=NOON).items[0]
    assert (nearest.id, nearest.walk_minutes, nearest.free_places is None) == (at.id, 0, False)

"""A web application on a database of its own, people who are signed in, and a small city."""

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from childcare import accounts, bookings, enrolments
from childcare.actors import SYSTEM, Actor, Kind, Role
from childcare.app import promoting
from childcare.bookings import Wish
from childcare.institutions import CareForm, DayPart
from childcare.people import Family
from tests import servers
from tests.build import NOON, TOMORROW, Build, FakeClock
from tests.conftest import settings_for
from tests.stage import NOWHERE, Stage
from webapp import create_app, limits

API = "/api/v1"


class Answer(NamedTuple):
    """What came back."""

    status_code: int
    json: Any
    text: str
    headers: Mapping[str, str]

    @property
    def content_type(self) -> str:
        return self.headers.get("Content-Type", "")

    @property
    def code(self) -> str:
        """The code of a problem document."""
        return str(self.json["code"])


def answer_of(response: TestResponse) -> Answer:
    return Answer(
        response.status_code,
        response.get_json(silent=True) or {},
        response.text,
        dict(response.headers),
    )


@dataclass(frozen=True)
class Person:
    """Somebody with a session; calls the API as themselves."""

    client: FlaskClient
    actor: Actor
    token: str

    def call(self, method: str, path: str, **more: Any) -> Answer:
        headers = {"Authorization": f"Bearer {self.token}", **more.pop("headers", {})}
        if not self.token:
            headers.pop("Authorization")
        response = self.client.open(f"{API}{path}", method=method, headers=headers, **more)
        return answer_of(response)

    def get(self, path: str, **more: Any) -> Answer:
        return self.call("GET", path, **more)

    def post(self, path: str, body: Any = None, **more: Any) -> Answer:
        return self.call("POST", path, json=body, **more)


@dataclass
class City:
    """林岚's family (she, her partner, 外婆, 果果), another family, two institutions and staff."""

    people: dict[str, Person] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        known = self.people if name in self.people else self.ids
        if name not in known:
            raise AttributeError(name)
        return known[name]


def make_app(database: str, tick: FakeClock) -> Flask:
    return create_app(settings_for(database), tick=tick, rates=limits.UNLIMITED)


@pytest.fixture(scope="session")
def built_city(template: str) -> Iterator["Built"]:
    """The city, written once; each test works on a clone of its database."""
    name = f"city_{secrets.token_hex(6)}"
    app = make_app(servers.create_database(name, template), FakeClock())
    with app.app_context():
        city = City()
        actors = _people(city)
        tokens = {who: _open_session(actor) for who, actor in actors.items()}
        app.extensions["sqlalchemy"].engine.dispose()
    yield Built(name, city.ids, actors, tokens)
    servers.drop_database(name)


@dataclass(frozen=True)
class Built:
    database: str
    ids: dict[str, int]
    actors: dict[str, Actor]
    tokens: dict[str, str]


def _open_session(actor: Actor) -> str:
    with promoting() as session:
        return accounts.open_session(session, actor, label="test", address="", now=NOON)


@pytest.fixture
def city_database(built_city: Built) -> Iterator[str]:
    """The address of this test's own clone of the city."""
    name = f"t_{secrets.token_hex(6)}"
    yield servers.create_database(name, built_city.database)
    servers.drop_database(name)


@pytest.fixture(scope="session")
def web_stage() -> Stage:
    return Stage(make_app(NOWHERE, FakeClock()), hide_parameters=True)


@pytest.fixture
def web(web_stage: Stage, city_database: str, clock: FakeClock) -> Iterator[Flask]:
    """The web application on the city, with a settable clock and no rate limits."""
    with web_stage.on(city_database, clock) as app:
        yield app


@pytest.fixture
def city(web: Flask, built_city: Built) -> City:
    return people_of(built_city, web)


def people_of(built_city: Built, web: Flask) -> City:
    """The city's people as clients of an application on a clone of it."""
    people = {
        who: Person(web.test_client(), actor, built_city.tokens[who])
        for who, actor in built_city.actors.items()
    }
    nobody = Person(web.test_client(), Actor(Kind.NOBODY), "")
    return City({**people, "stranger": nobody}, dict(built_city.ids))


def _people(city: City) -> dict[str, Actor]:
    with promoting() as session:
        build = Build(session)
        nursery, group = build.nursery(places=5)
        other = build.institution()
        lan = build.guardian(phone="+8613800000001", telegram_id=70001)
        family = session.get_one(Family, lan.family_id)
        granny = build.relative(family)
        partner = build.guardian(family, name="陈爸爸")
        child = build.child(family)
        emma = build.guardian(name="Emma", locale="en", phone="+8613800000003")
        emmas = build.child(session.get_one(Family, emma.family_id), name="Mia")
        city.ids |= {
            "nursery": nursery.id,
            "toddlers": group.id,
            "other_nursery": other.id,
            "family": family.id,
            "child": child.id,
            "other_child": emmas.id,
        }
        staff = {
            "director": _staff(build, "zhou", nursery.id, Role.DIRECTOR),
            "desk": _staff(build, "li", nursery.id, Role.FRONT_DESK),
            "finance": _staff(build, "qian", nursery.id, Role.FINANCE),
            "wu": _staff(build, "wu", other.id, Role.DIRECTOR),
        }
        return {
            "lan": lan.actor,
            "partner": partner.actor,
            "granny": granny.actor,
            "emma": emma.actor,
            **staff,
        }


def _staff(build: Build, username: str, institution_id: int, role: Role) -> Actor:
    member = accounts.create_staff(
        build.session,
        username=username,
        name=username.title(),
        password_hash="unused",
        roles={institution_id: role},
        now=NOON,
    )
    return accounts.actor_of(build.session, member)


def back_again(person: Person, now: datetime) -> Person:
    """The same person signed in anew, as staff must every day."""
    with promoting() as session:
        token = accounts.open_session(session, person.actor, label="test", address="", now=now)
    return replace(person, token=token)


def hold(city: City, *, hours: tuple[int, int] = (9, 12), who: str = "lan") -> int:
    """A held booking of tomorrow for 果果 (or the other family's child)."""
    child = city.child if who != "emma" else city.other_child
    wish = Wish(
        child_id=child,
        institution_id=city.nursery,
        form=CareForm.HOURLY,
        on=TOMORROW,
        start=hours[0] * 60,
        end=hours[1] * 60,
    )
    with promoting() as session:
        return bookings.hold(session, city.people[who].actor, wish=wish, now=NOON).id


def confirmed(city: City, *, hours: tuple[int, int] = (9, 12), who: str = "lan") -> int:
    booking_id = hold(city, hours=hours, who=who)
    with promoting() as session:
        bookings.confirm(session, city.people[who].actor, booking_id=booking_id, now=NOON)
    return booking_id


def stay_of(booking_id: int) -> int:
    with promoting() as session:
        return bookings.booking(session, SYSTEM, booking_id).stay_id


def enrolled(city: City) -> int:
    """果果 is enrolled half days from tomorrow."""
    with promoting() as session:
        made = enrolments.enrol(
            session,
            SYSTEM,
            child_id=city.child,
            institution_id=city.nursery,
            form=CareForm.HALF_DAY,
            weekdays=[1, 2, 3, 4, 5],
            day_part=DayPart.MORNING,
            from_on=TOMORROW,
            now=NOON,
        )
        return made.id


def new_booking(city: City, **changes: Any) -> dict[str, Any]:
    return {
        "child_id": city.child,
        "institution_id": city.nursery,
        "care_form": "hourly",
        "date": TOMORROW.isoformat(),
        "start": "14:00",
        "end": "16:00",
        **changes,
    }

"""A bot, a nursery and the people around it."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask

from childcare.app import promoting
from childcare.people import Family, PlaceKind, SavedPlace
from tests import servers
from tests.bot.talk import Person, Talk
from tests.build import Build, FakeClock
from tests.stage import Stage

JINSONG = (39.884, 116.461)


@dataclass(frozen=True)
class World:
    """Ids of what the tests speak about."""

    institution_id: int
    class_id: int
    family_id: int
    child_id: int


@dataclass(frozen=True)
class Built:
    """The world's own database, which tests clone."""

    database: str
    world: World


@pytest.fixture(scope="session")
def built_world(template: str, core_stage: Stage) -> Iterator[Built]:
    """The world, written once."""
    name = f"world_{secrets.token_hex(6)}"
    with core_stage.on(servers.create_database(name, template), FakeClock()):
        built = Built(name, _build())
    yield built
    servers.drop_database(name)


@pytest.fixture
def database(request: pytest.FixtureRequest, template: str) -> Iterator[str]:
    """A clone of the world for who speaks of it, else an empty database."""
    name, source = f"t_{secrets.token_hex(6)}", template
    if "world" in request.fixturenames:
        source = request.getfixturevalue("built_world").database
    yield servers.create_database(name, source)
    servers.drop_database(name)


@pytest.fixture
def talk(app: Flask) -> Iterator[Talk]:
    made = Talk(app)
    yield made
    made.close()


@pytest.fixture
def world(app: Flask, built_world: Built) -> World:
    """A nursery in Jinsong; 林岚 with her child 果果 and a home there; 外婆 of the same family."""
    return built_world.world


def _build() -> World:
    with promoting() as session:
        build = Build(session)
        place, group = build.nursery(
            places=2,
            name="小小松果托育园",
            name_en="Little Pinecone",
            phone="010-67001234",
            address="劲松三区 301 号",
            what_to_bring="水杯、换洗衣服",
        )
        family = build.family()
        build.guardian(family, telegram_id=1)
        build.relative(family, telegram_id=2)
        child = build.child(family)
        _home(build, family)
        return World(place.id, group.id, family.id, child.id)


def _home(build: Build, family: Family) -> None:
    lat, lng = JINSONG
    build.session.add(
        SavedPlace(family_id=family.id, kind=PlaceKind.HOME, label="劲松", lat=lat, lng=lng)
    )


@pytest.fixture
def lan(talk: Talk, world: World) -> Person:
    return Person(talk, 1)


@pytest.fixture
def grandma(talk: Talk, world: World) -> Person:
    return Person(talk, 2, "王桂芳")


@pytest.fixture
def stranger(talk: Talk, world: World) -> Person:
    """A newcomer who speaks English."""
    return Person(talk, 3, "Sam Taylor", "en")

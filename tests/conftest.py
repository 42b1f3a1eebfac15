"""Fixtures: a migrated template, a savepoint session for one thread, clones for the rest."""

import fcntl
import secrets
from collections.abc import Iterator
from pathlib import Path

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import create_engine
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from childcare.app import create_core
from childcare.settings import Settings
from tests import servers
from tests.build import NOON, Build, FakeClock

TEMPLATE = "childcare_template"


def settings_for(url: str, **changes: object) -> Settings:
    """Settings of a test: its database, the run's Valkey, no outside."""
    facts: dict[str, object] = {
        "database_url": url,
        "redis_url": servers.redis_url(),
        "secret_key": "a-throw-away-key-that-signs-only-tests",
    }
    return Settings(**{**facts, **changes})  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a database that was built by migrating, once in a run."""
    shared = tmp_path_factory.getbasetemp().parent
    return _template(shared)


def _template(shared: Path) -> str:
    name = f"{TEMPLATE}_{shared.name.replace('-', '_')}"
    with (shared / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = shared / "template.done"
        if not done.exists():
            servers.drop_database(name)
            app = create_core(settings_for(servers.create_database(name)))
            with app.app_context():
                flask_migrate.upgrade()
                app.extensions["sqlalchemy"].engine.dispose()
            done.touch()
    return name


@pytest.fixture
def database(template: str) -> Iterator[str]:
    """The address of a migrated database of this test's own, for real commits."""
    name = f"t_{secrets.token_hex(6)}"
    yield servers.create_database(name, template)
    servers.drop_database(name)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def app(database: str, clock: FakeClock) -> Iterator[Flask]:
    """The core app on a database of its own; its clock stands at `NOON` until it is moved."""
    app = create_core(settings_for(database), tick=clock)
    with app.app_context():
        yield app
        app.extensions["sqlalchemy"].engine.dispose()


@pytest.fixture(scope="session")
def shared_engine(template: str) -> Iterator[Engine]:
    """A database for tests that never commit."""
    name = f"s_{secrets.token_hex(6)}"
    url = servers.create_database(name, template).replace("postgresql:", "postgresql+psycopg:")
    engine = create_engine(url)
    yield engine
    engine.dispose()
    servers.drop_database(name)


@pytest.fixture
def session(shared_engine: Engine) -> Iterator[Session]:
    """A session whose every change is rolled back; its now is `NOON`."""
    with shared_engine.connect() as connection:
        outer = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            session.info["now"] = NOON
            yield session
        outer.rollback()


@pytest.fixture
def build(session: Session) -> Build:
    """Builders that write into `session`."""
    return Build(session)

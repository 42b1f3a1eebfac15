"""Fixtures: a migrated template, a savepoint session for one thread, clones for the rest."""

import hashlib
import secrets
from collections.abc import Iterator
from pathlib import Path

import flask_migrate
import psycopg
import pytest
from flask import Flask
from sqlalchemy import create_engine
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

import childcare.app
from childcare.app import create_core
from childcare.settings import Settings
from tests import servers
from tests.build import NOON, Build, FakeClock
from tests.stage import NOWHERE, Stage

MIGRATIONS = Path(childcare.app.MIGRATIONS)


def settings_for(url: str, **changes: object) -> Settings:
    """Settings of a test: its database, the run's Valkey, no outside."""
    facts: dict[str, object] = {
        "database_url": url,
        "redis_url": servers.redis_url(),
        "secret_key": "a-throw-away-key-that-signs-only-tests",
    }
    return Settings(**{**facts, **changes})  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def template() -> str:
    """The name of a database that was built by migrating, once for all processes of a run.

    It is named after the migrations it was built from, so that a server that outlives the run
    never offers an old one.
    """
    sources = b"".join(path.read_bytes() for path in sorted(MIGRATIONS.glob("versions/*.py")))
    name = f"template_{hashlib.sha256(sources).hexdigest()[:16]}"
    with psycopg.connect(servers.postgres_url(), autocommit=True) as admin:
        admin.execute("SELECT pg_advisory_lock(7051020)")
        if not admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            building = f"building_{secrets.token_hex(6)}"
            app = create_core(settings_for(servers.create_database(building)))
            with app.app_context():
                flask_migrate.upgrade()
                app.extensions["sqlalchemy"].engine.dispose()
            admin.execute(f"ALTER DATABASE {building} RENAME TO {name}".encode())
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


@pytest.fixture(scope="session")
def core_stage() -> Stage:
    return Stage(create_core(settings_for(NOWHERE)))


@pytest.fixture
def app(core_stage: Stage, database: str, clock: FakeClock) -> Iterator[Flask]:
    """The core app on a database of its own; its clock stands at `NOON` until it is moved."""
    with core_stage.on(database, clock) as app:
        yield app


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

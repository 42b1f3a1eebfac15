"""The composition root: settings → a core app with the database. Every process starts here."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from flask import Flask
from flask_migrate import Migrate
from sqlalchemy.orm import Session

from childcare import bookings, clock, waitlist
from childcare.capacity import CannotTake, Scope
from childcare.db import Deadlock, db, engine_options, transaction
from childcare.settings import Settings

T = TypeVar("T")
REPEATS = 2  # of a transaction that met a deadlock; more would hide that something is wrong

MIGRATIONS = os.path.join(os.path.dirname(__file__), "migrations")
migrate = Migrate(db=db, directory=MIGRATIONS)


def create_core(
    settings: Settings,
    *,
    tick: clock.Clock = clock.database_clock,
    engine: Mapping[str, Any] | None = None,
    name: str = "childcare",
) -> Flask:
    """An app that has the database and a clock, and no routes.

    `tick` answers what time it is within a transaction: the database's own clock in production.
    Connections are opened at first use, so a process may fork after this.
    """
    app = Flask(name)
    app.config.update(
        SQLALCHEMY_DATABASE_URI=settings.database_url.replace(
            "postgresql://", "postgresql+psycopg://", 1
        ),
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(settings.database_url, settings.pool_size)
        | dict(engine or {}),
        SECRET_KEY=settings.secret_key,
    )
    app.extensions["settings"] = settings
    app.extensions["clock"] = tick
    db.init_app(app)
    migrate.init_app(app)
    return app


def act(command: Callable[[Session], T]) -> T:
    """Run a command that changes places, in a transaction of its own; every edge uses this.

    What the command frees is offered to whoever waits, before the commit. Nobody is refused by
    something dead: where no place or the child's other stay stood in the way, a second transaction
    ends the dead holds, requests and offers there, and a third tries once more. A deadlock is
    repeated in each. The command may so run several times, and must only touch the session it is
    given.
    """
    try:
        return _attempt(command)
    except CannotTake as refusal:
        scope = refusal.scope
        if not _attempt(lambda s: _end_dead(s, scope)):
            raise
        return _attempt(command)


def _end_dead(session: Session, scope: Scope) -> int:
    now = clock.now(session)
    ended = bookings.expire_dead(session, scope, now=now)
    return ended + waitlist.expire_dead(session, scope, now=now)


def _attempt(command: Callable[[Session], T]) -> T:
    for _ in range(REPEATS):
        try:
            return _once(command)
        except Deadlock:
            continue
    return _once(command)


def _once(command: Callable[[Session], T]) -> T:
    with promoting() as session:
        return command(session)


@contextmanager
def promoting() -> Iterator[Session]:
    """One unit of work that may free places: what it freed is offered before the commit.

    For commands of operators; whoever may meet others' locks uses `act`.
    """
    with transaction() as session:
        yield session
        waitlist.promote(session, now=clock.now(session))

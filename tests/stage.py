"""One app for all tests of a process, each on a database of its own.

What an app has compiled (routes, templates, statements) it keeps from test to test, as in
production: an app for each test spent most of its time on that.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from flask import Flask
from sqlalchemy import create_engine
from sqlalchemy.engine import Engine

from childcare.clock import Clock
from childcare.db import Connection, db, engine_options

NOWHERE = "postgresql://nobody@127.0.0.1:1/none"


class Stage:
    """An app made for `NOWHERE`, which `on` leads to the database of one test."""

    def __init__(self, app: Flask, **options: Any) -> None:
        self.app = app
        self._connect: Callable[[], Connection]
        kept = engine_options(NOWHERE, app.extensions["settings"].pool_size)
        engine = create_engine(
            "postgresql+psycopg://", **{**kept, **options, "creator": lambda: self._connect()}
        )
        with app.app_context():
            cast("dict[str | None, Engine]", db.engines)[None] = engine

    @contextmanager
    def on(self, database: str, clock: Clock) -> Iterator[Flask]:
        """The app within its context, on this database and clock."""
        self._connect = engine_options(database, 1)["creator"]
        self.app.extensions["clock"] = clock
        with self.app.app_context():
            yield self.app
            db.engine.dispose()

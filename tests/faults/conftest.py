"""A small city, and the programs that serve it."""

import itertools
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest

from benchmarks.stack import Stack
from tests import servers
from tests.faults import booking
from tests.faults.product import Web, running, start_web

INSTITUTIONS, FAMILIES = 40, 1_500


@dataclass
class Town:
    """A running product that several tests share: each takes institutions and families of its own.

    `days` are the days on which cancelling is still free.
    """

    database: str
    web: Web
    days: list[date]
    _institutions: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _families: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def institutions(self, how_many: int, *, places: int) -> list[int]:
        """Institutions with so many places, which nobody has asked for anything yet."""
        taken = list(itertools.islice(self._institutions, how_many))
        booking.set_places(self.database, taken, places)
        return taken

    def families(self, how_many: int) -> list[int]:
        """Families without a booking."""
        return list(itertools.islice(self._families, how_many))


@pytest.fixture(scope="session")
def town(template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """One product for all tests that leave it as healthy as they found it."""
    name = f"town_{secrets.token_hex(6)}"
    url = servers.create_database(name, template)
    with running(tmp_path_factory.mktemp("town"), url, servers.redis_url()) as stack:
        days = booking.fill(url, institutions=INSTITUTIONS, families=FAMILIES)
        # Malformed requests come in hundreds a second; the limits have tests of their own.
        yield Town(url, start_web(stack, "webapp:create_app(rates={})"), days)
    servers.drop_database(name)


@pytest.fixture
def stack(database: str, tmp_path: Path) -> Iterator[Stack]:
    """Somewhere to start programs that are harmed; the database and the Valkey are the run's."""
    with running(tmp_path, database, servers.redis_url()) as made:
        yield made

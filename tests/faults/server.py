"""Servers of a test's own, that may be killed and started again on the same data and port."""

import contextlib
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import flask_migrate
import psycopg

from benchmarks.stack import SECRET
from childcare.app import create_core
from childcare.settings import Settings
from devstack import embedded, postgres, process, valkey
from tests import servers
from tests.faults.product import children_of

TEMPLATE = "migrated"
# With these an acknowledged commit stands in the server's memory alone for ten seconds.
HASTY = {"synchronous_commit": "off", "wal_writer_delay": "10s"}


@dataclass
class Database:
    """A PostgreSQL as durable as production's, with a migrated template."""

    server: postgres.Postgres
    child: subprocess.Popen[bytes]

    def clone(self) -> str:
        """The address of another migrated database."""
        name = f"f_{secrets.token_hex(4)}"
        with psycopg.connect(self.server.url(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}".encode())
        return self.server.url(name)

    def kill(self) -> None:
        """Kill -9 every process of the server at once, as a loss of power would."""
        for pid in [self.child.pid, *children_of(self.child.pid)]:
            process.send(pid, signal.SIGKILL)
        self.child.wait()

    def start(self, settings: Mapping[str, str] = postgres.DURABLE) -> None:
        """Start the server again, and wait until it accepts."""
        self.server.settings = settings
        self.server.prepare()
        self.child = process.start(self.server.program())
        if not embedded.wait_until_ready(self.server, self.child):
            raise RuntimeError(process.last_lines(self.server.log))

    def stop(self) -> None:
        process.stop(self.child, signal.SIGINT, 5)


@contextlib.contextmanager
def durable_database() -> Iterator[Database]:
    home = Path(tempfile.mkdtemp(prefix="childcare-faults-", dir=servers.open_parent()))
    home.chmod(0o711)
    try:
        server, child = embedded.start(
            lambda port: postgres.Postgres(home / "data", port, log=home / "postgres.log")
        )
        database = Database(server, child)
        try:
            _migrate(server.make_database(TEMPLATE))
            yield database
        finally:
            database.stop()
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _migrate(url: str) -> None:
    app = create_core(Settings(url, "redis://127.0.0.1:1/0", SECRET))
    with app.app_context():
        flask_migrate.upgrade()
        app.extensions["sqlalchemy"].engine.dispose()


@dataclass
class Queue:
    """A Valkey that keeps nothing when it is killed."""

    server: valkey.Valkey
    child: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return self.server.url()

    def kill(self) -> None:
        process.send(self.child.pid, signal.SIGKILL)
        self.child.wait()

    def start(self) -> None:
        """Start it again, empty."""
        self.server.prepare()
        self.child = process.start(self.server.program())
        if not embedded.wait_until_ready(self.server, self.child):
            raise RuntimeError(process.last_lines(self.server.log))


@contextlib.contextmanager
def own_queue(home: Path) -> Iterator[Queue]:
    server, child = embedded.start(
        lambda port: valkey.Valkey(home / "valkey", port, log=home / "valkey.log", is_durable=False)
    )
    queue = Queue(server, child)
    try:
        yield queue
    finally:
        process.stop(queue.child, signal.SIGTERM, 5)

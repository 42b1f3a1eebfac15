"""One PostgreSQL and one Valkey for all the pytest processes of a run, ended with it.

A keeper process starts them for whoever asks first and watches the process that runs pytest; so
they stop however that process ends, kill -9 included. TEST_DATABASE_URL and TEST_REDIS_URL name
servers to be used instead; databases made there are dropped again by those who made them.
"""

import contextlib
import fcntl
import functools
import json
import os
import select
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from devstack import embedded, postgres, process, valkey

ROOT = Path(__file__).resolve().parents[1]
MEMORY = Path("/dev/shm")  # noqa: S108
ENOUGH_MEMORY = 4 * 1024**3


class Urls(NamedTuple):
    """Where the servers of this run answer."""

    postgres: str
    redis: str


def postgres_url() -> str:
    """The database to connect to for making and dropping others, as a superuser."""
    return os.environ.get("TEST_DATABASE_URL") or _servers().postgres


def redis_url() -> str:
    """Database 0 of this run's Valkey, shared by all its processes."""
    return os.environ.get("TEST_REDIS_URL") or _servers().redis


def create_database(name: str, template: str | None = None) -> str:
    """Make the database `name`, a clone of `template` if given, and return its address."""
    statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
    if template is not None:
        statement += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
    with psycopg.connect(postgres_url(), autocommit=True) as connection:
        connection.execute(statement)
    return database_url(name)


def drop_database(name: str) -> None:
    """Drop the database `name` if it exists, whoever is connected."""
    statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    with psycopg.connect(postgres_url(), autocommit=True) as connection:
        connection.execute(statement)


def database_url(name: str) -> str:
    """The address of the database `name` on this run's server."""
    return urlunsplit(urlsplit(postgres_url())._replace(path=f"/{name}"))


@contextlib.contextmanager
def reserved_port() -> Iterator[int]:
    """A port that `process.free_port` gives to nobody else, for a server that reuses addresses."""
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        port = process.free_port()
        # Bound but not listening: who listens with SO_REUSEADDR, as servers do, may.
        holder.bind(("127.0.0.1", port))
        yield port


@functools.cache
def _servers() -> Urls:
    """The servers of this run, started if nobody has yet."""
    # Every pytest-xdist worker is a child of the one process that is the run.
    run = os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()
    name = f"childcare-tests-{os.geteuid()}-{run}-{process.born(run)}"
    meeting = meeting_place() / name
    meeting.mkdir(mode=0o711, exist_ok=True)
    with (meeting / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        answer = meeting / "urls.json"
        if not answer.exists():
            _start_keeper(meeting, run)
        return Urls(*json.loads(answer.read_text()))


def meeting_place() -> Path:
    """Where the servers keep their data: in memory if there is enough, where making a database
    costs a third."""
    is_enough = MEMORY.is_dir() and shutil.disk_usage(MEMORY).total > ENOUGH_MEMORY
    return MEMORY if is_enough and os.access(MEMORY, os.W_OK | os.X_OK) else open_parent()


def open_parent() -> Path:
    """A folder for throw-away data that PostgreSQL's user can enter when we are root."""
    owner = postgres.owner_of(ROOT / "absent")
    folders = [Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")]  # noqa: S108
    return next(f for f in folders if owner is None or postgres.may_enter(owner, f))


def _start_keeper(meeting: Path, run: int) -> None:
    outcome = subprocess.run(  # noqa: S603  # our own module
        [sys.executable, "-m", "tests.servers", str(meeting), str(run)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if outcome.returncode:
        raise RuntimeError(f"The servers for the tests did not start:\n{outcome.stderr}")


def keep(meeting: Path, run: int, ready: int) -> None:
    """Start both servers, tell `ready`, and stop them when the process `run` ends."""
    watch = os.pidfd_open(run)
    with contextlib.ExitStack() as running:
        running.callback(shutil.rmtree, meeting, ignore_errors=True)
        urls = Urls(_start_postgres(meeting, running), _start_valkey(meeting, running))
        with os.fdopen(os.open(meeting / "urls.json", os.O_WRONLY | os.O_CREAT, 0o600), "w") as out:
            json.dump(urls, out)
        os.write(ready, b"ready")
        _let_go_of_the_caller()
        select.select([watch], [], [])


def _start_postgres(meeting: Path, running: contextlib.ExitStack) -> str:
    server, child = embedded.start(
        lambda port: postgres.Postgres(
            meeting / "postgres",
            port,
            log=meeting / "postgres.log",
            settings=postgres.FORGETFUL,
        )
    )
    running.callback(process.stop, child, server.program().stop_signal, 10)
    return server.url()


def _start_valkey(meeting: Path, running: contextlib.ExitStack) -> str:
    server, child = embedded.start(
        lambda port: valkey.Valkey(
            meeting / "valkey", port, log=meeting / "valkey.log", is_durable=False
        )
    )
    running.callback(process.stop, child, server.program().stop_signal, 10)
    return server.url()


def _let_go_of_the_caller() -> None:
    """Close the pipes on which the caller waits for our output to end."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)


def main(meeting: Path, run: int) -> int:
    """Leave a keeper behind; 0 once its servers answer."""
    heard, ready = os.pipe()
    if os.fork() == 0:
        os.setsid()
        keep(meeting, run, ready)
        return 0
    os.close(ready)
    return 0 if os.read(heard, 5) else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2])))

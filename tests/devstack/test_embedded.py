"""The embedded servers: whose they are, who may use them, what is left alone."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from devstack import embedded, postgres, process, valkey
from devstack.datadir import DataDir
from devstack.supervisor import RECORD, Supervisor


@pytest.fixture
def innocent() -> Iterator[subprocess.Popen[bytes]]:
    """A process that has nothing to do with us."""
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
    yield sleeper
    sleeper.kill()
    sleeper.wait()


@pytest.fixture
def database(folder: Path) -> Iterator[postgres.Postgres]:
    """A PostgreSQL of its own, not started."""
    server = postgres.Postgres(
        folder / "postgres",
        process.free_port(),
        log=folder / "log",
        settings=postgres.FORGETFUL,
    )
    yield server
    server.sweep()


def run(server: embedded.Server) -> subprocess.Popen[bytes]:
    """Start `server` and wait for its answer."""
    server.prepare()
    child = process.start(server.program())
    assert embedded.wait_until_ready(server, child), process.last_lines(server.log)
    return child


def test_a_pid_file_that_names_an_innocent_process_harms_nobody(
    database: postgres.Postgres, innocent: subprocess.Popen[bytes]
) -> None:
    child = run(database)
    lines = (database.data / "postmaster.pid").read_text().splitlines()
    child.kill()
    child.wait()
    stale = "\n".join([str(innocent.pid), *lines[1:]])
    (database.data / "postmaster.pid").write_text(stale + "\n")
    process.stop(run(database), signal.SIGINT, 10)
    assert innocent.poll() is None


def test_a_server_left_running_is_ended_before_the_next(database: postgres.Postgres) -> None:
    left = run(database)
    again = run(database)
    assert left.wait(10) == 0
    process.stop(again, signal.SIGINT, 10)


def test_the_database_needs_its_password_and_knows_chinese_letters(
    database: postgres.Postgres,
) -> None:
    child = run(database)
    url = database.make_database("city")
    assert database.make_database("city") == url
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT '托育通' ~ '^[[:alpha:]]+$'").fetchone()
    with pytest.raises(psycopg.OperationalError, match="no password"):
        psycopg.connect(url.replace(url.split(":")[2].split("@")[0], ""))
    process.stop(child, signal.SIGINT, 10)
    assert found == (True,)


def test_the_password_of_the_database_is_for_its_owner_alone(database: postgres.Postgres) -> None:
    database.prepare()
    assert (database.home / "password").stat().st_mode & 0o077 == 0
    assert database.home.resolve().stat().st_mode & 0o077 == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another user")
def test_roots_database_finds_shelter_when_its_user_cannot_reach_the_folder(folder: Path) -> None:
    folder.chmod(0o700)
    server = postgres.Postgres(
        folder / "data" / "postgres", process.free_port(), log=folder / "log"
    )
    server.home.parent.mkdir()
    server.prepare()
    assert server.home.resolve().parent == postgres.ROOTS_SHELTER
    process.stop(run(server), signal.SIGINT, 10)


def test_the_queue_forgets_nothing_and_asks_for_its_password(folder: Path) -> None:
    server = valkey.Valkey(folder / "valkey", process.free_port(), log=folder / "log")
    child = run(server)
    with redis.Redis.from_url(server.url()) as client:
        client.set("promise", "kept")
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        client.config_set("appendfsync", "always")
        client.set("promise", "kept twice")
    with (
        redis.Redis(port=server.port, retry=valkey.ONCE) as stranger,
        pytest.raises(redis.AuthenticationError),
    ):
        stranger.ping()
    child.kill()
    child.wait()
    again = run(server)
    with redis.Redis.from_url(server.url()) as client:
        assert client.get("promise") == b"kept twice"
    process.stop(again, signal.SIGTERM, 10)


def test_a_sweep_ends_only_what_pid_birth_and_command_prove_to_be_ours(
    folder: Path, innocent: subprocess.Popen[bytes]
) -> None:
    data = DataDir(folder)
    true = {
        "pid": innocent.pid,
        "born": process.born(innocent.pid),
        "command": process.command_line(innocent.pid),
    }
    for false in ({"born": "1"}, {"command": ["python", "-m", "bot"]}):
        data.write(RECORD, [{**true, **false}])
        Supervisor(data).sweep()
        assert innocent.poll() is None

    # As recorded before the program gave way to another by exec.
    data.write(RECORD, [{**true, "command": [sys.executable, "-m", "bot"]}])
    Supervisor(data).sweep()
    assert innocent.wait(10) == -signal.SIGTERM


def test_logs_begin_anew_with_each_start_and_stay_short(folder: Path) -> None:
    data = DataDir(folder)
    first = data.log("web")
    first.write_text("yesterday\n")
    assert not data.log("web").exists()
    assert (folder / "logs" / "web.log.1").read_text() == "yesterday\n"

    with first.open("ab") as long:
        long.truncate(10_000_001)
        data.trim_logs()
        assert first.stat().st_size == 0
        long.write(b"today\n")
    assert first.read_text() == "today\n"

"""What others build on: the Procfile, the environment of the programs, the servers of the tests."""

import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from devstack import process, programs, schema, stack
from devstack.config import ROOT, Config
from devstack.datadir import DataDir
from tests import servers
from tests.devstack import drive

URLS = {"DATABASE_URL": "postgresql://here/city", "REDIS_URL": "redis://here/0"}


def test_the_procfile_names_what_make_run_starts(folder: Path) -> None:
    lines = (ROOT / "Procfile").read_text().splitlines()
    procfile = {name: shlex.split(words) for name, words in (line.split(": ", 1) for line in lines)}
    chosen = programs.Programs(Config.from_env({}), DataDir(folder), {})
    for program in chosen.product():
        words = [word for word in procfile[program.name] if word != "python"]
        if program.name == "web":
            at = words.index("--bind") + 1
            assert words[at] == "0.0.0.0:${PORT:-8000}"
            words[at] = "127.0.0.1:8000"
            words[words.index("--workers") + 1] = "2"
            words.insert(0, "-m")
            assert sorted(words) == sorted(program.command[1:])
        else:
            assert words == list(program.command[1:])
    assert procfile["release"][1:] == programs.PREPARATIONS["migrate"]
    assert set(procfile) == {program.name for program in chosen.product()} | {"release"}


def test_without_a_telegram_token_the_programs_talk_to_the_sandbox(folder: Path) -> None:
    config, data = Config.from_env({"PORT": "9000"}), DataDir(folder)
    environ = programs.surroundings(config, data, {"MAKEFLAGS": "k", "LANG": "C"}, URLS)
    assert environ["TELEGRAM_API_URL"] == "http://127.0.0.1:9001"
    assert environ["SMS_GATEWAY_URL"] == "http://127.0.0.1:9001/sms"
    assert environ["TELEGRAM_BOT_TOKEN"] == environ["SANDBOX_TOKEN"]
    assert environ["PUBLIC_URL"] == "http://127.0.0.1:9000"
    assert environ["LANG"] == "C"
    assert "MAKEFLAGS" not in environ
    key = Path(environ["SECRET_KEY_FILE"])
    assert key.stat().st_mode & 0o777 == 0o600
    again = programs.surroundings(config, data, {}, URLS)
    assert again["SANDBOX_TOKEN"] == environ["SANDBOX_TOKEN"]
    assert len(key.read_text()) == 64


def test_what_is_given_is_kept(folder: Path) -> None:
    given = {
        "TELEGRAM_BOT_TOKEN": "1:real",
        "SECRET_KEY": "s" * 32,
        "PUBLIC_URL": "https://city.example",
        "SMS_GATEWAY_URL": "https://sms.example",
    }
    config = Config.from_env(given)
    environ = programs.surroundings(config, DataDir(folder), given, URLS)
    assert {name: environ.get(name) for name in given} == given
    assert "TELEGRAM_API_URL" not in environ
    assert "SECRET_KEY_FILE" not in environ
    assert "sandbox" not in stack.ready_line(config)


def test_the_ready_line_names_addresses_and_who_may_sign_in() -> None:
    line = stack.ready_line(Config.from_env({"DATA_DIR": "/srv/data"}))
    assert line.startswith("ready")
    assert "\n" not in line
    for part in (
        "http://127.0.0.1:8000/api/docs",
        "http://127.0.0.1:8001",
        "sample parent",
        "zhou",
        "/srv/data/sample-staff.txt",
        ". /srv/data/environment; .venv/bin/python -m childcare",
    ):
        assert part in line


@pytest.fixture
def databases() -> Iterator[list[str]]:
    """The addresses of two empty databases."""
    names = [f"schema_{process.free_port()}_{which}" for which in ("one", "two")]
    yield [servers.create_database(name) for name in names]
    for name in names:
        servers.drop_database(name)


def test_the_dumped_schema_is_the_same_each_time_and_executable(databases: list[str]) -> None:
    original, copy = databases
    with psycopg.connect(original) as connection:
        connection.execute("CREATE TABLE child (id bigint PRIMARY KEY)")
        connection.execute(
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN\n"
            "UPDATE child\nSET id = 1;\n\nRETURN NEW; END$$"
        )
    text = schema.dump(original)
    assert schema.dump(original) == text
    assert "SET statement_timeout" not in text
    with psycopg.connect(copy) as connection:
        # Sent as it is, comments and function bodies included.
        connection.execute(text.encode())
    assert schema.dump(copy) == text


def test_the_servers_of_a_test_run_end_with_it_even_by_kill_9() -> None:
    script = "from tests import servers; print(servers.postgres_url()); input()"
    run = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={"PATH": ""},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert run.stdout is not None
    assert run.stdin is not None
    with run.stdin, run.stdout:
        assert run.stdout.readline().startswith("postgresql://")
        meeting = f"-{run.pid}-{process.born(run.pid)}"
        [keeper] = [pid for pid, words in process.command_lines() if words[-1] == str(run.pid)]
        members = drive.family(keeper)
        assert len(members) > 5
        run.kill()
        run.wait()
    assert drive.survivors(members) == []
    assert not [
        entry for entry in servers.meeting_place().iterdir() if entry.name.endswith(meeting)
    ]

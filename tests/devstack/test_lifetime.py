"""A stack keeps its data, restarts what dies, and leaves no process."""

import os
import signal
import sys
from functools import partial

import psycopg
import pytest

from devstack import process
from tests.devstack import drive
from tests.devstack.conftest import Start

APPS = ("web", "worker", "dispatcher", "bot")


def test_a_second_start_finds_all_data_of_the_first(start: Start) -> None:
    first = start().ready()
    assert first.starts_kept() == 1
    assert first.end(signal.SIGINT) == 0

    second = start().ready()
    assert second.starts_kept() == 2


def test_what_was_committed_survives_kill_9_of_everything(start: Start) -> None:
    stack = start().ready()
    members = drive.family(stack.running.pid)
    with psycopg.connect(stack.database_url()) as connection:
        connection.execute("CREATE TABLE promise AS SELECT 'kept' AS word")
    for pid, _ in members:
        process.send(pid, signal.SIGKILL)
    stack.end()

    again = start().ready()
    with psycopg.connect(again.database_url()) as connection:
        assert connection.execute("SELECT word FROM promise").fetchall() == [("kept",)]


def test_kill_9_of_the_runner_leaves_no_process_and_the_next_start_works(start: Start) -> None:
    stack = start().ready()
    members = drive.family(stack.running.pid)
    assert len(members) > len(APPS) + 4
    stack.end(signal.SIGKILL)
    start().ready()
    assert drive.survivors(members) == []


def test_any_program_killed_is_started_again_with_a_line_that_says_so(start: Start) -> None:
    """All in one moment: none needs another to be well for that."""
    stack = start().ready()
    killed = {name: stack.pid_of(name) for name in ("sandbox", *APPS, "valkey", "postgres")}
    for pid in killed.values():
        os.kill(pid, signal.SIGKILL)
    lines = [stack.hear(*killed) for _ in killed]
    assert {line.split(" was ended by SIGKILL; ")[0] for line in lines} == set(killed)
    assert all("starting it again in 0.5 s" in line for line in lines)
    for name, pid in killed.items():
        assert process.wait_until(partial(_runs_anew, stack, name, pid), 30)
    assert process.wait_until(lambda: _answers(stack), 30)


def _runs_anew(stack: drive.Stack, name: str, killed: int) -> bool:
    return stack.pid_of(name) not in (0, killed)


def _answers(stack: drive.Stack) -> bool:
    try:
        return stack.starts_kept() == 1
    except psycopg.OperationalError:
        return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_apps_before_the_chat(
    start_quickly: Start, number: signal.Signals
) -> None:
    stack = start_quickly().ready()
    assert process.wait_until(lambda: len(stack.happened()) == 5, 20)
    members = drive.family(stack.running.pid)
    assert len(members) >= 6

    assert stack.end(number) == 0

    assert drive.survivors(members) == []
    stopped = [event for event in stack.happened() if event.endswith("stopped")]
    assert sorted(stopped[:-1]) == sorted(f"{name} stopped" for name in APPS)
    assert stopped[-1] == "sandbox stopped"


def test_whoever_kills_make_ends_the_stack(start_quickly: Start) -> None:
    make = [sys.executable, "-c", "import subprocess, sys; subprocess.call(sys.argv[1:])"]
    stack = start_quickly(*make, MAKELEVEL="1").ready()
    members = drive.family(stack.running.pid)
    assert len(members) >= 7
    stack.end(signal.SIGKILL)
    assert stack.lines[-1] == "stopped"
    assert drive.survivors(members) == []

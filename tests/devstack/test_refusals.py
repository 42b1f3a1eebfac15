"""What cannot be started is said in one sentence, with exit code 1 and nothing left behind."""

import os
import signal
import socket
from pathlib import Path

import pytest

from devstack import process
from devstack.datadir import MARKER
from tests.devstack import drive
from tests.devstack.conftest import Start


def refusal(stack: drive.Stack) -> str:
    """What the stack said when it refused to run."""
    code = stack.end()
    assert code == 1, stack.said
    assert "Traceback" not in stack.said
    assert not [line for line in stack.lines if line.startswith("ready")]
    return stack.said


@pytest.mark.parametrize("name", ["PORT", "SANDBOX_PORT"])
def test_a_taken_port(start: Start, name: str) -> None:
    with socket.socket() as taker:
        taker.bind(("127.0.0.1", 0))
        taker.listen()
        port = taker.getsockname()[1]
        said = refusal(start(**{name: str(port)}))
    assert said == (
        f"Not started: Port {port} is taken by another program: choose another with {name}=…."
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root may listen on every port")
def test_a_port_that_is_not_ours_to_take(start: Start) -> None:
    assert "This user may not listen on port 80" in refusal(start(PORT="80"))


@pytest.mark.parametrize("port", ["eighty", "0", "70000", "-1", "８０００"])
def test_a_port_that_is_none(start: Start, port: str) -> None:
    said = refusal(start(PORT=port))
    assert said.startswith("Not started: PORT must be a whole number from 1 to")


def test_one_port_for_two(start: Start) -> None:
    assert "choose two different ones" in refusal(start(PORT="23000", SANDBOX_PORT="23000"))


def test_a_directory_with_somebody_elses_things_is_left_alone(start: Start, folder: Path) -> None:
    foreign = folder / "photos"
    foreign.mkdir()
    (foreign / "grandma.jpg").write_bytes(b"cheese")
    said = refusal(start(DATA_DIR=str(foreign)))
    assert "was not made by this stack, so it is left alone" in said
    assert [file.name for file in foreign.iterdir()] == ["grandma.jpg"]


def test_a_data_directory_that_is_a_file(start: Start, folder: Path) -> None:
    (folder / "file").touch()
    assert "is not a directory" in refusal(start(DATA_DIR=str(folder / "file")))


def test_a_data_directory_that_cannot_be_made(start: Start) -> None:
    said = refusal(start(DATA_DIR="/proc/childcare"))
    assert said.startswith("Not started: The data directory /proc/childcare cannot be used")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_data_directory_that_cannot_be_written(start: Start, folder: Path) -> None:
    locked = folder / "data"
    locked.mkdir()
    (locked / MARKER).write_text(f"{os.geteuid()}\n")
    locked.chmod(0o500)
    assert "cannot be written by this user" in refusal(start())


def test_a_data_directory_of_another_user(start: Start, folder: Path) -> None:
    (folder / "data").mkdir()
    (folder / "data" / MARKER).write_text("4711\n")
    assert "was made by the user with id 4711" in refusal(start())


def test_a_second_run_on_one_data_directory_harms_neither(start_quickly: Start) -> None:
    first = start_quickly().ready()
    said = refusal(start_quickly(PORT=str(process.free_port())))
    assert "A stack already runs on" in said
    assert f"(process {first.running.pid})" in said
    assert first.end(signal.SIGINT) == 0
    assert first.lines[-1] == "stopped"


def test_a_database_that_does_not_answer(start: Start) -> None:
    url = f"postgresql://lan:hush@127.0.0.1:{process.free_port()}/city"
    said = refusal(start(DATABASE_URL=url))
    assert said.startswith("Not started: DATABASE_URL cannot be used: ")
    assert "hush" not in said


def test_a_queue_that_does_not_answer(start_quickly: Start) -> None:
    said = refusal(start_quickly(REDIS_URL=f"redis://:hush@127.0.0.1:{process.free_port()}/0"))
    assert said.startswith("Not started: REDIS_URL cannot be used (127.0.0.1): ")
    assert "hush" not in said


def test_a_secret_file_that_is_not_there(start: Start, folder: Path) -> None:
    said = refusal(start(DATABASE_URL_FILE=str(folder / "nowhere")))
    assert said.startswith("Not started: DATABASE_URL_FILE names ")


@pytest.mark.parametrize("name", ["migrate", "web"])
def test_a_program_that_fails_at_start_is_shown_with_its_own_words(
    start_quickly: Start, name: str
) -> None:
    stack = start_quickly(STANDIN_FAILS=name)
    said = refusal(stack)
    assert f"Not started: {name} ended with exit code 7" in said
    assert f"{name} has lost its keys" in said
    assert not [words for _, words in process.command_lines() if _belongs(words, stack)]


def test_a_program_that_gives_up_later_is_shown_too_and_started_again(
    start_quickly: Start,
) -> None:
    stack = start_quickly().ready()
    assert process.wait_until(lambda: "bot started" in stack.happened(), 20)
    os.kill(stack.pid_of("bot"), signal.SIGUSR1)
    stack.hear("bot ended with exit code 7; starting it again in 0.5 s")
    stack.hear("    bot has lost its keys")
    assert process.wait_until(lambda: stack.pid_of("bot") > 0, 20)


def _belongs(words: list[str], stack: drive.Stack) -> bool:
    return any(str(stack.data) in word for word in words)

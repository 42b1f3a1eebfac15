"""Real worker and dispatcher processes, and what is left when they are killed."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from flask import Flask

from childcare.app import promoting
from childcare.clock import database_clock
from childcare.db import reading
from childcare.people import Family
from tests.build import Build
from tests.fake_chat import TOKEN, FakeChat
from tests.workers.city import City, open_rows
from tests.workers.conftest import SECRET, QueueServer

ROOT = Path(__file__).resolve().parents[2]
FAMILIES = 24


class Processes:
    """The background of the product, started as the Procfile does."""

    def __init__(self, database: str, redis_url: str, chat_url: str, log: Path) -> None:
        self.log = log
        self.environ = {
            **os.environ,
            "DATABASE_URL": database,
            "REDIS_URL": redis_url,
            "SECRET_KEY": SECRET,
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "TELEGRAM_API_URL": chat_url,
            "PYTHONUNBUFFERED": "1",
        }
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, module: str) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            started = subprocess.Popen(  # noqa: S603 - our own modules
                [sys.executable, "-m", module],
                cwd=ROOT,
                env=self.environ,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.running.append(started)
        return started

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def end(self) -> None:
        for process in self.running:
            process.kill()
            process.wait()


@pytest.fixture
def processes(database: str, redis_url: str, chat: FakeChat, tmp_path: Path) -> Iterator[Processes]:
    made = Processes(database, redis_url, chat.url, tmp_path / "workers.log")
    yield made
    made.end()


def until(is_so: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@pytest.fixture
def reminders_due(app: Flask, city: City) -> Sequence[int]:
    """A reminder for each of many chats, due now by the database's own clock."""
    app.extensions["clock"] = database_clock
    with reading() as session:
        city.clock.now = database_clock(session)
    booking_id = city.book_whenever()
    city.forget_rows()
    chats = range(80001, 80001 + FAMILIES)
    with promoting() as session:
        family = session.get_one(Family, city.family_id)
        for chat_id in chats:
            Build(session).relative(family, telegram_id=chat_id, quiet_from=0, quiet_until=0)
    for chat_id in chats:
        city.reminder(booking_id, to=chat_id)
    return chats


def test_a_killed_worker_and_a_killed_valkey_lose_nothing_and_double_at_most_one(
    processes: Processes, reminders_due: Sequence[int], chat: FakeChat, queue_server: QueueServer
) -> None:
    chat.seconds = 0.3
    doomed, survivor = processes.start("workers"), processes.start("workers")
    processes.start("workers.dispatcher")
    assert until(lambda: len(chat.sent) >= 4, 30), processes.said()
    doomed.send_signal(signal.SIGKILL)
    doomed.wait()
    # All that Valkey held goes as well.
    queue_server.kill_and_start_again()
    chat.seconds = 0
    assert until(lambda: not open_rows("remind-24h"), 30), processes.said()
    arrived = Counter(message.chat_id for message in chat.sent)
    assert set(arrived) == set(reminders_due)
    assert arrived.total() <= FAMILIES + 1
    survivor.send_signal(signal.SIGTERM)
    assert survivor.wait(timeout=10) == 0, processes.said()
    assert "果果" not in processes.said()
    assert TOKEN not in processes.said()


def test_processes_without_settings_say_what_is_missing(processes: Processes) -> None:
    del processes.environ["DATABASE_URL"]
    started = [processes.start(module) for module in ("workers", "workers.dispatcher")]
    assert [process.wait(timeout=30) for process in started] == [1, 1]
    assert processes.said().count("DATABASE_URL is required.") == 2

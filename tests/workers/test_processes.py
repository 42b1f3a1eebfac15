"""Real worker and dispatcher processes, and what is left when they are killed."""

import os
import signal
import time
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
from tests.programs import Running
from tests.workers.city import City, open_rows
from tests.workers.conftest import SECRET

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
        self.running: list[Running] = []

    def start(self, module: str) -> Running:
        started = Running(module, log=self.log, environ=self.environ)
        self.running.append(started)
        return started

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def end(self) -> None:
        for program in self.running:
            program.end()


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


def test_a_worker_told_to_stop_finishes_what_it_has_and_another_goes_on(
    processes: Processes, reminders_due: Sequence[int], chat: FakeChat
) -> None:
    """How they are killed, and Valkey with them, is for tests/faults/test_deliveries.py."""
    chat.seconds = 0.3
    leaving, staying = processes.start("workers"), processes.start("workers")
    dispatcher = processes.start("workers.dispatcher")
    assert until(lambda: len(chat.sent) >= 4, 30), processes.said()
    leaving.send_signal(signal.SIGTERM)
    assert leaving.wait(timeout=10) == 0, processes.said()
    assert len(chat.sent) < FAMILIES, "nothing was left to go on with"
    chat.seconds = 0
    assert until(lambda: not open_rows("remind-24h"), 30), processes.said()
    assert sorted(message.chat_id for message in chat.sent) == sorted(reminders_due)
    for program in (staying, dispatcher):
        program.send_signal(signal.SIGTERM)
        assert program.wait(timeout=10) == 0, processes.said()
    assert "果果" not in processes.said()
    assert TOKEN not in processes.said()


def test_processes_without_settings_say_what_is_missing(processes: Processes) -> None:
    del processes.environ["DATABASE_URL"]
    started = [processes.start(module) for module in ("workers", "workers.dispatcher")]
    assert [process.wait(timeout=30) for process in started] == [1, 1]
    assert processes.said().count("DATABASE_URL is required.") == 2

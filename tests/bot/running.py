"""The bot as a process of its own, beside a really running sandbox."""

import os
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from flask import Flask

from childcare import clock
from childcare.app import promoting
from childcare.people import PlaceKind, SavedPlace
from tests import servers
from tests.build import Build
from tests.devstack.sandbox.running import TOKEN, Sandbox
from tests.programs import Running

JINSONG = (39.884, 116.461)
# A worker of the run takes rows of its own database only if it has a queue of its own.
REDIS_NUMBER = 1 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))


def redis_url() -> str:
    return urlunsplit(urlsplit(servers.redis_url())._replace(path=f"/{REDIS_NUMBER}"))


@dataclass
class Stack:
    """Processes that serve one chat sandbox, each with its words in a log."""

    sandbox: Sandbox
    database: str
    folder: Path
    environ: Mapping[str, str] = field(default_factory=dict)
    running: list[Running] = field(default_factory=list)

    def start(self, module: str, **environ: str) -> Running:
        surroundings = {
            **os.environ,
            "DATABASE_URL": self.database,
            "REDIS_URL": redis_url(),
            "SECRET_KEY": "a-throw-away-key-that-signs-only-tests",
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "TELEGRAM_API_URL": self.sandbox.address,
            "SMS_GATEWAY_URL": f"{self.sandbox.address}/sms",
            **environ,
        }
        started = Running(module, log=self.folder / f"{module}.log", environ=surroundings)
        self.running.append(started)
        return started

    def end(self) -> None:
        """Ask every process to stop, and see that none stays."""
        for program in self.running:
            program.send_signal(signal.SIGTERM)
        for program in self.running:
            try:
                program.wait(20)
            finally:
                program.end()

    def kill(self) -> None:
        """End every process at once."""
        for program in self.running:
            program.end()

    def log(self, module: str) -> str:
        return (self.folder / f"{module}.log").read_text(encoding="utf-8")


def until(is_so: Callable[[], Any], seconds: float = 40) -> Any:
    """Wait for something to become true, and give it back."""
    deadline = time.monotonic() + seconds
    while not (found := is_so()):
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.05)
    return found


def working_day(after: date) -> date:
    """The next Monday to Friday; a test's calendar knows no holidays."""
    days = (after + timedelta(days=number) for number in range(1, 4))
    return next(on for on in days if on.isoweekday() <= 5)


def settle(app: Flask) -> date:
    """A nursery and 林岚's family as of the real today; the next working day."""
    with promoting() as session:
        now = clock.now(session)
        today = clock.today(now)
        build = Build(session, now=now)
        build.nursery(
            name="小小松果托育园",
            name_en="Little Pinecone",
            address="劲松三区 301 号",
            phone="010-67001234",
            what_to_bring="水杯、换洗衣服",
            stars=4,
        )
        for number, locale, name in ((70001, "zh", "林岚"), (70003, "en", "Emma Clarke")):
            family = build.family()
            # Without quiet hours, so that a test may run at night.
            build.guardian(
                family, telegram_id=number, locale=locale, name=name, quiet_from=0, quiet_until=0
            )
            born_on = today - timedelta(days=600)
            build.child(family, name="果果" if locale == "zh" else "Mia", born_on=born_on)
            lat, lng = JINSONG
            label = "劲松" if locale == "zh" else "Jinsong"
            home = SavedPlace(
                family_id=family.id, kind=PlaceKind.HOME, label=label, lat=lat, lng=lng
            )
            session.add(home)
        return working_day(today)

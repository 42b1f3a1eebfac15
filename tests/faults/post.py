"""Messages from a booking to a chat: the outbox, its dispatcher, its workers, the chat sandbox."""

import signal
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.stack import Stack
from devstack import process
from tests.devstack.sandbox.running import TOKEN, Sandbox
from tests.faults import booking
from tests.faults.product import start
from tests.programs import Running

CHAT = 7_000_000
DISPATCHER, WORKER = "workers.dispatcher", "workers"


@contextmanager
def open_sandbox(folder: Path) -> Iterator[Sandbox]:
    """A chat sandbox with the real server's limits."""
    sandbox = Sandbox(folder, process.free_port())
    try:
        yield sandbox
    finally:
        sandbox.end(signal.SIGKILL)


@dataclass
class Post:
    """The programs that deliver; a partner in every family is told what the other one booked."""

    stack: Stack
    sandbox: Sandbox
    programs: dict[str, Running] = field(default_factory=dict)

    def start(self, name: str, module: str) -> None:
        """Start a program, or start it again."""
        self.programs[name] = start(
            self.stack,
            name,
            module,
            TELEGRAM_BOT_TOKEN=TOKEN,
            TELEGRAM_API_URL=self.sandbox.address,
        )

    def kill(self, name: str) -> None:
        self.programs[name].kill()
        self.programs[name].wait()

    def introduce(self, families: Iterable[int]) -> None:
        """Give families a partner who has opened the chat and never wants quiet."""
        with psycopg.connect(self.stack.database_url) as connection:
            for family in families:
                self.sandbox.control("send", user=CHAT + family, text="/start")
                connection.execute(PARTNER, {"family": family, "chat": CHAT + family})

    def arrived(self) -> Counter[int]:
        """How many messages each family's partner got."""
        return Counter(int(call["chat_id"]) - CHAT for call in self._calls())

    def times(self) -> list[float]:
        """When messages arrived, in seconds since the epoch."""
        return sorted(float(call["at"]) for call in self._calls())

    def _calls(self) -> list[dict[str, Any]]:
        calls = self.sandbox.client.get("/control/calls").json()["calls"]
        return [call for call in calls if call["chat_id"] and call["status"] == 200]

    def missing(self, families: Iterable[int]) -> set[int]:
        return set(families) - set(self.arrived())

    def await_all(self, families: Iterable[int], seconds: float) -> None:
        """Wait until every partner of these families has been told."""
        wanted = list(families)
        if not process.wait_until(lambda: not self.missing(wanted), seconds, pause=0.2):
            raise AssertionError(f"{len(self.missing(wanted))} of {len(wanted)} were not told")

    def await_some(self, how_many: int, seconds: float) -> None:
        """Wait until so many messages have come, to whomever."""
        if not process.wait_until(lambda: self.arrived().total() >= how_many, seconds):
            raise AssertionError(f"only {self.arrived().total()} of {how_many} came")

    def in_flight(self) -> int:
        """Rows that were handed out and that nobody has done yet."""
        return booking.count(
            self.stack.database_url,
            "SELECT count(*) FROM outbox"
            " WHERE leased_until > now() AND NOT is_waiting AND done_at IS NULL",
        )

    def begun_again(self) -> int:
        """Rows that somebody began and did not live to end."""
        query = "SELECT count(*) FROM outbox WHERE attempts > 1"
        return booking.count(self.stack.database_url, query)

    def said(self) -> str:
        """The logs of all programs."""
        logs = self.stack.home.glob("*.log")
        return "\n".join(log.read_text(errors="replace") for log in logs)

    def undone(self) -> int:
        """Rows that are due and that nobody has done or given up properly."""
        return booking.count(
            self.stack.database_url,
            "SELECT count(*) FROM outbox WHERE due_at <= now() AND done_at IS NULL",
        )


PARTNER = """
INSERT INTO guardian (family_id, role, name, locale, quiet_from, quiet_until, switches,
    consent_version, consented_at, created_at, telegram_id)
VALUES (%(family)s, 'guardian', '', 'zh', 0, 0, '{}', '2026-11', now(), now(), %(chat)s)
"""

"""Flood limits as the real server's, and the faults that a script orders."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from devstack.sandbox.errors import Json

CHATS_REMEMBERED = 10_000


@dataclass
class Bucket:
    """Tokens that refill by the second; one token is one message."""

    rate: float
    burst: float
    tokens: float
    at: float

    def wait_seconds(self, now: float) -> float:
        self.tokens = min(self.burst, self.tokens + (now - self.at) * self.rate)
        self.at = now
        return 0.0 if self.tokens >= 1 else (1 - self.tokens) / self.rate


class Limits:
    """How many messages may leave in all, and into one chat."""

    def __init__(
        self,
        per_second: float,
        chat_per_second: float,
        chat_burst: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lock = threading.Lock()
        self._clock = clock
        self.set(per_second, chat_per_second, chat_burst)

    def set(self, per_second: float, chat_per_second: float, chat_burst: float) -> None:
        with self._lock:
            self.per_second, self.chat_per_second = per_second, chat_per_second
            self.chat_burst = chat_burst
            self._all = Bucket(per_second, max(per_second, 1), max(per_second, 1), self._clock())
            self._chats: dict[str, Bucket] = {}

    def as_json(self) -> Json:
        return {
            "per_second": self.per_second,
            "chat_per_second": self.chat_per_second,
            "chat_burst": self.chat_burst,
        }

    def take(self, chat_id: str) -> int:
        """Count one message into this chat: 0, or the whole seconds until it may go."""
        with self._lock:
            now = self._clock()
            if len(self._chats) > CHATS_REMEMBERED:
                self._forget_full(now)
            bucket = self._chats.setdefault(
                chat_id, Bucket(self.chat_per_second, self.chat_burst, self.chat_burst, now)
            )
            seconds = max(bucket.wait_seconds(now), self._all.wait_seconds(now))
            if seconds > 0:
                return math.ceil(seconds)
            bucket.tokens -= 1
            self._all.tokens -= 1
            return 0

    def _forget_full(self, now: float) -> None:
        for chat_id, bucket in list(self._chats.items()):
            bucket.wait_seconds(now)
            if bucket.tokens >= bucket.burst:
                del self._chats[chat_id]


@dataclass
class Fault:
    """What shall go wrong with the next `times` calls of a method ("*" is all methods)."""

    method: str
    status: int | None
    retry_after: int | None
    cut: str | None
    silent_s: float
    times: int


@dataclass
class Faults:
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _ordered: list[Fault] = field(default_factory=list)

    def order(self, fault: Fault) -> None:
        with self._lock:
            self._ordered.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._ordered.clear()

    def next_for(self, method: str) -> Fault | None:
        with self._lock:
            for fault in self._ordered:
                if fault.method in {"*", method.lower()}:
                    fault.times -= 1
                    if fault.times <= 0:
                        self._ordered.remove(fault)
                    return fault
        return None


class Record:
    """The last calls of the bot, numbered, for tests to look at."""

    def __init__(self, most: int = 20_000) -> None:
        self._lock = threading.Lock()
        self._calls: deque[Json] = deque(maxlen=most)
        self._count = 0

    def add(self, call: Json) -> None:
        with self._lock:
            self._count += 1
            self._calls.append({"number": self._count} | call)

    def after(self, number: int, method: str | None) -> list[Json]:
        with self._lock:
            return [
                call
                for call in self._calls
                if call["number"] > number
                and (method is None or call["method"].lower() == method.lower())
            ]

"""Families who call the API over real connections that may be cut at any moment."""

import http.client
import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks import city

PROBLEM = "application/problem+json"


@dataclass(frozen=True)
class Answer:
    """What came back; status 0 where the connection was cut before an answer."""

    status: int
    body: Any = None
    media_type: str = ""

    @property
    def code(self) -> str:
        """The code of a problem document, empty for anything else."""
        return str(self.body["code"]) if self.media_type == PROBLEM else ""


CUT = Answer(0)


@dataclass
class Tally:
    """How requests ended: statuses, codes of problems, and the longest wait in seconds."""

    statuses: Counter[int] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    # An error of the server's own, or one that is not a problem document.
    crashes: list[Answer] = field(default_factory=list)

    @property
    def answers(self) -> int:
        return self.statuses.total() - self.statuses[0]

    def count(self, answer: Answer, seconds: float) -> None:
        self.statuses[answer.status] += 1
        self.slowest = max(self.slowest, seconds)
        if answer.code:
            self.codes[answer.code] += 1
        if answer.status == 500 or (answer.status >= 400 and not answer.code):
            self.crashes.append(answer)

    def add(self, other: "Tally") -> None:
        self.statuses.update(other.statuses)
        self.codes.update(other.codes)
        self.slowest = max(self.slowest, other.slowest)
        self.crashes += other.crashes


class Caller:
    """One client: keeps its connection, and opens another when that is cut."""

    def __init__(self, port: int, *, patience: float = 30.0) -> None:
        self.tally = Tally()
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=patience)

    def ask(
        self,
        method: str,
        path: str,
        facts: Mapping[str, object] | None = None,
        *,
        family: int = 0,
        key: str = "",
    ) -> Answer:
        """Send one request, as family `family` unless that is 0; `CUT` if no answer came."""
        headers = {"Content-Type": "application/json"}
        if family:
            headers["Authorization"] = f"Bearer {city.token(family)}"
        if key:
            headers["Idempotency-Key"] = key
        content = json.dumps(facts).encode() if facts is not None else None
        started = time.monotonic()
        try:
            self._connection.request(method, path, content, headers)
            answer = _read(self._connection.getresponse())
        except (OSError, http.client.HTTPException):
            self._connection.close()
            answer = CUT
        self.tally.count(answer, time.monotonic() - started)
        return answer

    def post(self, path: str, facts: Mapping[str, object], *, family: int, key: str = "") -> Answer:
        return self.ask("POST", f"/api/v1{path}", facts, family=family, key=key)

    def send_and_leave(
        self, path: str, facts: Mapping[str, object], *, family: int, key: str
    ) -> None:
        """Send a request and cut the connection without waiting for its answer."""
        headers = {
            "Content-Type": "application/json",
            "Authorization": f"Bearer {city.token(family)}",
            "Idempotency-Key": key,
        }
        self._connection.request("POST", f"/api/v1{path}", json.dumps(facts).encode(), headers)
        self._connection.close()

    def close(self) -> None:
        self._connection.close()


def _read(response: http.client.HTTPResponse) -> Answer:
    content = response.read()
    media_type = (response.getheader("Content-Type") or "").split(";")[0]
    is_json = media_type in (PROBLEM, "application/json")
    return Answer(response.status, json.loads(content) if is_json else content, media_type)


class Wire:
    """One signed-in client that sends any bytes as a body."""

    def __init__(self, port: int, family: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        self._headers = {
            "Content-Type": "application/json",
            "Authorization": f"Bearer {city.token(family)}",
        }

    def ask(self, method: str, path: str, body: bytes) -> tuple[int, str, bytes]:
        """Status, media type and content of the answer.

        Asks again where the server had closed the connection, as it does after it left a body
        that is too large unread.
        """
        for left in (2, 1, 0):
            try:
                self._connection.request(method, path, body, self._headers)
                response = self._connection.getresponse()
                media_type = (response.getheader("Content-Type") or "").split(";")[0]
                return response.status, media_type, response.read()
            except ConnectionError:
                self._connection.close()
                if not left:
                    raise
        raise AssertionError

    def close(self) -> None:
        self._connection.close()


class Crowd:
    """Many callers at once, each in a thread of its own doing `work(caller, number)`."""

    def __init__(
        self,
        port: int,
        size: int,
        work: Callable[[Caller, int], None],
        *,
        patience: float = 30.0,
    ) -> None:
        self._callers = [Caller(port, patience=patience) for _ in range(size)]
        self._work = work
        self._errors: list[BaseException] = []
        self._threads = [
            threading.Thread(target=self._run, args=(caller, number))
            for number, caller in enumerate(self._callers)
        ]

    def _run(self, caller: Caller, number: int) -> None:
        try:
            self._work(caller, number)
        except BaseException as problem:
            self._errors.append(problem)
        finally:
            caller.close()

    def start(self) -> "Crowd":
        for thread in self._threads:
            thread.start()
        return self

    @property
    def is_busy(self) -> bool:
        return any(thread.is_alive() for thread in self._threads)

    def finish(self) -> Tally:
        """Wait for everyone; raise what went wrong in any, else how all requests ended."""
        for thread in self._threads:
            thread.join()
        if self._errors:
            raise self._errors[0]
        whole = Tally()
        for caller in self._callers:
            whole.add(caller.tally)
        return whole


class Numbers:
    """Hands out 1, 2, 3 … to several threads, for as long as it is open."""

    def __init__(self, most: int) -> None:
        self._numbers = itertools.count(1)
        self._most = most
        self._is_open = True
        self._lock = threading.Lock()

    def next(self) -> int | None:
        """The next number; None once closed or used up."""
        with self._lock:
            number = next(self._numbers)
            return number if self._is_open and number <= self._most else None

    def close(self) -> None:
        self._is_open = False

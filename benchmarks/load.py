"""A closed-loop HTTP load from processes of their own, as cheap as Python can make it.

Each connection sends its next request when the answer to the last has come. The generator shares
the machine with the server, so what is measured is the server's rate minus what this costs.
"""

import json
import multiprocessing
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from threading import Thread

Request = tuple[str, str, str, bytes]  # method, path, bearer token, JSON body
Answer = tuple[int, bytes]
# Makes the next request from the last answer; None ends the connection's work.
Script = Callable[[int, Answer | None], Request | None]


@dataclass
class Result:
    """What came of a run: statuses, and seconds per request by (label, status)."""

    seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    latencies: dict[str, list[float]] = field(default_factory=dict)

    def rate(self, label: str) -> float:
        return len(self.latencies.get(label, [])) / self.seconds if self.seconds else 0.0

    def p95_ms(self, label: str) -> float | None:
        found = sorted(self.latencies.get(label, []))
        return round(found[int(len(found) * 0.95)] * 1000, 2) if found else None


class Connection:
    """One keep-alive HTTP/1.1 connection."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.socket = self._connect()

    def _connect(self) -> socket.socket:
        made = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made

    def ask(self, request: Request) -> Answer:
        method, path, token, body = request
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self.socket.sendall(head.encode() + body)
        received = b""
        while b"\r\n\r\n" not in received:
            received += self._more()
        headers, _, content = received.partition(b"\r\n\r\n")
        length = 0
        for line in headers.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        while len(content) < length:
            content += self._more()
        status = int(headers[9:12])
        if b"connection: close" in headers.lower():
            self.socket.close()
            self.socket = self._connect()
        return status, content

    def _more(self) -> bytes:
        chunk = self.socket.recv(65536)
        if not chunk:
            raise ConnectionError("the server closed the connection")
        return chunk


def _label(request: Request, status: int) -> str:
    verb = request[1].split("?")[0].rsplit("/", 1)[-1]
    return f"{verb}:{status}"


def _drive(port: int, script: Script, number: int, until: float, result: Result) -> None:
    connection = Connection(port)
    answer: Answer | None = None
    while time.perf_counter() < until:
        request = script(number, answer)
        if request is None:
            return
        started = time.perf_counter()
        answer = connection.ask(request)
        spent = time.perf_counter() - started
        result.statuses[answer[0]] += 1
        result.latencies.setdefault(_label(request, answer[0]), []).append(spent)


def _process(
    port: int, script: Script, numbers: Sequence[int], seconds: float, pipe: object
) -> None:
    result = Result()
    started = time.perf_counter()
    threads = [
        Thread(target=_drive, args=(port, script, number, started + seconds, result))
        for number in numbers
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    result.seconds = time.perf_counter() - started
    pipe.send(result)  # type: ignore[attr-defined]


def run(port: int, script: Script, *, connections: int, seconds: float) -> Result:
    """Drive `script` over so many connections from two processes, for at most `seconds`."""
    context = multiprocessing.get_context("fork")
    parts = [list(range(connections))[n::2] for n in range(2)]
    pipes = []
    for numbers in filter(None, parts):
        here, there = context.Pipe()
        worker = context.Process(target=_process, args=(port, script, numbers, seconds, there))
        worker.start()
        pipes.append((here, worker))
    results = [here.recv() for here, _ in pipes]
    for _, worker in pipes:
        worker.join()
    return merged(results)


def merged(results: Iterable[Result]) -> Result:
    whole = Result()
    for result in results:
        whole.seconds = max(whole.seconds, result.seconds)
        whole.statuses.update(result.statuses)
        for label, spent in result.latencies.items():
            whole.latencies.setdefault(label, []).extend(spent)
    return whole


def body(**facts: object) -> bytes:
    return json.dumps(facts).encode()

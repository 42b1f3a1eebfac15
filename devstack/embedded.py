"""Start an embedded server on a port that is free, and know that it is ours that answers."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from devstack import process
from devstack.process import Program, StackError

TRIES = 5
START_SECONDS = 60.0


class Server(Protocol):
    """What the embedded PostgreSQL and the embedded Valkey have in common."""

    @property
    def port(self) -> int: ...
    @property
    def log(self) -> Path: ...
    def prepare(self) -> None: ...
    def program(self) -> Program: ...
    def is_ready(self, pid: int) -> bool: ...


AnyServer = TypeVar("AnyServer", bound=Server)


def start(
    make: Callable[[int], AnyServer], preferred_port: int | None = None
) -> tuple[AnyServer, subprocess.Popen[bytes]]:
    """Start what `make` makes for a port, on `preferred_port` if that is free.

    Raises StackError with the end of the server's log when it does not start.
    """
    preferred = [preferred_port] if preferred_port and process.is_port_free(preferred_port) else []
    for attempt in range(TRIES):
        port = preferred[attempt] if attempt < len(preferred) else process.free_port()
        server = make(port)
        server.prepare()
        child = process.start(server.program())
        if wait_until_ready(server, child):
            return server, child
        process.stop(child, server.program().stop_signal, 10)
        if process.is_port_free(port):
            # Nobody took the port in between: another one would not help.
            break
    raise StackError(
        f"The embedded {server.program().name} did not start:\n{process.last_lines(server.log)}"
    )


def wait_until_ready(server: Server, child: subprocess.Popen[bytes]) -> bool:
    """Whether `server`, running as `child`, answers before it ends or the time is up."""
    process.wait_until(
        lambda: child.poll() is not None or server.is_ready(child.pid), START_SECONDS
    )
    return child.poll() is None and server.is_ready(child.pid)

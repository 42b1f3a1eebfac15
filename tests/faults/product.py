"""The product as processes that may be killed, on a database of the test's own."""

import contextlib
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.stack import SECRET, Stack
from devstack import process
from tests.faults.callers import Caller
from tests.programs import Running

THREADS = 8


@dataclass
class Web:
    """gunicorn as operators start it, with two workers."""

    master: Running
    port: int
    log: Path

    def workers(self) -> list[int]:
        """The pids of the workers that live."""
        return children_of(self.master.pid)

    def kill_worker(self, number: int) -> None:
        """Kill -9 one of the workers; gunicorn starts another."""
        workers = self.workers()
        if workers:
            process.send(workers[number % len(workers)], signal.SIGKILL)

    def said(self) -> str:
        return self.log.read_text(errors="replace")


def children_of(pid: int) -> list[int]:
    """The pids of the processes that `pid` started and that live."""
    with contextlib.suppress(OSError):
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


@contextlib.contextmanager
def running(home: Path, database_url: str, redis_url: str) -> Iterator[Stack]:
    """A place to start programs in, all ended with the `with` block."""
    home.mkdir(exist_ok=True)
    with contextlib.ExitStack() as programs:
        stack = Stack(home, database_url, redis_url, programs)
        figures = home / "figures"
        figures.mkdir()
        stack.environ = {
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "SECRET_KEY": SECRET,
            "PYTHONUNBUFFERED": "1",
            # A web that is killed leaves no folder behind.
            "PROMETHEUS_MULTIPROC_DIR": str(figures),
        }
        yield stack


def start(stack: Stack, name: str, module: str, *words: str, **environ: str) -> Running:
    """Start a program that is killed, not asked to stop, when the test is over."""
    log = stack.home / f"{name}.log"
    surroundings = {**os.environ, **stack.environ, **environ}
    program = Running(module, *words, log=log, environ=surroundings)
    stack.running.callback(program.end)
    return program


def start_web(stack: Stack, app: str = "webapp:create_app()", **environ: str) -> Web:
    """Start the web processes and wait until they answer."""
    port = process.free_port()
    # Preloaded, so that a worker that was killed is replaced in a moment.
    options = f"--config python:webapp.server --preload --workers 2 --threads {THREADS}"
    words = [*options.split(), "--log-level", "error", "--bind", f"127.0.0.1:{port}", app]
    name = f"web-{port}"
    web = Web(start(stack, name, "gunicorn", *words, **environ), port, stack.home / f"{name}.log")
    caller = Caller(port, patience=5)
    if not process.wait_until(
        lambda: caller.ask("GET", "/healthz").status == 200 and len(web.workers()) == 2, 30
    ):
        raise RuntimeError(web.said())
    caller.close()
    return web

"""A stack whose programs are small stand-ins: `python -m tests.devstack.standin` for `make run`.

With a name it is that program; without, the stack. STANDIN_EVENTS names the file in which the
programs note what happens; STANDIN_FAILS the program that ends at once with an error.
"""

import os
import signal
import sys
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psycopg
import redis

from devstack import stack
from devstack.config import ROOT, Config
from devstack.datadir import DataDir
from devstack.process import Program
from devstack.supervisor import APP, SANDBOX

PORT_NAMES = {"web": "PORT", "sandbox": "SANDBOX_PORT"}


class StandIns:
    """The same names, order and layers as the product."""

    def __init__(self, config: Config, data: DataDir, environ: Mapping[str, str]) -> None:
        self.data = data
        self.environ = environ

    def preparations(self) -> list[Program]:
        return [self._program("migrate"), self._program("sample")]

    def sandbox(self) -> Program:
        return self._program("sandbox", SANDBOX)

    def product(self) -> list[Program]:
        return [self._program(name) for name in ("web", "worker", "dispatcher", "bot")]

    def _program(self, name: str, layer: int = APP) -> Program:
        return Program(
            name=name,
            command=[sys.executable, "-m", "tests.devstack.standin", name],
            cwd=ROOT,
            log=self.data.log(name),
            environ=self.environ,
            layer=layer,
        )


class Ok(BaseHTTPRequestHandler):
    """Answers everything with 200."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"ok")


def note(event: str) -> None:
    """Add a line to the events the test reads."""
    with Path(os.environ["STANDIN_EVENTS"]).open("a") as events:
        events.write(f"{event}\n")


def count_a_start() -> None:
    """Leave a lasting trace of this start in both servers."""
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS start (at timestamptz)")
        connection.execute("INSERT INTO start VALUES (now())")
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as client:
        client.incr("starts")


def be(name: str) -> int:
    """Do what the program `name` does."""
    if os.environ.get("STANDIN_FAILS") == name:
        sys.stderr.write(f"{name} has lost its keys\n")
        return 7
    if name == "migrate":
        count_a_start()
    if name in ("migrate", "sample"):
        note(f"{name} done")
        return 0
    told = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: told.set())
    if name in PORT_NAMES:
        address = ("127.0.0.1", int(os.environ[PORT_NAMES[name]]))
        threading.Thread(target=ThreadingHTTPServer(address, Ok).serve_forever, daemon=True).start()
    note(f"{name} started")
    told.wait()
    note(f"{name} stopped")
    return 0


if __name__ == "__main__":
    sys.exit(be(sys.argv[1]) if len(sys.argv) > 1 else stack.main(StandIns))

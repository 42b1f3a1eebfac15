"""A running product to measure: embedded servers as durable as production's, real processes."""

import contextlib
import os
import re
import secrets
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import flask_migrate
from flask import Flask

from childcare.app import create_core
from childcare.settings import Settings
from devstack import embedded, postgres, process, valkey
from devstack.process import Program

ROOT = Path(__file__).resolve().parents[1]
SECRET = "benchmarks-sign-nothing-that-outlives-them"


@dataclass
class Stack:
    """Addresses of a migrated database, a Valkey, and the processes started on them."""

    home: Path
    database_url: str
    redis_url: str
    running: contextlib.ExitStack
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        return Settings(self.database_url, self.redis_url, SECRET)

    def core(self) -> Flask:
        return create_core(self.settings)

    def start(self, name: str, *command: str, **environ: str) -> subprocess.Popen[bytes]:
        """Start one of the product's programs, ended with the stack."""
        program = Program(
            name=name,
            command=[sys.executable, *command],
            cwd=ROOT,
            log=self.home / f"{name}.log",
            environ={**os.environ, **self.environ, **environ},
        )
        child = process.start(program)
        self.running.callback(process.stop, child, program.stop_signal, 10)
        return child

    def web(self, workers: int = 2, threads: int = 4) -> int:
        """Start the web processes; the port they answer on."""
        port = process.free_port()
        options = (
            "--worker-class gthread --reuse-port --no-control-socket --log-level error"
            f" --workers {workers} --threads {threads} --bind 127.0.0.1:{port}"
        )
        self.start("web", "-m", "gunicorn", *options.split(), "benchmarks.web:create()")
        self._await(f"http://127.0.0.1:{port}/healthz")
        return port

    def _await(self, url: str) -> None:
        def answers() -> bool:
            with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=1):  # noqa: S310 - our own loopback address
                return True
            return False

        if not process.wait_until(answers, 30, pause=0.1):
            raise RuntimeError(process.last_lines(self.home / "web.log", 40))

    def pgbench(
        self, *scripts: str, clients: int, seconds: float, variables: dict[str, int] | None = None
    ) -> float:
        """Transactions per second of raw SQL: pgbench scripts, prepared, on both cores."""
        paths = []
        for number, script in enumerate(scripts):
            path = self.home / f"script{number}.sql"
            path.write_text(script)
            paths += ["-f", str(path)]
        given = [f"-D{name}={value}" for name, value in (variables or {}).items()]
        tool = postgres.wheel() / "bin" / "pgbench"
        options = ["-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T", str(int(seconds))]
        done = subprocess.run(
            [str(tool), *options, *given, *paths, self.database_url],
            capture_output=True,
            text=True,
            check=False,
        )
        found = re.search(r"tps = ([\d.]+)", done.stdout)
        failed = re.search(r"number of failed transactions: (\d+)", done.stdout)
        if found is None or (failed and failed[1] != "0"):
            raise RuntimeError(done.stdout + done.stderr)
        return float(found[1])


@contextlib.contextmanager
def stack() -> Iterator[Stack]:
    """Servers of their own in a folder of their own, gone with the `with` block."""
    with contextlib.ExitStack() as running:
        home = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="childcare-bench-")))
        home.chmod(0o755)
        server, child = embedded.start(
            lambda port: postgres.Postgres(home / "postgres", port, log=home / "postgres.log")
        )
        running.callback(process.stop, child, server.program().stop_signal, 10)
        queue, queue_child = embedded.start(
            lambda port: valkey.Valkey(home / "valkey", port, log=home / "valkey.log")
        )
        running.callback(process.stop, queue_child, queue.program().stop_signal, 10)
        database_url = server.make_database(f"bench_{secrets.token_hex(4)}")
        made = Stack(home, database_url, queue.url(), running)
        made.environ = {
            "DATABASE_URL": database_url,
            "REDIS_URL": queue.url(),
            "SECRET_KEY": SECRET,
        }
        core = made.core()
        with core.app_context():
            flask_migrate.upgrade()
            core.extensions["sqlalchemy"].engine.dispose()
        yield made


def settle(seconds: float = 1.0) -> None:
    """Let what was just started or written come to rest before measuring."""
    time.sleep(seconds)

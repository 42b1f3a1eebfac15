"""Start a stack of stand-ins, watch what it says and which processes it has."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

import psycopg

from devstack import process
from devstack.config import ROOT

PATIENCE = 60.0
STAND_INS = (sys.executable, "-m", "tests.devstack.standin")
PID_FILES = {"postgres": "postgres/data/postmaster.pid", "valkey": "valkey/valkey.pid"}


class Stack:
    """One run of the stack, from start to end."""

    def __init__(
        self, folder: Path, environ: Mapping[str, str], command: Sequence[str] = STAND_INS
    ) -> None:
        self.data = Path(environ["DATA_DIR"])
        self.events = folder / "events"
        self.lines: list[str] = []
        self._heard: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        clean = {name: value for name, value in os.environ.items() if "MAKE" not in name}
        self.running = subprocess.Popen(
            list(command),
            cwd=ROOT,
            env={**clean, "STANDIN_EVENTS": str(self.events), **environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
        )
        self._listener = threading.Thread(target=self._listen)
        self._listener.start()

    def _listen(self) -> None:
        assert self.running.stdout is not None
        with self.running.stdout as lines:
            for line in lines:
                self._heard.put(line.rstrip())
        self._heard.put(None)

    def hear(self, *beginnings: str) -> str:
        """The next line that begins with one of these; fails the test if the stack ends first."""
        while (line := self._heard.get(timeout=PATIENCE)) is not None:
            self.lines.append(line)
            if line.startswith(beginnings):
                return line
        raise AssertionError("\n".join([f"No {beginnings} in:", *self.lines]))

    def ready(self) -> "Stack":
        """The same, once it has said so."""
        self.hear("ready")
        return self

    def end(self, some_signal: signal.Signals | None = None) -> int:
        """The exit code, after `some_signal` if one is given."""
        if some_signal is not None:
            self.running.send_signal(some_signal)
        code = self.running.wait(PATIENCE)
        self._listener.join(PATIENCE)
        while not self._heard.empty():
            self.lines += filter(None, [self._heard.get()])
        return code

    @property
    def said(self) -> str:
        return "\n".join(self.lines)

    def happened(self) -> list[str]:
        """What the stand-ins noted, in order."""
        return self.events.read_text().splitlines()

    def pid_of(self, name: str) -> int:
        """The process that runs the program `name` now, 0 if none does."""
        if name in PID_FILES:
            file = self.data / PID_FILES[name]
            return int(file.read_text().split()[0]) if file.exists() else 0
        recorded = json.loads((self.data / "programs.json").read_text())
        alive = [e["pid"] for e in recorded if e["command"][-1] == name]
        return next((pid for pid in alive if process.command_line(pid)), 0)

    def starts_kept(self) -> int:
        """How many starts the running embedded database remembers."""
        with psycopg.connect(self.database_url()) as connection:
            row = connection.execute("SELECT count(*) FROM start").fetchone()
        return int(row[0]) if row else 0

    def database_url(self) -> str:
        """The address of the embedded database."""
        ports = json.loads((self.data / "ports.json").read_text())
        password = (self.data / "postgres/password").read_text()
        return f"postgresql://postgres:{password}@127.0.0.1:{ports['postgres']}/childcare"


def family(pid: int) -> set[tuple[int, str]]:
    """`pid` and all that descend from it, each with its time of birth."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            fields = _stat(int(entry.name))
            parents[int(entry.name)] = int(fields[1]) if fields else 0
    found, size = {pid}, 0
    while len(found) > size:
        size = len(found)
        found |= {child for child, parent in parents.items() if parent in found}
    return {(member, process.born(member)) for member in found}


def survivors(members: set[tuple[int, str]]) -> list[list[str]]:
    """The command lines of those that still run after a while."""

    def alive() -> list[int]:
        return [p for p, b in members if process.born(p) == b and process.command_line(p)]

    process.wait_until(lambda: not alive(), 20)
    return [process.command_line(pid) for pid in alive()]


def _stat(pid: int) -> list[str]:
    try:
        return Path("/proc", str(pid), "stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return []

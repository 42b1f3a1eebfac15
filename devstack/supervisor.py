"""Keep programs running, say so when one had to be started again, and stop them in order."""

import itertools
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from signal import Signals

from devstack import process
from devstack.datadir import DataDir
from devstack.process import Program, StackError

FIRST_DELAY = 0.5
LONGEST_DELAY = 30.0
# A program that ran this long is forgiven its earlier ends.
FORGIVEN_AFTER = 60.0
STOP_SECONDS = 12.0
RECORD = "programs.json"
# The layers, of which the highest stops first.
SERVERS, SANDBOX, APP = 0, 1, 2


def say(line: str) -> None:
    """Tell the person at the keyboard, who may have closed the terminal meanwhile."""
    try:
        print(line, flush=True)
    except OSError:
        return


@dataclass
class Child:
    """A running program, or one that waits to be started again."""

    program: Program
    process: subprocess.Popen[bytes]
    prepare: Callable[[], None] = field(default=lambda: None)
    started: float = field(default_factory=time.monotonic)
    delay: float = FIRST_DELAY
    due: float | None = None


class Supervisor:
    """The programs of one stack, recorded in its data directory."""

    def __init__(self, data: DataDir) -> None:
        self.data = data
        self.children: list[Child] = []

    def sweep(self) -> None:
        """End what a killed run left: pid, time of birth and command line must all agree."""
        left = [
            entry["pid"]
            for entry in self.data.read(RECORD) or []
            if process.born(entry["pid"]) == entry["born"]
            # A program may have given way to another by exec, but not to another Python.
            and process.command_line(entry["pid"])[:1] == entry["command"][:1]
        ]
        for pid in left:
            process.send(pid, Signals.SIGTERM)
        process.wait_until(lambda: not any(map(process.command_line, left)), 5)
        for pid in left:
            process.kill_group(pid)
        self.data.write(RECORD, [])

    def adopt(
        self,
        program: Program,
        running: subprocess.Popen[bytes],
        prepare: Callable[[], None] = lambda: None,
    ) -> None:
        """Look after `running`; `prepare` is called before it is started again."""
        self.children.append(Child(program, running, prepare))
        self._record()

    def start(self, program: Program) -> None:
        """Start `program` and look after it."""
        self.adopt(program, process.start(program))

    def run(self, program: Program) -> None:
        """Let `program` do its work. Raises StackError with the end of its log if it fails."""
        running = process.start(program)
        try:
            code = running.wait()
        finally:
            process.stop(running, program.stop_signal, STOP_SECONDS)
        if code:
            raise StackError(f"{program.name} {_ending(code)}:\n{process.last_lines(program.log)}")

    def insist(self) -> None:
        """Raise StackError with the end of its log if any program has ended."""
        for child in self.children:
            code = child.process.poll()
            if code is not None:
                name, log = child.program.name, child.program.log
                raise StackError(f"{name} {_ending(code)} at start:\n{process.last_lines(log)}")

    def tend(self) -> None:
        """Start again what has ended, later each time it ends soon."""
        now = time.monotonic()
        for child in self.children:
            if child.due is not None:
                if now >= child.due:
                    self._start_again(child)
            elif child.process.poll() is not None:
                self._plan(child, now)

    def stop(self) -> None:
        """Stop everything, the highest layer first."""
        by_layer = sorted(self.children, key=lambda child: -child.program.layer)
        for _, group in itertools.groupby(by_layer, key=lambda child: child.program.layer):
            children = list(group)
            for child in children:
                if child.process.poll() is None:
                    child.process.send_signal(child.program.stop_signal)
            deadline = time.monotonic() + STOP_SECONDS
            for child in children:
                self._await_end(child, deadline - time.monotonic())
        self.children.clear()
        self._record()

    def _await_end(self, child: Child, seconds: float) -> None:
        if not process.wait_until(lambda: child.process.poll() is not None, max(seconds, 0)):
            say(f"{child.program.name} did not stop in {STOP_SECONDS:.0f} s and was killed.")
        process.kill_group(child.process.pid)
        child.process.wait()

    def _plan(self, child: Child, now: float) -> None:
        # What a program leaves behind, such as web workers, would hold its port.
        process.kill_group(child.process.pid)
        if now - child.started > FORGIVEN_AFTER:
            child.delay = FIRST_DELAY
        child.due = now + child.delay
        say(
            f"{child.program.name} {_ending(child.process.returncode)};"
            f" starting it again in {child.delay:g} s (log: {child.program.log})"
        )
        if child.process.returncode > 0:
            # It was not killed but gave up, so it has said why.
            say(process.last_lines(child.program.log, 5))
        child.delay = min(child.delay * 2, LONGEST_DELAY)

    def _start_again(self, child: Child) -> None:
        try:
            child.prepare()
            child.process = process.start(child.program)
        except (OSError, StackError) as problem:
            child.due = time.monotonic() + child.delay
            child.delay = min(child.delay * 2, LONGEST_DELAY)
            say(f"{child.program.name} cannot be started: {problem}")
            return
        child.started, child.due = time.monotonic(), None
        self._record()

    def _record(self) -> None:
        entries = [
            {
                "pid": child.process.pid,
                "born": process.born(child.process.pid),
                "command": list(child.program.command),
            }
            for child in self.children
            # The servers know better how to end what is left of them.
            if child.program.layer > SERVERS
        ]
        self.data.write(RECORD, entries)


def _ending(code: int) -> str:
    if code < 0:
        return f"was ended by {Signals(-code).name}"
    return f"ended with exit code {code}"

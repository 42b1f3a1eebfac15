"""Start, recognise and end programs, so that none outlives the one that started it."""

import contextlib
import ctypes
import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG = 1
PORTS = range(20000, 32000)
# Loaded before any fork: importing in the child of a fork may meet a held import lock.
LIBC = ctypes.CDLL(None, use_errno=True)


class StackError(Exception):
    """Something the person at the keyboard has to change, in one sentence."""


@dataclass(frozen=True)
class Owner:
    """Whom a program runs as, where that is not ourselves."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Program:
    """A program that runs in the foreground until it is told to stop."""

    name: str
    command: Sequence[str]
    cwd: Path
    log: Path
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    stop_signal: signal.Signals = signal.SIGTERM
    owner: Owner | None = None
    # What has the highest number stops first.
    layer: int = 0


def die_with_parent(parent: int, death_signal: int) -> None:
    """Ask the kernel for `death_signal` when `parent`, which must be our parent, is gone."""
    LIBC.prctl(PR_SET_PDEATHSIG, int(death_signal))
    if os.getppid() != parent:
        os.kill(os.getpid(), death_signal)


def start(program: Program) -> subprocess.Popen[bytes]:
    """Start `program` in a process group of its own, ending when the calling thread ends."""
    parent = os.getpid()
    owner = program.owner
    with program.log.open("ab") as log:
        return subprocess.Popen(
            list(program.command),
            cwd=program.cwd,
            env=dict(program.environ),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            user=owner.uid if owner else None,
            group=owner.gid if owner else None,
            extra_groups=[] if owner else None,
            # Ctrl-C goes to a whole process group; the order of stopping is ours to choose.
            process_group=0,
            # Runs after the change of user, which would clear the signal asked for.
            preexec_fn=lambda: die_with_parent(parent, program.stop_signal),
        )


def stop(process: subprocess.Popen[bytes], stop_signal: signal.Signals, patience: float) -> None:
    """End `process` by `stop_signal`, its whole group by SIGKILL after `patience` seconds."""
    if process.poll() is None:
        process.send_signal(stop_signal)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            kill_group(process.pid)
            process.wait()
    kill_group(process.pid)


def kill_group(pid: int) -> None:
    """Kill what is left of the process group that `pid` leads or led."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def send(pid: int, some_signal: signal.Signals) -> None:
    """Send a signal to a process that may have ended meanwhile."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, some_signal)


def command_line(pid: int) -> list[str]:
    """The words `pid` was started with; none when it has ended."""
    try:
        text = Path("/proc", str(pid), "cmdline").read_bytes()
    except OSError:
        return []
    return [os.fsdecode(word) for word in text.rstrip(b"\0").split(b"\0")] if text else []


def command_lines() -> Iterator[tuple[int, list[str]]]:
    """Every process whose command line can be seen."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (words := command_line(int(entry.name))):
            yield int(entry.name), words


def has_words(words: Sequence[str], wanted: Sequence[str]) -> bool:
    """Whether `wanted` stand in `words` one after the other."""
    size = len(wanted)
    return any(list(words[i : i + size]) == list(wanted) for i in range(len(words) - size + 1))


def is_running(pid: int, wanted: Sequence[str]) -> bool:
    """Whether `pid` runs and its command line proves it to be what we take it for."""
    return has_words(command_line(pid), wanted)


def wait_until(condition: Callable[[], bool], seconds: float, pause: float = 0.02) -> bool:
    """Whether `condition` came true within `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True


def born(pid: int) -> str:
    """When `pid` started, in ticks since boot: tells it from a later process of that number."""
    try:
        return Path("/proc", str(pid), "stat").read_text().rsplit(")", 1)[1].split()[19]
    except OSError:
        return ""


def is_port_free(port: int) -> bool:
    """Whether a server could listen on `port` now."""
    with socket.socket() as probe:
        # What a closed connection leaves behind for a minute stops no server.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return _is_bindable(probe, port)


def free_port() -> int:
    """A port nobody has, at random, since several stacks may look at the same moment."""
    for _ in range(200):
        port = secrets.choice(PORTS)
        with socket.socket() as probe:
            # Not reusing, so that a port somebody only reserves is not taken from him.
            if _is_bindable(probe, port):
                return port
    raise StackError(f"No free port was found between {PORTS.start} and {PORTS.stop}.")


def _is_bindable(probe: socket.socket, port: int) -> bool:
    try:
        probe.bind(("127.0.0.1", port))
        probe.listen(1)
    except OSError:
        return False
    return True


def last_lines(log: Path, count: int = 15) -> str:
    """The end of a log, indented, for showing why a program stopped."""
    try:
        lines = log.read_text(errors="replace").splitlines()[-count:]
    except OSError:
        return ""
    return "\n".join(f"    {line}" for line in lines)

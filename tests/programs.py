"""The product's programs as processes, forked from one process that has imported them once.

Importing is a second or two of work for each program, and nothing of what is tested here: that
each starts by itself is shown by the tests of ``make run``.
"""

import contextlib
import fcntl
import importlib
import multiprocessing
import os
import signal
import sys
from collections.abc import Mapping
from multiprocessing import parent_process
from pathlib import Path

# What `python -m` would call, and what is imported only after that.
MAINS = {
    "workers": ("workers.__main__", "main"),
    "workers.dispatcher": ("workers.dispatcher", "main"),
    "bot": ("bot.__main__", "main"),
    "gunicorn": ("gunicorn.app.wsgiapp", "run"),
}
LATER = ("workers.jobs", "webapp", "webapp.server", "gunicorn.workers.gthread")
ROOT = Path(__file__).resolve().parents[1]
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(
    ["__main__", __name__, *(module for module, _ in MAINS.values()), *LATER]
)


class Running:
    """A program that was started; to be used like a `subprocess.Popen`."""

    def __init__(self, module: str, *words: str, log: Path, environ: Mapping[str, str]) -> None:
        facts = (module, words, str(log), dict(environ))
        self._process = _FORKS.Process(target=_run, args=facts, name=module, daemon=True)
        self._process.start()
        assert self._process.pid is not None
        self.pid = self._process.pid

    def poll(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """The exit code once it ended. Raises TimeoutError if it has not in `timeout` seconds."""
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            raise TimeoutError(f"{self._process.name} runs on")
        return code

    def send_signal(self, number: signal.Signals) -> None:
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def end(self) -> None:
        """Kill it and all that it started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self.kill()
        self.wait()


def _run(module: str, words: tuple[str, ...], log: str, environ: dict[str, str]) -> None:
    """Become the program, in a process group of its own."""
    os.setpgid(0, 0)
    _end_with_parent()
    with Path(log).open("ab") as out:
        os.dup2(out.fileno(), 1)
        os.dup2(out.fileno(), 2)
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(environ)
    sys.argv = [module, *words]
    where, function = MAINS[module]
    sys.exit(getattr(importlib.import_module(where), function)())


def _end_with_parent() -> None:
    """Have the kernel end the group when the test run is gone, even by kill -9.

    Its end of the pipe closes then, of which SIGIO tells, by which a program ends.
    """
    parent = parent_process()
    assert parent is not None
    fcntl.fcntl(parent.sentinel, fcntl.F_SETOWN, -os.getpgrp())
    flags = fcntl.fcntl(parent.sentinel, fcntl.F_GETFL)
    fcntl.fcntl(parent.sentinel, fcntl.F_SETFL, flags | os.O_ASYNC)

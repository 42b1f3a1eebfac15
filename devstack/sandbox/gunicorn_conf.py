"""Gunicorn's hooks; the command line is in `__main__`."""

from __future__ import annotations

import signal
from typing import Any

from devstack import process


def post_fork(_server: Any, worker: Any) -> None:
    """Leave at once when the arbiter is killed, so that the port is free for the next one."""
    process.die_with_parent(worker.ppid, signal.SIGKILL)


def worker_exit(_server: Any, worker: Any) -> None:
    """End long polls and streams: the process cannot leave while a thread waits in one."""
    app = worker.app.callable
    if app is not None:
        app.extensions["sandbox"].store.bell.stop()

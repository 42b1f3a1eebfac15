"""Gunicorn's hooks; the command line is in `__main__`."""

from __future__ import annotations

from typing import Any


def worker_exit(_server: Any, worker: Any) -> None:
    """End long polls and streams: the process cannot leave while a thread waits in one."""
    app = worker.app.callable
    if app is not None:
        app.extensions["sandbox"].store.bell.stop()

"""gunicorn's configuration: figures shared by the workers, and a worker that dies leaves none.

``gunicorn --config python:webapp.server 'webapp:create_app()'``
"""

import os
import shutil
import tempfile
from collections.abc import Callable
from typing import Any

from prometheus_client import multiprocess

FIGURES = "PROMETHEUS_MULTIPROC_DIR"
_folder = os.environ.get(FIGURES) or tempfile.mkdtemp(prefix="childcare-figures-")

raw_env = [f"{FIGURES}={_folder}"]
worker_class = "gthread"
threads = 8
reuse_port = True
control_socket_disable = True
graceful_timeout = 20


_forget: Callable[[int, str], None] = multiprocess.mark_process_dead


def child_exit(_: Any, worker: Any) -> None:
    _forget(worker.pid, _folder)


def on_exit(_: Any) -> None:
    shutil.rmtree(_folder, ignore_errors=True)

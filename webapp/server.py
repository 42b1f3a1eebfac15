"""gunicorn's configuration: all worker processes write their figures into one folder.

``gunicorn --config webapp/server.py 'webapp:create_app()'``: as a file, since the folder must be
known before prometheus_client is imported, and the package imports it. Given as a module the rest
holds, but each process then has figures of its own.
"""

import os
import shutil
import tempfile
from typing import Any

FIGURES = "PROMETHEUS_MULTIPROC_DIR"
_given = os.environ.get(FIGURES)
_folder = _given or tempfile.mkdtemp(prefix="childcare-figures-")

raw_env = [f"{FIGURES}={_folder}"]
worker_class = "gthread"
threads = 8
# Without it one worker may get every kept-alive connection.
reuse_port = True
# It would write under HOME.
control_socket_disable = True


def on_exit(_: Any) -> None:
    if not _given:
        shutil.rmtree(_folder, ignore_errors=True)

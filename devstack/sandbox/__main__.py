from __future__ import annotations

import os
import socket
import sys
import time
from typing import NoReturn

from devstack.sandbox import settings

# A thread each for every long poll, page and call at one moment.
THREADS = 128
# After a kill the old server needs a moment to notice and let go of the port.
PORT_SECONDS = 1.0


def main() -> NoReturn:
    try:
        chosen = settings.from_env()
        chosen.database.parent.mkdir(parents=True, exist_ok=True)
        chosen.database.touch()
    except settings.BadSettings as problems:
        _stop(str(problems))
    except OSError as error:
        _stop(f"The chat sandbox cannot write to DATA_DIR: {error.strerror}.")
    if not _is_free(chosen.port):
        _stop(f"Port {chosen.port} is taken; set SANDBOX_PORT to another one.")
    print(f"chat sandbox: http://127.0.0.1:{chosen.port}/", flush=True)
    # Another program replaces this one, so the process that was started is the one to stop.
    os.execv(sys.executable, [sys.executable, *_gunicorn(chosen.port)])  # noqa: S606


def _gunicorn(port: int) -> list[str]:
    options = {
        "bind": f"127.0.0.1:{port}",
        "worker-class": "gthread",
        "workers": "1",
        "threads": str(THREADS),
        "keep-alive": "75",
        "timeout": "0",
        "graceful-timeout": "1",
        "log-level": "warning",
        "config": "python:devstack.sandbox.gunicorn_conf",
    }
    flags = [f"--{name}={value}" for name, value in options.items()]
    return ["-m", "gunicorn", *flags, "--no-control-socket", "devstack.sandbox.app:create()"]


def _is_free(port: int) -> bool:
    until = time.monotonic() + PORT_SECONDS
    while True:
        with socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind(("127.0.0.1", port))
            except OSError:
                if time.monotonic() > until:
                    return False
            else:
                return True
        time.sleep(0.1)


def _stop(sentence: str) -> NoReturn:
    print(sentence, file=sys.stderr)
    sys.exit(1)


if __name__ == "__main__":
    main()

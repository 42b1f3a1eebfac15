"""Stands in for the program named: answers on its port and waits to be told to stop.

STANDIN_EVENTS names the file in which it notes what happens, STANDIN_FAILS the program that ends
at once with an error; SIGUSR1 makes any of them do so.
"""

import os
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NoReturn

PORT_NAMES = {"web": "PORT", "sandbox": "SANDBOX_PORT"}


class Ok(BaseHTTPRequestHandler):
    """Answers everything with 200."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()


def note(event: str) -> None:
    """Add a line to the events that the test reads."""
    with Path(os.environ["STANDIN_EVENTS"]).open("a") as events:
        events.write(f"{event}\n")


def give_up(name: str) -> NoReturn:
    """Say why and end."""
    sys.stderr.write(f"{name} has lost its keys\n")
    sys.exit(7)


def main(name: str) -> int:
    """Run until SIGTERM."""
    if os.environ.get("STANDIN_FAILS") == name:
        give_up(name)
    told = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: told.set())
    signal.signal(signal.SIGUSR1, lambda *_: give_up(name))
    if name in PORT_NAMES:
        address = ("127.0.0.1", int(os.environ[PORT_NAMES[name]]))
        server = ThreadingHTTPServer(address, Ok)
        threading.Thread(target=server.serve_forever, daemon=True).start()
    note(f"{name} started")
    told.wait()
    note(f"{name} stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

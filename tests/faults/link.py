"""A link to the database that can be made to carry nothing, as a firewall that forgot does."""

import contextlib
import select
import socket
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit


class Link:
    """Forwards a port of its own to `target`; silent, it passes on nothing."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._carries = threading.Event()
        self._carries.set()
        self._closing = False
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._door = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def through(self, url: str) -> str:
        """The address `url` by way of this link."""
        parts = urlsplit(url)
        port = self._door.getsockname()[1]
        host = f"{parts.netloc.rpartition(':')[0]}:{port}"
        return urlunsplit(parts._replace(netloc=host))

    def fall_silent(self) -> None:
        self._carries.clear()

    def carry_on(self) -> None:
        """New connections pass again; those of before stay dead until somebody closes them."""
        for pair in self._pairs:
            for end in pair:
                end.close()
        self._pairs = []
        self._carries.set()

    def close(self) -> None:
        self._closing = True
        self._door.close()
        self.carry_on()

    def _accept(self) -> None:
        while not self._closing:
            with contextlib.suppress(OSError):
                here, _address = self._door.accept()
                there = socket.create_connection(("127.0.0.1", self._target))
                pair = (here, there)
                self._pairs.append(pair)
                threading.Thread(target=self._pump, args=pair, daemon=True).start()

    def _pump(self, here: socket.socket, there: socket.socket) -> None:
        """Carry bytes both ways until an end closes."""
        other = {here: there, there: here}
        with contextlib.suppress(OSError, ValueError):
            while True:
                ready, _, _ = select.select([here, there], [], [])
                self._carries.wait()
                for end in ready:
                    chunk = end.recv(65536)
                    if not chunk:
                        raise OSError
                    other[end].sendall(chunk)
        for end in (here, there):
            end.close()


@contextlib.contextmanager
def link(url: str) -> Iterator[Link]:
    """A link to the server of `url`."""
    made = Link(urlsplit(url).port or 5432)
    try:
        yield made
    finally:
        made.close()

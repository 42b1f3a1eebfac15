"""The directory in which a stack keeps everything it makes: claimed by one run at a time."""

import contextlib
import fcntl
import json
import os
import secrets
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from devstack.process import StackError

MARKER = "childcare-devstack"
LOG_BYTES = 10_000_000
# How long a start waits for a run that is just about to notice its end.
HANDOVER_SECONDS = 1.5
STOPPING_SECONDS = 40.0


class DataDir:
    """A directory this stack made, or was given empty; any other is left alone."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextlib.contextmanager
    def claimed(self) -> Iterator[None]:
        """Hold the directory for this process. Raises StackError, one sentence, if it may not."""
        self._make()
        with (self.path / "lock").open("a+") as lock:
            self._lock(lock.fileno())
            self.write("run.json", {"pid": os.getpid(), "stopping": False})
            yield

    def declare_stopping(self) -> None:
        """Tell a start that waits that it is worth waiting."""
        self.write("run.json", {"pid": os.getpid(), "stopping": True})

    def secret(self, name: str, make: Callable[[], str]) -> Path:
        """The file `name`, readable by us alone, filled by `make` the first time."""
        file = self.path / name
        if not file.exists():
            unfinished = self.path / f"{name}.new"
            unfinished.unlink(missing_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
            with os.fdopen(os.open(unfinished, flags, 0o600), "w") as out:
                out.write(make())
            unfinished.rename(file)
        return file

    def log(self, name: str) -> Path:
        """The log of the program `name`; one begun by an earlier run moves to NAME.log.1."""
        folder = self.path / "logs"
        folder.mkdir(exist_ok=True)
        file = folder / f"{name}.log"
        if file.exists() and file.stat().st_size:
            file.replace(folder / f"{name}.log.1")
        return file

    def trim_logs(self) -> None:
        """Keep every log short. The programs append, so they go on at the new end."""
        for file in (self.path / "logs").glob("*.log"):
            if file.stat().st_size > LOG_BYTES:
                file.with_name(f"{file.name}.1").write_bytes(file.read_bytes())
                os.truncate(file, 0)

    def read(self, name: str) -> Any:
        """What was written as `name`, None if nothing or half of it was."""
        try:
            return json.loads((self.path / name).read_text())
        except (FileNotFoundError, ValueError):
            return None

    def write(self, name: str, content: Any) -> None:
        """Remember `content` as `name`, whole or not at all."""
        unfinished = self.path / f"{name}.new"
        unfinished.write_text(json.dumps(content))
        unfinished.replace(self.path / name)

    def _make(self) -> None:
        try:
            self.path.mkdir(mode=0o711, parents=True, exist_ok=True)
            marker = self.path / MARKER
            if not marker.exists():
                if any(self.path.iterdir()):
                    raise StackError(
                        f"{self.path} is not empty and was not made by this stack, so it is left"
                        " alone: choose another DATA_DIR."
                    )
                marker.write_text(f"{os.geteuid()}\n")
            maker = int(marker.read_text())
        except FileExistsError as problem:
            raise StackError(
                f"{self.path} is not a directory: choose another DATA_DIR."
            ) from problem
        except (OSError, ValueError) as problem:
            raise StackError(
                f"The data directory {self.path} cannot be used by this user"
                f" ({getattr(problem, 'strerror', None) or 'its marker is damaged'})."
            ) from problem
        self._check_user(maker)

    def _check_user(self, maker: int) -> None:
        if maker != os.geteuid():
            raise StackError(
                f"The data directory {self.path} was made by the user with id {maker}:"
                " run as that user, or choose another DATA_DIR."
            )
        if not os.access(self.path, os.W_OK | os.X_OK):
            raise StackError(f"The data directory {self.path} cannot be written by this user.")

    def _lock(self, lock: int) -> None:
        begun = time.monotonic()
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                run = self.read("run.json") or {"pid": 0, "stopping": False}
                patience = STOPPING_SECONDS if run["stopping"] else HANDOVER_SECONDS
                if time.monotonic() - begun > patience:
                    raise StackError(
                        f"A stack already runs on {self.path} (process {run['pid']}):"
                        " stop it first, or choose another DATA_DIR, PORT and SANDBOX_PORT."
                    ) from None
                time.sleep(0.1)
            else:
                return


def new_bot_token() -> str:
    """A token of the shape Telegram gives, for the sandbox alone."""
    return f"{secrets.randbelow(9 * 10**9) + 10**9}:{secrets.token_urlsafe(26)}"

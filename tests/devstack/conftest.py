"""Stacks of stand-ins that end with their test."""

import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from devstack import process
from tests import servers
from tests.devstack import drive

Start = Callable[..., drive.Stack]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that PostgreSQL's own user may enter, unlike pytest's."""
    made = Path(tempfile.mkdtemp(prefix="childcare-stack-", dir=servers.open_parent()))
    made.chmod(0o711)
    yield made
    shelter = (made / "data" / "postgres").resolve()
    shutil.rmtree(made)
    if shelter.exists():
        shutil.rmtree(shelter)


@pytest.fixture
def start(folder: Path) -> Iterator[Start]:
    """Starts a stack in `folder` after the words `under`; more of the environment by keyword."""
    started: list[drive.Stack] = []
    with servers.reserved_port() as web, servers.reserved_port() as sandbox:
        chosen = {
            "DATA_DIR": str(folder / "data"),
            "PORT": str(web),
            "SANDBOX_PORT": str(sandbox),
        }

        def start_one(*under: str, **environ: str) -> drive.Stack:
            started.append(drive.Stack(folder, chosen | environ, [*under, *drive.STAND_INS]))
            return started[-1]

        yield start_one
        for stack in started:
            stack.end(signal.SIGTERM)


@pytest.fixture
def start_quickly(start: Start) -> Iterator[Start]:
    """As `start`, on the servers of the test run."""
    name = f"stack_{process.free_port()}"
    url = servers.create_database(name)

    def start_one(*under: str, **environ: str) -> drive.Stack:
        return start(*under, **{"DATABASE_URL": url, "REDIS_URL": servers.redis_url(), **environ})

    yield start_one
    servers.drop_database(name)

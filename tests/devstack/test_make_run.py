"""The product itself, by `make run`, as a newcomer meets it."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from devstack import process, stack
from tests import servers
from tests.devstack import drive


@pytest.fixture
def product(folder: Path) -> Iterator[drive.Stack]:
    """`make run` on servers of its own."""
    with servers.reserved_port() as web, servers.reserved_port() as sandbox:
        environ = {
            "DATA_DIR": str(folder / "data"),
            "PORT": str(web),
            "SANDBOX_PORT": str(sandbox),
            "PYTHON": sys.executable,
            # A newcomer's programs keep what was compiled, and one web process shows it all.
            "PYTHONDONTWRITEBYTECODE": "",
            "WEB_WORKERS": "1",
        }
        running = drive.Stack(folder, environ, command=("make", "run"))
        yield running
        running.end(signal.SIGTERM)


def test_make_run_shows_the_product_and_ctrl_c_takes_it_all_away(product: drive.Stack) -> None:
    line = product.hear("ready")
    addresses = [word for word in line.split() if word.startswith("http://127.0.0.1:")]
    assert len(addresses) == 4
    for address in addresses:
        assert stack.answers(address)
    password = product.data / "sample-staff.txt"
    assert password.stat().st_mode & 0o077 == 0
    assert str(password) in line
    members = drive.family(product.running.pid)

    os.killpg(product.running.pid, signal.SIGINT)
    product.end()

    assert "stopped" in product.lines
    assert drive.survivors(members) == []
    assert not [w for _, w in process.command_lines() if any(str(product.data) in x for x in w)]

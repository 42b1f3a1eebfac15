from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from telegram import Bot

from devstack import process
from tests.devstack.sandbox.running import Sandbox

NUMBERS = itertools.count(900001)
GENEROUS = {"per_second": 1000, "chat_per_second": 1000, "chat_burst": 1000}


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    started = Sandbox(tmp_path_factory.mktemp("sandbox"), process.free_port())
    yield started
    started.end()


@pytest.fixture
def sandbox(shared: Sandbox) -> Sandbox:
    """The running sandbox with an empty queue, no webhook, no faults and generous limits."""
    shared.client.delete("/control/fault")
    shared.control("limits", **GENEROUS)
    shared.call("deleteWebhook", drop_pending_updates=True)
    shared.call("getUpdates", allowed_updates=[])
    return shared


@pytest.fixture
async def bot(
    sandbox: Sandbox, anyio_backend: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Bot]:
    # Without it the library warns at every 429, and a warning is an error here.
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    async with sandbox.bot() as started:
        yield started


@pytest.fixture
def newcomer(sandbox: Sandbox) -> Callable[[], int]:
    """Makes a user who has written /start, and whose update the bot has confirmed."""

    def one() -> int:
        user = next(NUMBERS)
        sent = sandbox.control("send", user=user, text="/start")
        sandbox.call("getUpdates", offset=sent["update_id"] + 1)
        return user

    return one


@pytest.fixture
def user(newcomer: Callable[[], int]) -> int:
    return newcomer()

"""What the workers' tests share: a recording chat, equipment on it, a Valkey that may be wiped."""

import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from flask import Flask

from childcare.app import create_core
from devstack import embedded, process
from devstack.valkey import Valkey
from gateways.limiter import Limiter
from gateways.pace import LocalPacer, Pace
from gateways.sms import SmsGateway
from gateways.telegram import Telegram
from tests import servers
from tests.build import FakeClock
from tests.conftest import settings_for
from tests.fake_chat import TOKEN, FakeChat
from tests.workers import city
from tests.workers.city import City
from workers.equipment import Equipment

SECRET = "a-throw-away-key-that-signs-only-tests"


@pytest.fixture(scope="session")
def city_template(template: str) -> Iterator[str]:
    """The name of a database that holds the city, to be cloned."""
    name = f"city_{secrets.token_hex(6)}"
    app = create_core(settings_for(servers.create_database(name, template)), tick=FakeClock())
    with app.app_context():
        city.build()
        app.extensions["sqlalchemy"].engine.dispose()
    yield name
    servers.drop_database(name)


@pytest.fixture
def database(city_template: str) -> Iterator[str]:
    name = f"t_{secrets.token_hex(6)}"
    yield servers.create_database(name, city_template)
    servers.drop_database(name)


@pytest.fixture
def chat() -> Iterator[FakeChat]:
    with FakeChat() as running:
        yield running


@pytest.fixture
def equipment(app: Flask, chat: FakeChat) -> Iterator[Equipment]:
    """A worker's equipment on this test's database and chat, at a pace that nobody feels."""
    pace = LocalPacer(Pace(overall=1e6, per_chat=1e6, burst=1000))
    telegram = Telegram(TOKEN, chat.url, answer_seconds=1)
    sms = SmsGateway(f"{chat.url}/sms")
    yield Equipment(app, telegram, sms, Limiter(pace, pace), SECRET)
    telegram.close()


@pytest.fixture(name="city")
def city_of_the_test(app: Flask, clock: FakeClock) -> City:
    return City(clock)


class QueueServer:
    """A Valkey of one test's own that keeps nothing when it is killed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server, self.child = self._start(None)

    def _start(self, port: int | None) -> tuple[Valkey, subprocess.Popen[bytes]]:
        log = self.folder / "valkey.log"
        return embedded.start(
            lambda port: Valkey(self.folder / "valkey", port, log=log, is_durable=False), port
        )

    def kill_and_start_again(self) -> None:
        self.child.kill()
        self.child.wait()
        self.server, self.child = self._start(self.server.port)

    def stop(self) -> None:
        process.stop(self.child, self.server.program().stop_signal, 10)


@pytest.fixture
def queue_server(tmp_path: Path) -> Iterator[QueueServer]:
    running = QueueServer(tmp_path)
    yield running
    running.stop()


@pytest.fixture
def redis_url(queue_server: QueueServer) -> str:
    return queue_server.server.url()


@pytest.fixture
def valkey(redis_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_url) as client:
        yield client

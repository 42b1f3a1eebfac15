"""Chromium, started once for a file of tests; every test opens windows of its own."""

import secrets
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from childcare.app import promoting
from tests import chromium, servers
from tests.browser.desks import MILLISECONDS, served
from tests.browser.house import Furnished, House, at, furnish
from tests.build import Build, FakeClock
from tests.conftest import settings_for
from tests.stage import NOWHERE, Stage
from webapp import create_app, limits

expect.set_options(timeout=MILLISECONDS)


@pytest.fixture(scope="session")
def panel() -> Stage:
    """The web application, for one database after the other."""
    return Stage(create_app(settings_for(NOWHERE), tick=FakeClock(), rates=limits.UNLIMITED))


@pytest.fixture(scope="module")
def started_browser() -> Iterator[Browser]:
    """For one file: while Playwright is open no other test of this process may run a loop."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium.path(), args=[*chromium.FLAGS])
        yield opened
        opened.close()


@pytest.fixture
def browser(started_browser: Browser) -> Iterator[Browser]:
    """Nothing of an earlier test is open, and nothing of this one stays."""
    yield started_browser
    for context in started_browser.contexts:
        context.close()


@pytest.fixture(scope="session")
def built_house(template: str, panel: Stage) -> Iterator[Furnished]:
    """The nursery, written once; each test works on a clone of its database."""
    made = Furnished(f"house_{secrets.token_hex(6)}")
    with (
        panel.on(servers.create_database(made.database, template), FakeClock()),
        promoting() as session,
    ):
        made = furnish(made, Build(session))
    yield made
    servers.drop_database(made.database)


@pytest.fixture
def house(built_house: Furnished, panel: Stage, clock: FakeClock) -> Iterator[House]:
    name = f"t_{secrets.token_hex(6)}"
    url = servers.create_database(name, built_house.database)
    clock.now = at("08:31")
    with panel.on(url, clock) as app, served(app) as address:
        yield House(address, clock, built_house)
    servers.drop_database(name)

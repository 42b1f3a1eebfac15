"""Chromium, started once for a file of tests; every test opens windows of its own."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests import chromium
from tests.browser.desks import MILLISECONDS
from tests.build import FakeClock
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

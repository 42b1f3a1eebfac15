"""The frame, sign-in, account, people and an invitation, in a real Chromium at both widths."""

import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlalchemy import select
from werkzeug.serving import WSGIRequestHandler, make_server

from childcare import accounts
from childcare.accounts import StaffMember
from childcare.db import transaction
from tests import chromium

pytestmark = pytest.mark.browser
PASSWORD = "correct horse battery"
# Where to leave pictures of every step, for people to look at.
PICTURES = os.environ.get("PANEL_PICTURES", "")
WIDTHS = {1280: 800, 390: 844}


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """The application writes its own log."""


@pytest.fixture
def address(web: Flask) -> Iterator[str]:
    """The application, listening; 周园长's password is `PASSWORD`."""
    with transaction() as session:
        zhou = session.scalars(select(StaffMember).where(StaffMember.username == "zhou")).one()
        zhou.password_hash = accounts.hash_password(PASSWORD)
        zhou.name = "周园长"
    server = make_server("127.0.0.1", 0, web, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium.path(), args=[*chromium.FLAGS]
        )
        yield browser
        browser.close()


class Eyes:
    """Looks at every page as a screen reader would, and keeps a picture where one is wanted."""

    def __init__(self, page: Page, name: str) -> None:
        self.page, self.name, self.seen = page, name, 0
        self.problems: list[object] = []

    def look(self, at: str) -> None:
        self.seen += 1
        if PICTURES:
            picture = Path(PICTURES) / f"{self.name}-{self.seen}-{at}.png"
            self.page.screenshot(path=picture, full_page=True)
        found = Axe().run(self.page).response["violations"]
        self.problems += [
            (at, one["id"], [node["target"] for node in one["nodes"]]) for one in found
        ]
        across = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if across > 0:
            self.problems.append((at, f"{across} px too wide"))


def opened(chrome: Browser, width: int, locale: str) -> Page:
    # The checker is a script that the page's own policy refuses.
    page = chrome.new_page(
        viewport={"width": width, "height": WIDTHS[width]}, locale=locale, bypass_csp=True
    )
    page.set_default_timeout(20_000)
    return page


@pytest.mark.parametrize(("width", "locale"), [(1280, "zh-CN"), (390, "en-GB")])
def test_a_director_signs_in_invites_and_the_newcomer_joins(
    chrome: Browser, address: str, width: int, locale: str
) -> None:
    page, other = (opened(chrome, width, locale) for _ in range(2))
    eyes = Eyes(page, f"{width}-{locale[:2]}")
    theirs = Eyes(other, f"{width}-{locale[:2]}-newcomer")
    page.goto(address)
    eyes.look("home")
    _signs_in(page, eyes, address)
    _choose(page, locale)
    page.goto(f"{address}/panel/account")
    eyes.look("account")
    link = _invites(page, eyes)
    _joins(other, theirs, f"{address}/panel/invitations/{link.rpartition('/')[2]}")
    assert eyes.problems + theirs.problems == []


def _signs_in(page: Page, eyes: Eyes, address: str) -> None:
    page.goto(f"{address}/panel/")
    eyes.look("sign-in")
    page.locator("#f-username").fill("zhou")
    page.locator("#f-password").fill("not it")
    page.locator("main .button.primary").click()
    expect(page.get_by_role("alert")).to_be_visible()
    eyes.look("refused")
    page.locator("#f-password").fill(PASSWORD)
    page.locator("main .button.primary").click()
    expect(page.locator(".bar")).to_be_visible()


def _invites(page: Page, eyes: Eyes) -> str:
    """The link that the director gets."""
    page.locator(".tabs a").last.click()
    expect(page).to_have_url(re.compile("/staff$"))
    eyes.look("people")
    page.locator("#f-intended_for").fill("李老师")
    page.locator("form[action$=invitations] .button").click()
    link = page.locator("#link").input_value()
    eyes.look("link")
    page.locator(".take-role summary").first.click()
    eyes.look("take-role")
    page.locator(".bar .menu summary").last.click()
    eyes.look("menu")
    return link


def _joins(page: Page, eyes: Eyes, link: str) -> None:
    page.goto(link)
    eyes.look("invitation")
    page.locator("#f-name").fill("李老师")
    page.locator("#f-username").fill("li-new")
    page.locator("#f-password").fill(PASSWORD)
    page.locator("#f-again").fill(PASSWORD)
    page.locator("main .button.primary").click()
    expect(page.locator(".bar .menu summary").last).to_contain_text("李老师")
    page.goto(link)
    eyes.look("used")


def _choose(page: Page, locale: str) -> None:
    """周园长's account speaks Chinese until told otherwise."""
    if locale.startswith("en"):
        page.locator(".bar .menu summary").last.click()
        page.locator(".bar .menu button[name=language]").click()
        expect(page.locator("html")).to_have_attribute("lang", "en")

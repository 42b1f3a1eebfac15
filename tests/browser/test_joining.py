"""The frame, sign-in, account, people and an invitation, in a real Chromium at both widths."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from childcare import accounts
from childcare.actors import Role
from childcare.app import promoting
from tests.browser.desks import served, window
from tests.browser.eyes import Eyes
from tests.build import NOON, Build, FakeClock
from tests.stage import Stage

pytestmark = pytest.mark.browser
PASSWORD = "correct horse battery"


@pytest.fixture
def address(database: str, clock: FakeClock, panel: Stage) -> Iterator[str]:
    """The panel, listening; 周园长's password is `PASSWORD`."""
    with panel.on(database, clock) as app, served(app) as made:
        with promoting() as session:
            nursery, _group = Build(session).nursery(name_en="Little Pinecone")
            accounts.create_staff(
                session,
                username="zhou",
                name="周园长",
                password_hash=accounts.hash_password(PASSWORD),
                roles={nursery.id: Role.DIRECTOR},
                now=NOON,
            )
        yield made


@pytest.mark.parametrize(("size", "locale"), [("wide", "zh-CN"), ("phone", "en-GB")])
def test_a_director_signs_in_invites_and_the_newcomer_joins(
    browser: Browser, address: str, size: str, locale: str
) -> None:
    page, other = (window(browser, size=size, language=locale) for _ in range(2))
    eyes = Eyes(page, f"joining-{size}-{locale[:2]}")
    theirs = Eyes(other, f"newcomer-{size}-{locale[:2]}")
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
    page.locator("#f-intended_for").fill("李老师")
    page.locator("form[action$=invitations] .button").click()
    link = page.locator("#link").input_value()
    eyes.look("people")
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

"""The main job as a parent does it: six taps in a real browser, and a reminder that arrives."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, expect, sync_playwright

from childcare.clock import database_clock
from devstack import process
from tests import chromium
from tests.bot.running import Stack, settle, until
from tests.devstack.sandbox.running import Sandbox

pytestmark = pytest.mark.browser

SECONDS = 40_000
# Where to leave pictures of every step, for people to look at.
PICTURES = os.environ.get("CHAT_PICTURES", "")


@pytest.fixture
def stack(app: Flask, database: str, tmp_path: Path) -> Iterator[Stack]:
    """A bot, a worker and a dispatcher, really running."""
    app.extensions["clock"] = database_clock
    sandbox = Sandbox(tmp_path, process.free_port())
    made = Stack(sandbox, database, tmp_path)
    for module in ("bot", "workers", "workers.dispatcher"):
        made.start(module)
    yield made
    made.end()
    sandbox.end()


@pytest.fixture
def page(stack: Stack) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium.path(), args=[*chromium.FLAGS]
        )
        context = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")
        opened = context.new_page()
        opened.set_default_timeout(SECONDS)
        opened.goto(stack.sandbox.address)
        yield opened
        browser.close()


class Phone:
    """What a thumb does with the page."""

    def __init__(self, page: Page, name: str) -> None:
        self.page = page
        self.log: Locator = page.get_by_role("log")
        self._name = name
        self._pictures = 0

    def taps(self, label: str) -> None:
        button = self.log.get_by_role("button", name=re.compile(label)).last
        expect(button).to_be_visible(timeout=SECONDS)
        self._picture()
        button.click()

    def reads(self, words: str) -> None:
        expect(self.log).to_contain_text(words, timeout=SECONDS)
        self._picture()

    def _picture(self) -> None:
        if PICTURES:
            self._pictures += 1
            self.page.screenshot(path=Path(PICTURES) / f"{self._name}-{self._pictures:02d}.png")


def its_hour_comes(database: str) -> None:
    """The reminder was written for its hour; make that hour now."""
    due = "UPDATE outbox SET due_at = now() WHERE kind = 'remind-2h' RETURNING id"

    def is_written() -> bool:
        with psycopg.connect(database) as connection:
            return connection.execute(due).fetchone() is not None

    until(is_written)


def test_six_taps_and_the_reminder_arrives(
    app: Flask, stack: Stack, page: Page, database: str
) -> None:
    on = settle(app)
    phone = Phone(page, "zh")
    page.get_by_role("button", name="开始").click()
    phone.taps("🔍 找托位")
    phone.taps("1. 小小松果")
    phone.taps(f"^{on.day}○")
    phone.taps(r"^14:00 \(")
    phone.taps("^17:00 ·")
    phone.reads("¥120 = ¥20/半小时 × 6")
    phone.taps("✅ 确认预约")
    phone.reads("🎉 订好啦！")
    its_hour_comes(database)
    phone.reads("果果要去小小松果托育园啦")


def test_the_same_in_english_by_one_line(
    app: Flask, stack: Stack, page: Page, database: str
) -> None:
    on = settle(app)
    phone = Phone(page, "en")
    page.get_by_role("button", name="Switch to English").click()
    page.get_by_role("button", name="You are").click()
    page.get_by_role("dialog").get_by_role("button", name="Emma Clarke").click()
    page.get_by_role("button", name="Start", exact=True).click()
    phone.reads("What can I do for you?")
    page.get_by_label("Message", exact=True).fill(f"{on:%A} 9-12 near Jinsong")
    page.get_by_role("button", name="Send message").click()
    phone.taps("1. Little Pinecone")
    phone.taps("✅ Confirm")
    phone.reads("🎉 Booked!")
    its_hour_comes(database)
    phone.reads("Mia goes to Little Pinecone.")

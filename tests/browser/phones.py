"""A parent's phone: the chat sandbox in a browser, and what a thumb does there."""

import re

from playwright.sync_api import Browser, Locator, expect

from tests.browser.desks import window
from tests.browser.eyes import Eyes


class Phone:
    """One parent's chat."""

    def __init__(self, browser: Browser, sandbox: str, user: int) -> None:
        self.page = window(browser, size="phone")
        self.log: Locator = self.page.get_by_role("log")
        self._eyes = Eyes(self.page, f"chat-{user}")
        self.page.goto(f"{sandbox}/#{user}")

    def starts(self) -> None:
        self.page.locator("#start").click()

    def says(self, words: str) -> None:
        self.page.locator("#text").fill(words)
        self.page.locator("#text").press("Enter")

    def taps(self, label: str) -> None:
        button = self.log.get_by_role("button", name=re.compile(label)).last
        expect(button).to_be_visible()
        self._eyes.picture("taps")
        button.click()

    def reads(self, words: str) -> None:
        expect(self.log).to_contain_text(words)
        self._eyes.picture("reads")

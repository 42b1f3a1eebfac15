"""Looks at a page as people do: with a screen reader, on a narrow screen, at a picture of it."""

import os
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Page

# Where to leave pictures of every step, for people to look at.
PICTURES = os.environ.get("PICTURES", "")
TOO_WIDE = "document.documentElement.scrollWidth - innerWidth"


class Eyes:
    """Somebody who looks at one page again and again; `problems` is what should not be there."""

    def __init__(self, page: Page, name: str) -> None:
        self.page, self.name, self.seen = page, name, 0
        self.problems: list[object] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.problems.append(str(error)))

    def look(self, at: str) -> None:
        """Check the page as it is now: axe, and that only its tables scroll sideways."""
        self.picture(at)
        for one in Axe().run(self.page).response["violations"]:
            targets = [node["target"] for node in one["nodes"]]
            self.problems.append((at, one["id"], targets))
        across = self.page.evaluate(TOO_WIDE)
        if across > 0:
            self.problems.append((at, f"{across} px too wide"))

    def picture(self, at: str) -> None:
        """Only keep a picture, where one is wanted."""
        self.seen += 1
        if PICTURES:
            path = Path(PICTURES) / f"{self.name}-{self.seen:02d}-{at}.png"
            self.page.screenshot(path=path, full_page=True)

    def _hear(self, said: ConsoleMessage) -> None:
        # A refused form answers 4xx, which the browser reports although nothing is wrong.
        if said.type == "error" and "status of 4" not in said.text:
            self.problems.append(said.text)

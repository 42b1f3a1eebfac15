"""The panel, listening in this process, and people who sit before it."""

import contextlib
import threading
from collections.abc import Iterator

from flask import Flask
from playwright.sync_api import Browser, Page
from werkzeug.serving import WSGIRequestHandler, make_server

from childcare import accounts
from childcare.actors import Actor
from childcare.db import transaction
from childcare.i18n import Tongue
from devstack import process

MILLISECONDS = 40_000
SIZES = {"wide": (1280, 800), "phone": (390, 844)}


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """The application writes its own log."""


@contextlib.contextmanager
def served(app: Flask) -> Iterator[str]:
    """The address at which the application answers."""
    port = process.free_port()
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def window(browser: Browser, *, size: str = "wide", language: str = "zh-CN") -> Page:
    """A browser of somebody's own."""
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        locale=language,
        # What is still fading in has too little contrast for whoever checks it.
        reduced_motion="reduce",
    )
    context.set_default_timeout(MILLISECONDS)
    return context.new_page()


def signed_in(
    browser: Browser, address: str, who: Actor, *, size: str = "wide", tongue: Tongue = "zh"
) -> Page:
    """The browser of somebody of the staff, who has signed in and reads this language."""
    page = window(browser, size=size)
    with transaction() as session:
        now = session.info["now"]
        accounts.choose_language(session, who, tongue)
        token = accounts.open_session(session, who, label="test", address="", now=now)
    page.context.add_cookies([{"name": "staff_session", "value": token, "url": address}])
    return page

"""A browser without scripts: keeps cookies, reads forms from the page and sends them as they are.

``visitor = browse("director")`` is signed in; ``visitor.get(path)`` answers a `Page`, whose forms
are found by their address and sent by ``visitor.press(page, "/account/password", again="…")``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from childcare.accounts import StaffMember
from childcare.db import transaction
from tests.webapp.conftest import Built

Browse = Callable[..., "Browser"]
BUTTON = "button"
VOID = {"input", "img", "br", "hr", "meta", "link", "path", "circle", "rect"}


@dataclass
class Form:
    """A form as it stands in the page; `buttons` are the pairs that pressing one of them adds."""

    action: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class _Reader(HTMLParser):
    """Reads the forms, the text and the headings of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.text: list[str] = []
        self.links: list[str] = []
        self._form: Form | None = None
        self._select = self._area = ""
        self._hidden = 0

    def handle_starttag(self, tag: str, given: list[tuple[str, str | None]]) -> None:
        attrs = {name: value or "" for name, value in given}
        if tag in ("script", "style"):
            self._hidden += 1
        if tag == "form":
            self._form = Form(attrs.get("action", ""), attrs.get("method", "get").upper())
            self.forms.append(self._form)
        if tag == "a":
            self.links.append(attrs.get("href", ""))
        if self._form is not None:
            self._control(self._form, tag, attrs)

    def _control(self, form: Form, tag: str, attrs: Mapping[str, str]) -> None:
        name, value = attrs.get("name", ""), attrs.get("value", "")
        if tag == BUTTON and name:
            form.buttons.append((name, value))
        elif tag == "select":
            self._select = name
        elif tag == "option" and (self._select not in form.fields or "selected" in attrs):
            form.fields[self._select] = [value]
        elif tag == "textarea":
            self._area = name
            form.fields[name] = [""]
        elif tag == "input" and name:
            self._input(form, name, value, attrs)

    def _input(self, form: Form, name: str, value: str, attrs: Mapping[str, str]) -> None:
        kind = attrs.get("type", "text")
        if kind in ("radio", "checkbox"):
            if "checked" in attrs:
                form.fields.setdefault(name, []).append(value or "on")
        elif kind != "submit":
            form.fields.setdefault(name, []).append(value)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._area = ""
        elif tag in ("script", "style"):
            self._hidden -= 1

    def handle_data(self, data: str) -> None:
        if self._area and self._form is not None:
            self._form.fields[self._area] = [data]
        elif not self._hidden and data.strip():
            self.text.append(data.strip())


@dataclass(frozen=True)
class Page:
    """What a browser shows after following redirects."""

    status: int
    address: str
    html: str
    headers: Mapping[str, str]
    text: str
    forms: list[Form]
    links: list[str]

    def form(self, action: str) -> Form:
        """The form whose address ends so; there must be exactly one."""
        found = [form for form in self.forms if form.action.endswith(action)]
        assert len(found) == 1, (action, [form.action for form in self.forms])
        return found[0]


@dataclass
class Browser:
    """One browser of one person, at one address."""

    client: FlaskClient
    address: str = "10.0.0.1"
    headers: dict[str, str] = field(default_factory=lambda: {"Accept": "text/html"})
    host: str = "http://localhost"

    def open(self, method: str, path: str, **more: Any) -> Page:
        """One request and whatever it leads on to."""
        follow = more.pop("follow", True)
        headers = {**self.headers, **more.pop("headers", {})}
        # A context of its own, as in production: the fixture's would carry `g` from page to page.
        with self.client.application.app_context():
            answer = self.client.open(
                path,
                method=method,
                headers=headers,
                environ_overrides={"REMOTE_ADDR": self.address},
                base_url=self.host,
                buffered=True,
                **more,
            )
        if follow and answer.status_code in (301, 302, 303):
            return self.open("GET", urljoin(path, answer.headers["Location"]))
        reader = _Reader()
        reader.feed(answer.text)
        return Page(
            answer.status_code,
            path,
            answer.text,
            dict(answer.headers),
            " ".join(reader.text),
            reader.forms,
            reader.links,
        )

    def get(self, path: str, **more: Any) -> Page:
        return self.open("GET", path, **more)

    def press(self, page: Page, action: str, *, follow: bool = True, **filled: Any) -> Page:
        """Send the form of `page` whose address ends in `action`, with these fields filled in."""
        return self.send(page, page.form(action), follow=follow, **filled)

    def send(self, page: Page, form: Form, *, follow: bool = True, **filled: Any) -> Page:
        fields: dict[str, Any] = {**form.fields, **filled}
        to = urljoin(urlsplit(page.address).path, form.action) if form.action else page.address
        if form.method == "GET":
            return self.open("GET", to, query_string=fields, follow=follow)
        return self.open(form.method, to, data=fields, follow=follow)


PASSWORD = "correct horse battery"


@pytest.fixture(scope="session")
def password_hash() -> str:
    """Of `PASSWORD`, at the least cost: checking it takes no tenth of a second."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


@pytest.fixture
def with_password(web: Flask, password_hash: str) -> None:
    """周园长 (zhou) and 吴园长 (wu) sign in with `PASSWORD`."""
    with transaction() as session:
        query = update(StaffMember).where(StaffMember.username.in_(["zhou", "wu"]))
        session.execute(query.values(password_hash=password_hash))


def sign_in(browser: Browser, username: str = "zhou", password: str = PASSWORD) -> Page:
    """Through the form, as it stands in the page."""
    door = browser.get("/panel/sign-in")
    return browser.press(door, "/panel/sign-in", username=username, password=password)


@pytest.fixture
def browse(web: Flask, built_city: Built) -> Browse:
    """``browse("director")`` is that person's browser, signed in; ``browse()`` is a stranger's."""

    def opened(who: str | None = None, **more: Any) -> Browser:
        client = web.test_client()
        if who is not None:
            client.set_cookie("staff_session", built_city.tokens[who])
        return Browser(client, **more)

    return opened

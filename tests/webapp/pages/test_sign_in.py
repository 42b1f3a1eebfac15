"""The panel's door: who gets in, who does not, and that nobody can be kept out by a stranger."""

import secrets
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from childcare.accounts import AccountSession
from childcare.db import reading
from tests.build import FakeClock
from tests.conftest import settings_for
from tests.webapp.pages.conftest import PASSWORD, Browse, Browser, sign_in
from webapp import create_app
from webapp.limits import PRODUCTION, Rate
from webapp.pages import refusals

DOOR = "/panel/sign-in"


def own_sessions() -> int:
    """How many sessions were opened beyond those of the fixtures."""
    with reading() as session:
        opened = select(func.count()).where(AccountSession.label != "test")
        return session.scalar(opened) or 0


def cookie(browser: Browser) -> str:
    found = browser.client.get_cookie("staff_session")
    return found.value if found else ""


@pytest.mark.usefixtures("with_password")
def test_who_signs_in_comes_to_the_first_room(browse: Browse) -> None:
    zhou = browse()
    first = sign_in(zhou)
    assert (first.status, first.address.startswith("/panel/")) == (200, True)
    assert "Zhou" in first.text
    assert zhou.get("/panel/account").status == 200
    assert zhou.get(DOOR).address == first.address


@pytest.mark.usefixtures("with_password")
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(browse: Browse, scheme: str) -> None:
    zhou = browse(host=f"{scheme}://localhost")
    door = zhou.get(DOOR)
    answer = zhou.press(door, DOOR, follow=False, username="zhou", password=PASSWORD)
    given = answer.headers["Set-Cookie"]
    assert {"HttpOnly", "Path=/", "SameSite=Lax"} <= set(given.split("; "))
    assert ("Secure" in given.split("; ")) == (scheme == "https")
    assert "Secure" in door.headers["Set-Cookie"] or scheme == "http"


@pytest.mark.usefixtures("with_password")
def test_a_wrong_password_is_told_where_one_stands_and_repeated_nowhere(browse: Browse) -> None:
    refused = sign_in(browse(), password="not it at all")
    assert (refused.status, refused.address) == (401, DOOR)
    assert "用户名或密码" in refused.text
    assert refused.form(DOOR).fields["username"] == ["zhou"]
    assert "not it at all" not in refused.html
    unknown = sign_in(browse(), username="nobody")
    assert (unknown.status, own_sessions()) == (401, 0)


def test_an_empty_form_says_what_is_missing(browse: Browse) -> None:
    refused = sign_in(browse(), username=" ", password="")
    assert refused.status == 422
    assert refused.text.count("还没有填") == 2


@pytest.mark.parametrize(
    ("address", "is_safe"),
    [
        ("/panel/account", True),
        ("/panel/account?a=1", True),
        ("//evil.example/panel/", False),
        ("https://evil.example/panel/", False),
        ("/\\evil.example/panel/", False),
        ("/panel/\\..\\evil", False),
        ("/panel/\r\nSet-Cookie: a=b", False),
        ("javascript:alert(1)//panel/", False),
        ("/panel/../api/docs", False),
        ("/panel/%2e%2e/api/docs", False),
        ("/api/docs", False),
        ("", False),
    ],
)
def test_only_addresses_of_the_panel_are_gone_on_to(address: str, is_safe: bool) -> None:
    assert refusals.is_safe(address) == is_safe


@pytest.mark.usefixtures("with_password")
def test_one_goes_on_to_where_one_was_going_and_never_to_another_site(browse: Browse) -> None:
    for wanted, reached in (
        ("/panel/account?a=1", "/panel/account?a=1"),
        ("//evil.example/panel/", "/panel/"),
    ):
        zhou = browse()
        door = zhou.get(DOOR, query_string={"next": wanted})
        answer = zhou.press(door, DOOR, follow=False, username="zhou", password=PASSWORD)
        assert (answer.status, answer.headers["Location"]) == (303, reached)


def test_whoever_is_not_signed_in_is_led_to_the_door_and_back(browse: Browse) -> None:
    nobody = browse()
    door = nobody.get("/panel/account")
    assert door.address == f"{DOOR}?next=%2Fpanel%2Faccount"
    part = nobody.get(
        "/panel/account",
        headers={
            "HX-Request-Type": "partial",
            "HX-Current-URL": "http://localhost/panel/account?day=1",
        },
        follow=False,
    )
    assert part.headers["HX-Redirect"] == f"{DOOR}?next=%2Fpanel%2Faccount%3Fday%3D1"


@pytest.mark.usefixtures("with_password")
def test_signing_out_ends_the_session_itself_and_only_a_form_can_do_it(browse: Browse) -> None:
    zhou = browse()
    first = sign_in(zhou)
    kept = cookie(zhou)
    assert zhou.get("/panel/sign-out").address == first.address
    assert zhou.get("/panel/account").status == 200
    assert zhou.press(first, "/panel/sign-out").address == DOOR
    assert cookie(zhou) == ""
    thief = browse()
    thief.client.set_cookie("staff_session", kept)
    assert thief.get("/panel/account", follow=False).status == 303


def test_a_session_ends_twelve_hours_after_its_last_use(browse: Browse, clock: FakeClock) -> None:
    zhou = browse("director")
    clock.forward(timedelta(hours=11))
    assert zhou.get("/panel/account", follow=False).status == 200
    clock.forward(timedelta(hours=11))
    assert zhou.get("/panel/account", follow=False).status == 200
    clock.forward(timedelta(hours=12))
    assert zhou.get("/panel/account", follow=False).status == 303


def test_an_odd_cookie_is_nobodys(browse: Browse) -> None:
    for token in ("", "x" * 300, "钥匙", "abc"):
        stranger = browse()
        stranger.client.set_cookie("staff_session", token)
        assert stranger.get("/panel/account", follow=False).status == 303


def test_a_parents_token_opens_no_panel(browse: Browse) -> None:
    assert browse("lan").get("/panel/account", follow=False).status == 303


@pytest.mark.usefixtures("with_password")
def test_another_sites_form_is_refused(browse: Browse) -> None:
    for foreign in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        zhou = browse()
        door = zhou.get(DOOR)
        zhou.headers |= foreign
        sent = zhou.press(door, DOOR, follow=False, username="zhou", password=PASSWORD)
        assert (sent.status, own_sessions()) == (403, 0), foreign
    zhou = browse()
    zhou.headers |= {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}
    assert (sign_in(zhou).status, own_sessions()) == (200, 1)


@pytest.mark.usefixtures("with_password")
def test_a_form_without_its_token_does_nothing(browse: Browse) -> None:
    zhou = browse()
    door = zhou.get(DOOR)
    for token in ("", "made-up"):
        sent = zhou.press(door, DOOR, username="zhou", password=PASSWORD, csrf_token=token)
        assert (sent.status, own_sessions()) == (400, 0)
        assert "重新打开" in sent.text


@pytest.fixture
def limited(city_database: str, clock: FakeClock) -> Iterator[Flask]:
    few = {**PRODUCTION, Rate.STAFF: "3 per minute"}
    app = create_app(settings_for(city_database), tick=clock, rates=few)
    with app.app_context():
        yield app
        app.extensions["sqlalchemy"].engine.dispose()


def somewhere() -> str:
    """Counts live in the run's Valkey longer than a test: everybody has an address of their own."""
    return ".".join(str(1 + secrets.randbelow(250)) for _ in range(4))


def test_a_stranger_who_hammers_a_name_slows_only_themselves(limited: Flask) -> None:
    name, stranger = secrets.token_hex(4), Browser(limited.test_client(), somewhere())
    spellings = (name, name.upper(), f" {name}", name)
    tries = [sign_in(stranger, spelled, "a guess").status for spelled in spellings]
    assert tries == [401] * 3 + [429]
    elsewhere = Browser(limited.test_client(), somewhere())
    assert sign_in(elsewhere, name, "a guess").status == 401
    assert sign_in(stranger, f"{name}-colleague", "a guess").status == 401


def test_tries_at_the_door_and_through_the_api_are_counted_together(limited: Flask) -> None:
    name, address = secrets.token_hex(4), somewhere()
    browser = Browser(limited.test_client(), address)
    assert [sign_in(browser, name, "a guess").status for _ in range(3)] == [401] * 3
    sent = limited.test_client().post(
        "/api/v1/auth/staff-sessions",
        json={"username": name, "password": "a guess"},
        environ_overrides={"REMOTE_ADDR": address},
    )
    assert sent.status_code == 429

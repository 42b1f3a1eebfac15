"""The keyboard at the desk in Chromium, where several children fit what is typed."""

import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect, sync_playwright
from werkzeug.serving import make_server

from tests import chromium
from tests.build import FakeClock
from tests.webapp.conftest import City
from tests.webapp.pages.rooms import Morning, state_of

pytestmark = pytest.mark.browser


@pytest.fixture
def morning(web: Flask, city: City, clock: FakeClock) -> Morning:
    made = Morning(web, city, clock)
    made.at("08:50")
    return made


@pytest.fixture
def address(web: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, web, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def chrome() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium.path(), args=[*chromium.FLAGS]
        )
        yield browser
        browser.close()


def opened(chrome: Browser, address: str, morning: Morning, *, width: int = 1280) -> Page:
    context = chrome.new_context(viewport={"width": width, "height": 844})
    cookie = morning.browser().client.get_cookie("staff_session")
    assert cookie is not None
    context.add_cookies([{"name": "staff_session", "value": cookie.value, "url": address}])
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.goto(f"{address}{morning.room()}")
    return page


def test_enter_checks_in_nobody_while_two_children_of_one_name_fit(
    chrome: Browser, address: str, morning: Morning
) -> None:
    stays = [morning.booked("果果"), morning.booked("果果"), morning.booked("朵朵")]
    page = opened(chrome, address, morning)
    page.keyboard.type("果果")
    page.keyboard.press("Enter")
    expect(page.locator("#several")).to_be_visible()
    expect(page.locator(".child.chosen")).to_have_count(0)
    assert [state_of(one) for one in stays] == ["expected"] * 3
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(f"#stay-{stays[1]}")).to_have_class("child present")
    expect(page.locator("#several")).to_be_hidden()
    # Of one name only one is waiting now.
    page.keyboard.type("果果")
    page.keyboard.press("Enter")
    expect(page.locator(f"#stay-{stays[0]}")).to_have_class("child present")
    assert [state_of(one) for one in stays] == ["checked_in", "checked_in", "expected"]


def test_on_a_phone_who_is_due_is_one_press_away_and_the_box_stays_at_hand(
    chrome: Browser, address: str, morning: Morning
) -> None:
    morning.booked("果果", (9, 12))
    for number in range(4):
        morning.booked(f"孩{number}", (13, 17))
    page = opened(chrome, address, morning, width=390)
    assert page.locator(".child").first.evaluate("row => row.offsetHeight") < 80
    page.get_by_role("link", name="现在该到").click()
    expect(page.locator(".child")).to_have_count(1)
    page.set_viewport_size({"width": 390, "height": 400})
    page.goto(f"{address}{morning.room()}")
    page.locator(".child").last.scroll_into_view_if_needed()
    expect(page.locator("#find")).to_be_in_viewport()
    expect(page.get_by_role("link", name="现在该到")).to_be_in_viewport()
    page.get_by_role("button", name="签到 孩3").click()
    expect(page.locator(".counts .present b")).to_have_text("1")

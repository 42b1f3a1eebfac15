"""Two directors before one day's carers in Chromium: news arrives and never overwrites typing."""

import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect, sync_playwright
from werkzeug.serving import make_server

from tests import chromium
from tests.build import TOMORROW, FakeClock
from tests.webapp.conftest import City
from tests.webapp.pages.rooms import Morning

pytestmark = pytest.mark.browser


@pytest.fixture
def morning(web: Flask, city: City, clock: FakeClock) -> Morning:
    made = Morning(web, city, clock)
    made.at("07:00")
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


def opened(chrome: Browser, address: str, morning: Morning) -> Page:
    context = chrome.new_context()
    cookie = morning.browser("director").client.get_cookie("staff_session")
    assert cookie is not None
    context.add_cookies([{"name": "staff_session", "value": cookie.value, "url": address}])
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.goto(f"{address}{morning.room('carers', f'?date={TOMORROW}')}")
    return page


def test_a_change_arrives_without_reload_and_what_is_typed_stays(
    chrome: Browser, address: str, morning: Morning
) -> None:
    first, second, looking = (opened(chrome, address, morning) for _ in range(3))
    second.locator("input[name=carer]").nth(1).fill("王老师")
    second.locator("h1").click()
    first.locator("input[name=carer]").nth(0).fill("李老师")
    first.get_by_role("button", name="保存").click()
    expect(looking.locator("input[name=carer]").nth(0)).to_have_value("李老师")
    expect(looking.locator(".since")).to_be_hidden()
    expect(second.locator(".since")).to_contain_text("现在是：李老师 08:00–18:00")
    expect(second.locator("input[name=carer]").nth(1)).to_have_value("王老师")
    second.get_by_role("button", name="保存").click()
    expect(second.get_by_role("alert")).to_contain_text("没有保存")
    expect(second.locator("input[name=carer]").nth(1)).to_have_value("王老师")
    second.get_by_role("link", name="用已保存的").click()
    expect(second.locator("input[name=carer]").nth(0)).to_have_value("李老师")
    expect(second.locator("input[name=carer]").nth(1)).to_have_value("老师2")

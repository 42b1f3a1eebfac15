"""The carers of a day in a real browser: what a change brings, and two who change one day."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.eyes import Eyes
from tests.browser.house import House, at

pytestmark = pytest.mark.browser


def test_what_a_shift_would_overfill_is_shown_while_it_is_typed(
    house: House, browser: Browser
) -> None:
    page = house.desk(browser, "zhou")
    eyes = Eyes(page, "over")
    page.goto(house.room("carers"))
    names = page.locator("section").first.get_by_label("老师", exact=False)
    for number in range(3):
        names.nth(number).fill("")
    names.nth(0).press("Tab")
    preview = page.locator("[id^=preview-]").first
    expect(preview).to_contain_text("多出 5 个孩子")
    eyes.picture("preview")
    page.locator("section").first.get_by_role("button", name="保存").click()
    expect(page.locator("#notices")).to_have_text("排班已保存。")
    expect(page.locator("section").first.locator(".notice.alarm")).to_contain_text("多出 5 个孩子")
    page.goto(house.room())
    eyes.picture("today")


def test_a_change_arrives_without_reload_and_what_is_typed_stays(
    house: House, browser: Browser
) -> None:
    house.clock.now = at("07:00")
    pages = [house.desk(browser, "zhou") for _ in range(3)]
    for page in pages:
        page.goto(house.room("carers"))
    first, second, looking = (page.locator("section").first for page in pages)
    second.locator("input[name=carer]").nth(1).fill("王老师")
    pages[1].locator("h1").click()
    first.locator("input[name=carer]").nth(0).fill("李老师")
    first.get_by_role("button", name="保存").click()
    expect(looking.locator("input[name=carer]").nth(0)).to_have_value("李老师")
    expect(looking.locator(".since")).to_be_hidden()
    expect(second.locator(".since")).to_contain_text("现在是：李老师 08:00–18:00")
    expect(second.locator("input[name=carer]").nth(1)).to_have_value("王老师")
    second.get_by_role("button", name="保存").click()
    expect(pages[1].get_by_role("alert")).to_contain_text("没有保存")
    expect(second.locator("input[name=carer]").nth(1)).to_have_value("王老师")
    second.get_by_role("link", name="用已保存的").click()
    expect(second.locator("input[name=carer]").nth(0)).to_have_value("李老师")
    expect(second.locator("input[name=carer]").nth(1)).to_have_value("老师2")
    # Once more, from the very address that the link led to.
    house.clock.now = at("07:01")
    second.locator("input[name=carer]").nth(1).fill("王老师")
    first.locator("input[name=carer]").nth(0).fill("陈老师")
    first.get_by_role("button", name="保存").click()
    expect(second.locator(".since")).to_contain_text("现在是：陈老师 08:00–18:00")
    second.get_by_role("link", name="用已保存的").click()
    expect(second.locator("input[name=carer]").nth(0)).to_have_value("陈老师")
    expect(second.locator("input[name=carer]").nth(1)).to_have_value("老师2")

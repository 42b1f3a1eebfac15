"""Who is chosen at the desk stays chosen, whatever another desk does before Enter is pressed."""

import pytest
from playwright.sync_api import Browser, Page, expect

from childcare import bookings
from childcare.app import promoting
from childcare.db import reading
from childcare.stays import Stay
from tests.browser.house import House, at

pytestmark = pytest.mark.browser


def desk(house: House, browser: Browser, typed: str, arrows: int = 0) -> Page:
    """A desk where somebody has typed and chosen, and not yet pressed Enter."""
    page = house.desk(browser, "li")
    page.goto(house.room())
    page.keyboard.type(typed)
    for _ in range(arrows):
        page.keyboard.press("ArrowDown")
    return page


def check_in_elsewhere(house: House, stay_id: int, *looking: Page) -> None:
    """Another desk is quicker, and these pages have heard of it."""
    with promoting() as session:
        bookings.check_in(session, house.built.staff["wang"], stay_id=stay_id, now=at("08:31"))
    for page in looking:
        expect(page.locator(f"#stay-{stay_id}")).to_have_class("child present")


def rows(page: Page, which: str) -> list[int]:
    """The stays of the rows that fit, from top to bottom."""
    ids = page.locator(f".child{which}").evaluate_all("rows => rows.map((row) => row.id)")
    return [int(one.removeprefix("stay-")) for one in ids]


def chosen(page: Page) -> list[int]:
    return rows(page, ".chosen")


def states(stays: list[int]) -> list[str]:
    with reading() as session:
        return [session.get_one(Stay, one).state for one in stays]


def test_enter_never_checks_in_a_child_that_nobody_chose(house: House, browser: Browser) -> None:
    made = [house.stays["guog"], *(house.comes_too("果果", number) for number in (22, 23))]
    arrows = desk(house, browser, "果果", arrows=3)
    first, second, third = order = rows(arrows, ":visible")
    assert sorted(order) == sorted(made)
    arrows.keyboard.press("ArrowUp")
    number = desk(house, browser, "果果 2")
    only_typed = desk(house, browser, "果果")
    slow = desk(house, browser, "果果", arrows=1)
    assert [chosen(page) for page in (arrows, number, slow)] == [[second], [second], [first]]

    check_in_elsewhere(house, first, arrows, number, only_typed, slow)
    assert [chosen(page) for page in (arrows, number)] == [[second], [second]]
    expect(arrows.locator("#changed")).to_be_hidden()
    assert chosen(slow) == []
    expect(slow.locator("#changed")).to_be_visible()
    slow.keyboard.press("Enter")

    number.keyboard.press("Enter")
    for page in (number, arrows, slow, only_typed):
        expect(page.locator(f"#stay-{second}")).to_have_class("child present")
    expect(number.locator("#find")).to_have_value("")
    expect(number.locator("#changed")).to_be_hidden()
    # One alone is left now, and it is nobody's choice.
    for page in (arrows, slow, only_typed):
        assert chosen(page) == []
        page.keyboard.press("Enter")
        expect(page.locator("#changed")).to_be_visible()
    assert states([first, second, third]) == ["checked_in", "checked_in", "expected"]

    slow.keyboard.press("ArrowDown")
    expect(slow.locator("#changed")).to_be_hidden()
    slow.keyboard.press("Enter")
    expect(slow.locator(f"#stay-{third}")).to_have_class("child present")

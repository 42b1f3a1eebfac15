"""The morning at the desk in a real browser: two desks, twenty children, the keyboard alone."""

import pytest
from playwright.sync_api import Browser, Page, expect

from childcare.i18n import Tongue
from tests.browser.eyes import PICTURES, Eyes
from tests.browser.house import House, at

pytestmark = pytest.mark.browser


def check_in(page: Page, typed: str) -> None:
    """With the keyboard alone, wherever it stands now."""
    page.keyboard.press("/") if not page.evaluate("document.activeElement.id === 'find'") else None
    page.keyboard.type(typed)
    page.keyboard.press("Enter")


def is_here(page: Page, stay_id: int) -> None:
    expect(page.locator(f"#stay-{stay_id}")).to_have_class("child present")


def test_twenty_children_are_checked_in_at_two_desks_that_agree(
    house: House, browser: Browser
) -> None:
    desks = [house.desk(browser, who) for who in ("li", "wang")]
    for desk in desks:
        desk.goto(house.room())
    for number, (typed, stay_id) in enumerate(house.stays.items()):
        check_in(desks[number % 2], typed)
        is_here(desks[number % 2], stay_id)
    for desk in desks:
        expect(desk.locator(".counts .present b")).to_have_text("20")
        expect(desk.locator(".child.present")).to_have_count(20)
        expect(desk.locator(".child")).to_have_count(20)
    assert set(house.states()) == {"checked_in"}
    Eyes(desks[0], "rush").picture("done")


def test_both_desks_press_for_one_child_and_the_second_reads_who_was_first(
    house: House, browser: Browser
) -> None:
    first, second = (house.desk(browser, who) for who in ("li", "wang"))
    first.goto(house.room())
    second.goto(house.room())
    # The second desk's page stands still, as on a slow line.
    second.route("**/today?*", lambda route: route.abort())
    stay_id = house.stays["guog"]
    check_in(first, "guog")
    is_here(first, stay_id)
    check_in(second, "guog")
    expect(second.locator(f"#stay-{stay_id} .notice")).to_have_text(
        "08:31 李老师 已经先操作了：签到。"
    )
    is_here(second, stay_id)


def test_arrows_choose_among_several_and_what_is_typed_outlives_news(
    house: House, browser: Browser
) -> None:
    mine, other = (house.desk(browser, who) for who in ("li", "wang"))
    mine.goto(house.room())
    other.goto(house.room())
    mine.keyboard.type("妈")
    expect(mine.locator(".child:visible")).to_have_count(0)
    mine.keyboard.press("Escape")
    # No code at the door has an O.
    mine.keyboard.type("uo")
    expect(mine.locator(".child:visible")).to_have_count(3)
    check_in(other, "guog")
    expect(mine.locator(".counts .present b")).to_have_text("1")
    expect(mine.locator("#find")).to_have_value("uo")
    expect(mine.locator(".child:visible")).to_have_count(3)
    mine.keyboard.press("ArrowDown")
    chosen = mine.locator(".child.chosen")
    expect(chosen).to_have_count(1)
    name = chosen.locator("h3").inner_text()
    mine.keyboard.press("Enter")
    here = mine.locator(".child.present h3", has_text=name)
    expect(here).to_have_count(1)
    expect(mine.locator("#find")).to_have_value("")


def test_enter_checks_in_nobody_while_two_children_of_one_name_fit(
    house: House, browser: Browser
) -> None:
    stays = [house.stays["guog"], house.comes_too("果果", 22)]
    page = house.desk(browser, "li")
    page.goto(house.room())
    check_in(page, "果果")
    expect(page.locator("#several")).to_be_visible()
    expect(page.locator(".child.chosen")).to_have_count(0)
    assert set(house.states()) == {"expected"}
    for key in ("ArrowDown", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    is_here(page, stays[1])
    expect(page.locator("#several")).to_be_hidden()
    # Of one name only one is waiting now.
    check_in(page, "果果")
    is_here(page, stays[0])


def test_on_a_phone_who_is_due_is_one_press_away_and_the_box_stays_at_hand(
    house: House, browser: Browser
) -> None:
    house.clock.now = at("08:00")
    house.comes_too("小雨", 23, (780, 1020))
    page = house.desk(browser, "li", size="phone")
    page.goto(house.room())
    expect(page.locator(".child")).to_have_count(21)
    assert page.locator(f"#stay-{house.stays['beib']}").evaluate("row => row.offsetHeight") < 80
    due = page.get_by_role("link", name="现在该到")
    due.click()
    expect(page.locator(".child")).to_have_count(20)
    page.set_viewport_size({"width": 390, "height": 400})
    page.goto(house.room())
    rainy = page.get_by_role("button", name="签到 小雨")
    rainy.scroll_into_view_if_needed()
    expect(page.locator("#find")).to_be_in_viewport()
    expect(due).to_be_in_viewport()
    rainy.click()
    expect(page.locator(".counts .present b")).to_have_text("1")


# Each size once, each language once; with pictures wanted, all of them.
WALKS: list[tuple[str, Tongue]] = [("wide", "zh"), ("phone", "en")]
ALL_WALKS: list[tuple[str, Tongue]] = [*WALKS, ("wide", "en"), ("phone", "zh")]


@pytest.mark.parametrize(("size", "tongue"), ALL_WALKS if PICTURES else WALKS)
def test_the_rooms_can_be_used_by_everybody(
    house: House, browser: Browser, size: str, tongue: Tongue
) -> None:
    page = house.desk(browser, "zhou", size=size, tongue=tongue)
    eyes = Eyes(page, f"rooms-{size}-{tongue}")
    page.goto(house.room())
    check_in(page, "guog")
    is_here(page, house.stays["guog"])
    house.clock.now = at("08:50")
    for name, room in rooms_of(house).items():
        page.goto(house.room(room))
        eyes.look(name)
    assert eyes.problems == []


def rooms_of(house: House) -> dict[str, str]:
    """Every room worth a look, by the name of its picture."""
    return {
        # Nineteen rows closed, one open.
        "today": f"today?stay={house.stays['anan']}",
        "carers": "carers",
        "log": "log",
    }


def test_what_is_written_in_an_open_row_outlives_what_others_do(
    house: House, browser: Browser
) -> None:
    mine, other = (house.desk(browser, who) for who in ("li", "wang"))
    stay_id = house.stays["anan"]
    mine.goto(house.room())
    row = mine.locator(f"#stay-{stay_id}")
    row.get_by_role("link", name="安安").click()
    reason = row.get_by_label("原因")
    reason.fill("感冒")
    other.goto(house.room())
    other.locator(f"#stay-{house.stays['guog']}").get_by_role("button", name="签到").click()
    expect(mine.locator(".counts .present b")).to_have_text("1")
    expect(reason).to_have_value("感冒")
    expect(reason).to_be_focused()
    mine.keyboard.press("Enter")
    expect(row).to_contain_text("请假")
    expect(row.locator(".state")).to_contain_text("感冒")
    assert mine.url.endswith(f"stay={stay_id}")

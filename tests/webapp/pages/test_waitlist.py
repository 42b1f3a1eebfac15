"""The waitlist desk, in a browser without scripts."""

import re
from datetime import date

import pytest
from flask import Flask

from tests.build import NOON, TODAY, TOMORROW, FakeClock
from tests.webapp.conftest import City
from tests.webapp.pages.conftest import Page
from tests.webapp.pages.lists import Lists, offered_to

ROW = re.compile(r'<td class="rank"><b>(\d+)</b></td>\s*<td><a class="name"[^>]*>([^<]+)')
DECEMBER = date(2026, 12, 1)


@pytest.fixture
def lists(web: Flask, city: City, clock: FakeClock) -> Lists:
    made = Lists(web, city, clock)
    made.clock.now = NOON
    return made


def ranks(page: Page) -> list[tuple[str, str]]:
    """Rank and child of every row, from top to bottom."""
    rows = re.findall(
        r'<td class="rank"><b>(\d+)</b></td>\s*<td><a class="name"[^>]*>([^<]+)', page.html
    )
    return [(rank, name) for rank, name in rows]


def test_the_list_stands_in_its_order_with_the_reason_for_each_rank(lists: Lists) -> None:
    lists.full()
    lists.waits("果果")
    lists.waits("Mia", (10, 12))
    page = lists.browser().get(lists.room("waitlist"))
    assert ranks(page) == [("1", "果果"), ("2", "Mia")]
    assert "20个月" in page.text
    assert "09:00–12:00" in page.text
    assert "11月23日 周一 12:00 登记" in page.text
    assert "暂无空位" in page.text


def test_a_proof_moves_a_family_up_by_the_published_table_and_says_why(lists: Lists) -> None:
    lists.full()
    lists.waits("果果")
    second = lists.waits("朵儿")
    director, desk = lists.browser("director"), lists.browser()
    table = director.get(lists.room("waitlist", "/priorities"))
    director.press(table, "/priorities", low_income="50", reason="街道要求")
    story = desk.get(lists.entries(second))
    kept = desk.press(story, "/proofs#proofs", criterion="low-income", note="看过证明")
    assert "已登记" in kept.text
    page = desk.get(lists.room("waitlist"))
    assert ranks(page) == [("1", "朵儿"), ("2", "果果")]
    assert "低收入家庭" in page.text
    story = desk.get(lists.entries(second))
    desk.press(story, "/proofs/withdraw#proofs")
    assert ranks(desk.get(lists.room("waitlist")))[0] == ("1", "果果")


def test_what_comes_free_shows_as_a_live_offer_with_its_deadline(lists: Lists) -> None:
    lists.full()
    lists.waits("果果")
    round_id = lists.cancels("安安")
    page = lists.browser().get(lists.room("waitlist"))
    assert "等家长答复 1" in page.text
    assert "14:00 前有效" in page.text
    assert "还有约 2 小时" in page.text
    assert f"/waitlist/rounds/{round_id}" in "".join(page.links)


def test_if_a_place_came_free_each_family_before_is_told_why_not(lists: Lists) -> None:
    lists.full()
    lists.waits("果果")
    lists.waits("朵儿", (9, 11))
    desk = lists.browser()
    asked = f"?group={lists.city.toddlers}&day={TOMORROW}&start=09:00&end=11:00"
    page = desk.get(lists.room("waitlist", f"/if-free{asked}"))
    assert "会问朵儿：排在第 2 位" in page.text
    assert "想要的时间超出这个时段" in page.text
    none = desk.get(lists.room("waitlist", f"/if-free{asked.replace('11:00', '08:00')}"))
    assert none.status == 422
    assert "会问" not in none.text.replace("看看会问谁", "")


def test_one_press_offers_what_is_free_to_the_next_in_order(lists: Lists) -> None:
    lists.full()
    lists.waits("果果")
    lists.cancels("安安")
    lists.answers("果果", "declines")
    assert offered_to() == []
    desk = lists.browser()
    page = desk.get(lists.room("waitlist"))
    assert "按顺序发给下一位：果果" in page.html
    after = desk.press(page, "/waitlist/offers")
    assert "已向 1 个家庭发出名额" in after.text
    assert offered_to() == ["果果"]
    again = desk.press(page, "/waitlist/offers")
    assert "暂时没有家庭" in again.text


def test_lists_are_narrowed_by_class_day_and_length(lists: Lists) -> None:
    lists.full()
    lists.waits("果果")
    lists.enrols("朵儿", DECEMBER)
    desk, group = lists.browser(), lists.city.toddlers
    room = lists.room("waitlist")
    assert len(ranks(desk.get(f"{room}?group={group}"))) == 2
    assert ranks(desk.get(f"{room}?day={TOMORROW}")) == [("1", "果果")]
    assert ranks(desk.get(f"{room}?kind=long-term")) == [("1", "朵儿")]
    assert ranks(desk.get(f"{room}?day={TODAY}")) == []


def test_a_page_that_shows_what_is_true_already_is_not_sent_again(lists: Lists) -> None:
    lists.full()
    lists.waits("果果")
    desk = lists.browser()
    page = desk.get(lists.room("waitlist"))
    found = re.search(r'name="stamp" value="(\w+)"', page.html)
    assert found
    poll = {"headers": {"HX-Request": "true", "HX-Request-Type": "partial"}}
    address = lists.room("waitlist", f"?stamp={found[1]}")
    assert desk.get(address, **poll).status == 204
    lists.cancels("安安")
    news = desk.get(address, **poll)
    assert news.status == 200
    assert "等家长答复" in news.text
    assert "<html" not in news.html


@pytest.mark.parametrize("typed", ["果果", "guog", "gg"])
def test_a_family_is_found_by_name_and_no_name_stands_in_an_address(
    lists: Lists, typed: str
) -> None:
    lists.full()
    entry_id = lists.waits("果果")
    lists.waits("朵儿")
    desk = lists.browser()
    page = desk.press(desk.get(lists.room("waitlist")), "/waitlist/find", find=typed)
    assert page.address == lists.entries(entry_id)
    number = desk.press(page, "/waitlist/find", find=f"No. {entry_id}")
    assert number.address == lists.entries(entry_id)
    nobody = desk.press(page, "/waitlist/find", find="乐乐")
    assert "没有找到" in nobody.text
    several = desk.press(page, "/waitlist/find", find="o")
    assert "找到 2 条候补" in several.text


def test_paused_entries_stand_apart(lists: Lists) -> None:
    lists.full()
    lists.waits("果果")
    lists.pauses("果果")
    page = lists.browser().get(lists.room("waitlist"))
    assert ranks(page) == []
    assert "暂停 1" in page.text
    assert "家长暂停了候补" in page.text

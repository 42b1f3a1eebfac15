"""One family's story, a round from cause to end, the log, the priority table."""

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from tests.build import NOON, TOMORROW, FakeClock
from tests.webapp.conftest import City
from tests.webapp.pages.conftest import Page
from tests.webapp.pages.lists import Lists, offered_to, state_of_entry

JANUARY = date(2027, 1, 1)


@pytest.fixture
def lists(web: Flask, city: City, clock: FakeClock) -> Lists:
    made = Lists(web, city, clock)
    made.clock.now = NOON
    made.full()
    return made


def story(lists: Lists, entry_id: int, who: str = "desk") -> Page:
    return lists.browser(who).get(lists.entries(entry_id))


def test_a_family_behind_the_winner_reads_why_though_it_was_never_reached(lists: Lists) -> None:
    winner, second = lists.waits("果果"), lists.waits("朵儿")
    round_id = lists.cancels("安安")
    page = story(lists, second)
    assert "名额已发给果果，待答复" in page.text
    lists.answers("果果", "accepts")
    page = story(lists, second)
    assert "名额给了果果：托小班 11月24日 周二 09:00–12:00。" in page.text
    assert "对方：无优先条件，按登记时间排" in page.text
    assert f"/waitlist/rounds/{round_id}" in "".join(page.links)
    told = lists.browser().get(lists.room("waitlist", f"/rounds/{round_id}"))
    assert "有预约取消" in told.text
    assert "安安，11月24日 周二 09:00–12:00：已取消" in told.text
    assert "家长 安安妈妈" in told.text
    assert "名额给了果果" in told.text
    assert "当时排在后面、也在等的家庭 2 朵儿" in told.text
    assert (state_of_entry(winner), state_of_entry(second)) == ("booked", "waiting")


def test_a_round_tells_who_was_passed_over_and_why(lists: Lists) -> None:
    for name in ("小满", "圆圆", "糖糖", "一一", "多多"):
        lists.booked(name, (12, 13))
    lists.waits("果果", (9, 13))
    lists.waits("朵儿")
    round_id = lists.cancels("安安")
    page = lists.browser().get(lists.room("waitlist", f"/rounds/{round_id}"))
    assert "1 跳过 果果 : 跳过：空出的时段盖不住想要的时间（当时空出" in page.text
    assert "2 发出名额 朵儿" in page.text
    assert page.text.index("果果") < page.text.index("发出名额")


def test_whoever_declined_is_told_apart_and_the_next_in_the_same_round(lists: Lists) -> None:
    first, second = lists.waits("果果"), lists.waits("朵儿")
    round_id = lists.cancels("安安")
    lists.clock.forward(timedelta(minutes=5))
    lists.answers("果果", "declines")
    page = lists.browser().get(lists.room("waitlist", f"/rounds/{round_id}"))
    assert "11月23日 周一 12:05 放弃 果果 : 放弃了名额" in page.text
    assert "名额已发给朵儿" in page.text
    assert "放弃了名额" in story(lists, first).text
    assert "有名额待答复" in story(lists, second).text


def test_reasons_are_those_of_then_whatever_is_true_now(lists: Lists) -> None:
    lists.waits("果果")
    second = lists.waits("朵儿")
    director = lists.browser("director")
    table = director.get(lists.room("waitlist", "/priorities"))
    director.press(table, "/priorities", single_parent="50", reason="街道要求")
    page = director.get(lists.entries(second))
    director.press(page, "/proofs#proofs", criterion="single-parent")
    lists.clock.forward(timedelta(minutes=5))
    round_id = lists.cancels("安安")
    lists.clock.forward(timedelta(minutes=5))
    director.press(director.get(lists.entries(second)), "/proofs/withdraw#proofs")
    told = director.get(lists.room("waitlist", f"/rounds/{round_id}"))
    assert "优先：单亲家庭" in told.text
    assert "按优先规则第 1 版排序" in told.text


def test_out_of_order_takes_a_director_s_reason_that_those_passed_over_are_shown(
    lists: Lists,
) -> None:
    first, second = lists.waits("果果"), lists.waits("朵儿")
    lists.cancels("安安")
    lists.answers("果果", "declines")
    lists.answers("朵儿", "declines")
    assert "须由园长操作" in story(lists, second).text
    assert not [form for form in story(lists, second).forms if "reason" in form.fields][1:]
    director = lists.browser("director")
    page = director.get(lists.entries(second))
    refused = director.press(page, "/offer#offer", reason="")
    assert refused.status == 422
    assert offered_to() == []
    done = director.press(page, "/offer#offer", reason="妈妈明天手术")
    assert "名额已发给这个家庭" in done.text
    assert offered_to() == ["朵儿"]
    assert "园长选择了另一个家庭：“妈妈明天手术”" in story(lists, first).text


def test_the_first_in_line_is_offered_without_a_reason_by_the_desk(lists: Lists) -> None:
    first = lists.waits("果果")
    lists.waits("朵儿")
    lists.cancels("安安")
    lists.answers("果果", "declines")
    lists.answers("朵儿", "declines")
    desk = lists.browser()
    done = desk.press(desk.get(lists.entries(first)), "/offer#offer")
    assert "名额已发给这个家庭" in done.text
    assert offered_to() == ["果果"]


def test_where_nothing_is_free_the_refusal_stands_at_the_form(lists: Lists) -> None:
    entry_id = lists.waits("果果")
    director = lists.browser("director")
    full = director.get(lists.entries(entry_id))
    assert "暂时没有名额可发：11月24日 周二 09:00–12:00 已满" in full.text
    assert "<button" not in full.html.split('id="offer"')[1].split("</form>")[0]
    lists.cancels("安安")
    lists.answers("果果", "declines")
    page = director.get(lists.entries(entry_id))
    lists.booked("糖糖", (9, 12))
    page = director.press(page, "/offer#offer")
    assert page.status == 409
    form = page.html.split('id="offer"')[1]
    assert 'role="alert"' in form.split("</form>")[0]
    assert "托小班" in form.split("</form>")[0]


def test_notes_are_for_colleagues_and_a_removal_s_reason_is_the_family_s(lists: Lists) -> None:
    entry_id = lists.waits("果果")
    desk = lists.browser()
    page = desk.press(desk.get(lists.entries(entry_id)), "/notes#note", text="爸爸来过电话")
    assert "备注：爸爸来过电话" in page.text
    assert "爸爸来过电话" in desk.get(lists.room("waitlist")).text
    empty = desk.press(page, "/removal#removal", reason=" ")
    assert empty.status == 422
    assert "「原因」还没有填" in empty.text
    gone = desk.press(page, "/removal#removal", reason="重复登记")
    assert "移出名单：重复登记" in gone.text
    assert "/removal" not in gone.html
    assert state_of_entry(entry_id) == "removed"


def test_a_family_taken_off_the_list_is_found_by_name_for_a_month(lists: Lists) -> None:
    entry_id = lists.waits("果果")
    desk = lists.browser()
    desk.press(desk.get(lists.entries(entry_id)), "/removal#removal", reason="重复登记")
    assert "果果" in desk.get(lists.entries(entry_id)).text
    found = desk.press(desk.get(lists.room("waitlist")), "/find", find="guoguo")
    assert "移出名单：重复登记" in found.text
    lists.clock.forward(timedelta(days=31))
    desk = lists.browser()
    assert "果果" not in desk.get(lists.entries(entry_id)).text
    found = desk.press(desk.get(lists.room("waitlist")), "/find", find="guoguo")
    assert "没有找到" in found.text


def test_a_proof_says_from_which_version_it_counts(lists: Lists) -> None:
    entry_id = lists.waits("果果")
    director = lists.browser("director")
    room = lists.room("waitlist", "/priorities")
    director.press(director.get(room), "/priorities", low_income="50", reason="开园")
    director.press(director.get(room), "/priorities", works_here="80", reason="理事会决定")

    def shows(criterion: str) -> str:
        page = director.get(lists.entries(entry_id))
        return director.press(page, "/proofs#proofs", criterion=criterion).text

    assert "排序即刻更新" in shows("low-income")
    assert "11月30日 周一 12:00 起执行第 2 版规则时计入排序" in shows("works-here")
    assert "各版规则都没有这一条，排序不变" in shows("single-parent")


def test_fewer_carers_say_how_many_offers_they_withdraw_and_the_round_says_so(
    lists: Lists,
) -> None:
    lists.waits("果果")
    round_id = lists.cancels("安安")
    director = lists.browser("director")
    page = director.get(lists.room("carers", f"?date={TOMORROW}"))
    # None is left: the offer goes, the four booked children remain over.
    typed: dict[str, Any] = {"carer": [""], "start": [""], "end": [""]}
    action = f"classes/{lists.city.toddlers}/shifts"
    before = director.press(page, action, do="preview", **typed)
    assert "撤回 1 个候补托位" in before.text
    assert "09:00–12:00 多出 4 个孩子" in before.text
    assert offered_to() == ["果果"]
    after = director.press(before, action, do="save", **typed)
    assert "排班已保存，撤回 1 个候补托位" in after.text
    assert "09:00–12:00 多出 4 个孩子" in after.text
    assert offered_to() == []
    told = director.get(lists.room("waitlist", f"/rounds/{round_id}"))
    assert "没有家庭得到：托位减少，名额已收回" in told.text
    log = director.get(lists.room("log")).text
    assert log.count("候补：") == log.count("候补：登记") + 2
    assert "收到候补托位" not in log
    assert "offer" not in log


def test_the_log_is_found_by_kind_day_and_entry_page_by_page(lists: Lists) -> None:
    entries = [lists.waits(f"豆豆{number}") for number in range(27)]
    lists.cancels("安安")
    desk, log = lists.browser(), lists.room("waitlist", "/log")
    newest = desk.get(log)
    assert newest.text.count("登记候补") <= 50
    assert "发出名额：托小班" in newest.text
    offered = desk.get(f"{log}?kind=offered")
    assert "登记候补" not in offered.text
    one = desk.get(f"{log}?entry={entries[3]}")
    assert "豆豆3" in one.text
    assert "豆豆4" not in one.text
    assert "没有候补记录" in desk.get(f"{log}?from_date=2026-10-01&to_date=2026-10-02").text
    assert desk.get(f"{log}?from_date=2026-10-02&to_date=2026-10-01").status == 422
    assert desk.get(f"{log}?entry=999999").status == 404


def test_a_table_is_published_in_versions_with_the_day_it_takes_effect(lists: Lists) -> None:
    director = lists.browser("director")
    room = lists.room("waitlist", "/priorities")
    first = director.press(director.get(room), "/priorities", low_income="50", reason="开园")
    assert "第 1 版 执行中" in first.text
    lists.clock.forward(timedelta(hours=1))
    second = director.press(first, "/priorities", works_here="80", reason="理事会决定")
    assert "第 2 版 11月30日 周一 13:00 起" in second.text
    assert "第 1 版 执行中" in second.text
    wrong = director.press(second, "/priorities", works_here="5000", reason="x")
    assert wrong.status == 422
    assert 'value="5000"' in wrong.html
    assert not [form for form in lists.browser().get(room).forms if "reason" in form.fields]


def test_who_waits_for_the_long_term_sees_who_stands_before(lists: Lists) -> None:
    for number in range(5):
        lists.enrols(f"一一{number}", JANUARY)
    first, second = lists.enrols("果果", JANUARY), lists.enrols("朵儿", JANUARY)
    page = story(lists, second)
    assert "长期全天，周一至周五，2027年1月起" in page.text
    assert "果果" in page.text
    assert "须由园长操作" in page.text
    assert "朵儿" not in story(lists, first).text
    room = lists.room("waitlist")
    desk = lists.browser()
    after = desk.press(desk.get(room), "/waitlist/offers")
    assert "暂时没有家庭的时间" in after.text

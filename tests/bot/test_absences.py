"""An enrolled child stays away: which days, which part, why; and comes after all."""

from datetime import date

import pytest
from sqlalchemy import select

from childcare.app import promoting
from childcare.db import reading
from childcare.enrolments import Absence
from childcare.people import Family
from childcare.stays import State, Stay
from tests.bot.conftest import World
from tests.bot.neighbours import books, enrols, neighbour, offers, waits
from tests.bot.talk import Person
from tests.build import TOMORROW, Build

THURSDAY = date(2026, 11, 26)


@pytest.fixture
def enrolled(lan: Person, world: World) -> Person:
    """果果 has a place by the month, Monday to Friday 8:00-17:30."""
    enrols(world, world.child_id)
    lan.says("/start")
    return lan


def states() -> dict[date, str]:
    """The state of each enrolled stay of this week."""
    with reading() as session:
        rows = session.execute(select(Stay.on, Stay.state).where(Stay.source == "enrolment"))
        return {row.on: row.state for row in rows if row.on <= date(2026, 11, 27)}


def absences() -> list[tuple[date, date, int | None, int | None, str, bool]]:
    with reading() as session:
        rows = session.scalars(select(Absence).order_by(Absence.id))
        return [
            (r.from_on, r.to_on, r.starts, r.ends, r.reason, r.withdrawn_at is not None)
            for r in rows
        ]


def test_a_whole_day_is_declared_with_its_reason_and_taken_back(enrolled: Person) -> None:
    shown = enrolled.presses("🙋 请假")
    assert "11月28日 周六" not in shown.labels
    shown = enrolled.presses("明天")
    assert "给果果请假：11月24日 周二，对吗？" in shown.text
    assert absences() == []
    ill, on = enrolled.button("🤒 病假")
    enrolled.talk.receive(enrolled.press_update(ill, on), enrolled.press_update(ill, on))
    assert absences() == [(TOMORROW, TOMORROW, None, None, "illness", False)]
    assert "已为果果请假：11月24日 周二" in enrolled.screen.text
    assert states()[TOMORROW] == State.ABSENT
    enrolled.says("请假")
    assert "明天" not in enrolled.screen.labels
    back, on = enrolled.button("↩️ 销假：11月24日 周二")
    enrolled.talk.receive(enrolled.press_update(back, on), enrolled.press_update(back, on))
    assert states()[TOMORROW] == State.EXPECTED
    assert "果果" in enrolled.screen.text


def test_part_of_a_day_keeps_the_rest(enrolled: Person) -> None:
    enrolled.presses("🙋 请假")
    enrolled.presses("明天")
    enrolled.presses("🕐 只请半天或几小时")
    assert {"上午不来", "下午不来", "10:00 才来", "16:00 先走"} <= set(enrolled.screen.labels)
    enrolled.presses("16:00 先走")
    assert "11月24日 周二 16:00–17:30" in enrolled.screen.text
    enrolled.presses("✅ 请假")
    assert absences() == [(TOMORROW, TOMORROW, 960, 1050, "", False)]
    assert states()[TOMORROW] == State.EXPECTED


def test_several_days_with_a_reason_in_own_words(enrolled: Person) -> None:
    enrolled.presses("🙋 请假")
    enrolled.presses("📆 连请几天")
    enrolled.presses("11月25日")
    enrolled.presses("11月26日")
    enrolled.presses("✏️ 写一句原因")
    enrolled.says("回老家看奶奶")
    assert absences() == [(date(2026, 11, 25), THURSDAY, None, None, "回老家看奶奶", False)]
    assert "已为果果请假：11月25日 周三 – 11月26日 周四" in enrolled.screen.text
    assert [states()[date(2026, 11, day)] for day in (24, 25, 26)] == [
        State.EXPECTED,
        State.ABSENT,
        State.ABSENT,
    ]


def test_the_freed_place_goes_on_and_cannot_be_taken_back_then(
    enrolled: Person, world: World
) -> None:
    books(neighbour("糖糖"), world.institution_id, 480, 1080)
    waits(neighbour(), world.institution_id, 540, 660)
    assert offers() == []
    enrolled.sends(f"away-on:{world.child_id}:{TOMORROW.toordinal()}")
    assert [state for _number, state in offers()] == ["open"]
    shown = enrolled.presses("↩️ 销假")
    assert "位子已经问了别的家庭" in shown.text
    assert "09:00–09:30" in shown.text
    assert "果果仍是请假：11月24日 周二" in shown.text
    assert states()[TOMORROW] == State.ABSENT


def test_a_line_leads_to_the_day_and_declares_nothing_by_itself(enrolled: Person) -> None:
    for line, said in (
        ("果果明天不来了", "11月24日 周二，对吗？"),
        ("果果明天上午请假", "11月24日 周二 08:00–12:00，对吗？"),
        ("明天下午3点以后请假", "11月24日 周二 15:00–17:30，对吗？"),
    ):
        assert said in enrolled.says(line).text, line
    assert absences() == []


def test_a_line_of_several_days_asks_which_are_meant(enrolled: Person) -> None:
    shown = enrolled.says("果果下周一到周三请假")
    assert shown.labels[:3] == [
        "果果 · 11月30日 周一 – 12月2日 周三",
        "果果 · 11月30日 周一",
        "果果 · 12月2日 周三",
    ]
    enrolled.presses("果果 · 11月30日 周一 – 12月2日 周三")
    enrolled.presses("✅ 请假")
    assert absences()[0][:2] == (date(2026, 11, 30), date(2026, 12, 2))


def test_a_fever_gets_the_emergency_block_and_then_the_absence(enrolled: Person) -> None:
    enrolled.says("果果发烧了，明天不去了")
    block, answer = enrolled.messages[-2:]
    assert "120" in block.text
    assert "11月24日 周二，对吗？" in answer.text


def test_a_booked_child_that_is_ill_is_led_to_the_cancelling_that_costs_nothing(
    lan: Person, world: World
) -> None:
    lan.says("明天上午9点到11点 劲松附近")
    lan.presses("1. 小小松果")
    lan.presses("✅ 确认预约")
    assert "要取消 11月24日 周二 09:00–11:00 的预约吗" in lan.says("明天不去了").text
    shown = lan.says("果果病了，明天来不了")
    assert "早点好起来" in shown.text
    lan.presses("🤒 宝宝病了，免费取消")
    with reading() as session:
        assert session.scalars(select(Stay.state)).one() == State.CANCELLED
    assert "没有安排" in lan.says("果果明天不来了").text


def test_a_family_with_both_is_asked_which_is_meant(enrolled: Person, world: World) -> None:
    with promoting() as session:
        family = session.get_one(Family, world.family_id)
        Build(session).child(family, name="圆圆", months=14)
    enrolled.says("给圆圆订明天下午2点到5点 劲松附近")
    enrolled.presses("1. 小小松果")
    enrolled.presses("✅ 确认预约")
    shown = enrolled.says("明天不来了")
    assert shown.labels[:2] == ["🙋 给果果请假", "✖️ 取消 11月24日 周二 14:00–17:00"]
    assert "对吗" in enrolled.says("果果明天不来了").text
    assert "要取消" in enrolled.says("圆圆明天不来了").text


def test_a_parent_who_is_ill_still_finds_care(lan: Person) -> None:
    shown = lan.says("我生病了，明天下午2点到5点 劲松附近")
    assert "1. 小小松果托育园" in shown.text

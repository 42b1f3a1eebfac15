"""A child stays away for part of a day: only that part is declared, and it is said before."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from childcare.app import promoting
from childcare.db import reading
from childcare.enrolments import Absence
from childcare.people import Child, Family, Guardian
from childcare.stays import Stay
from tests.bot.conftest import World
from tests.bot.neighbours import enrols
from tests.bot.talk import Person
from tests.build import TOMORROW, Build, FakeClock


@pytest.fixture
def enrolled(lan: Person, world: World) -> Person:
    """果果 has a place by the month, Monday to Friday 8:00-17:30."""
    enrols(world, world.child_id)
    lan.says("/start")
    return lan


def declared() -> list[tuple[date, date, int | None, int | None]]:
    with reading() as session:
        rows = session.scalars(select(Absence).order_by(Absence.id))
        return [(row.from_on, row.to_on, row.starts, row.ends) for row in rows]


def counted(on: date) -> list[int]:
    """The half hours the class still counts for the child."""
    with reading() as session:
        return session.scalars(select(Stay).where(Stay.on == on)).one().slots()


def test_a_part_said_is_told_before_and_alone_is_freed(enrolled: Person) -> None:
    for line, said in (
        ("果果周二上午不来", "11月24日 周二 08:00–12:00"),
        ("果果明天10点前不来", "11月24日 周二 08:00–10:00"),
        ("果果请明天上午的假", "11月24日 周二 08:00–12:00"),
        ("明天下午2点以后不来", "11月24日 周二 14:00–17:30"),
    ):
        assert f"给果果请假：{said}，对吗？" in enrolled.says(line).text
    assert declared() == []
    assert "11月24日 周二 14:00–17:30" in enrolled.presses("✅ 请假").text
    assert declared() == [(TOMORROW, TOMORROW, 840, 1050)]
    assert counted(TOMORROW) == list(range(16, 28))


def test_in_english_too(enrolled: Person, world: World) -> None:
    with promoting() as session:
        session.get_one(Child, world.child_id).name = "Mia"
        for guardian in session.scalars(select(Guardian)):
            guardian.locale = "en"
    assert "Tue 24 Nov 08:00–12:00" in enrolled.says("Mia is away Tuesday morning").text
    assert "Tue 24 Nov 14:00–17:30" in enrolled.says("Mia won't come tomorrow after 2pm").text
    assert "Tue 24 Nov 08:00–10:00" in enrolled.says("Mia is away tomorrow until 10").text


def test_a_part_that_is_not_clear_is_asked_and_never_the_whole_day(enrolled: Person) -> None:
    for line in ("果果明天请半天假", "果果明天请假两小时", "果果明天晚上不来"):
        shown = enrolled.says(line)
        assert "11月24日 周二" in shown.text, line
        assert {"上午不来", "下午不来"} <= set(shown.labels), line
        assert "✅ 请假" not in shown.labels, line


def test_words_about_time_that_are_not_understood_are_never_the_whole_day(
    enrolled: Person,
) -> None:
    for line in ("果果明天除了上午都不来", "果果明天午睡后不来", "果果明天不来，午饭前"):
        shown = enrolled.says(line)
        assert {"上午不来", "下午不来"} <= set(shown.labels), line
        assert "✅ 请假" not in shown.labels, line
    for line in ("果果明天不来，去医院", "果果明天家里有事不来", "果果明天感冒了请假"):
        assert "✅ 请假" in enrolled.says(line).labels, line


def test_a_part_of_each_of_two_days_is_asked_and_both_lie_in_the_week_that_was_named(
    enrolled: Person,
) -> None:
    shown = enrolled.says("果果下周一上午周三下午不来")
    assert shown.labels[:2] == ["果果 · 11月30日 周一", "果果 · 12月2日 周三"]
    shown = enrolled.presses("果果 · 12月2日 周三")
    assert "12月2日 周三" in shown.text
    assert "下午不来" in shown.labels
    assert "✅ 请假" not in shown.labels


def test_a_part_of_several_days_stays_a_part(enrolled: Person) -> None:
    shown = enrolled.says("果果下周一到周三上午请假")
    assert shown.labels[:2] == [
        "果果 · 11月30日 周一 – 12月2日 周三 08:00–12:00",
        "果果 · 11月30日 周一 08:00–12:00",
    ]
    enrolled.presses("果果 · 11月30日 周一 – 12月2日 周三")
    enrolled.presses("✅ 请假")
    assert declared() == [(date(2026, 11, 30), date(2026, 12, 2), 480, 720)]


def test_a_part_without_a_day_asks_for_the_day_alone(enrolled: Person) -> None:
    shown = enrolled.says("果果下午不来")
    assert "明天 12:00–17:30" in shown.labels
    assert "11月24日 周二 12:00–17:30，对吗？" in enrolled.presses("明天").text


def test_of_two_children_the_one_that_is_meant_keeps_the_part(
    enrolled: Person, world: World
) -> None:
    with promoting() as session:
        twin = Build(session).child(session.get_one(Family, world.family_id), name="圆圆").id
    enrols(world, twin)
    enrolled.says("明天上午不来")
    shown = enrolled.presses("🙋 给圆圆请假")
    assert "给圆圆请假：11月24日 周二 08:00–12:00，对吗？" in shown.text


def test_what_has_begun_today_is_declared_for_its_rest(enrolled: Person) -> None:
    assert "11月23日 周一 09:00–17:30，对吗？" in enrolled.says("果果今天9点以后不来").text


def test_a_part_that_is_over_is_said_to_be(enrolled: Person, clock: FakeClock) -> None:
    clock.forward(timedelta(hours=1))
    shown = enrolled.says("果果今天上午不来")
    assert "过了" in shown.text
    assert "11月24日 周二 08:00–12:00，对吗？" in shown.text
    assert declared() == []


def test_part_of_a_booking_is_moved_and_another_part_is_not_its_business(lan: Person) -> None:
    lan.says("明天上午9点到11点 劲松附近")
    lan.presses("1. 小小松果")
    lan.presses("✅ 确认预约")
    shown = lan.says("果果明天10点以后不来")
    assert "只有一部分" in shown.text
    assert "🔁 改时间" in shown.labels
    assert "本来就没有安排" in lan.says("果果明天下午不来").text
    assert "要取消 11月24日 周二 09:00–11:00 的预约吗" in lan.says("果果明天上午不来").text

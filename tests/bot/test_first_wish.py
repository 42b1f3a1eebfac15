"""What a newcomer asks for first is gone on with once they agreed; and other small promises."""

from datetime import UTC, datetime

from sqlalchemy import select

from childcare.db import reading
from childcare.drafts import DraftRow
from tests.bot.conftest import World
from tests.bot.neighbours import enrols
from tests.bot.talk import Person
from tests.build import FakeClock


def test_a_wish_before_consent_is_searched_for_after_it(stranger: Person) -> None:
    shown = stranger.says("tomorrow 9am to 11am near Jinsong")
    assert shown.text.startswith("I will look for that in a moment.")
    assert "2026-11" in shown.text
    with reading() as session:
        assert session.scalars(select(DraftRow)).all() == []
    stranger.presses("✅ I agree")
    stranger.says("Mia")
    stranger.says("1 March 2025")
    stranger.presses("Born on time")
    shown = stranger.says("none")
    assert "Nice to meet you, Mia!" in shown.text
    assert "Tue 24 Nov 09:00–11:00" in shown.text
    assert "1. Little Pinecone" in shown.text


def test_another_language_does_not_lose_the_wish(stranger: Person) -> None:
    stranger.says("tomorrow 9am to 11am near Jinsong")
    shown = stranger.presses("中文")
    assert "马上帮您找" in shown.text
    stranger.presses("✅")
    stranger.says("米娅")
    stranger.says("2025年3月1日")
    stranger.presses("足月")
    assert "11月24日 周二 09:00–11:00" in stranger.says("没有").text


def test_hours_without_a_day_are_kept_until_the_day_is_asked_for(stranger: Person) -> None:
    stranger.says("2pm to 5pm near Jinsong")
    stranger.presses("✅ I agree")
    stranger.says("Mia")
    stranger.says("1 March 2025")
    stranger.presses("Born on time")
    assert "Which day do you mean?" in stranger.says("none").text
    shown = stranger.presses("Tue 24 Nov")
    assert "Tue 24 Nov 14:00–17:00" in shown.text
    assert "1. Little Pinecone" in shown.text


def test_hours_near_me_are_kept_until_the_place_and_the_day_are_known(lan: Person) -> None:
    lan.says("下午2点到5点 我附近")
    assert "哪一天" in lan.shares(39.8845, 116.4612).text
    assert "11月24日 周二 14:00–17:00" in lan.presses("11月24日").text
    lan.says("上午 我附近")
    lan.shares(39.8845, 116.4612)
    assert not [label for label in lan.screen.labels if "11月23日" in label]
    assert "11月24日 周二 上午" in lan.presses("11月24日").text


def test_a_month_is_offered_while_a_start_in_it_is_possible(
    lan: Person, world: World, clock: FakeClock
) -> None:
    months = f"long:{world.institution_id}:{world.child_id}"
    lan.says("/start")
    clock.now = datetime(2026, 11, 29, 4, 0, tzinfo=UTC)
    assert lan.sends(months).labels[0] == "2026年11月"
    clock.now = datetime(2026, 11, 30, 4, 0, tzinfo=UTC)
    assert lan.sends(months).labels[0] == "2026年12月"
    clock.now = datetime(2027, 1, 29, 4, 0, tzinfo=UTC)
    assert lan.sends(months).labels[0] == "2027年2月"


def test_taking_an_absence_back_says_whose_the_place_is(
    lan: Person, world: World, clock: FakeClock
) -> None:
    enrols(world, world.child_id)
    lan.says("果果明天上午不来")
    lan.presses("✅ 请假")
    lan.says("果果明天下午3点以后不来")
    lan.presses("✅ 请假")
    lan.says("请假")
    back, on = lan.button("↩️ 销假：11月24日 周二 08:00–12:00")
    shown = lan.sends(back, on)
    assert "位子还是果果的：11月24日 周二 08:00–12:00" in shown.text
    assert "果果仍是请假：11月24日 周二 15:00–17:30" in shown.text
    lan.says("请假")
    late, on = lan.button("↩️ 销假")
    clock.now = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
    assert "已经过去" in lan.sends(late, on).text

"""The main job: find, hold, confirm – by six taps or by one line."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import select, update

from childcare import bookings, clock
from childcare.app import act, promoting
from childcare.bookings import Booking, Wish
from childcare.db import reading
from childcare.institutions import CareForm, Offering
from childcare.people import Family
from childcare.stays import State, Stay
from tests.bot.conftest import World
from tests.bot.talk import Person, Talk
from tests.build import TOMORROW, Build

SIX = ("🔍 找托位", "1. 小小松果", "24○", "14:00", "17:00", "✅ 确认预约")


def stays() -> list[tuple[str, int]]:
    """State and price of every booking, oldest first."""
    with reading() as session:
        rows = session.execute(select(Stay.state, Booking.price_fen).join(Booking))
        return [(row.state, row.price_fen) for row in rows]


def test_six_taps_lead_from_the_menu_to_a_booked_place(lan: Person) -> None:
    lan.says("/start")
    for label in SIX[:5]:
        assert stays() == []
        lan.presses(label)
    assert stays() == [(State.HELD, 12000)]
    assert "12:10（10 分钟）" in lan.screen.text
    assert "¥120 = ¥20/半小时 × 6" in lan.screen.text

    lan.presses(SIX[5])

    assert stays() == [(State.EXPECTED, 12000)]
    booked, file = lan.messages[-2:]
    assert booked.text.startswith("🎉 订好啦！")
    assert "11月24日 周二 14:00–17:00" in booked.text
    assert "请带：水杯、换洗衣服" in booked.text
    assert "入园码" in booked.text
    assert file.file.endswith(".ics")


def test_the_name_in_a_line_says_for_whom(lan: Person, world: World) -> None:
    with promoting() as session:
        family = session.get_one(Family, world.family_id)
        Build(session).child(family, name="豆豆", months=30)
    assert "哪个宝宝" in lan.says("明天下午2点到5点 劲松").text
    for line in ("明天下午两点到五点，给果果 劲松", "给果果订明天下午2点到5点 劲松"):
        shown = lan.says(line)
        assert "果果" in shown.text
        assert "14:00–17:00" in shown.text
        assert "没看懂" not in shown.text


def test_one_line_finds_the_places_and_one_tap_holds(lan: Person) -> None:
    shown = lan.says("明天下午2点到5点 劲松附近")
    assert "11月24日 周二 14:00–17:00" in shown.text
    assert "小小松果托育园" in shown.text
    lan.presses("1. 小小松果")
    assert stays() == [(State.HELD, 12000)]
    lan.presses("✅ 确认预约")
    assert stays() == [(State.EXPECTED, 12000)]


def test_half_a_day_is_held_with_its_own_price(lan: Person) -> None:
    lan.says("周五上午半天 劲松")
    lan.presses("1. 小小松果")
    assert "11月27日 周五 08:00–12:00" in lan.screen.text
    assert stays() == [(State.HELD, 9000)]


def test_english_lines_are_answered_in_english(talk: Talk, lan: Person) -> None:
    lan.sends("lang:1", on=lan.says("/start"))
    shown = lan.says("tomorrow 9-12 near Jinsong")
    assert "Tue 24 Nov 09:00–12:00" in shown.text
    assert "1. Little Pinecone · inclusive" in shown.text


def test_what_is_not_clear_is_asked_with_buttons_and_not_guessed(lan: Person) -> None:
    shown = lan.says("下午2点到5点 劲松附近")
    assert "哪一天" in shown.text
    lan.presses("11月24日")
    assert "11月24日 周二 14:00–17:00" in lan.screen.text
    assert stays() == []


def test_an_unknown_place_is_asked_about(lan: Person) -> None:
    shown = lan.says("明天下午2点到5点 火星大街附近")
    assert "火星大街" in shown.text
    lan.presses("📍 我家附近")
    assert "📍 劲松" in lan.screen.text
    assert "14:00–17:00" in lan.screen.text


def test_a_double_tap_holds_and_books_once(lan: Person) -> None:
    lan.says("/start")
    for label in SIX[:4]:
        lan.presses(label)
    hold, shown = lan.button("17:00")
    lan.talk.receive(lan.press_update(hold, shown), lan.press_update(hold, shown))
    assert stays() == [(State.HELD, 12000)]
    confirm, shown = lan.button("✅ 确认预约")
    lan.talk.receive(lan.press_update(confirm, shown), lan.press_update(confirm, shown))
    assert stays() == [(State.EXPECTED, 12000)]
    # The hold's own button shows what became of it.
    assert "状态：已预约" in lan.sends(hold, shown).text


def test_a_hold_that_ran_out_is_taken_again_with_one_tap(app: Flask, lan: Person) -> None:
    lan.says("/start")
    for label in SIX[:5]:
        lan.presses(label)
    app.extensions["clock"].forward(timedelta(minutes=11))
    lan.presses("✅ 确认预约")
    assert [state for state, _price in stays()] == [State.HELD]
    lan.presses("🔁 重新留这个时段")
    assert "12:21" in lan.screen.text
    lan.presses("✅ 确认预约")
    assert sorted(state for state, _price in stays()) == [State.EXPECTED, State.EXPIRED]


def test_a_place_that_went_meanwhile_is_explained_above_what_is_left(
    lan: Person, world: World
) -> None:
    lan.says("/start")
    for label in SIX[:4]:
        lan.presses(label)
    fill(world, 14 * 60, 17 * 60)
    fill(world, 14 * 60, 17 * 60)
    lan.presses("17:00")
    assert stays()[2:] == []
    assert "14:00" in lan.screen.text
    assert lan.button("09:00")
    assert "14:00 (" not in " ".join(lan.screen.labels)


def fill(world: World, start: int, end: int) -> None:
    """Another family books tomorrow."""
    with promoting() as session:
        build = Build(session)
        guardian = build.guardian()
        child = build.child(session.get_one(Family, guardian.family_id))
        wish = Wish(child.id, world.institution_id, CareForm.HOURLY, TOMORROW, start, end)
        actor = guardian.actor
    act(lambda s: bookings.hold(s, actor, wish=wish, now=clock.now(s)))


def test_a_hold_is_let_go_without_a_fee(lan: Person) -> None:
    lan.says("明天下午2点到5点")
    lan.presses("1. 小小松果")
    shown = lan.presses("不要了")
    assert "已放弃" in shown.text
    assert stays() == [(State.CANCELLED, 12000)]
    assert lan.button("🗓 换个时间")


def test_a_full_day_has_ways_out(lan: Person, world: World) -> None:
    fill(world, 8 * 60, 18 * 60)
    fill(world, 8 * 60, 18 * 60)
    shown = lan.says("明天下午2点到5点")
    assert "这个时段附近都满了" in shown.text
    assert lan.button("⏳ 候补 小小松果托育园")
    assert lan.button("🕐 当天其他时段")
    assert lan.button("🚶 30 分钟内")
    lan.presses("🗓 换一天")
    lan.presses("11月25日")
    assert "11月25日 周三 14:00–17:00" in lan.screen.text
    lan.presses("1. 小小松果")
    assert stays()[2:] == [(State.HELD, 12000)]


def test_a_grandmother_finds_and_books(grandma: Person) -> None:
    grandma.says("/start")
    for label in SIX:
        grandma.presses(label)
    assert stays() == [(State.EXPECTED, 12000)]


def test_a_first_visit_waits_for_the_institution(lan: Person) -> None:
    with promoting() as session:
        session.execute(update(Offering).values(approves_first_visit=True))
    lan.says("明天下午2点到5点")
    lan.presses("1. 小小松果")
    assert "园方同意" in lan.screen.text
    lan.presses("✅ 确认预约")
    assert "第一次去" in lan.screen.text
    assert stays() == [(State.REQUESTED, 12000)]

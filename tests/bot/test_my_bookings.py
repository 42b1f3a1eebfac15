"""What is booked: shown, moved, cancelled with the fee shown before, objected to."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from childcare import bookings, clock
from childcare.app import act
from childcare.bookings import Booking
from childcare.db import reading
from childcare.stays import State, Stay
from tests.bot.conftest import World
from tests.bot.talk import Person
from tests.build import TOMORROW, director


@pytest.fixture
def booked(lan: Person) -> Person:
    """Tomorrow 14-17 is booked for ¥120."""
    lan.says("明天下午2点到5点 劲松附近")
    lan.presses("1. 小小松果")
    lan.presses("✅ 确认预约")
    return lan


def booking() -> tuple[str, str, int, int, int]:
    """State, hours, price, fee and version of the only booking."""
    with reading() as session:
        found = session.scalars(select(Booking)).one()
        starts_at, stops_at = clock.bounds(found.stay.during)
        hours = f"{clock.local(starts_at):%d %H:%M}-{clock.local(stops_at):%H:%M}"
        return found.stay.state, hours, found.price_fen, found.fee_fen, found.version


def test_mine_shows_what_is_coming_and_each_in_detail(booked: Person) -> None:
    shown = booked.says("/mine")
    assert "11月24日 周二 14:00–17:00" in shown.text
    assert "果果 · 已预约" in shown.text
    details = booked.presses("11月24日")
    assert "入园码" in details.text
    assert "010-67001234" in details.text


def test_cancelling_early_is_free_and_says_so_first(booked: Person) -> None:
    booked.presses("📄 预约详情")
    shown = booked.presses("✖️ 取消")
    assert "现在取消不收费" in shown.text
    assert booking()[0] == State.EXPECTED
    booked.presses("✖️ 免费取消")
    assert booking()[:1] + booking()[3:4] == (State.CANCELLED, 0)


def test_cancelling_late_costs_what_was_shown(app: Flask, booked: Person) -> None:
    app.extensions["clock"].forward(timedelta(hours=4))
    booked.says("取消")
    booked.presses("11月24日")
    shown = booked.presses("✖️ 取消")
    assert "要付 ¥60（原价 ¥120）" in shown.text
    booked.presses("✖️ 付 ¥60 取消")
    assert booking()[:1] + booking()[3:4] == (State.CANCELLED, 6000)


def test_a_fee_that_rose_meanwhile_is_shown_and_not_taken(app: Flask, booked: Person) -> None:
    booked.presses("📄 预约详情")
    booked.presses("✖️ 取消")
    app.extensions["clock"].forward(timedelta(hours=4))
    shown = booked.presses("✖️ 免费取消")
    assert booking()[0] == State.EXPECTED
    assert "¥60" in shown.text
    booked.presses("✖️ 付 ¥60 取消")
    assert booking()[3] == 6000


def test_an_ill_child_costs_nothing_with_one_tap(app: Flask, booked: Person) -> None:
    app.extensions["clock"].forward(timedelta(hours=4))
    booked.sends(f"cancel-ask:{booking_id()}:1")
    booked.presses("🤒 宝宝病了")
    assert booking()[:1] + booking()[3:4] == (State.CANCELLED, 0)


def booking_id() -> int:
    with reading() as session:
        return session.scalars(select(Booking.id)).one()


def test_a_booking_moves_after_price_and_fee_are_shown(booked: Person) -> None:
    booked.presses("📄 预约详情")
    booked.presses("🔁 改时间")
    booked.presses("26○")
    booked.presses("09:00")
    shown = booked.presses("11:00")
    assert "改到：11月26日 周四 09:00–11:00" in shown.text
    assert "价格 ¥80（原来 ¥120）" in shown.text
    assert "改期不收费" in shown.text
    assert booking()[4] == 1
    yes, where = booked.button("✅ 确认改期")
    booked.talk.receive(booked.press_update(yes, where), booked.press_update(yes, where))
    assert booking() == (State.EXPECTED, "26 09:00-11:00", 8000, 0, 2)
    assert "改好了" in booked.screen.text


def test_the_own_hours_do_not_stand_in_the_way_of_moving(booked: Person, world: World) -> None:
    booked.presses("📄 预约详情")
    booked.presses("🔁 改时间")
    booked.presses("24○")
    booked.presses("14:30")
    booked.presses("17:30")
    booked.presses("✅ 确认改期")
    assert booking()[1] == "24 14:30-17:30"


def test_a_button_from_before_the_move_shows_how_it_stands_now(booked: Person) -> None:
    booked.sends(f"moved:{booking_id()}:1:{TOMORROW.toordinal()}:0:600:720:8000:0")
    stale = f"moved:{booking_id()}:1:{TOMORROW.toordinal()}:0:540:660:8000:0"
    shown = booked.sends(stale)
    assert booking()[1] == "24 10:00-12:00"
    assert "11月24日 周二 10:00–12:00" in shown.text


def test_a_family_objects_to_a_no_show(app: Flask, booked: Person, world: World) -> None:
    app.extensions["clock"].now = clock.at(TOMORROW, 14 * 60 + 40)
    with reading() as session:
        stay_id = session.scalars(select(Stay.id)).one()
    desk = director(world.institution_id)
    act(lambda s: bookings.no_show(s, desk, stay_id=stay_id, now=clock.now(s)))
    shown = booked.sends(f"booking:{booking_id()}:1")
    assert "被记为未到" in shown.text
    booked.presses("✋ 我们来过")
    booked.says("两点到的，王老师接的")
    with reading() as session:
        assert session.scalars(select(Booking.objection)).one() == "两点到的，王老师接的"
    assert "您的说明已转给园方" in booked.screen.text


def test_what_is_over_is_found_and_booked_again(booked: Person) -> None:
    booked.sends(f"cancelled:{booking_id()}:0:0:1")
    assert "现在没有预约" in booked.says("/mine").text
    booked.presses("🕘 以前的")
    booked.presses("11月24日")
    assert "状态：已取消" in booked.screen.text
    booked.presses("🔁 再订一次")
    assert "果果哪天去" in booked.screen.text


def test_settings_are_kept(booked: Person) -> None:
    booked.says("/settings")
    booked.presses("🌙 免打扰")
    booked.presses("21:00–07:00")
    booked.presses("‹ 设置")
    assert "免打扰：21:00–07:00" in booked.screen.text
    booked.presses("🔔 提醒")
    off, where = booked.button("🔔 提前一天")
    booked.sends(off, where)
    booked.sends(off, where)
    assert booked.button("🔕 提前一天")

"""An offer in the chat: taken, let go, over, or with something in its way."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from childcare import bookings, clock
from childcare.app import act, promoting
from childcare.bookings import Booking, Wish
from childcare.db import reading
from childcare.enrolments import Enrolment
from childcare.institutions import CareForm
from childcare.people import Family, Guardian
from childcare.stays import State, Stay
from childcare.waitlist import EntryState
from tests.bot.conftest import World
from tests.bot.neighbours import Filled, Neighbour, entries, fills, neighbour, offers, waits
from tests.bot.talk import Person
from tests.build import NOON, TOMORROW, Build

LINE = "明天下午2点到5点 劲松附近"


@pytest.fixture
def filled(world: World) -> Filled:
    return fills(world)


@pytest.fixture
def offered(lan: Person, filled: Filled) -> Person:
    """林岚 waited for tomorrow 14-17, and a neighbour has just cancelled."""
    lan.says(LINE)
    lan.presses("⏳ 候补 小小松果")
    filled.gives_up()
    lan.says("/start")
    return lan


def booked() -> list[tuple[str, int]]:
    """State and price of the bookings that came from offers or of 林岚's family."""
    with reading() as session:
        rows = session.execute(
            select(Stay.state, Booking.price_fen)
            .join(Booking)
            .where(Stay.state == State.EXPECTED, Booking.price_fen == 12000)
        )
        return [(row.state, row.price_fen) for row in rows]


def test_one_tap_takes_the_place_and_a_second_changes_nothing(offered: Person) -> None:
    shown = offered.presses("✨ 有位留给您，14:00 前答复（还有约 2 小时）")
    assert "11月24日 周二 14:00–17:00" in shown.text
    assert "¥120，到园支付" in shown.text
    accept, on = offered.button("✅ 接受，订下来")
    offered.talk.receive(offered.press_update(accept, on), offered.press_update(accept, on))
    assert booked() == [(State.EXPECTED, 12000)]
    texts = [one.text for one in offered.messages if one.text.startswith("🎉 订好啦！")]
    assert texts
    assert "入园码" in texts[-1]
    assert "请带：水杯、换洗衣服" in texts[-1]
    assert any(one.file.endswith(".ics") for one in offered.messages)
    assert entries()[0].state == EntryState.BOOKED
    # The offer's own button shows what became of it, and so does the other answer.
    for verb in ("offer", "offer-decline"):
        assert "订好啦" in offered.sends(f"{verb}:{offers()[0][0]}", on=on).text


def test_one_tap_lets_it_go_to_the_next_family(
    offered: Person, world: World, filled: Filled
) -> None:
    waits(neighbour(), world.institution_id, 840, 1020)
    decline, on = offered.button("✨ 有位留给您")
    offered.sends(decline, on)
    shown = offered.presses("不要了，让给下一家")
    assert "您的排位不变" in shown.text
    assert [state for _number, state in offers()] == ["declined", "open"]
    assert "这个位子您已让给下一家" in offered.sends(f"offer-accept:{offers()[0][0]}").text
    assert booked() == []


def test_a_second_after_the_deadline_the_place_is_with_others(app: Flask, offered: Person) -> None:
    offered.presses("✨ 有位留给您")
    app.extensions["clock"].forward(timedelta(hours=2, seconds=1))
    shown = offered.presses("✅ 接受，订下来")
    assert booked() == []
    assert "答复时间过了" in shown.text
    assert "您还在候补，排位不变" in shown.text


def test_what_stands_in_the_way_is_one_tap_away_and_the_offer_stays_open(
    offered: Person, world: World
) -> None:
    with promoting() as session:
        tree, _group = Build(session).nursery(name="大树托育园")
        elsewhere = Wish(world.child_id, tree.id, CareForm.HOURLY, TOMORROW, 900, 960)
    offered.presses("✨ 有位留给您")
    accept, on = offered.button("✅ 接受，订下来")
    with reading() as session:
        actor = session.scalars(select(Guardian).where(Guardian.telegram_id == 1)).one().actor
    held = act(lambda s: bookings.hold(s, actor, wish=elsewhere, now=clock.now(s)).id)
    act(lambda s: bookings.confirm(s, actor, booking_id=held, now=clock.now(s)))
    shown = offered.sends(accept, on)
    assert "不能同时去两个地方" in shown.text
    assert "这个位子还给您留着" in shown.text
    assert offers()[0][1] == "open"
    offered.presses("📄 11月24日 周二 15:00–16:00 大树托育园")
    offered.presses("✖️ 取消")
    offered.presses("✖️")
    offered.sends(accept, on)
    assert offers()[0][1] == "accepted"


def test_another_of_the_family_takes_it_and_everyone_sees_it_booked(
    offered: Person, grandma: Person, stranger: Person
) -> None:
    number = offers()[0][0]
    stranger.says("/start")
    assert "小小松果" not in stranger.sends(f"offer:{number}").text
    stranger.sends(f"offer-accept:{number}")
    assert offers()[0][1] == "open"
    grandma.says("/start")
    grandma.presses("✨ 有位留给您")
    grandma.presses("✅ 接受，订下来")
    assert booked() == [(State.EXPECTED, 12000)]
    assert "订好啦" in offered.sends(f"offer-accept:{number}").text


def test_one_answer_takes_the_places_of_all_the_children(lan: Person, world: World) -> None:
    with promoting() as session:
        family = session.get_one(Family, world.family_id)
        Build(session).child(family, name="圆圆", months=14)
    first, second = neighbour("糖糖"), neighbour("米粒")
    fills_for(first, second, world)
    owner = {who.child_id: who.actor for who in (first, second)}
    lan.says(f"给果果 {LINE}")
    lan.presses("⏳ 候补 小小松果")
    lan.presses("果果 + 圆圆，一起才去")
    with promoting() as session:
        for found in session.scalars(select(Booking)).all():
            bookings.release(session, owner[found.child_id], booking_id=found.id, now=NOON)
    assert [state for _number, state in offers()] == ["open", "open"]
    lan.says("/start")
    lan.presses("✨ 有位留给您")
    assert "几个孩子一起去" in lan.screen.text
    lan.presses("✅ 接受，订下来")
    assert len(booked()) == 2
    words = next(one.text for one in lan.messages if "一起订好的还有" in one.text)
    assert "果果" in words
    assert "圆圆" in words


def fills_for(first: Neighbour, second: Neighbour, world: World) -> None:
    """Both places are held, and not confirmed."""
    with promoting() as session:
        for who in (first, second):
            wish = Wish(who.child_id, world.institution_id, CareForm.HOURLY, TOMORROW, 840, 1020)
            bookings.hold(session, who.actor, wish=wish, now=NOON)


def test_a_place_by_the_month_is_taken_with_one_tap(lan: Person, world: World) -> None:
    month = date(2026, 12, 1).toordinal()
    lan.says("/start")
    lan.sends(f"long-join:{world.institution_id}:{world.child_id}:{month}:1:31:0")
    lan.says("/start")
    shown = lan.presses("✨ 有位留给您")
    assert "12月1日 周二起 · 全天 · 周一至周五" in shown.text
    assert "¥3,000/月，到园支付" in shown.text
    lan.presses("✅ 接受，订下来")
    assert "🎉 果果有托位啦！" in lan.screen.text
    assert "08:00–17:30" in lan.screen.text
    with reading() as session:
        assert session.scalars(select(Enrolment.state)).one() == "active"
    assert "哪天不去" in lan.sends(f"offer-accept:{offers()[0][0]}").text

"""All is full: one tap onto the list, and how one stands there."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from childcare import bookings, clock, waitlist
from childcare.app import act, promoting
from childcare.bookings import Move, MoveQuote
from childcare.db import reading
from childcare.institutions import Institution
from childcare.people import Family
from childcare.search.terms import spell
from childcare.waitlist import Choice, EntryState
from tests.bot.conftest import World
from tests.bot.neighbours import Filled, entries, fills, neighbour, offers, waits
from tests.bot.talk import Person
from tests.build import TODAY, TOMORROW, Build, director

LINE = "明天下午2点到5点 劲松附近"


@pytest.fixture
def filled(world: World) -> Filled:
    """Tomorrow is full all day."""
    return fills(world)


@pytest.fixture
def waiting(lan: Person, filled: Filled) -> Person:
    """林岚 waits for tomorrow 14-17."""
    lan.says(LINE)
    lan.presses("⏳ 候补 小小松果")
    return lan


def wished() -> list[tuple[str, int | None, int | None, str | None]]:
    return [(one.state, one.start, one.end, one.day_part) for one in entries()]


def test_a_search_in_vain_leads_onto_the_list_with_one_tap_and_two_do_no_more(
    lan: Person, filled: Filled
) -> None:
    shown = lan.says(LINE)
    assert "这个时段附近都满了" in shown.text
    button, on = lan.button("⏳ 候补 小小松果")
    lan.talk.receive(lan.press_update(button, on), lan.press_update(button, on))
    joined = lan.screen
    assert joined.text.startswith("⏳ 已加入候补")
    assert "11月24日 周二 14:00–17:00" in joined.text
    assert "第 1 位，前面没有人" in joined.text
    assert wished() == [(EntryState.WAITING, 840, 1020, None)]


def test_full_ones_can_be_waited_at_beside_places_that_are_free(
    lan: Person, filled: Filled
) -> None:
    with promoting() as session:
        Build(session).nursery(name="大树托育园", lat=39.885)
    shown = lan.says(LINE)
    assert "1. 大树托育园" in shown.text
    full = lan.presses("⏳ 附近已满的 1 家，可候补")
    assert "• 小小松果" in full.text
    lan.presses("⏳ 候补 小小松果")
    assert wished() == [(EntryState.WAITING, 840, 1020, None)]


def test_a_nursery_is_found_by_its_name(lan: Person, filled: Filled) -> None:
    spelled = spell("大树托育园")
    with promoting() as session:
        Build(session).nursery(name="大树托育园", pinyin=spelled.pinyin, terms=spelled.terms)
    for said in ("大树", "dashu"):
        assert lan.says(said).text == "您要找的是："
    assert lan.presses("🏠 大树托育园").text.startswith("🏠 大树托育园")


def test_one_tap_waits_at_the_five_nearest_that_are_full(lan: Person, filled: Filled) -> None:
    with promoting() as session:
        for number in range(1, 7):
            Build(session).nursery(places=0, name=f"大树{number}号", lat=39.884 + number / 2000)
    lan.says("明天上午 劲松附近")
    lan.presses("⏳ 这 5 家都候补")
    with reading() as session:
        chosen = select(Institution.name).join(Choice, Choice.institution_id == Institution.id)
        names = list(session.scalars(chosen.order_by(Choice.preference)))
    assert names == ["小小松果托育园", "大树1号", "大树2号", "大树3号", "大树4号"]
    assert wished() == [(EntryState.WAITING, None, None, "morning")]
    assert "大树4号：第 1 位" in lan.screen.text


def test_a_full_day_of_an_institution_is_waited_for_by_its_parts(
    lan: Person, filled: Filled
) -> None:
    lan.says("/find")
    lan.presses("1. 小小松果")
    shown = lan.presses("24✕")
    assert "那天都订满了" in shown.text
    lan.presses("⏳ 候补上午 08:00–12:00")
    assert wished() == [(EntryState.WAITING, None, None, "morning")]


def test_hours_that_are_full_are_chosen_beside_those_that_are_free(
    lan: Person, world: World
) -> None:
    fills(world, 14 * 60, 17 * 60)
    lan.says("/start")
    lan.sends(f"inst:{world.institution_id}:{world.child_id}:{TOMORROW.toordinal()}")
    assert lan.button("09:00")
    lan.presses("⏳ 候补已满的时段")
    assert "⏳ 候补下午 14:00–17:30" in lan.screen.labels
    lan.presses("15:00")
    assert "17:30" in lan.screen.labels
    lan.presses("16:30")
    assert wished() == [(EntryState.WAITING, 900, 990, None)]


def test_a_span_that_went_meanwhile_is_waited_for_on_the_spot(lan: Person, world: World) -> None:
    lan.says(LINE)
    button, shown = lan.button("1. 小小松果")
    fills(world, 14 * 60, 17 * 60)
    lan.sends(button, shown)
    lan.presses("⏳ 候补这个时段")
    assert wished() == [(EntryState.WAITING, 840, 1020, None)]


def test_brothers_and_sisters_come_together_or_each_when_it_can(
    lan: Person, world: World, filled: Filled
) -> None:
    with promoting() as session:
        family = session.get_one(Family, world.family_id)
        Build(session).child(family, name="圆圆", months=14)
        Build(session).child(family, name="哥哥", months=35 + 12)
    lan.says(f"给果果 {LINE}")
    shown = lan.presses("⏳ 候补 小小松果")
    assert shown.labels[:3] == [
        "👶 只给果果",
        "果果 + 圆圆，一起才去",
        "果果 + 圆圆，谁先有位谁先去",
    ]
    lan.presses("果果 + 圆圆，一起才去")
    assert "要去一起去" in lan.screen.text
    together = {one.together_id for one in entries()}
    assert len(entries()) == 2
    assert together == {entries()[0].id}


def test_a_place_by_the_month_is_waited_for_by_weekdays(lan: Person, world: World) -> None:
    lan.says("/find")
    lan.presses("1. 小小松果")
    lan.presses("🗓 候补包月托位")
    lan.presses("2027年1月")
    lan.presses("上午 08:00–12:00 · ¥1,600/月")
    lan.presses("✓ 周五")
    lan.presses("周六")
    shown = lan.presses("⏳ 候补 周一、周二、周三、周四、周六")
    assert "2027年1月起 · 上午 · 周一、周二、周三、周四、周六" in shown.text
    [entry] = entries()
    assert (entry.form, entry.weekdays) == ("half_day", [1, 2, 3, 4, 6])


def test_my_waiting_tells_the_place_the_rule_and_plain_counts(
    waiting: Person, world: World
) -> None:
    behind = neighbour()
    waits(behind, world.institution_id, 900, 1020)
    shown = waiting.says("排到第几了")
    assert "• 11月24日 周二 14:00–17:00 · 果果" in shown.text
    shown = waiting.presses("果果 · 11月24日")
    assert "小小松果托育园：第 1 位" in shown.text
    assert "顺序：先来先得。" in shown.text
    assert "最近 30 天，这个名单还没有分到位子" in shown.text
    assert "豆豆" not in shown.text


def test_who_came_earlier_is_counted_and_not_named(
    lan: Person, world: World, filled: Filled
) -> None:
    waits(neighbour(), world.institution_id, 900, 1020)
    lan.says(LINE)
    shown = lan.presses("⏳ 候补 小小松果")
    assert "第 2 位，前面还有 1 个" in shown.text
    assert "豆豆" not in shown.text


def publishes(world: World, reason: str, *lines: tuple[str, int]) -> None:
    zhou, where = director(world.institution_id), world.institution_id
    act(
        lambda s: waitlist.publish(
            s, zhou, institution_id=where, lines=lines, reason=reason, now=clock.now(s)
        )
    )


def test_the_published_order_is_read_with_one_tap_and_what_counts_is_said(
    waiting: Person, world: World
) -> None:
    publishes(world, "首版", ("sibling-enrolled", 60), ("resident-of-street", 40))
    publishes(world, "单亲优先", ("single-parent", 80))
    zhou = director(world.institution_id)
    where, family = world.institution_id, world.family_id
    act(
        lambda s: waitlist.prove(
            s,
            zhou,
            institution_id=where,
            family_id=family,
            criterion="resident-of-street",
            note="",
            now=clock.now(s),
        )
    )
    shown = waiting.presses("📄 果果的排位")
    assert "您符合：家住本街道" in shown.text
    shown = waiting.presses("⚖️ 排队规则")
    assert "第 1 版，11月23日 周一 起生效：" in shown.text
    assert "2. 哥哥姐姐或弟弟妹妹在园（60 分）\n3. 家住本街道（40 分）" in shown.text
    assert "11月30日 周一 起改为第 2 版：" in shown.text


def test_the_log_tells_what_was_passed_over_and_why(
    waiting: Person, world: World, filled: Filled
) -> None:
    # Two hours of the afternoon do not cover three.
    waits(neighbour(), world.institution_id, 960, 1020)
    shorten(filled)
    shown = waiting.sends(f"entry-log:{entries()[0].id}")
    assert "空出 15:00–18:00" in shown.text
    assert "不够您要的时段" in shown.text
    assert "豆豆" not in shown.text


def shorten(filled: Filled) -> None:
    """The neighbour comes from eight to three only."""
    move = Move(TOMORROW, start=480, end=900)
    quote = act(
        lambda s: bookings.quote_move(
            s, filled.who.actor, booking_id=filled.booking_id, move=move, now=clock.now(s)
        )
    )
    act(
        lambda s: bookings.reschedule(
            s,
            filled.who.actor,
            booking_id=filled.booking_id,
            version=1,
            move=move,
            shown=MoveQuote(quote.price_fen, quote.fee_fen),
            now=clock.now(s),
        )
    )


def test_a_director_who_goes_out_of_order_is_read_with_the_reason(
    waiting: Person, world: World, filled: Filled
) -> None:
    other = neighbour()
    waits(other, world.institution_id, 840, 1020)
    filled.gives_up()
    waiting.sends(f"offer-decline:{offers()[0][0]}")
    theirs = offers()[1][0]
    act(lambda s: waitlist.decline(s, other.actor, offer_id=theirs, now=clock.now(s)))
    zhou, behind = director(world.institution_id), entries()[1].id
    act(
        lambda s: waitlist.offer_to(
            s,
            zhou,
            entry_id=behind,
            class_id=world.class_id,
            reason="妈妈住院",
            now=clock.now(s),
        )
    )
    shown = waiting.sends(f"entry-log:{entries()[0].id}")
    assert "园长把 11月24日 周二 的位子特别安排给了另一家：“妈妈住院”" in shown.text
    assert "您没要，让给了下一家" in shown.text
    assert "豆豆" not in shown.text


def test_a_wait_is_paused_taken_up_again_and_left_after_one_question(
    waiting: Person, filled: Filled
) -> None:
    waiting.presses("📄 果果的排位")
    shown = waiting.presses("⏸ 暂停")
    assert "已暂停，排位保留" in shown.text
    assert entries()[0].state == EntryState.PAUSED
    filled.gives_up()
    assert offers() == []
    waiting.presses("▶️ 接着排")
    assert entries()[0].state == EntryState.WAITING
    assert len(offers()) == 1
    shown = waiting.sends(f"entry-pause:{entries()[0].id}")
    assert "有个位子正留给您" in shown.text
    assert entries()[0].state == EntryState.WAITING
    waiting.presses("‹ 返回")
    waiting.presses("👋 退出")
    assert "要退出这个候补吗" in waiting.screen.text
    assert entries()[0].state == EntryState.WAITING
    waiting.presses("👋 确定退出")
    assert entries()[0].state == EntryState.LEFT
    assert offers()[0][1] == "withdrawn"


def test_a_stale_button_of_a_wait_that_is_over_shows_how_it_ended(waiting: Person) -> None:
    number = entries()[0].id
    waiting.sends(f"entry-left:{number}")
    for verb in ("entry-pause", "entry-renew", "entry-leave"):
        shown = waiting.sends(f"{verb}:{number}")
        assert "果果 · 已退出" in shown.text, verb
    assert "已退出候补" in waiting.sends(f"entry-left:{number}").text
    shown = waiting.sends("waits-past")
    assert "果果 · 11月24日 周二 14:00–17:00 · 已退出" in shown.labels


def test_after_sixty_days_one_tap_keeps_the_place_in_line(
    app: Flask, lan: Person, world: World
) -> None:
    month = date(2027, 3, 1).toordinal()
    lan.says("/start")
    lan.sends(f"long-join:{world.institution_id}:{world.child_id}:{month}:1:31:0")
    app.extensions["clock"].forward(timedelta(days=60))
    act(lambda s: waitlist.sweep(s, now=clock.now(s)))
    lan.sends(f"entry:{entries()[0].id}")
    lan.presses("💚 还想候补")
    assert "接着排，排位不变" in lan.screen.text
    assert "💚 还想候补" not in lan.screen.labels
    assert entries()[0].asked_at is None


def test_a_booking_made_elsewhere_asks_whether_to_leave_the_list(
    waiting: Person, world: World
) -> None:
    with promoting() as session:
        Build(session).nursery(name="大树托育园", lat=39.885)
    waiting.says(LINE)
    waiting.presses("1. 大树托育园")
    shown = waiting.presses("✅ 确认预约")
    booked = next(one for one in waiting.messages if one.text.startswith("🎉"))
    assert "这段时间您还在候补" in booked.text
    assert shown is booked or shown.file
    waiting.presses("👋 退出：11月24日")
    assert entries()[0].state == EntryState.LEFT


def test_a_day_nobody_has_opened_can_be_waited_for(lan: Person) -> None:
    shown = lan.says("1月5日下午2点到5点 劲松附近")
    assert "现在最远能订到 12月23日" in shown.text
    lan.presses("⏳ 候补 小小松果")
    assert wished() == [(EntryState.WAITING, 840, 1020, None)]


def test_hours_that_nobody_sells_are_said_to_be_so(lan: Person) -> None:
    shown = lan.says("明天晚上6点到8点 劲松附近")
    assert "最近的小小松果托育园是 08:00–18:00" in shown.text
    assert "⏳" not in " ".join(shown.labels)
    assert "那天休息" in lan.says("11月28日下午2点到5点 劲松附近").text


def test_waiting_for_what_has_begun_is_refused_with_a_sentence(
    app: Flask, lan: Person, world: World
) -> None:
    app.extensions["clock"].forward(timedelta(days=2))
    where = f"{TODAY.toordinal()}:0:840:1020:0"
    lan.says("/start")
    shown = lan.sends(f"wait:{world.child_id}:{world.institution_id}:{where}")
    assert entries() == []
    assert "来不及" in shown.text

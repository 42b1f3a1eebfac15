"""Each update has its effect once and in order, whatever is repeated, late, killed or refused."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from bot import effects
from bot.effects import Work
from bot.heard import Heard, Press, Words
from childcare import chat_updates, clock, drafts
from childcare.app import create_core, promoting
from childcare.bookings import Booking
from childcare.chat_updates import ChatUpdate, Turn, Update
from childcare.db import reading
from childcare.people import Child, Guardian
from childcare.stays import State, Stay
from tests.bot.conftest import World
from tests.bot.talk import Person, Refused, Talk
from tests.build import TOMORROW, FakeClock
from tests.conftest import settings_for

HOLD = f"hold:1:1:{TOMORROW.toordinal()}:0:840:1020"


def count(kind: type[Booking] | type[ChatUpdate]) -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(kind)) or 0


def state_of(update_id: int) -> tuple[str | None, bool, bool]:
    """Outcome, whether the words are gone, whether an answer is owed."""
    with reading() as session:
        row = session.get_one(ChatUpdate, update_id)
        return row.outcome, row.payload is None, row.answer_due_at is not None


def test_a_repeated_update_is_done_once(lan: Person) -> None:
    lan.says("/start")
    press = lan.press_update(HOLD)
    lan.talk.receive(press, press)
    lan.talk.receive(press)
    assert count(Booking) == 1
    assert len([shown for shown in lan.messages if "托位为您留到" in shown.text]) == 1


def test_updates_of_a_chat_are_done_in_order_however_they_arrive(lan: Person) -> None:
    lan.sends("kid-new", on=lan.says("/start"))
    name, birth = lan.message(text="小满"), lan.message(text="2025-03-01")
    lan.talk.receive(birth, name)
    assert "小满，2025年3月1日周六出生" in lan.screen.text.replace(" ", "")


def test_what_was_said_is_wiped_once_it_is_done_and_told(lan: Person) -> None:
    update = lan.message(text="明天下午2点到5点")
    lan.talk.receive(update)
    assert state_of(update["update_id"]) == ("done", True, False)


def test_an_answer_that_a_kill_swallowed_is_told_after_the_restart(
    app: Flask, talk: Talk, lan: Person
) -> None:
    lan.says("/start")
    update = lan.press_update(HOLD)
    keep(update["update_id"], 1)
    # Done and committed; then the process is gone before it could say so.
    outcome = effects.perform(app, Work(update["update_id"], heard(Press(HOLD))))
    assert outcome.turn is Turn.MINE
    talk.restarted()
    talk.runner.run(talk.chat.sweep())
    assert "托位为您留到" not in lan.screen.text
    app.extensions["clock"].forward(timedelta(seconds=16))
    talk.runner.run(talk.chat.sweep())
    assert "托位为您留到" in lan.screen.text
    assert state_of(update["update_id"]) == ("done", True, False)
    assert count(Booking) == 1


def keep(update_id: int, chat_id: int, payload: dict[str, Any] | None = None) -> None:
    with promoting() as session:
        rows = [Update(update_id, chat_id, payload or {})]
        chat_updates.store(session, rows, now=clock.now(session))


def heard(said: Press | Words) -> Heard:
    return Heard(1, "林岚", "zh-hans", said)


def test_an_update_that_was_only_stored_is_done_after_the_restart(talk: Talk, lan: Person) -> None:
    lan.says("/start")
    update = lan.press_update(HOLD)
    keep(update["update_id"], 1, update)
    talk.restarted()
    talk.runner.run(swept(talk))
    assert count(Booking) == 1
    assert "托位为您留到" in lan.screen.text


async def swept(talk: Talk) -> None:
    await talk.chat.sweep()
    await talk.chat.mailboxes.settled()


def test_a_rolled_back_effect_leaves_the_update_waiting(app: Flask, lan: Person) -> None:
    """The end of an update and its effect are one commit: half of it is nothing of it."""
    lan.says("/start")
    update = lan.press_update(HOLD)
    keep(update["update_id"], 1)
    actor = me(lan).actor

    def killed() -> None:
        with promoting() as session:
            assert chat_updates.claim(session, update["update_id"]) is Turn.MINE
            now = clock.now(session)
            drafts.keep(session, actor, form="x", answers={}, now=now)
            chat_updates.finish(session, update["update_id"], outcome="done", answer=None, now=now)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        killed()
    assert state_of(update["update_id"]) == (None, False, False)
    with reading() as session:
        assert drafts.find_draft(session, actor) is None


def me(person: Person) -> Guardian:
    with reading() as session:
        found = session.scalars(select(Guardian).where(Guardian.telegram_id == person.id)).one()
        session.expunge(found)
        return found


def test_what_fails_again_and_again_is_put_aside_and_blocks_nobody(
    lan: Person,
) -> None:
    lan.says("/start")
    broken = lan.message(text="x" * 10)
    actor = me(lan).actor
    with promoting() as session:
        # A draft that no version of the bot ever wrote.
        drafts.keep(session, actor, form="objection", answers={}, now=clock.now(session))
    lan.talk.receive(broken)
    assert state_of(broken["update_id"])[0] == "put-aside"
    assert "出了点问题" in lan.screen.text
    assert "想做什么" in lan.says("/cancel").text


def test_ten_processes_at_one_chat_do_each_update_once_and_in_order(
    app: Flask, database: str, world: World
) -> None:
    """R10: the same updates, shuffled, at several processes with real threads and commits."""
    texts = ["/start", "kid-new", "小满", "2025-03-01", "fill:2:0", "fill:3:0"]
    updates = list(enumerate(texts, start=1))
    for number, _text in updates:
        keep(number, 1)
    core = create_core(settings_for(database), tick=FakeClock())
    barrier = threading.Barrier(5)

    def process(order: list[tuple[int, str]]) -> int:
        barrier.wait()
        mine = 0
        left = list(order)
        while left:
            number, text = left.pop(0)
            said = Words(text) if text[0] not in "kf" else Press(text)
            outcome = effects.perform(core, Work(number, heard(said)))
            mine += outcome.turn is Turn.MINE
            if outcome.turn is Turn.LATER:
                left.append((number, text))
        return mine

    orders = [updates, updates[::-1], updates[3:] + updates[:3], updates[::2] + updates[1::2]]
    with ThreadPoolExecutor(5) as pool:
        done = list(pool.map(process, [*orders, updates]))
    with core.app_context():
        core.extensions["sqlalchemy"].engine.dispose()
    assert sum(done) == len(updates)
    with reading() as session:
        assert session.scalars(select(Child.name).order_by(Child.id)).all() == ["果果", "小满"]
        assert session.scalars(select(ChatUpdate.outcome)).all() == ["done"] * len(updates)


def test_a_chat_whose_row_is_held_does_not_hold_up_another(
    app: Flask, database: str, world: World
) -> None:
    keep(1, 1)
    keep(2, 2)
    with promoting() as session:
        assert chat_updates.claim(session, 1) is Turn.MINE
        core = create_core(settings_for(database), tick=FakeClock())
        with ThreadPoolExecutor(1) as pool:
            other = Heard(2, "王桂芳", "zh", Words("/start"))
            first = pool.submit(effects.perform, core, Work(1, heard(Words("/start")))).result()
            second = pool.submit(effects.perform, core, Work(2, other)).result()
        with core.app_context():
            core.extensions["sqlalchemy"].engine.dispose()
    assert (first.turn, second.turn) == (Turn.LATER, Turn.MINE)


def test_a_blocked_bot_marks_the_chat_and_goes_on(talk: Talk, lan: Person) -> None:
    lan.says("/start")
    talk.border.blocked.add(1)
    update = lan.message(text="/mine")
    talk.receive(update)
    assert me(lan).chat_blocked_at is not None
    assert state_of(update["update_id"]) == ("done", True, False)
    talk.border.blocked.clear()
    lan.says("/mine")
    assert me(lan).chat_blocked_at is None


def test_leaving_and_coming_back_are_noted(lan: Person) -> None:
    lan.says("/start")
    for status, is_blocked in (("kicked", True), ("member", False)):
        member = {"user": {"id": 100000, "is_bot": True, "first_name": "b"}, "status": status}
        until = {"until_date": 0} if status == "kicked" else {}
        change = {
            "chat": {"id": 1, "type": "private"},
            "from": lan.user,
            "date": 1,
            "old_chat_member": member | until,
            "new_chat_member": member | until,
        }
        lan.talk.receive(lan.update(my_chat_member=change))
        assert (me(lan).chat_blocked_at is not None) is is_blocked


def test_a_429_is_waited_out_and_the_answer_arrives_once(talk: Talk, lan: Person) -> None:
    talk.border.faults.append(Refused(429, "Too Many Requests: retry after 1", retry_after=1))
    assert "想做什么" in lan.says("/start").text
    assert len(lan.messages) == 1


def test_an_answer_that_changes_nothing_is_no_error(lan: Person) -> None:
    lan.says("/settings")
    first = lan.presses("🔔 提醒")
    again = lan.sends("switches", on=first)
    assert again.message_id == first.message_id
    assert len(lan.messages) == 1


def test_a_message_that_cannot_be_changed_is_sent_anew(lan: Person) -> None:
    lan.says("明天下午2点到5点")
    lan.presses("1. 小小松果")
    lan.presses("✅ 确认预约")
    file = next(shown for shown in lan.messages if shown.file)
    before = len(lan.messages)
    lan.sends("mine", on=file)
    lan.sends("settings", on=file)
    assert len(lan.messages) == before + 2
    with reading() as session:
        assert session.scalars(select(Stay.state)).all() == [State.EXPECTED]


def test_a_group_is_not_answered(talk: Talk, lan: Person) -> None:
    group = {"id": -5, "type": "group", "title": "妈妈群"}
    body = {"message_id": 1, "date": 1, "chat": group, "from": lan.user, "text": "/start"}
    talk.receive(lan.update(message=body))
    assert talk.border.messages == {}

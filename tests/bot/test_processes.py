"""Bot processes that are killed, told to stop, and fed by a webhook."""

import signal
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from sqlalchemy import select

from childcare.bookings import Booking
from childcare.clock import database_clock
from childcare.db import reading
from childcare.stays import State, Stay
from devstack import process
from tests.bot.running import Stack, settle, until
from tests.devstack.sandbox.running import Sandbox

LAN = 70001


@pytest.fixture
def stack(app: Flask, database: str, tmp_path: Path) -> Iterator[Stack]:
    app.extensions["clock"] = database_clock
    sandbox = Sandbox(tmp_path, process.free_port())
    made = Stack(sandbox, database, tmp_path)
    yield made
    made.kill()
    sandbox.end(signal.SIGKILL)


def texts(stack: Stack) -> list[str]:
    shown = stack.sandbox.chat(LAN)["messages"]
    return [message.get("text", "") for message in shown if message["from"] == "bot"]


def states() -> list[str]:
    with reading() as session:
        return list(session.scalars(select(Stay.state).join(Booking)))


def test_a_bot_killed_in_the_middle_loses_nothing_and_doubles_nothing(
    app: Flask, stack: Stack, database: str
) -> None:
    on = settle(app)
    bot = stack.start("bot")
    stack.sandbox.control("send", user=LAN, text="/start")
    until(lambda: texts(stack))
    hold = f"hold:1:1:{on.toordinal()}:0:840:1020"
    stack.sandbox.control("send", user=LAN, text=f"{on.month}月{on.day}日下午2点到5点")
    until(lambda: any("小小松果" in text for text in texts(stack)))
    with psycopg.connect(database) as blocker:
        # The hold waits for this lock, in the middle of its transaction.
        blocker.execute("SELECT FROM family FOR UPDATE")
        stack.sandbox.control("press", user=LAN, data=hold)
        until(lambda: waiting_for_a_lock(database))
        bot.kill()
        bot.wait()
        assert states() == []
    stack.start("bot")
    until(lambda: any("托位为您留到" in text for text in texts(stack)))
    assert states() == [State.HELD]
    # Bits of both: an update to a new bot while an old one still says that it is there.
    stack.sandbox.control("press", user=LAN, button="✅ 确认预约")
    until(lambda: any("订好啦" in text for text in texts(stack)))
    assert states() == [State.EXPECTED]


def waiting_for_a_lock(database: str) -> bool:
    with psycopg.connect(database) as look:
        query = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        return look.execute(query).fetchone() is not None


def test_a_bot_told_to_stop_ends_by_itself_and_its_successor_goes_on(
    app: Flask, stack: Stack
) -> None:
    settle(app)
    bot = stack.start("bot")
    stack.sandbox.control("send", user=LAN, text="/start")
    until(lambda: len(texts(stack)) == 1)
    bot.send_signal(signal.SIGTERM)
    assert bot.wait(15) == 0
    stack.sandbox.control("send", user=LAN, text="/help")
    stack.start("bot")
    until(lambda: len(texts(stack)) == 2)
    assert "Traceback" not in stack.log("bot")


def test_two_bots_behind_a_webhook_answer_each_update_once(app: Flask, stack: Stack) -> None:
    settle(app)
    port = process.free_port()
    hook = {
        "BOT_WEBHOOK_URL": f"http://127.0.0.1:{port}/hook",
        "BOT_WEBHOOK_SECRET": "a-secret-of-the-tests",
    }
    for _number in range(2):
        stack.start("bot", **hook)
    url = f"http://127.0.0.1:{port}/hook"
    until(lambda: stack.sandbox.call("getWebhookInfo").json()["result"]["url"] == url)
    until(lambda: len(stack.sandbox.calls("setWebhook")) == 2)
    for _number in range(6):
        sent = stack.sandbox.control("send", user=LAN, text="/help")
    until(lambda: len(texts(stack)) == 6)
    stack.sandbox.control("redeliver", update_id=sent["update_id"])
    stack.sandbox.control("send", user=LAN, text="/start")
    until(lambda: len(texts(stack)) == 7)
    refused = stack.sandbox.client.post(url, json={"update_id": 1}, headers={})
    assert refused.status_code == 403
    assert len(texts(stack)) == 7


def test_a_chat_server_that_goes_wrong_is_waited_for(app: Flask, stack: Stack) -> None:
    settle(app)
    stack.sandbox.control("fault", method="getUpdates", status=502, times=2)
    stack.sandbox.control("fault", method="getUpdates", status=409, times=1)
    stack.sandbox.control("fault", method="sendMessage", cut="before", times=1)
    stack.start("bot")
    stack.sandbox.control("send", user=LAN, text="/start")
    until(lambda: len(texts(stack)) == 1)

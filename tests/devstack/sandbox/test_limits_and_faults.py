from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from telegram import Bot
from telegram.error import NetworkError, RetryAfter, TelegramError, TimedOut

from tests.devstack.sandbox.running import Sandbox

pytestmark = pytest.mark.anyio


async def test_a_burst_into_one_chat_ends_with_429_and_other_chats_go_on(
    sandbox: Sandbox, bot: Bot, newcomer: Callable[[], int]
) -> None:
    busy, other = newcomer(), newcomer()
    sandbox.control("limits", chat_per_second=0.1, chat_burst=3)
    for _ in range(3):
        await bot.send_message(busy, "a")
    with pytest.raises(RetryAfter) as refused:
        await bot.send_message(busy, "a")
    seconds = refused.value.retry_after
    assert isinstance(seconds, timedelta)
    assert timedelta(0) < seconds <= timedelta(seconds=10)
    assert await bot.send_message(other, "a")


async def test_all_chats_together_have_a_limit(
    sandbox: Sandbox, bot: Bot, newcomer: Callable[[], int]
) -> None:
    users = [newcomer() for _ in range(4)]
    sandbox.control("limits", per_second=0.1)
    await bot.send_message(users[0], "a")
    with pytest.raises(RetryAfter):
        await bot.send_message(users[1], "a")


async def test_a_fault_refuses_the_ordered_number_of_calls_without_effect(
    sandbox: Sandbox, bot: Bot, user: int
) -> None:
    sandbox.control("fault", method="sendMessage", status=429, retry_after=7, times=2)
    for _ in range(2):
        answer = sandbox.call("sendMessage", chat_id=user, text="a")
        assert answer.status_code == 429
        assert answer.json()["parameters"] == {"retry_after": 7}
    assert [one["text"] for one in sandbox.chat(user)["messages"]] == ["/start"]
    assert await bot.send_message(user, "a")


async def test_a_fault_for_all_methods_meets_the_next_call(sandbox: Sandbox, bot: Bot) -> None:
    sandbox.control("fault", method="*", status=502)
    with pytest.raises(NetworkError):
        await bot.get_me()
    assert await bot.get_me()


@pytest.mark.parametrize(("cut", "arrived"), [("before", False), ("after", True)])
async def test_a_connection_cut_before_or_after_the_effect(
    sandbox: Sandbox, bot: Bot, user: int, cut: str, arrived: bool
) -> None:
    sandbox.control("fault", method="sendMessage", cut=cut)
    with pytest.raises(NetworkError):
        await bot.send_message(user, "还在吗")
    assert ("还在吗" in [one["text"] for one in sandbox.chat(user)["messages"]]) is arrived


async def test_a_silent_server_has_done_it_when_the_bot_gives_up(
    sandbox: Sandbox, bot: Bot, user: int
) -> None:
    sandbox.control("fault", method="sendMessage", silent_s=2)
    with pytest.raises(TimedOut):
        await bot.send_message(user, "还在吗", read_timeout=0.5)
    assert sandbox.chat(user)["messages"][-1]["text"] == "还在吗"


async def test_every_call_is_recorded_with_its_outcome(
    sandbox: Sandbox, bot: Bot, user: int
) -> None:
    await bot.send_message(user, "甲")
    with pytest.raises(TelegramError):
        await bot.send_message(user, " ")
    good, bad = sandbox.calls("sendMessage")[-2:]
    assert (good["status"], good["text"], good["chat_id"]) == (200, "甲", str(user))
    assert (bad["status"], bad["description"]) == (400, "Bad Request: message text is empty")
    assert good["number"] < bad["number"]
    assert good["at"] <= bad["at"]

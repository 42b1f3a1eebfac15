from __future__ import annotations

import asyncio

import pytest
from telegram import Bot, Update
from telegram.error import Conflict

from tests.devstack.sandbox.running import Sandbox

pytestmark = pytest.mark.anyio


def texts(found: tuple[Update, ...]) -> list[str | None]:
    return [update.message.text for update in found if update.message]


def say(sandbox: Sandbox, user: int, *words: str) -> list[int]:
    return [sandbox.control("send", user=user, text=word)["update_id"] for word in words]


async def test_an_update_is_repeated_until_a_later_offset_confirms_it(
    sandbox: Sandbox, bot: Bot, user: int
) -> None:
    first, second = say(sandbox, user, "一", "二")
    assert first < second
    assert texts(await bot.get_updates()) == ["一", "二"]
    assert texts(await bot.get_updates(offset=first)) == ["一", "二"]
    assert texts(await bot.get_updates(offset=second)) == ["二"]
    assert texts(await bot.get_updates()) == ["二"]
    assert await bot.get_updates(offset=second + 1) == ()
    assert await bot.get_updates() == ()


async def test_a_negative_offset_keeps_only_the_last(sandbox: Sandbox, bot: Bot, user: int) -> None:
    say(sandbox, user, "一", "二", "三")
    assert texts(await bot.get_updates(offset=-2)) == ["二", "三"]
    assert texts(await bot.get_updates()) == ["二", "三"]


async def test_limit_takes_the_oldest(sandbox: Sandbox, bot: Bot, user: int) -> None:
    say(sandbox, user, "一", "二", "三")
    assert texts(await bot.get_updates(limit=2)) == ["一", "二"]


async def test_a_long_poll_ends_with_the_first_message(
    sandbox: Sandbox, bot: Bot, user: int
) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=30))
    await until_polled(sandbox)
    say(sandbox, user, "在吗")
    assert texts(await poll) == ["在吗"]


async def until_polled(sandbox: Sandbox) -> None:
    """Long enough for the poll to be waiting; were it late, it would find the update at once."""
    await asyncio.sleep(0.3)
    await asyncio.to_thread(sandbox.call, "getMe")


async def test_a_second_poll_ends_the_first_with_409(sandbox: Sandbox, bot: Bot, user: int) -> None:
    first = asyncio.create_task(bot.get_updates(timeout=30))
    await until_polled(sandbox)
    async with sandbox.bot() as other:
        second = asyncio.create_task(other.get_updates(timeout=30))
        with pytest.raises(Conflict, match="terminated by other getUpdates request"):
            await first
        say(sandbox, user, "在吗")
        assert texts(await second) == ["在吗"]


async def test_kinds_not_allowed_are_not_queued(sandbox: Sandbox, bot: Bot, user: int) -> None:
    await bot.get_updates(allowed_updates=["callback_query"])
    say(sandbox, user, "一")
    # Left out, the former choice stays; an empty list brings the default back.
    assert await bot.get_updates() == ()
    await bot.get_updates(allowed_updates=[])
    say(sandbox, user, "二")
    assert texts(await bot.get_updates()) == ["二"]


async def test_a_confirmed_update_comes_once_more_when_redelivered(
    sandbox: Sandbox, bot: Bot, user: int
) -> None:
    first, second = say(sandbox, user, "一", "二")
    await bot.get_updates(offset=second + 1)
    sandbox.control("redeliver", update_id=first)
    again = await bot.get_updates(offset=second + 1)
    assert [update.update_id for update in again] == [first]
    assert texts(again) == ["一"]
    assert await bot.get_updates(offset=second + 1) == ()


async def test_polling_is_409_while_a_webhook_is_set(sandbox: Sandbox, bot: Bot) -> None:
    await bot.set_webhook("http://127.0.0.1:9/hook")
    with pytest.raises(Conflict, match="can't use getUpdates method while webhook is active"):
        await bot.get_updates()
    await bot.delete_webhook()
    assert await bot.get_updates() == ()


async def test_setting_a_webhook_ends_a_waiting_poll_with_409(sandbox: Sandbox, bot: Bot) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=30))
    await until_polled(sandbox)
    async with sandbox.bot() as other:
        await other.set_webhook("http://127.0.0.1:9/hook")
        with pytest.raises(Conflict, match="terminated by setWebhook request"):
            await poll


async def test_dropping_pending_updates_empties_the_queue(
    sandbox: Sandbox, bot: Bot, user: int
) -> None:
    say(sandbox, user, "一")
    await bot.delete_webhook()
    assert texts(await bot.get_updates()) == ["一"]
    await bot.delete_webhook(drop_pending_updates=True)
    assert await bot.get_updates() == ()

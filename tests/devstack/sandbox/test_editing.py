from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from telegram import Bot, CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message
from telegram.error import BadRequest

from devstack import process
from tests.devstack.sandbox.running import Sandbox

pytestmark = pytest.mark.anyio
YES = InlineKeyboardMarkup([[InlineKeyboardButton("好", callback_data="yes:1")]])
NO = InlineKeyboardMarkup([[InlineKeyboardButton("不", callback_data="no:1")]])


async def pressed(sandbox: Sandbox, bot: Bot, user: int, **button: str) -> CallbackQuery:
    update_id = sandbox.control("press", user=user, **button)["update_id"]
    update = (await bot.get_updates(offset=update_id))[0]
    assert update.callback_query is not None
    return update.callback_query


async def test_an_edit_that_changes_nothing_is_refused(bot: Bot, user: int) -> None:
    sent = await bot.send_message(user, "<b>甲</b>", parse_mode="HTML", reply_markup=YES)
    with pytest.raises(BadRequest, match="Message is not modified"):
        await sent.edit_text("<b>甲</b>", parse_mode="HTML", reply_markup=YES)
    with pytest.raises(BadRequest, match="Message is not modified"):
        await sent.edit_reply_markup(YES)


@pytest.mark.parametrize(
    ("text", "mode", "markup"),
    [("乙", None, YES), ("甲", None, NO), ("甲", None, None), ("<b>甲</b>", "HTML", YES)],
)
async def test_text_markup_and_format_each_count_as_a_change(
    bot: Bot, user: int, text: str, mode: str | None, markup: InlineKeyboardMarkup | None
) -> None:
    sent = await bot.send_message(user, "甲", reply_markup=YES)
    edited = await sent.edit_text(text, parse_mode=mode, reply_markup=markup)
    assert isinstance(edited, Message)
    assert edited.edit_date is not None
    assert edited.reply_markup == markup


async def test_only_the_bots_own_present_messages_can_be_edited(
    sandbox: Sandbox, bot: Bot, user: int
) -> None:
    with pytest.raises(BadRequest, match="Message to edit not found"):
        await bot.edit_message_text("a", user, 7)
    theirs = sandbox.control("send", user=user, text="嗨")["message_id"]
    with pytest.raises(BadRequest, match="Message can't be edited"):
        await bot.edit_message_text("a", user, theirs)
    place = await bot.send_location(user, 39.9, 116.4)
    with pytest.raises(BadRequest, match="There is no text in the message to edit"):
        await place.edit_text("a")


async def test_a_caption_is_edited_and_a_text_has_none(bot: Bot, user: int) -> None:
    document = await bot.send_document(user, b"a", filename="a.txt", caption="甲")
    edited = await document.edit_caption("乙")
    assert isinstance(edited, Message)
    assert edited.caption == "乙"
    sent = await bot.send_message(user, "甲")
    with pytest.raises(BadRequest, match="There is no caption in the message to edit"):
        await sent.edit_caption("乙")


async def test_a_press_arrives_with_its_message_and_is_answered_once(
    sandbox: Sandbox, bot: Bot, user: int
) -> None:
    sent = await bot.send_message(user, "去吗？", reply_markup=YES)
    query = await pressed(sandbox, bot, user, button="好")
    assert (query.data, query.from_user.id, query.message) == ("yes:1", user, sent)
    assert await query.answer("好的", show_alert=True)
    alert = sandbox.chat(user)["alerts"][-1]
    assert (alert["text"], alert["show_alert"]) == ("好的", True)
    with pytest.raises(BadRequest, match="Query is too old"):
        await query.answer()


async def test_an_alert_beyond_200_characters_is_refused(
    sandbox: Sandbox, bot: Bot, user: int
) -> None:
    await bot.send_message(user, "去吗？", reply_markup=YES)
    query = await pressed(sandbox, bot, user, data="yes:1")
    answer = sandbox.call("answerCallbackQuery", callback_query_id=query.id, text="好" * 201)
    assert answer.json()["description"] == "Bad Request: MESSAGE_TOO_LONG"


@pytest.fixture
async def impatient(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Sandbox]:
    started = Sandbox(tmp_path, process.free_port(), SANDBOX_QUERY_SECONDS="1")
    yield started
    started.end()


async def test_a_press_unanswered_for_too_long_can_no_longer_be_answered(
    impatient: Sandbox,
) -> None:
    async with impatient.bot() as bot:
        impatient.control("send", user=1, text="嗨")
        await bot.send_message(1, "去吗？", reply_markup=YES)
        query = await pressed(impatient, bot, 1, button="好")
        # The silence is the server's: the answer reaches the query after its second.
        impatient.control("fault", method="getMe", silent_s=1.1)
        await bot.get_me()
        with pytest.raises(BadRequest, match="Query is too old"):
            await query.answer()

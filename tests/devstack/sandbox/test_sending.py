from __future__ import annotations

from collections.abc import Callable

import pytest
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    MessageEntity,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)
from telegram.error import BadRequest, Forbidden

from tests.devstack.sandbox.running import Sandbox

pytestmark = pytest.mark.anyio
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000020000000308060000001f15c489"
    "0000000d49444154789c6300010000000500010d0a2db40000000049454e44ae426082"
)


async def test_html_becomes_text_with_entities_counted_in_utf16(bot: Bot, user: int) -> None:
    sent = await bot.send_message(user, "👶 <b>宝宝 &amp; <i>我</i></b>", parse_mode="HTML")
    assert sent.text == "👶 宝宝 & 我"
    kinds = {(one.type, one.offset, one.length) for one in sent.entities}
    assert kinds == {("bold", 3, 6), ("italic", 8, 1)}


async def test_links_and_commands_are_found_in_plain_text(bot: Bot, user: int) -> None:
    sent = await bot.send_message(user, "见 https://example.com/a。或 /find")
    found = sent.parse_entities([MessageEntity.URL, MessageEntity.BOT_COMMAND])
    assert set(found.values()) == {"https://example.com/a", "/find"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<b>open", "Can't find end tag corresponding to start tag"),
        ("1 < 2", "Unsupported start tag"),
        ("<b>a</i>", 'expected "</b>", found "</i>"'),
        ("a</b>", "Unexpected end tag at byte offset 1"),
        ("托<div>a</div>", 'Unsupported start tag "div" at byte offset 3'),
    ],
)
async def test_html_that_cannot_be_parsed_is_refused(
    bot: Bot, user: int, text: str, reason: str
) -> None:
    with pytest.raises(BadRequest, match="Can't parse entities") as refused:
        await bot.send_message(user, text, parse_mode="HTML")
    # The library writes only the first letter large.
    assert reason.lower() in refused.value.message.lower()


@pytest.mark.parametrize(
    ("text", "reason"),
    [(" \n ", "Message text is empty"), ("托" * 4097, "Message is too long")],
)
async def test_texts_of_a_wrong_length_are_refused(
    bot: Bot, user: int, text: str, reason: str
) -> None:
    with pytest.raises(BadRequest, match=reason):
        await bot.send_message(user, text)


async def test_4096_characters_still_pass(bot: Bot, user: int) -> None:
    assert await bot.send_message(user, "托" * 4096)


@pytest.mark.parametrize("data", ["x" * 65, "托" * 22, ""])
async def test_callback_data_beyond_64_bytes_is_refused(
    sandbox: Sandbox, user: int, data: str
) -> None:
    markup = {"inline_keyboard": [[{"text": "a", "callback_data": data}]]}
    answer = sandbox.call("sendMessage", chat_id=user, text="a", reply_markup=markup)
    assert answer.status_code == 400
    assert answer.json()["description"] == "Bad Request: BUTTON_DATA_INVALID"


@pytest.mark.parametrize(
    "button",
    [
        {"text": "a"},
        {"text": "", "callback_data": "a"},
        {"text": "a", "url": "javascript:alert(1)"},
        {"text": "a", "url": "http://localhost/x"},
    ],
)
async def test_inline_buttons_that_do_nothing_lawful_are_refused(
    sandbox: Sandbox, user: int, button: dict[str, str]
) -> None:
    markup = {"inline_keyboard": [[button]]}
    answer = sandbox.call("sendMessage", chat_id=user, text="a", reply_markup=markup)
    assert answer.status_code == 400


async def test_a_reply_keyboard_stays_until_it_is_removed(
    sandbox: Sandbox, bot: Bot, user: int
) -> None:
    keyboard = ReplyKeyboardMarkup([[KeyboardButton("位置", request_location=True)], ["以后"]])
    sent = await bot.send_message(user, "在哪？", reply_markup=keyboard)
    assert sent.reply_markup is None
    await bot.send_message(user, "不急")
    assert sandbox.chat(user)["keyboard"]["keyboard"] == [
        [{"text": "位置", "request_location": True}],
        [{"text": "以后"}],
    ]
    await bot.send_message(user, "好", reply_markup=ReplyKeyboardRemove())
    assert sandbox.chat(user)["keyboard"] is None


async def test_photos_and_documents_come_back_byte_for_byte(
    sandbox: Sandbox, bot: Bot, user: int
) -> None:
    photo = await bot.send_photo(user, PIXEL, caption="<b>门口</b>", parse_mode="HTML")
    assert (photo.photo[-1].width, photo.photo[-1].height) == (2, 3)
    assert photo.caption == "门口"
    sent = await bot.send_document(user, b"BEGIN:VCALENDAR", filename="预约.ics")
    assert sent.document is not None
    assert (sent.document.file_name, sent.document.mime_type) == ("预约.ics", "text/calendar")
    file = await bot.get_file(sent.document.file_id)
    assert bytes(await file.download_as_bytearray()) == b"BEGIN:VCALENDAR"
    again = await bot.send_document(user, sent.document.file_id)
    assert again.document == sent.document
    shown = sandbox.chat(user)["messages"][-1]["document"]["url"]
    page = sandbox.client.get(shown)
    assert page.content == b"BEGIN:VCALENDAR"
    assert page.headers["Content-Disposition"].startswith("attachment")


async def test_what_is_no_picture_is_refused_as_photo(bot: Bot, user: int) -> None:
    with pytest.raises(BadRequest, match="Image_process_failed"):
        await bot.send_photo(user, b"BEGIN:VCALENDAR")


async def test_places_and_cards_arrive_as_sent(sandbox: Sandbox, bot: Bot, user: int) -> None:
    assert await bot.send_location(user, 39.884, 116.461)
    assert await bot.send_venue(user, 39.884, 116.461, "劲松园", "劲松三区")
    assert await bot.send_contact(user, "+861085551234", "劲松园")
    assert await bot.send_chat_action(user, "typing")
    location, venue, contact = sandbox.chat(user)["messages"][-3:]
    assert location["location"] == {"latitude": 39.884, "longitude": 116.461}
    assert venue["venue"]["title"] == "劲松园"
    assert contact["contact"]["phone_number"] == "+861085551234"


async def test_an_answer_carries_the_message_it_answers(bot: Bot, user: int) -> None:
    first = await bot.send_message(user, "一")
    second = await bot.send_message(user, "二", reply_to_message_id=first.message_id)
    assert second.reply_to_message is not None
    assert second.reply_to_message.text == "一"
    with pytest.raises(BadRequest, match="Message to be replied not found"):
        await bot.send_message(user, "三", reply_to_message_id=1)


async def test_who_blocked_the_bot_is_403_until_unblocking(
    sandbox: Sandbox, bot: Bot, user: int
) -> None:
    sandbox.control("block", user=user)
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.send_message(user, "a")
    sandbox.control("unblock", user=user)
    assert await bot.send_message(user, "a")
    changes = [one.my_chat_member for one in await bot.get_updates()]
    states = [one.new_chat_member.status for one in changes if one is not None]
    assert states == ["kicked", "member"]


@pytest.mark.parametrize("chat_id", [70006, 5, -100123, "@channel"])
async def test_who_never_wrote_is_not_found(bot: Bot, chat_id: int | str) -> None:
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(chat_id, "a")


async def test_a_message_can_be_deleted_once(
    sandbox: Sandbox, bot: Bot, newcomer: Callable[[], int]
) -> None:
    user, other = newcomer(), newcomer()
    sent = await bot.send_message(user, "a")
    with pytest.raises(BadRequest, match="Message to delete not found"):
        await bot.delete_message(other, sent.message_id)
    cursor = sandbox.chat(user)["cursor"]
    assert await bot.delete_message(user, sent.message_id)
    assert sandbox.chat(user, cursor)["messages"] == [
        {"message_id": sent.message_id, "deleted": True}
    ]
    with pytest.raises(BadRequest, match="Message to delete not found"):
        await bot.delete_message(user, sent.message_id)


async def test_inline_keyboards_come_back_with_the_message(bot: Bot, user: int) -> None:
    markup = InlineKeyboardMarkup([[InlineKeyboardButton("好", callback_data="托" * 21)]])
    sent = await bot.send_message(user, "a", reply_markup=markup)
    assert sent.reply_markup == markup

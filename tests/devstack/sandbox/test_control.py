from __future__ import annotations

from typing import Any

import pytest
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeAllPrivateChats,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    MenuButtonCommands,
    ReplyKeyboardMarkup,
)
from telegram.error import InvalidToken

from tests.devstack.sandbox.running import TOKEN, Sandbox

pytestmark = pytest.mark.anyio


async def test_the_newest_button_with_that_label_is_pressed(
    sandbox: Sandbox, bot: Bot, user: int
) -> None:
    messages = [
        await bot.send_message(
            user,
            "去吗？",
            reply_markup=InlineKeyboardMarkup([[InlineKeyboardButton("好", callback_data=data)]]),
        )
        for data in ("old", "new")
    ]
    pressed = sandbox.control("press", user=user, button="好")
    assert (pressed["message_id"], pressed["data"]) == (messages[1].message_id, "new")
    pressed = sandbox.control("press", user=user, button="好", message_id=messages[0].message_id)
    assert pressed["data"] == "old"
    assert "'好'" in sandbox.refusal("press", user=user, button="不")
    await messages[1].delete()
    assert sandbox.control("press", user=user, button="好")["data"] == "old"


async def test_reply_buttons_send_text_location_and_contact(
    sandbox: Sandbox, bot: Bot, user: int
) -> None:
    place = {"latitude": 39.884, "longitude": 116.461}
    rows: list[list[str | KeyboardButton]] = [
        [KeyboardButton("位置", request_location=True)],
        [KeyboardButton("手机", request_contact=True)],
        ["以后"],
    ]
    await bot.send_message(user, "在哪？", reply_markup=ReplyKeyboardMarkup(rows))
    assert "latitude" in sandbox.refusal("press", user=user, button="位置")
    sandbox.control("press", user=user, button="位置", location=place)
    sandbox.control("press", user=user, button="手机")
    sandbox.control("press", user=user, button="以后")
    location, contact, later = (one.message for one in await bot.get_updates())
    assert location is not None
    assert location.location is not None
    assert location.location.latitude == 39.884
    assert contact is not None
    assert contact.contact is not None
    assert contact.contact.user_id == user
    assert contact.contact.phone_number == f"86139{user:08d}"
    assert later is not None
    assert later.text == "以后"


async def test_a_one_time_keyboard_goes_with_its_first_use(
    sandbox: Sandbox, bot: Bot, user: int
) -> None:
    once = ReplyKeyboardMarkup([["好"]], one_time_keyboard=True)
    await bot.send_message(user, "去吗？", reply_markup=once)
    sandbox.control("press", user=user, button="好")
    assert sandbox.chat(user)["keyboard"] is None


async def test_somebody_elses_card_keeps_its_own_number(
    sandbox: Sandbox, bot: Bot, user: int
) -> None:
    sandbox.control("send", user=user, contact={"phone_number": "+8613800000002", "user_id": 7})
    message = (await bot.get_updates())[0].message
    assert message is not None
    assert message.contact is not None
    assert (message.contact.phone_number, message.contact.user_id) == ("8613800000002", 7)


async def test_the_cursor_shows_only_what_changed_since(
    sandbox: Sandbox, bot: Bot, user: int
) -> None:
    first = await bot.send_message(user, "一")
    await bot.send_message(user, "二")
    cursor = sandbox.chat(user)["cursor"]
    assert sandbox.chat(user, cursor)["messages"] == []
    await first.edit_text("三")
    changed = sandbox.chat(user, cursor)["messages"]
    assert [(one["text"], one["edited"]) for one in changed] == [("三", True)]


@pytest.mark.parametrize(
    ("action", "values"),
    [
        ("send", {"user": 1}),
        ("send", {"user": "x", "text": "a"}),
        ("send", {"user": 1, "text": " "}),
        ("send", {"user": 1, "text": "a", "contact": True}),
        ("send", {"user": 1, "location": {"latitude": 91, "longitude": 0}}),
        ("press", {"user": 1}),
        ("press", {"user": 999999999, "button": "a"}),
        ("block", {"user": 999999999}),
        ("fault", {"method": "getMe"}),
        ("fault", {"method": "getMe", "status": 200}),
        ("fault", {"method": "getMe", "cut": "middle"}),
        ("redeliver", {"update_id": 1}),
        ("limits", {"per_second": 0}),
    ],
)
async def test_control_calls_without_sense_get_422_and_a_reason(
    sandbox: Sandbox, action: str, values: dict[str, Any]
) -> None:
    assert sandbox.refusal(action, **values)


async def test_a_user_who_blocked_the_bot_cannot_write(sandbox: Sandbox, user: int) -> None:
    sandbox.control("block", user=user)
    assert "unblock first" in sandbox.refusal("send", user=user, text="a")


async def test_an_sms_reaches_the_inbox_of_its_number(sandbox: Sandbox) -> None:
    sent = sandbox.client.post("/sms", json={"phone": "+8613912345678", "text": "验证码 1234"})
    assert sent.status_code == 202
    for phone in ("+8613912345678", "8613912345678"):
        found = sandbox.client.get("/control/sms", params={"phone": phone}).json()
        assert [one["text"] for one in found["messages"]] == ["验证码 1234"]
    assert sandbox.client.post("/sms", json={"phone": "you", "text": "a"}).status_code == 422


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Host": "evil.example"},
    ],
)
async def test_another_site_may_not_use_the_sandbox(
    sandbox: Sandbox, user: int, headers: dict[str, str]
) -> None:
    for path in ("/control/send", "/sms"):
        values = {"user": user, "text": "a", "phone": "1"}
        assert sandbox.client.post(path, json=values, headers=headers).status_code == 403
    seen = sandbox.client.get("/control/messages", params={"user": user}, headers=headers)
    assert seen.status_code == 403
    own = {"Origin": sandbox.address, "Sec-Fetch-Site": "same-origin"}
    values = {"user": user, "text": "a"}
    assert sandbox.client.post("/control/send", json=values, headers=own).status_code == 200


async def test_the_page_forbids_everything_foreign(sandbox: Sandbox) -> None:
    page = sandbox.client.get("/")
    assert page.headers["Content-Security-Policy"].startswith("default-src 'self';")
    assert "沙盒" in page.text


async def test_other_tokens_are_401_and_other_methods_404(sandbox: Sandbox) -> None:
    stranger = sandbox.bot("100000:wrong")
    with pytest.raises(InvalidToken):
        await stranger.get_me()
    await stranger.request.shutdown()
    unknown = sandbox.call("sendTelepathy")
    assert (unknown.status_code, unknown.json()["description"]) == (404, "Not Found")


async def test_methods_take_any_case_and_any_kind_of_body(sandbox: Sandbox, user: int) -> None:
    path = f"/bot{TOKEN}/SENDmessage"
    values = {"chat_id": str(user), "text": "嗨"}
    answers = [
        sandbox.client.get(path, params=values),
        sandbox.client.post(path, data=values),
        sandbox.client.post(path, json=values),
        sandbox.client.post(path, data=values, files={"unused": b"a"}),
    ]
    assert [one.json()["ok"] for one in answers] == [True] * 4


async def test_commands_are_kept_by_scope_and_language(sandbox: Sandbox, bot: Bot) -> None:
    zh, en = [BotCommand("find", "找托位")], [BotCommand("find", "Find a place")]
    private = BotCommandScopeAllPrivateChats()
    await bot.set_my_commands(en)
    await bot.set_my_commands(zh, scope=private, language_code="zh")
    assert await bot.get_my_commands() == tuple(en)
    assert await bot.get_my_commands(private, "zh") == tuple(zh)
    assert await bot.get_my_commands(private) == ()
    menus = [
        sandbox.client.get("/app/chat", params={"user": user}).json()["commands"]
        for user in (70001, 70003)
    ]
    assert [menu[0]["description"] for menu in menus] == ["找托位", "Find a place"]
    await bot.delete_my_commands(private, "zh")
    assert await bot.get_my_commands(private, "zh") == ()


async def test_the_bots_card_is_kept(bot: Bot) -> None:
    await bot.set_my_description("找托位", language_code="zh")
    await bot.set_my_short_description("托育通")
    await bot.set_my_name("托育通")
    await bot.set_chat_menu_button(menu_button=MenuButtonCommands())
    assert (await bot.get_my_description("zh")).description == "找托位"
    assert (await bot.get_my_short_description()).short_description == "托育通"
    assert (await bot.get_my_name()).name == "托育通"
    assert isinstance(await bot.get_chat_menu_button(), MenuButtonCommands)

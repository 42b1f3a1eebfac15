from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Protocol

import pytest
from playwright.sync_api import Browser, Page, expect
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    ReplyKeyboardMarkup,
    Update,
)

from devstack import process
from tests.browser.desks import window
from tests.browser.eyes import Eyes
from tests.devstack.sandbox.running import Sandbox

pytestmark = pytest.mark.browser
# 林岚, and the last of the sandbox's people.
LAN, LAST = 70001, 70006
ASK = ReplyKeyboardMarkup(
    [
        [
            KeyboardButton("发位置", request_location=True),
            KeyboardButton("发手机", request_contact=True),
        ]
    ]
)
GO = InlineKeyboardMarkup([[InlineKeyboardButton("确认预约", callback_data="go")]])


async def answer(bot: Bot, update: Update) -> None:
    """A small bot: every kind of message brings the next step."""
    if update.callback_query is not None:
        await update.callback_query.edit_message_text("<b>已预约</b> ✅", parse_mode="HTML")
        await update.callback_query.answer("预约码 7Q4K", show_alert=True)
    message = update.message
    if message is None:
        return
    if message.location:
        where = f"{message.location.latitude}"
        await bot.send_message(message.chat_id, f"收到位置 {where}", reply_markup=GO)
    elif message.contact:
        await bot.send_message(message.chat_id, f"收到手机 {message.contact.phone_number}")
    else:
        await bot.send_message(
            message.chat_id, f"<{message.text}> https://example.com/a", reply_markup=ASK
        )


async def serve(sandbox: Sandbox, stopped: threading.Event) -> None:
    async with sandbox.bot() as bot:
        offset = 0
        while not stopped.is_set():
            for update in await bot.get_updates(offset=offset, timeout=1):
                offset = update.update_id + 1
                await answer(bot, update)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One for all: each test is somebody else, in a chat of their own."""
    started = Sandbox(tmp_path_factory.mktemp("sandbox"), process.free_port())
    stopped = threading.Event()
    bot = threading.Thread(target=lambda: asyncio.run(serve(started, stopped)))
    bot.start()
    yield started
    stopped.set()
    # Something new ends the bot's wait for it.
    started.control("send", user=LAST, text="bye")
    bot.join()
    started.end()


class Opens(Protocol):
    def __call__(self, user: int) -> Page: ...


@pytest.fixture
def opens(sandbox: Sandbox, browser: Browser) -> Iterator[Opens]:
    """``opens(70001)`` is a phone on which that parent reads; nothing may go wrong in its page."""
    seen: list[Eyes] = []

    def opened(user: int) -> Page:
        page = window(browser, size="phone")
        seen.append(Eyes(page, f"sandbox-{user}"))
        page.goto(f"{sandbox.address}/#{user}")
        return page

    yield opened
    assert [one.problems for one in seen if one.problems] == []


def test_a_newcomer_writes_shares_presses_and_reads_an_sms(opens: Opens, sandbox: Sandbox) -> None:
    page = opens(LAN)
    log = page.get_by_role("log")
    page.get_by_role("button", name="开始").click()
    expect(log).to_contain_text("</start> https://example.com/a")

    page.get_by_label("输入消息").fill("<img src=x> 你好👋")
    page.get_by_label("输入消息").press("Enter")
    expect(log).to_contain_text("<<img src=x> 你好👋>")
    expect(log.get_by_role("link", name="https://example.com/a").last).to_be_visible()

    page.get_by_role("button", name="发位置").click()
    page.get_by_role("button", name="劲松").click()
    expect(log).to_contain_text("收到位置 39.884")

    page.get_by_role("button", name="确认预约").click()
    expect(page.get_by_role("alertdialog")).to_contain_text("预约码 7Q4K")
    page.get_by_role("button", name="知道了").click()
    expect(log).to_contain_text("已预约")
    expect(log).to_contain_text("已编辑")

    page.get_by_role("button", name="发手机").click()
    page.get_by_role("dialog").get_by_role("button", name="发送", exact=True).click()
    expect(log).to_contain_text("收到手机 8613800000001")

    sandbox.client.post("/sms", json={"phone": "+8613800000001", "text": "验证码 4829"})
    page.get_by_role("button", name="短信，1 条未读").click()
    expect(page.get_by_role("dialog")).to_contain_text("验证码 4829")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="短信，0 条未读")).to_be_visible()


def test_one_can_change_language_and_parent_and_block_the_bot(opens: Opens) -> None:
    page = opens(LAN)
    page.get_by_role("button", name="Switch to English").click()
    page.get_by_role("button", name="You are").click()
    page.get_by_role("dialog").get_by_role("button", name="Sam Taylor").click()
    expect(page.get_by_role("banner")).to_contain_text("Sam Taylor")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_role("log")).to_contain_text("</start>")
    page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="Block 托育通").click()
    page.get_by_role("button", name="Unblock").click()
    page.get_by_label("Message", exact=True).fill("back")
    page.get_by_role("button", name="Send message").click()
    expect(page.get_by_role("log")).to_contain_text("<back>")


def test_every_button_in_sight_is_large_enough_for_a_thumb(opens: Opens) -> None:
    page = opens(70004)
    page.get_by_role("button", name="开始").click()
    expect(page.get_by_role("button", name="发位置")).to_be_visible()
    boxes = [one.bounding_box() for one in page.locator("button:visible:not(.command)").all()]
    assert len(boxes) > 5
    assert [box for box in boxes if box and min(box["width"], box["height"]) < 44] == []


def test_the_chat_catches_up_after_the_sandbox_was_away(opens: Opens, sandbox: Sandbox) -> None:
    page = opens(70002)
    page.get_by_role("button", name="开始").click()
    expect(page.get_by_role("log")).to_contain_text("</start>")
    page.context.set_offline(True)
    sandbox.call("sendMessage", chat_id=70002, text="你不在的时候")
    page.context.set_offline(False)
    expect(page.get_by_role("log")).to_contain_text("你不在的时候")


def test_nothing_stands_in_the_way_of_a_screen_reader(sandbox: Sandbox, browser: Browser) -> None:
    page = window(browser, size="phone")
    eyes = Eyes(page, "sandbox")
    page.goto(f"{sandbox.address}/#70005")
    page.locator("#start").click()
    expect(page.get_by_role("button", name="发位置")).to_be_visible()
    eyes.look("phone")
    page.set_viewport_size({"width": 1280, "height": 800})
    eyes.look("wide")
    assert eyes.problems == []

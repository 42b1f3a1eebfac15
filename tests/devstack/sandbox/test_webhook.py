from __future__ import annotations

import asyncio
import json
import queue
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from telegram import Bot
from telegram.error import BadRequest

from tests.devstack.sandbox.running import Sandbox

pytestmark = pytest.mark.anyio
PATIENCE_SECONDS = 20


class Hook:
    """A bot's webhook that answers what the test wants and keeps what it got."""

    def __init__(self) -> None:
        self.got: queue.Queue[tuple[str | None, dict[str, Any]]] = queue.Queue()
        self.answers: list[tuple[int, dict[str, Any]]] = []
        hook = self

        class Listener(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                update = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status, content = hook.answers.pop(0) if hook.answers else (200, {})
                self.send_response(status)
                self.end_headers()
                self.wfile.write(json.dumps(content).encode())
                hook.got.put((self.headers["X-Telegram-Bot-Api-Secret-Token"], update))

            def log_message(self, *_: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Listener)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"

    def next_text(self) -> str:
        return str(self.got.get(timeout=PATIENCE_SECONDS)[1]["message"]["text"])


@pytest.fixture
def hook() -> Iterator[Hook]:
    made = Hook()
    yield made
    made.server.shutdown()
    made.server.server_close()


async def test_updates_are_posted_in_order_with_the_secret(
    sandbox: Sandbox, bot: Bot, user: int, hook: Hook
) -> None:
    await bot.set_webhook(hook.url, secret_token="s-3_T")
    for word in ("一", "二", "三"):
        sandbox.control("send", user=user, text=word)
    secret, update = hook.got.get(timeout=PATIENCE_SECONDS)
    assert (secret, update["message"]["text"]) == ("s-3_T", "一")
    assert [hook.next_text(), hook.next_text()] == ["二", "三"]


async def test_a_refused_update_is_posted_again_before_the_next(
    sandbox: Sandbox, bot: Bot, user: int, hook: Hook
) -> None:
    hook.answers = [(500, {}), (302, {})]
    await bot.set_webhook(hook.url)
    sandbox.control("send", user=user, text="一")
    sandbox.control("send", user=user, text="二")
    assert [hook.next_text() for _ in range(4)] == ["一", "一", "一", "二"]
    info = await bot.get_webhook_info()
    assert info.url == hook.url
    assert info.last_error_message is not None
    assert "302" in info.last_error_message


async def test_the_answer_may_carry_a_method(
    sandbox: Sandbox, bot: Bot, user: int, hook: Hook
) -> None:
    hook.answers = [(200, {"method": "sendMessage", "chat_id": user, "text": "收到"})]
    await bot.set_webhook(hook.url)
    sandbox.control("send", user=user, text="一")
    sandbox.control("send", user=user, text="二")
    # The second is posted after the first one's answer was performed.
    assert [hook.next_text(), hook.next_text()] == ["一", "二"]
    assert "收到" in [one["text"] for one in sandbox.chat(user)["messages"]]


async def test_what_waited_is_delivered_when_a_webhook_is_set_unless_dropped(
    sandbox: Sandbox, bot: Bot, user: int, hook: Hook
) -> None:
    sandbox.control("send", user=user, text="一")
    await bot.set_webhook(hook.url, drop_pending_updates=True)
    sandbox.control("send", user=user, text="二")
    assert hook.next_text() == "二"
    await bot.delete_webhook()
    sandbox.control("send", user=user, text="三")
    await bot.set_webhook(hook.url)
    assert hook.next_text() == "三"


async def test_redelivery_posts_a_stored_update_again(
    sandbox: Sandbox, bot: Bot, user: int, hook: Hook
) -> None:
    await bot.set_webhook(hook.url)
    update_id = sandbox.control("send", user=user, text="一")["update_id"]
    assert hook.next_text() == "一"
    # Told again only what it knows to have arrived.
    while (await bot.get_webhook_info()).pending_update_count:
        await asyncio.sleep(0.05)
    sandbox.control("redeliver", update_id=update_id)
    assert hook.next_text() == "一"


@pytest.mark.parametrize(
    "url", ["http://192.0.2.1/hook", "https://example.com/hook", "http://[::2]/", "ftp://127.0.0.1"]
)
async def test_only_loopback_addresses_may_be_called(bot: Bot, url: str) -> None:
    with pytest.raises(BadRequest, match="Bad webhook"):
        await bot.set_webhook(url)


async def test_a_secret_of_other_letters_is_refused(bot: Bot) -> None:
    with pytest.raises(BadRequest, match="unallowed characters"):
        await bot.set_webhook("http://127.0.0.1:9/", secret_token="托育")

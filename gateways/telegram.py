"""The domain's neutral messages as Telegram's, and the way to a chat.

Here and in `bot/app.py` alone is Telegram known. `to_telegram` and `send` serve the bot and the
workers alike; `Telegram` lets a worker that is not asynchronous deliver.
"""

import asyncio
import os
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import telegram
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    KeyboardButton,
    ReplyKeyboardMarkup,
)
from telegram.error import BadRequest, Forbidden, InvalidToken, RetryAfter, TelegramError
from telegram.request import HTTPXRequest

from childcare.i18n import _
from childcare.messages import Ask, Button, Document, Message, Venue
from gateways.failures import Blocked, Failure, Permanent, Temporary

# The library's own switch to the types of its next version; without it every 429 is a warning.
os.environ.setdefault("PTB_TIMEDELTA", "true")

CONNECT_SECONDS, ANSWER_SECONDS, DELIVER_SECONDS = 3.0, 5.0, 8.0
# core.telegram.org/bots/api#senddocument: characters of a caption, counted as UTF-16 code units.
CAPTION_LENGTH = 1024
# Telegram answers these as a bad request, though they mean that nobody is there.
GONE = ("chat not found", "user not found", "peer_id_invalid", "user is deactivated")


@dataclass(frozen=True)
class Rendered:
    """One message in Telegram's terms. A message carries either keyboard, not both: see `send`."""

    text: str
    inline: InlineKeyboardMarkup | None
    reply: ReplyKeyboardMarkup | None
    document: InputFile | None
    venue: Venue | None


def to_telegram(message: Message) -> Rendered:
    """Turn a message into Telegram's parts, labels in the language being spoken."""
    rows = [[_inline_button(button) for button in row] for row in message.buttons if row]
    asks = [[_share_button(ask)] for ask in message.asks]
    return Rendered(
        text=message.text,
        inline=InlineKeyboardMarkup(rows) if rows else None,
        reply=ReplyKeyboardMarkup(asks, resize_keyboard=True, one_time_keyboard=True)
        if asks
        else None,
        document=_input_file(message.document) if message.document else None,
        venue=message.venue,
    )


def _inline_button(button: Button) -> InlineKeyboardButton:
    if button.url:
        return InlineKeyboardButton(button.label, url=button.url)
    return InlineKeyboardButton(button.label, callback_data=button.address)


def _share_button(ask: Ask) -> KeyboardButton:
    match ask:
        case Ask.LOCATION:
            return KeyboardButton(_("📍 Share my location"), request_location=True)
        case Ask.CONTACT:
            return KeyboardButton(_("📱 Share my phone number"), request_contact=True)


def _input_file(document: Document) -> InputFile:
    return InputFile(document.content, filename=document.name)


async def send(bot: Bot, chat_id: int, message: Message) -> telegram.Message:
    """Send a message in as few of Telegram's as hold it; the one with the buttons is returned.

    A pin goes before the words, so that the buttons stay at the bottom. Raises Telegram's errors.
    """
    parts = to_telegram(message)
    if parts.venue:
        await _send_venue(bot, chat_id, parts.venue)
    if parts.inline and parts.reply:
        # A message of Telegram's holds one keyboard.
        await bot.send_message(chat_id, _("Or share it from your phone:"), reply_markup=parts.reply)
    keyboard = parts.inline or parts.reply
    if parts.document is None:
        return await bot.send_message(chat_id, parts.text, reply_markup=keyboard)
    if len(parts.text.encode("utf-16-le")) // 2 <= CAPTION_LENGTH:
        return await bot.send_document(
            chat_id, parts.document, caption=parts.text, reply_markup=keyboard
        )
    await bot.send_document(chat_id, parts.document)
    return await bot.send_message(chat_id, parts.text, reply_markup=keyboard)


async def _send_venue(bot: Bot, chat_id: int, venue: Venue) -> None:
    await bot.send_venue(
        chat_id,
        latitude=venue.lat,
        longitude=venue.lng,
        title=venue.title,
        # Telegram refuses a pin without an address.
        address=venue.address or venue.title,
    )


def request(api_url: str, *, connections: int = 1, **options: Any) -> HTTPXRequest:
    """An HTTP client for the Bot API with bounded waits.

    A server on this very machine is never asked through a proxy that the environment names.
    """
    surroundings = {"trust_env": False} if _is_local(api_url) else {}
    defaults: dict[str, Any] = {
        "connect_timeout": CONNECT_SECONDS,
        "read_timeout": ANSWER_SECONDS,
        "write_timeout": ANSWER_SECONDS,
        "media_write_timeout": ANSWER_SECONDS,
        "pool_timeout": CONNECT_SECONDS,
        "httpx_kwargs": surroundings,
    }
    return HTTPXRequest(connection_pool_size=connections, **(defaults | options))


def _is_local(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def make_bot(token: str, api_url: str, client: HTTPXRequest, polling: HTTPXRequest) -> Bot:
    """A bot of the server at `api_url`; the same client may serve for calls and for polling."""
    return Bot(
        token,
        base_url=f"{api_url}/bot",
        base_file_url=f"{api_url}/file/bot",
        request=client,
        get_updates_request=polling,
    )


def failure(problem: TelegramError) -> Failure:
    """What an error of the library means to whoever sends."""
    match problem:
        case RetryAfter():
            return Temporary("told to wait", retry_after=_wait_of(problem))
        case Forbidden():
            return Blocked(problem.message)
        case BadRequest() if any(sign in problem.message.lower() for sign in GONE):
            return Blocked(problem.message)
        case BadRequest():
            return Permanent(problem.message)
        case InvalidToken():
            # The operator's mistake, not the message's: it must not be given up for that.
            return Temporary("the chat server refuses the bot's token")
        case _:
            return Temporary(f"{type(problem).__name__}: {problem.message}")


def _wait_of(problem: RetryAfter) -> timedelta:
    wait = problem.retry_after
    return wait if isinstance(wait, timedelta) else timedelta(seconds=wait)


class Telegram:
    """Delivers messages from one thread of one process; not to be carried across a fork.

    Keeps a connection to the chat server between messages.
    """

    def __init__(self, token: str, api_url: str, *, answer_seconds: float = ANSWER_SECONDS) -> None:
        self._token = token
        self._api_url = api_url
        self._answer_seconds = answer_seconds
        self._runner: asyncio.Runner | None = None
        self._client: HTTPXRequest | None = None

    def prepare(self) -> None:
        """Make the client now, which reads the world's certificates, and not for the first message.

        Asks nobody anything.
        """
        self._running().run(self._made())

    def deliver(self, chat_id: int, message: Message) -> None:
        """Send one message within 8 seconds. Raises `Blocked`, `Permanent`, `Temporary`."""
        if not self._token:
            raise Permanent("no bot token is configured")
        try:
            self._running().run(self._deliver(chat_id, message))
        except TelegramError as problem:
            raise failure(problem) from problem
        except TimeoutError as problem:
            self.close()
            raise Temporary("the chat server did not answer in time") from problem
        except BaseException:
            # Interrupted in the middle of a request: its connection cannot be trusted.
            self.close()
            raise

    def close(self) -> None:
        """Let the connection go; the next message opens another."""
        runner, self._runner = self._runner, None
        client, self._client = self._client, None
        if runner is None:
            return
        try:
            if client:
                runner.run(client.shutdown())
        finally:
            runner.close()

    def _running(self) -> asyncio.Runner:
        if self._runner is None:
            self._runner = asyncio.Runner()
        return self._runner

    async def _made(self) -> HTTPXRequest:
        if self._client is None:
            self._client = request(self._api_url, read_timeout=self._answer_seconds)
        return self._client

    async def _deliver(self, chat_id: int, message: Message) -> None:
        client = await self._made()
        # Not initialised: that would ask the server who we are before the first message.
        bot = make_bot(self._token, self._api_url, client, client)
        async with asyncio.timeout(DELIVER_SECONDS):
            await send(bot, chat_id, message)

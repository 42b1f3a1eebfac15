"""People who chat with the bot: the bot is whole, the chat server is played at its HTTP border."""

import asyncio
import itertools
import json
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from typing import Any, TypeVar

import telegram
from flask import Flask
from telegram import Bot
from telegram._utils.types import ODVInput
from telegram.request import BaseRequest, RequestData

from bot.app import ChatBot

T = TypeVar("T")

TOKEN = "100000:talk"
BOT_USER = {"id": 100000, "is_bot": True, "first_name": "托育通", "username": "childcare_bot"}


@dataclass
class Shown:
    """A message of the bot as it stands in a chat now."""

    message_id: int
    chat_id: int
    text: str
    keyboard: list[list[dict[str, str]]] = field(default_factory=list)
    shares: list[str] = field(default_factory=list)
    file: str = ""
    venue: str = ""
    touched: int = 0

    @property
    def buttons(self) -> list[dict[str, str]]:
        return [button for row in self.keyboard for button in row]

    @property
    def labels(self) -> list[str]:
        return [button["text"] for button in self.buttons]

    @property
    def addresses(self) -> list[str]:
        return [button["callback_data"] for button in self.buttons if "callback_data" in button]


class Refused(Exception):
    """What the chat server says instead of doing it."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.body: dict[str, Any] = {"ok": False, "error_code": code, "description": description}
        if parameters:
            self.body["parameters"] = parameters


class Border(BaseRequest):
    """The chat server, as far as the bot's library can tell."""

    def __init__(self) -> None:
        self.messages: dict[int, Shown] = {}
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.faults: list[Refused] = []
        self.blocked: set[int] = set()
        self._numbers = itertools.count(1000)

    @property
    def read_timeout(self) -> float | None:
        return 5.0

    async def initialize(self) -> None:
        """Nothing to open."""

    async def shutdown(self) -> None:
        """Nothing to close."""

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        write_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        connect_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        pool_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        name = url.rsplit("/", 1)[-1]
        given = dict(request_data.json_parameters) if request_data else {}
        files = request_data.multipart_data if request_data and request_data.contains_files else {}
        try:
            result = self._do(name, given, files)
        except Refused as refusal:
            return refusal.code, json.dumps(refusal.body).encode()
        return 200, json.dumps({"ok": True, "result": result}).encode()

    def _do(self, name: str, given: dict[str, Any], files: Any) -> Any:
        self.calls.append((name, given))
        if self.faults and name != "getMe":
            raise self.faults.pop(0)
        if name == "getMe":
            return BOT_USER
        if int(given.get("chat_id", 0)) in self.blocked:
            raise Refused(403, "Forbidden: bot was blocked by the user")
        if name == "editMessageText":
            return self._edit(given)
        return self._send(given, files) if name.startswith("send") else True

    def _send(self, given: dict[str, Any], files: Any) -> dict[str, Any]:
        number = next(self._numbers)
        markup = json.loads(given.get("reply_markup", "{}"))
        shares = [key for row in markup.get("keyboard", []) for one in row for key in one]
        self.messages[number] = Shown(
            number,
            int(given["chat_id"]),
            given.get("text") or given.get("caption", ""),
            markup.get("inline_keyboard", []),
            [share for share in shares if share.startswith("request_")],
            file=next((part[0] for part in files.values()), "") if files else "",
            venue=given.get("title", ""),
            touched=next(self._numbers),
        )
        return self._as_message(self.messages[number])

    def _edit(self, given: dict[str, Any]) -> dict[str, Any]:
        found = self.messages.get(int(given["message_id"]))
        if found is None or found.file:
            raise Refused(400, "Bad Request: message can't be edited")
        keyboard = json.loads(given.get("reply_markup", "{}")).get("inline_keyboard", [])
        if (found.text, found.keyboard) == (given["text"], keyboard):
            raise Refused(400, "Bad Request: message is not modified: it is exactly the same")
        found.text, found.keyboard = given["text"], keyboard
        found.touched = next(self._numbers)
        return self._as_message(found)

    def _as_message(self, shown: Shown) -> dict[str, Any]:
        chat = {"id": shown.chat_id, "type": "private"}
        return {"message_id": shown.message_id, "date": 1, "chat": chat, "text": shown.text}


class Inline(Executor):
    """Does at once, in the same thread, what it is given."""

    def submit(self, work: Callable[..., T], /, *args: Any, **facts: Any) -> Future[T]:
        done: Future[T] = Future()
        try:
            done.set_result(work(*args, **facts))
        except Exception as problem:
            done.set_exception(problem)
        return done


class Talk:
    """The bot and the people who write to it."""

    def __init__(self, app: Flask, border: Border | None = None) -> None:
        self.app = app
        self.border = border or Border()
        self.runner = asyncio.Runner()
        self.numbers = itertools.count(1)
        self.chat = self.restarted()

    def restarted(self) -> ChatBot:
        """A new process of the bot, which knows nothing but the database."""
        bot = Bot(TOKEN, request=self.border, get_updates_request=self.border)
        self.chat = ChatBot(self.app, bot, Inline())
        self.runner.run(self.chat.application.initialize())
        return self.chat

    def close(self) -> None:
        self.runner.run(self.chat.application.shutdown())
        self.runner.close()

    def receive(self, *updates: dict[str, Any]) -> None:
        """Let updates arrive together, in this order, and have them done and told."""
        self.runner.run(self._receive(updates))

    async def _receive(self, updates: tuple[dict[str, Any], ...]) -> None:
        read = [telegram.Update.de_json(update, self.chat.bot) for update in updates]
        await self.chat.keep(read)
        await self.chat.mailboxes.settled()
        await self.chat.flush()


@dataclass
class Person:
    """Somebody with a phone."""

    talk: Talk
    id: int
    name: str = "林岚"
    language: str = "zh-hans"
    phone: str = "8613800000001"

    @property
    def user(self) -> dict[str, Any]:
        names = {"first_name": self.name, "language_code": self.language}
        return {"id": self.id, "is_bot": False, **names}

    @property
    def messages(self) -> list[Shown]:
        """What stands in the chat, the newest at the end."""
        return [shown for shown in self.talk.border.messages.values() if shown.chat_id == self.id]

    @property
    def screen(self) -> Shown:
        """The words that were sent or changed last."""
        worded = [shown for shown in self.messages if shown.text]
        return max(worded, key=lambda shown: shown.touched)

    def update(self, **content: Any) -> dict[str, Any]:
        return {"update_id": next(self.talk.numbers), **content}

    def message(self, **content: Any) -> dict[str, Any]:
        chat = {"id": self.id, "type": "private", "first_name": self.name}
        number = next(self.talk.numbers)
        body = {"message_id": number, "date": 1, "chat": chat, "from": self.user, **content}
        return self.update(message=body)

    def press_update(self, data: str, on: Shown | None = None) -> dict[str, Any]:
        shown = on or self.screen
        chat = {"id": self.id, "type": "private", "first_name": self.name}
        message = {"message_id": shown.message_id, "date": 1, "chat": chat, "text": shown.text}
        query = {"id": str(next(self.talk.numbers)), "from": self.user, "chat_instance": "1"}
        return self.update(callback_query={**query, "message": message, "data": data})

    def says(self, text: str) -> Shown:
        """Write a line; what the newest message is then."""
        self.talk.receive(self.message(text=text))
        return self.screen

    def shares(self, lat: float, lng: float) -> Shown:
        self.talk.receive(self.message(location={"latitude": lat, "longitude": lng}))
        return self.screen

    def shares_contact(self, phone: str, user_id: int) -> Shown:
        card = {"phone_number": phone, "first_name": "x", "user_id": user_id}
        self.talk.receive(self.message(contact=card))
        return self.screen

    def sends(self, data: str, on: Shown | None = None) -> Shown:
        """Press a button of any address, on the newest message or another."""
        self.talk.receive(self.press_update(data, on))
        return self.screen

    def presses(self, label: str) -> Shown:
        """Press the newest button whose label has these words; what the newest message is then."""
        return self.sends(*self.button(label))

    def button(self, label: str) -> tuple[str, Shown]:
        for shown in reversed(self.messages):
            pressable = [one for one in shown.buttons if "callback_data" in one]
            begins = [one for one in pressable if one["text"].startswith(label)]
            for button in begins or [one for one in pressable if label in one["text"]]:
                return button["callback_data"], shown
        seen = [shown.labels for shown in self.messages]
        raise AssertionError(f"no button {label!r} among {seen[-3:]}")

"""The webhook: the chat server posts an update, and hears 200 once it is stored."""

import hmac
import json
import logging
import socket
from http import HTTPStatus
from urllib.parse import urlsplit

import telegram
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from bot.app import ALLOWED_UPDATES, ChatBot
from childcare.settings import Settings

log = logging.getLogger(__name__)

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name
MOST_BYTES = 2**20


class Receiver(RequestHandler):
    """Takes one update."""

    def initialize(self, chat: ChatBot, secret: str) -> None:
        self.chat = chat
        self.secret = secret

    async def post(self) -> None:
        given = self.request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode(), self.secret.encode()):
            self.set_status(HTTPStatus.FORBIDDEN)
            return
        update = _read(self.request.body, self.chat)
        if update is None:
            self.set_status(HTTPStatus.BAD_REQUEST)
            return
        await self.chat.keep([update])

    def log_exception(self, *problem: object) -> None:
        """The update is not stored and comes again; its words stay out of the log."""
        log.error("an update could not be kept: %s", getattr(problem[0], "__name__", "unknown"))


def _read(body: bytes, chat: ChatBot) -> telegram.Update | None:
    try:
        return telegram.Update.de_json(json.loads(body), chat.bot)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def listen(chat: ChatBot, settings: Settings, port: int) -> HTTPServer:
    """Answer on `port`, which other processes of the bot may share."""
    path = urlsplit(settings.bot_webhook_url).path or "/"
    routes = [(path, Receiver, {"chat": chat, "secret": settings.bot_webhook_secret})]
    # tornado would log every refused request with its address.
    server = HTTPServer(
        Application(routes, log_function=lambda _handler: None), max_body_size=MOST_BYTES
    )
    server.add_sockets(bind_sockets(port, family=socket.AF_INET, reuse_port=True))
    return server


async def announce(chat: ChatBot, settings: Settings) -> None:
    """Tell the chat server where to post, and the secret to show."""
    await chat.bot.set_webhook(
        settings.bot_webhook_url,
        secret_token=settings.bot_webhook_secret,
        allowed_updates=ALLOWED_UPDATES,
    )

"""The front door: where to go from here."""

from urllib.parse import urlsplit

from flask import Blueprint, Response

from webapp import auth
from webapp.pages.rendering import page

front = Blueprint("front", __name__)


@front.get("/")
def show_front() -> Response:
    """Leads parents to the chat, staff to the panel, programs to the API's document."""
    return page("home.html", chat=_chat())


def _chat() -> str:
    """The sandbox's chat where everything runs on one machine; a real bot is found in its app."""
    known = auth.settings()
    hosts = {urlsplit(url).hostname for url in (known.public_url, known.telegram_api_url)}
    return known.telegram_api_url if hosts <= {"127.0.0.1", "localhost"} else ""

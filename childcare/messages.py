"""What the product says to a person, before any chat service is chosen.

Screens and notifications return a `Message`; `gateways/telegram.py` turns it into Telegram's. A
button is an address (``verb:arg:arg:version``): the server keeps no conversation, so a press means
the same after a restart, from another process, or a week later.
"""

from dataclasses import dataclass, field
from enum import StrEnum

ADDRESS_LIMIT = 64  # bytes of callback data that Telegram allows


@dataclass(frozen=True)
class Button:
    """A label and where pressing it leads; `url` opens a page instead."""

    label: str
    address: str = ""
    url: str = ""


class Ask(StrEnum):
    """What a reply keyboard asks the phone to share."""

    LOCATION = "location"
    CONTACT = "contact"


@dataclass(frozen=True)
class Document:
    name: str
    content: bytes
    mime: str = "text/calendar"


@dataclass(frozen=True)
class Venue:
    """A pin on a map, WGS-84."""

    lat: float
    lng: float
    title: str
    address: str


@dataclass(frozen=True)
class Message:
    """Plain text with rows of buttons; `asks` puts a share-button under the keyboard."""

    text: str
    buttons: list[list[Button]] = field(default_factory=list)
    asks: tuple[Ask, ...] = ()
    document: Document | None = None
    venue: Venue | None = None


def address(verb: str, *args: int | str) -> str:
    """``address("confirm", 7, 2)`` → ``"confirm:7:2"``. Raises ValueError beyond 64 bytes."""
    text = ":".join([verb, *map(str, args)])
    if len(text.encode()) > ADDRESS_LIMIT:
        raise ValueError(text)
    return text


def read_address(text: str) -> tuple[str, list[str]]:
    """The verb and its arguments; anything a stranger may send is answered, never raised."""
    verb, *args = text.split(":")
    return verb, args

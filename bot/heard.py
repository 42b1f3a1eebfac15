"""What came from a chat, before anybody has thought about it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    text: str


@dataclass(frozen=True)
class Press:
    """A pressed button's address: anything a stranger may have sent."""

    data: str


@dataclass(frozen=True)
class Spot:
    """A shared location, WGS-84."""

    lat: float
    lng: float


@dataclass(frozen=True)
class Card:
    """A shared contact; `is_own` where the chat service vouches that it is the sender's."""

    phone: str
    is_own: bool


@dataclass(frozen=True)
class Membership:
    """The person blocked the bot, or let it back in."""

    is_blocked: bool


@dataclass(frozen=True)
class Unreadable:
    """A photo, a voice message, a sticker."""


Said = Words | Press | Spot | Card | Membership | Unreadable


@dataclass(frozen=True)
class Heard:
    """Who said what in a private chat. `language` is the chat service's code, perhaps empty."""

    telegram_id: int
    name: str
    language: str
    said: Said

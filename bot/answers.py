"""An answer as it waits in the update's row until it is sent."""

import base64
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from childcare.i18n import Tongue
from childcare.messages import Ask, Button, Document, Message, Venue


@dataclass(frozen=True)
class Answer:
    """What to tell a chat. `in_place` puts a message where the one stands whose button was pressed;
    `pressed` is that one's number."""

    messages: tuple[Message, ...] = ()
    in_place: bool = False
    tongue: Tongue = "zh"
    pressed: int = 0


NOTHING = Answer()


def as_row(answer: Answer) -> dict[str, Any]:
    """The answer in JSON's types."""
    return {
        "messages": [_message_row(message) for message in answer.messages],
        "in_place": answer.in_place,
        "tongue": answer.tongue,
        "pressed": answer.pressed,
    }


def _message_row(message: Message) -> dict[str, Any]:
    row: dict[str, Any] = {"text": message.text}
    if message.buttons:
        row["buttons"] = [
            [[button.label, button.address, button.url] for button in line]
            for line in message.buttons
        ]
    if message.asks:
        row["asks"] = [str(ask) for ask in message.asks]
    if message.document:
        content = base64.b64encode(message.document.content).decode()
        row["document"] = [message.document.name, content, message.document.mime]
    if message.venue:
        row["venue"] = asdict(message.venue)
    return row


def from_row(row: Mapping[str, Any]) -> Answer:
    """The answer that `as_row` wrote."""
    return Answer(
        tuple(map(_message, row["messages"])), row["in_place"], row["tongue"], row["pressed"]
    )


def _message(row: Mapping[str, Any]) -> Message:
    name, content, mime = row.get("document") or (None, "", "")
    return Message(
        text=row["text"],
        buttons=[[Button(*button) for button in line] for line in row.get("buttons", [])],
        asks=tuple(map(Ask, row.get("asks", []))),
        document=Document(name, base64.b64decode(content), mime) if name else None,
        venue=Venue(**row["venue"]) if "venue" in row else None,
    )

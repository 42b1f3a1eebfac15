"""parse_mode HTML, checked and refused as core.telegram.org/bots/api#html-style says."""

from __future__ import annotations

import html
import re
from typing import NoReturn

from devstack.sandbox.calls import Call
from devstack.sandbox.errors import Json, bad_request

TAGS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline",
    "ins": "underline", "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough",
    "span": "spoiler", "tg-spoiler": "spoiler", "a": "text_link", "code": "code", "pre": "pre",
    "blockquote": "blockquote", "tg-emoji": "custom_emoji",
}  # fmt: skip
START = re.compile(r"<([^\s>/]*)((?:\s+[\w-]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'>]+))?)*)\s*>")
END = re.compile(r"</([^\s>]*)\s*>")
ATTRIBUTE = re.compile(r"([\w-]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+)))?")
# The only named references that the server knows; others stay as they are written.
REFERENCE = re.compile(r"&(?:lt|gt|amp|quot|#\d{1,7}|#x[0-9a-fA-F]{1,6});")
FOUND = re.compile(
    r"(?P<url>https?://[^\s<>\"'，。；！？（）]+[^\s<>\"'，。；！？（）.,;!?)])"
    r"|(?<![\w/])(?P<bot_command>/[A-Za-z0-9_]{1,32})(?![\w/])"
)


def units(text: str) -> int:
    """Length in UTF-16 code units, which is how the Bot API counts."""
    return len(text.encode("utf-16-le")) // 2


def formatted(call: Call, name: str, *, most: int) -> tuple[str, list[Json]]:
    """Text and entities of the parameter `name`; 400 if it cannot be parsed or is too long."""
    raw = call.text(name) or ""
    mode = (call.text("parse_mode") or "").lower()
    prefix = "caption_" if name == "caption" else ""
    if mode == "html":
        text, entities = _Html(raw).parsed()
    elif mode:
        raise bad_request("unsupported parse_mode")
    else:
        text, entities = raw, _given(call.document(f"{prefix}entities"), units(raw))
    text, entities = _trimmed(text, entities)
    if units(text) > most:
        what = "message caption" if prefix else "message"
        raise bad_request(f"{what} is too long")
    return text, sorted(entities + _unmarked(text, entities), key=lambda one: int(one["offset"]))


def detected(text: str) -> list[Json]:
    """Entities that a client or the server finds by itself: links and commands."""
    return [
        {
            "type": found.lastgroup,
            "offset": units(text[: found.start()]),
            "length": units(found.group()),
        }
        for found in FOUND.finditer(text)
    ]


def _unmarked(text: str, entities: list[Json]) -> list[Json]:
    taken = [one for one in entities if one["type"] in {"code", "pre", "text_link", "url"}]
    return [
        one
        for one in detected(text)
        if not any(
            one["offset"] < other["offset"] + other["length"]
            and other["offset"] < one["offset"] + one["length"]
            for other in taken
        )
    ]


def _given(entities: object, length: int) -> list[Json]:
    if entities is None:
        return []
    if not isinstance(entities, list):
        raise bad_request("can't parse entities: expected an Array")
    for one in entities:
        if not isinstance(one, dict) or not {"type", "offset", "length"} <= one.keys():
            raise bad_request('can\'t parse MessageEntity: Field "type" is missing')
        if one["offset"] < 0 or one["offset"] + one["length"] > length:
            raise bad_request(
                f"entity begins or ends outside of the text at UTF-16 offset {one['offset']}"
            )
    return list(entities)


def _trimmed(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    lead = units(text) - units(text.lstrip())
    text = text.strip()
    kept = []
    for one in entities:
        start = max(one["offset"] - lead, 0)
        end = min(one["offset"] + one["length"] - lead, units(text))
        if end > start:
            kept.append(one | {"offset": start, "length": end - start})
    return text, kept


class _Html:
    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.text: list[str] = []
        self.length = 0
        self.open: list[tuple[str, int, Json]] = []
        self.entities: list[Json] = []

    def parsed(self) -> tuple[str, list[Json]]:
        while self.at < len(self.source):
            match self.source[self.at]:
                case "<" if self.source.startswith("</", self.at):
                    self._end()
                case "<":
                    self._start()
                case "&":
                    self._reference()
                case letter:
                    self._put(letter, 1)
        if self.open:
            self._refuse(f'Can\'t find end tag corresponding to start tag "{self.open[-1][0]}"')
        return "".join(self.text), self.entities

    def _put(self, text: str, width: int) -> None:
        self.text.append(text)
        self.length += units(text)
        self.at += width

    def _reference(self) -> None:
        found = REFERENCE.match(self.source, self.at)
        if found:
            self._put(html.unescape(found.group()), len(found.group()))
        else:
            self._put("&", 1)

    def _start(self) -> None:
        found = START.match(self.source, self.at)
        name = re.split(r"[\s>]", self.source[self.at + 1 :], maxsplit=1)[0].lower()
        if name not in TAGS:
            self._refuse(f'Unsupported start tag "{name}" at byte offset {self._byte}')
        if found is None:
            self._refuse(f"Unclosed start tag at byte offset {self._byte}")
        values = {
            key.lower(): html.unescape(double or single or bare)
            for key, double, single, bare in ATTRIBUTE.findall(found[2])
        }
        self.open.append((name, self.length, self._entity(name, values)))
        self.at = found.end()

    def _entity(self, name: str, values: dict[str, str]) -> Json:
        match name:
            case "span" if values.get("class") != "tg-spoiler":
                self._refuse(
                    'Tag "span" must have class "tg-spoiler" at byte offset ' + str(self._byte)
                )
            case "a":
                return {"type": "text_link", "url": values.get("href", "")}
            case "blockquote" if "expandable" in values:
                return {"type": "expandable_blockquote"}
            case "code" if values.get("class", "").startswith("language-") and self.open:
                self.open[-1][2]["language"] = values["class"].removeprefix("language-")
            case "tg-emoji":
                return {"type": "custom_emoji", "custom_emoji_id": values.get("emoji-id", "")}
        return {"type": TAGS[name]}

    def _end(self) -> None:
        found = END.match(self.source, self.at)
        if found is None:
            self._refuse(f"Unclosed end tag at byte offset {self._byte}")
        if not self.open:
            self._refuse(f"Unexpected end tag at byte offset {self._byte}")
        name, start, entity = self.open.pop()
        if found[1].lower() not in {"", name}:
            self._refuse(
                f"Unmatched end tag at byte offset {self._byte}, "
                f'expected "</{name}>", found "</{found[1]}>"'
            )
        self.at = found.end()
        nested_code = name == "code" and any(tag == "pre" for tag, *_ in self.open)
        # A link that leads nowhere is dropped by the server, and its text stays.
        dead_link = name == "a" and not re.match(r"(https?|tg|mailto|tel):", entity["url"])
        if self.length > start and not nested_code and not dead_link:
            self.entities.append(entity | {"offset": start, "length": self.length - start})

    @property
    def _byte(self) -> int:
        return len(self.source[: self.at].encode())

    def _refuse(self, reason: str) -> NoReturn:
        raise bad_request(f"can't parse entities: {reason}")

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from devstack.sandbox.errors import Json, bad_request

DATA_BYTES = 64
MOST_BUTTONS = 100
PLACEHOLDER_LENGTH = 64


def checked(markup: Any) -> Json | None:
    """A reply_markup as the server keeps it; 400 with the server's words if it is malformed."""
    if markup is None:
        return None
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" in markup:
        return {"inline_keyboard": _rows(markup["inline_keyboard"], _inline_button, "inline ")}
    if "keyboard" in markup:
        return _reply_keyboard(markup)
    if markup.get("remove_keyboard"):
        return {"remove_keyboard": True}
    if markup.get("force_reply"):
        return {
            "force_reply": True,
            "input_field_placeholder": _placeholder(markup),
        }
    return None


def checked_inline(markup: Any) -> Json | None:
    kept = checked(markup)
    if kept is not None and "inline_keyboard" not in kept:
        raise bad_request("inline keyboard expected")
    return kept if kept and kept["inline_keyboard"] else None


def _rows(rows: Any, button: Any, kind: str) -> list[list[Json]]:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request(f"can't parse {kind}keyboard: an array of arrays is expected")
    kept = [[button(one) for one in row] for row in rows if row]
    if sum(len(row) for row in kept) > MOST_BUTTONS:
        raise bad_request("REPLY_MARKUP_TOO_LONG")
    return kept


def _label(one: Json, kind: str) -> str:
    text = one.get("text")
    if not isinstance(text, str) or not text.strip():
        raise bad_request(f'can\'t parse {kind} button: Field "text" must be of type String')
    return text


def _inline_button(one: Any) -> Json:
    if not isinstance(one, dict):
        raise bad_request("can't parse inline keyboard button: expected an Object")
    text = _label(one, "inline keyboard")
    if "callback_data" in one:
        data = one["callback_data"]
        if not isinstance(data, str) or not 1 <= len(data.encode()) <= DATA_BYTES:
            raise bad_request("BUTTON_DATA_INVALID")
        return {"text": text, "callback_data": data}
    if "url" in one:
        return {"text": text, "url": _link(str(one["url"]), {"http", "https", "tg"})}
    if "web_app" in one:
        url = str((one["web_app"] or {}).get("url", ""))
        return {"text": text, "web_app": {"url": _link(url, {"https"})}}
    if "copy_text" in one:
        return {"text": text, "copy_text": one["copy_text"]}
    raise bad_request(
        "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
    )


def _link(url: str, schemes: set[str]) -> str:
    parts = urlsplit(url)
    # A host without a dot is what the real server refuses too: http://localhost/ never works.
    if parts.scheme not in schemes or (parts.scheme != "tg" and "." not in parts.netloc):
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
    return url


def _placeholder(markup: Json) -> str:
    text = str(markup.get("input_field_placeholder") or "")
    if len(text) > PLACEHOLDER_LENGTH:
        raise bad_request("PLACEHOLDER_INVALID")
    return text


def _reply_keyboard(markup: Json) -> Json:
    return {
        "keyboard": _rows(markup["keyboard"], _reply_button, ""),
        "resize_keyboard": bool(markup.get("resize_keyboard")),
        "one_time_keyboard": bool(markup.get("one_time_keyboard")),
        "is_persistent": bool(markup.get("is_persistent")),
        "input_field_placeholder": _placeholder(markup),
    }


def _reply_button(one: Any) -> Json:
    if isinstance(one, str):
        one = {"text": one}
    if not isinstance(one, dict):
        raise bad_request("can't parse keyboard button: expected an Object")
    kept: Json = {"text": _label(one, "keyboard")}
    wants = [name for name in ("request_contact", "request_location") if one.get(name)]
    if len(wants) > 1:
        raise bad_request("can't parse keyboard button: only one action is allowed")
    return kept | dict.fromkeys(wants, True)

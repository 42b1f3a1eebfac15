"""What a person does in the chat: write, share, press, block."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from devstack.sandbox import formatting, messages, people, store, updates
from devstack.sandbox.errors import BadInput, Json

TEXT_LENGTH = 4096


def say(db: sqlite3.Connection, person: sqlite3.Row, text: str) -> Json:
    text = text.strip()
    if not text:
        raise BadInput("text is empty.")
    if formatting.units(text) > TEXT_LENGTH:
        raise BadInput(f"text is longer than {TEXT_LENGTH} characters.")
    entities = formatting.detected(text)
    return _write(db, person, {"text": text} | ({"entities": entities} if entities else {}))


def share_location(db: sqlite3.Connection, person: sqlite3.Row, location: Any) -> Json:
    try:
        place = {name: float(location[name]) for name in ("latitude", "longitude")}
    except (KeyError, TypeError, ValueError):
        raise BadInput("location needs latitude and longitude, in degrees.") from None
    if not (abs(place["latitude"]) <= 90 and abs(place["longitude"]) <= 180):
        raise BadInput("location lies outside of the earth.")
    return _write(db, person, {"location": place})


def share_contact(db: sqlite3.Connection, person: sqlite3.Row, contact: Any) -> Json:
    """True shares the own number; anything else is a card that may be somebody else's."""
    if contact is True:
        contact = {"phone_number": person["phone"], "user_id": person["id"]}
    if not isinstance(contact, dict) or not str(contact.get("phone_number", "")).strip():
        raise BadInput("contact is true for the own number, or has a phone_number.")
    # Clients send the number without its plus sign.
    card = {
        "phone_number": str(contact["phone_number"]).removeprefix("+"),
        "first_name": str(contact.get("first_name") or person["first_name"]),
    }
    if contact.get("user_id") is not None:
        card["user_id"] = contact["user_id"]
    return _write(db, person, {"contact": card})


def _write(db: sqlite3.Connection, person: sqlite3.Row, content: Json) -> Json:
    if person["blocked"]:
        raise BadInput(f"User {person['id']} has blocked the bot; unblock first.")
    message = messages.write_by_person(db, person, content)
    update_id = updates.add(db, "message", message)
    return {"message_id": message["message_id"], "update_id": update_id}


@dataclass(frozen=True)
class Press:
    """Which button: by its label or by its callback data, and on which message if it matters."""

    label: str | None
    data: str | None
    message_id: int | None
    location: Any


@dataclass(frozen=True)
class _Found:
    message_id: int
    button: Json
    message: Json | None


def press(db: sqlite3.Connection, person: sqlite3.Row, wanted: Press) -> Json:
    """Press the newest button that fits; BadInput names what could have been pressed instead."""
    if person["blocked"]:
        raise BadInput(f"User {person['id']} has blocked the bot; unblock first.")
    choices = list(_buttons(db, person))
    for found in choices:
        if wanted.message_id not in (None, found.message_id):
            continue
        if wanted.data is not None and found.button.get("callback_data") != wanted.data:
            continue
        if wanted.label is not None and found.button["text"].strip() != wanted.label.strip():
            continue
        if found.message is None:
            return _press_reply_button(db, person, found.button, wanted.location)
        return _press_inline(db, person, found)
    labels = ", ".join(repr(found.button["text"]) for found in choices[:20])
    raise BadInput(f"No such button. Buttons there are: {labels or 'none'}.")


def _buttons(db: sqlite3.Connection, person: sqlite3.Row) -> Iterator[_Found]:
    """Every button the person can see, newest message first."""
    found: list[_Found] = []
    if person["keyboard"] and "keyboard" in (keyboard := json.loads(person["keyboard"])):
        number = person["keyboard_message"]
        found += [_Found(number, one, None) for row in keyboard["keyboard"] for one in row]
    for message in messages.newest_with_keyboard(db, person["id"]):
        body = json.loads(message["body"])
        rows = body["reply_markup"]["inline_keyboard"]
        found += [_Found(message["message_id"], one, body) for row in rows for one in row]
    yield from sorted(found, key=lambda one: -one.message_id)


def _press_reply_button(
    db: sqlite3.Connection, person: sqlite3.Row, button: Json, location: Any
) -> Json:
    if button.get("request_contact"):
        pressed = share_contact(db, person, True)
    elif button.get("request_location"):
        pressed = share_location(db, person, location)
    else:
        pressed = say(db, person, button["text"])
    if json.loads(person["keyboard"])["one_time_keyboard"]:
        db.execute("UPDATE person SET keyboard = NULL WHERE id = ?", (person["id"],))
    return pressed


def _press_inline(db: sqlite3.Connection, person: sqlite3.Row, found: _Found) -> Json:
    data = found.button.get("callback_data")
    if data is None:
        raise BadInput(f"This button is no callback: {json.dumps(found.button)}.")
    query_id = store.following(db, "query")
    db.execute(
        "INSERT INTO query (id, chat_id, message_id, data, at) VALUES (?, ?, ?, ?, ?)",
        (query_id, person["id"], found.message_id, data, time.time()),
    )
    query = {
        "id": str(query_id),
        "from": people.as_user(person),
        "message": found.message,
        "chat_instance": str(person["id"] * 7919),
        "data": data,
    }
    update_id = updates.add(db, "callback_query", query)
    return {
        "message_id": found.message_id,
        "update_id": update_id,
        "callback_query_id": str(query_id),
        "data": data,
    }


def block(db: sqlite3.Connection, person: sqlite3.Row, bot: Json) -> None:
    _membership(db, person, bot, "member", "kicked")


def unblock(db: sqlite3.Connection, person: sqlite3.Row, bot: Json) -> None:
    _membership(db, person, bot, "kicked", "member")


def _membership(db: sqlite3.Connection, person: sqlite3.Row, bot: Json, old: str, new: str) -> None:
    is_blocked = new == "kicked"
    if bool(person["blocked"]) == is_blocked:
        return
    db.execute(
        "UPDATE person SET blocked = ? WHERE id = ?",
        (is_blocked, person["id"]),
    )
    if not person["started"]:
        return

    def member(status: str) -> Json:
        until = {"until_date": 0} if status == "kicked" else {}
        return {"user": bot, "status": status} | until

    updates.add(
        db,
        "my_chat_member",
        {
            "chat": people.as_chat(person),
            "from": people.as_user(person),
            "date": int(time.time()),
            "old_chat_member": member(old),
            "new_chat_member": member(new),
        },
    )

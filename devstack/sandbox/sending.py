"""The methods that send."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from devstack.sandbox import files, formatting, markup, messages, people
from devstack.sandbox.calls import Call
from devstack.sandbox.errors import Json, bad_request

TEXT_LENGTH = 4096
CAPTION_LENGTH = 1024
Content = Callable[[sqlite3.Connection, Call], Json]


def _send(db: sqlite3.Connection, call: Call, content: Content) -> Json:
    person = people.chat(db, call.text("chat_id"))
    keyboard = markup.checked(call.document("reply_markup"))
    return messages.write_by_bot(db, person, call, content(db, call), keyboard)


def send_message(db: sqlite3.Connection, call: Call) -> Json:
    return _send(db, call, text_content)


def text_content(_db: sqlite3.Connection, call: Call) -> Json:
    text, entities = formatting.formatted(call, "text", most=TEXT_LENGTH)
    if not text:
        raise bad_request("message text is empty")
    return {"text": text} | ({"entities": entities} if entities else {})


def caption_content(call: Call) -> Json:
    text, entities = formatting.formatted(call, "caption", most=CAPTION_LENGTH)
    if not text:
        return {}
    return {"caption": text} | ({"caption_entities": entities} if entities else {})


def send_photo(db: sqlite3.Connection, call: Call) -> Json:
    return _send(db, call, lambda db, call: files.photo(db, call) | caption_content(call))


def send_document(db: sqlite3.Connection, call: Call) -> Json:
    return _send(db, call, lambda db, call: files.document(db, call) | caption_content(call))


def _location(call: Call) -> Json:
    latitude, longitude = call.number("latitude"), call.number("longitude")
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise bad_request("wrong latitude or longitude in request")
    return {"latitude": latitude, "longitude": longitude}


def send_location(db: sqlite3.Connection, call: Call) -> Json:
    return _send(db, call, lambda _db, call: {"location": _location(call)})


def send_venue(db: sqlite3.Connection, call: Call) -> Json:
    return _send(db, call, _venue)


def _venue(_db: sqlite3.Connection, call: Call) -> Json:
    title, address = call.text("title"), call.text("address")
    if not title:
        raise bad_request("venue title must be non-empty")
    if not address:
        raise bad_request("venue address must be non-empty")
    location = _location(call)
    venue = {"location": location, "title": title, "address": address}
    return {"location": location, "venue": venue}


def send_contact(db: sqlite3.Connection, call: Call) -> Json:
    return _send(db, call, _contact)


def _contact(_db: sqlite3.Connection, call: Call) -> Json:
    phone, name = call.text("phone_number"), call.text("first_name")
    if not phone:
        raise bad_request("phone number is empty")
    if not name:
        raise bad_request("first name is empty")
    contact: Json = {"phone_number": phone, "first_name": name}
    if call.text("last_name"):
        contact["last_name"] = call.text("last_name")
    return {"contact": contact}

"""The methods that change what was sent, and the answer to a pressed button."""

from __future__ import annotations

import json
import sqlite3
import time

from devstack.sandbox import formatting, markup, messages, people, sending, store
from devstack.sandbox.calls import Call
from devstack.sandbox.errors import Json, bad_request

ALERT_LENGTH = 200
DELETABLE_SECONDS = 48 * 3600
TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
SAME = (
    "message is not modified: specified new message content and reply markup are exactly the same"
    " as a current content and reply markup of the message"
)


def _editable(db: sqlite3.Connection, call: Call) -> Json:
    person = people.chat(db, call.text("chat_id"))
    message_id = call.integer("message_id")
    if not message_id:
        raise bad_request("message identifier is not specified")
    row = messages.find(db, person["id"], message_id)
    if row is None:
        raise bad_request("message to edit not found")
    # A message that brought a reply keyboard is settled for ever.
    if not row["by_bot"] or (row["markup"] and "inline_keyboard" not in json.loads(row["markup"])):
        raise bad_request("message can't be edited")
    message: Json = json.loads(row["body"])
    return message


def _edited(db: sqlite3.Connection, call: Call, message: Json, content: Json) -> Json:
    keyboard = markup.checked_inline(call.document("reply_markup"))
    new = {key: value for key, value in message.items() if key != "reply_markup"} | content
    new = {key: value for key, value in new.items() if value is not None}
    if keyboard:
        new["reply_markup"] = keyboard
    if new == message:
        raise bad_request(SAME)
    return messages.rewrite(db, new)


def edit_message_text(db: sqlite3.Connection, call: Call) -> Json:
    message = _editable(db, call)
    content = {"entities": None} | sending.text_content(db, call)
    if "text" not in message:
        raise bad_request("there is no text in the message to edit")
    return _edited(db, call, message, content)


def edit_message_caption(db: sqlite3.Connection, call: Call) -> Json:
    message = _editable(db, call)
    content = {"caption": None, "caption_entities": None} | sending.caption_content(call)
    if not {"photo", "document"} & message.keys():
        raise bad_request("there is no caption in the message to edit")
    return _edited(db, call, message, content)


def edit_message_reply_markup(db: sqlite3.Connection, call: Call) -> Json:
    return _edited(db, call, _editable(db, call), {})


def delete_message(db: sqlite3.Connection, call: Call) -> bool:
    person = people.chat(db, call.text("chat_id"))
    row = messages.find(db, person["id"], call.integer("message_id") or 0)
    if row is None:
        raise bad_request("message to delete not found")
    if row["at"] < time.time() - DELETABLE_SECONDS:
        raise bad_request("message can't be deleted for everyone")
    messages.delete(db, row["message_id"])
    return True


def delete_messages(db: sqlite3.Connection, call: Call) -> bool:
    person = people.chat(db, call.text("chat_id"))
    for message_id in call.document("message_ids") or []:
        row = messages.find(db, person["id"], int(message_id))
        if row is not None and row["at"] >= time.time() - DELETABLE_SECONDS:
            messages.delete(db, row["message_id"])
    return True


def answer_callback_query(db: sqlite3.Connection, call: Call, query_seconds: float) -> bool:
    """Each press is answered once, within the time that the person's client waits."""
    query_id = call.text("callback_query_id") or ""
    text = call.text("text") or ""
    if formatting.units(text) > ALERT_LENGTH:
        raise bad_request("MESSAGE_TOO_LONG")
    answered = db.execute(
        "UPDATE query SET answered = 1, text = ?, show_alert = ?, changed = ?"
        " WHERE id = ? AND NOT answered AND at > ?",
        (
            text or None,
            call.flag("show_alert"),
            store.following(db, "changed"),
            int(query_id) if query_id.isdigit() else 0,
            time.time() - query_seconds,
        ),
    )
    if not answered.rowcount:
        raise bad_request(TOO_OLD)
    return True

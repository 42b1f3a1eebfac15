"""Message rows: the object that the Bot API shows, and what only the page needs beside it."""

from __future__ import annotations

import json
import sqlite3
import time

from devstack.sandbox import people, store
from devstack.sandbox.calls import Call
from devstack.sandbox.errors import Json, bad_request


def write_by_person(db: sqlite3.Connection, person: sqlite3.Row, content: Json) -> Json:
    """A message of the person; the chat exists from its first one on."""
    db.execute("UPDATE person SET started = 1 WHERE id = ?", (person["id"],))
    return _write(db, person, people.as_user(person), content, None)


def write_by_bot(
    db: sqlite3.Connection, person: sqlite3.Row, call: Call, content: Json, markup: Json | None
) -> Json:
    """A message of the bot, answering another one where the call says so."""
    original = _replied_to(db, person, call)
    if original:
        content = {"reply_to_message": original} | content
    if call.flag("protect_content"):
        content = content | {"has_protected_content": True}
    message = _write(db, person, call.bot, content, markup)
    if markup and "inline_keyboard" not in markup:
        shown = json.dumps(markup) if "remove_keyboard" not in markup else None
        db.execute(
            "UPDATE person SET keyboard = ?, keyboard_message = ? WHERE id = ?",
            (shown, message["message_id"] if shown else None, person["id"]),
        )
    return message


def _write(
    db: sqlite3.Connection, person: sqlite3.Row, sender: Json, content: Json, markup: Json | None
) -> Json:
    now = time.time()
    message: Json = {
        "message_id": store.following(db, "message"),
        "from": sender,
        "chat": people.as_chat(person),
        "date": int(now),
    } | content
    if markup and markup.get("inline_keyboard"):
        message["reply_markup"] = markup
    db.execute(
        "INSERT INTO message (message_id, chat_id, by_bot, at, body, markup, changed)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            message["message_id"],
            person["id"],
            sender["is_bot"],
            now,
            json.dumps(message, ensure_ascii=False),
            json.dumps(markup) if markup else None,
            store.following(db, "changed"),
        ),
    )
    return message


def _replied_to(db: sqlite3.Connection, person: sqlite3.Row, call: Call) -> Json | None:
    parameters = call.document("reply_parameters") or {}
    wanted = parameters.get("message_id") or call.integer("reply_to_message_id")
    if not wanted:
        return None
    row = find(db, person["id"], int(wanted))
    if row is None:
        if parameters.get("allow_sending_without_reply") or call.flag(
            "allow_sending_without_reply"
        ):
            return None
        raise bad_request("message to be replied not found")
    original: Json = json.loads(row["body"])
    original.pop("reply_to_message", None)
    return original


def find(db: sqlite3.Connection, chat_id: int, message_id: int) -> sqlite3.Row | None:
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM message WHERE chat_id = ? AND message_id = ? AND NOT deleted",
        (chat_id, message_id),
    ).fetchone()
    return row


def rewrite(db: sqlite3.Connection, message: Json) -> Json:
    """Store an edited message with its inline keyboard, marked as edited now."""
    message = message | {"edit_date": int(time.time())}
    markup = message.get("reply_markup")
    db.execute(
        "UPDATE message SET body = ?, markup = ?, changed = ? WHERE message_id = ?",
        (
            json.dumps(message, ensure_ascii=False),
            json.dumps(markup) if markup else None,
            store.following(db, "changed"),
            message["message_id"],
        ),
    )
    return message


def delete(db: sqlite3.Connection, message_id: int) -> None:
    db.execute(
        "UPDATE message SET deleted = 1, changed = ? WHERE message_id = ?",
        (store.following(db, "changed"), message_id),
    )


def newest_with_keyboard(db: sqlite3.Connection, chat_id: int) -> list[sqlite3.Row]:
    """The bot's messages that still show an inline keyboard, newest first."""
    return db.execute(
        "SELECT * FROM message WHERE chat_id = ? AND by_bot AND NOT deleted"
        " AND markup LIKE '{\"inline_keyboard%' ORDER BY message_id DESC LIMIT 200",
        (chat_id,),
    ).fetchall()

"""The chat as one person sees it: for the page, and for scripts that look over the shoulder."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from devstack.sandbox import files, people, profile
from devstack.sandbox.errors import Json

MOST_MESSAGES = 500


def chat(db: sqlite3.Connection, person: sqlite3.Row, after: int) -> Json:
    """Everything that changed after the cursor `after`, in its present state, and a new cursor."""
    rows = db.execute(
        "SELECT * FROM message WHERE chat_id = ? AND changed > ? AND (? OR NOT deleted)"
        " ORDER BY message_id DESC LIMIT ?",
        (person["id"], after, after > 0, MOST_MESSAGES),
    ).fetchall()
    alerts = db.execute(
        "SELECT * FROM query WHERE chat_id = ? AND changed > ? AND answered ORDER BY changed"
        " LIMIT ?",
        (person["id"], after, MOST_MESSAGES),
    ).fetchall()
    newest = [row["changed"] for row in (*rows, *alerts)]
    return {
        "cursor": max([after, *newest]),
        "messages": [message(row) for row in reversed(rows)],
        "alerts": [alert(row) for row in alerts],
        "keyboard": json.loads(person["keyboard"]) if person["keyboard"] else None,
    }


def message(row: sqlite3.Row) -> Json:
    if row["deleted"]:
        return {"message_id": row["message_id"], "deleted": True}
    body = json.loads(row["body"])
    markup = json.loads(row["markup"] or "{}")
    view: Json = {
        "message_id": row["message_id"],
        "from": "bot" if row["by_bot"] else "user",
        "at": row["at"],
        "edited": "edit_date" in body,
        "text": body.get("text") or body.get("caption") or "",
        "entities": body.get("entities") or body.get("caption_entities") or [],
        "inline_keyboard": markup.get("inline_keyboard", []),
    }
    if "keyboard" in markup:
        view["reply_keyboard"] = markup["keyboard"]
    if "reply_to_message" in body:
        view["reply_to"] = body["reply_to_message"]["message_id"]
    return view | _attachment(body)


def _attachment(body: Json) -> Json:
    if "photo" in body:
        photo = body["photo"][-1]
        size = {name: photo[name] for name in ("width", "height", "file_id")}
        return {"photo": size | {"url": _url(photo, "photo")}}
    if "document" in body:
        document = body["document"]
        return {"document": document | {"url": _url(document, document["file_name"])}}
    return {kind: body[kind] for kind in ("location", "venue", "contact") if kind in body}


def _url(stored: Json, name: str) -> str:
    return f"/files/{files.number_of(stored['file_id'])}/{name}"


def alert(row: sqlite3.Row) -> Json:
    return {
        "callback_query_id": str(row["id"]),
        "message_id": row["message_id"],
        "data": row["data"],
        "text": row["text"] or "",
        "show_alert": bool(row["show_alert"]),
    }


def inbox(db: sqlite3.Connection, phone: str) -> list[Json]:
    """Text messages to this number, oldest first; a leading plus sign makes no difference."""
    rows = db.execute(
        "SELECT * FROM sms WHERE phone = ? ORDER BY id", (phone.strip().removeprefix("+"),)
    )
    return [
        {"id": row["id"], "text": row["text"], "at": row["at"], "seen": bool(row["seen"])}
        for row in rows
    ]


def frame(db: sqlite3.Connection, person: sqlite3.Row) -> Json:
    """What stands around the chat: who this is, the command menu, the inbox."""
    return {
        "person": {
            "id": person["id"],
            "name": person["first_name"],
            "phone": person["phone"],
            "started": bool(person["started"]),
            "blocked": bool(person["blocked"]),
        },
        "commands": profile.commands_for(db, person),
        "sms": inbox(db, person["phone"]),
        "keyboard": json.loads(person["keyboard"]) if person["keyboard"] else None,
    }


def cast(db: sqlite3.Connection) -> list[dict[str, Any]]:
    return [json.loads(row["sample"]) for row in people.sample_parents(db)]

"""The made-up parents of the sample, and anybody whom a script invents by a number."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

from devstack.sandbox.errors import ApiError, BadInput, Json, bad_request

SAMPLE = Path(__file__).resolve().parents[2] / "childcare" / "demo" / "parents.json"
LANGUAGE = {"zh": "zh-hans", "en": "en"}


def load_sample(db: sqlite3.Connection, path: Path = SAMPLE) -> None:
    """Write the sample parents, keeping what became of their chats."""
    for parent in json.loads(path.read_text(encoding="utf-8")):
        db.execute(
            "INSERT INTO person (id, first_name, language_code, phone, sample)"
            " VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
            " first_name = excluded.first_name, language_code = excluded.language_code,"
            " phone = excluded.phone, sample = excluded.sample",
            (
                parent["telegram_id"],
                parent["name"],
                LANGUAGE[parent["locale"]],
                parent["phone"],
                json.dumps(parent, ensure_ascii=False),
            ),
        )


def sample_parents(db: sqlite3.Connection) -> list[sqlite3.Row]:
    return db.execute("SELECT * FROM person WHERE sample IS NOT NULL ORDER BY id").fetchall()


def find_person(db: sqlite3.Connection, person_id: int) -> sqlite3.Row | None:
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM person WHERE id = ?", (person_id,)
    ).fetchone()
    return row


def person(db: sqlite3.Connection, person_id: int) -> sqlite3.Row:
    row = find_person(db, person_id)
    if row is None:
        raise BadInput(f"Nobody has the number {person_id}; /control/send creates a user.")
    return row


def invent(db: sqlite3.Connection, person_id: int, locale: str, phone: str | None) -> sqlite3.Row:
    """The person with this number, created if a script is the first to name it."""
    db.execute(
        "INSERT OR IGNORE INTO person (id, first_name, language_code, phone) VALUES (?, ?, ?, ?)",
        (
            person_id,
            f"Visitor {person_id}",
            LANGUAGE[locale],
            phone or f"+86139{person_id % 10**8:08d}",
        ),
    )
    return person(db, person_id)


def chat(db: sqlite3.Connection, chat_id: str | None) -> sqlite3.Row:
    """The person behind a chat that the bot may write to; 400 or 403 as the real server."""
    if not chat_id:
        raise bad_request("chat_id is empty")
    row = find_person(db, int(chat_id)) if chat_id.isdigit() else None
    if row is None or not row["started"]:
        raise bad_request("chat not found")
    if row["blocked"]:
        raise ApiError(403, "Forbidden: bot was blocked by the user")
    return row


def as_user(row: sqlite3.Row) -> Json:
    return {
        "id": row["id"],
        "is_bot": False,
        "first_name": row["first_name"],
        "language_code": row["language_code"],
    }


def as_chat(row: sqlite3.Row) -> Json:
    return {"id": row["id"], "first_name": row["first_name"], "type": "private"}

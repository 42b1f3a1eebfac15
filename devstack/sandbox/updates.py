"""The queue of updates: what the bot has not confirmed yet, in order."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from dataclasses import dataclass, field

from devstack.sandbox import store
from devstack.sandbox.errors import ApiError, BadInput, Json

# Both from the Bot API's documentation: the server forgets after a day, and gives 100 at most.
KEPT_SECONDS = 24 * 3600
MOST_AT_ONCE = 100
# Sent only to a bot that asks for them by name.
UNASKED = {"chat_member", "message_reaction", "message_reaction_count"}


def add(db: sqlite3.Connection, kind: str, body: Json) -> int | None:
    """Queue an update; None where the bot did not allow this kind when it happened."""
    allowed = store.setting(db, "allowed_updates")
    if (allowed and kind not in allowed) or (not allowed and kind in UNASKED):
        return None
    update_id = store.following(db, "update")
    db.execute(
        "INSERT INTO chat_update (update_id, at, body) VALUES (?, ?, ?)",
        (update_id, time.time(), json.dumps({"update_id": update_id, kind: body})),
    )
    return update_id


def due(db: sqlite3.Connection, limit: int) -> list[sqlite3.Row]:
    """What to give the bot next: whatever a script wants sent again first, then in order."""
    return db.execute(
        "SELECT update_id, body, again FROM chat_update"
        " WHERE (pending OR again) AND (again OR at > ?) ORDER BY again DESC, update_id LIMIT ?",
        (time.time() - KEPT_SECONDS, limit),
    ).fetchall()


def pending_count(db: sqlite3.Connection) -> int:
    row = db.execute(
        "SELECT count(*) AS n FROM chat_update WHERE pending AND at > ?",
        (time.time() - KEPT_SECONDS,),
    ).fetchone()
    return int(row["n"])


def confirm_before(db: sqlite3.Connection, offset: int) -> None:
    """A positive offset confirms everything before it; -n forgets all but the last n."""
    if offset > 0:
        db.execute("UPDATE chat_update SET pending = 0 WHERE pending AND update_id < ?", (offset,))
    elif offset < 0:
        db.execute(
            "UPDATE chat_update SET pending = 0 WHERE pending AND update_id NOT IN (SELECT"
            " update_id FROM chat_update WHERE pending ORDER BY update_id DESC LIMIT ?)",
            (-offset,),
        )


def confirm(db: sqlite3.Connection, update_id: int) -> None:
    db.execute("UPDATE chat_update SET pending = 0, again = 0 WHERE update_id = ?", (update_id,))


def confirm_all(db: sqlite3.Connection) -> None:
    db.execute("UPDATE chat_update SET pending = 0, again = 0 WHERE pending OR again")


def given_again(db: sqlite3.Connection, given: list[sqlite3.Row]) -> None:
    """An update that a script sends again goes out once more, whatever the offset says."""
    repeated = [(row["update_id"],) for row in given if row["again"]]
    if repeated:
        db.executemany("UPDATE chat_update SET again = 0 WHERE update_id = ?", repeated)


def redeliver(db: sqlite3.Connection, update_id: int) -> None:
    """Send a stored update once more, as the real server does after an answer is lost."""
    changed = db.execute("UPDATE chat_update SET again = 1 WHERE update_id = ?", (update_id,))
    if not changed.rowcount:
        raise BadInput(f"No update has the number {update_id}.")


def forget_old(db: sqlite3.Connection) -> None:
    week = 7 * 24 * 3600
    db.execute("DELETE FROM chat_update WHERE NOT pending AND at < ?", (time.time() - week,))


@dataclass
class Polls:
    """Only the newest getUpdates may wait; the one before it ends with 409."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _newest: int = 0
    _ended_by: str = ""

    def enter(self) -> int:
        return self.end("other getUpdates request; make sure that only one bot instance is running")

    def end(self, ended_by: str) -> int:
        with self._lock:
            self._newest += 1
            self._ended_by = ended_by
            return self._newest

    def check(self, turn: int) -> None:
        with self._lock:
            if turn != self._newest:
                raise ApiError(409, f"Conflict: terminated by {self._ended_by}")

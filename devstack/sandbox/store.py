from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS person (
    id INTEGER PRIMARY KEY, first_name TEXT NOT NULL, language_code TEXT NOT NULL,
    phone TEXT NOT NULL, sample TEXT, started INTEGER NOT NULL DEFAULT 0,
    blocked INTEGER NOT NULL DEFAULT 0, keyboard TEXT, keyboard_message INTEGER);
CREATE TABLE IF NOT EXISTS message (
    message_id INTEGER PRIMARY KEY, chat_id INTEGER NOT NULL, by_bot INTEGER NOT NULL,
    at REAL NOT NULL, body TEXT NOT NULL, markup TEXT, changed INTEGER NOT NULL,
    deleted INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS message_changed ON message (chat_id, changed);
CREATE INDEX IF NOT EXISTS message_chat ON message (chat_id, message_id);
CREATE TABLE IF NOT EXISTS chat_update (
    update_id INTEGER PRIMARY KEY, at REAL NOT NULL, body TEXT NOT NULL,
    pending INTEGER NOT NULL DEFAULT 1, again INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS update_due ON chat_update (update_id) WHERE pending OR again;
CREATE TABLE IF NOT EXISTS query (
    id INTEGER PRIMARY KEY, chat_id INTEGER NOT NULL, message_id INTEGER NOT NULL,
    data TEXT NOT NULL, at REAL NOT NULL, answered INTEGER NOT NULL DEFAULT 0,
    text TEXT, show_alert INTEGER NOT NULL DEFAULT 0, changed INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS query_changed ON query (chat_id, changed);
CREATE TABLE IF NOT EXISTS sms (
    id INTEGER PRIMARY KEY, phone TEXT NOT NULL, text TEXT NOT NULL, at REAL NOT NULL,
    seen INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS sms_phone ON sms (phone, id);
CREATE TABLE IF NOT EXISTS file (
    id INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, mime TEXT NOT NULL,
    width INTEGER, height INTEGER, content BLOB NOT NULL);
"""

# Ids never restart, even when rows go: the real server's only grow.
FIRST = {"message": 100, "update": 730_000_000, "query": 5_000_000_000_000, "changed": 0, "file": 0}


class Bell:
    """Wakes everybody who waits for something to change."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self.rung = 0
        self.is_stopped = False

    def ring(self) -> None:
        with self._condition:
            self.rung += 1
            self._condition.notify_all()

    def stop(self) -> None:
        """End every wait now and from now on, so that the process can leave."""
        self.is_stopped = True
        self.ring()

    def wait(self, seen: int, seconds: float) -> None:
        """Return at the first ring after `seen`, or after that many seconds."""
        with self._condition:
            self._condition.wait_for(lambda: self.rung != seen or self.is_stopped, seconds)


class Store:
    """One SQLite connection behind one lock: every access is short, and no thread waits inside."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        # WAL outlives a killed process; only a power cut could take the last moments.
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(SCHEMA)
        self._db.executemany("INSERT OR IGNORE INTO counter VALUES (?, ?)", FIRST.items())
        self.bell = Bell()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Commit what the block wrote and ring the bell, or undo all of it."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")
        self.bell.ring()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            yield self._db

    def close(self) -> None:
        with self._lock:
            self._db.close()


def following(db: sqlite3.Connection, name: str) -> int:
    """The next number of a counter that only grows."""
    row = db.execute(
        "UPDATE counter SET value = value + 1 WHERE name = ? RETURNING value", (name,)
    ).fetchone()
    return int(row["value"])


def latest(db: sqlite3.Connection, name: str) -> int:
    row = db.execute("SELECT value FROM counter WHERE name = ?", (name,)).fetchone()
    return int(row["value"])


def setting(db: sqlite3.Connection, name: str, default: Any = None) -> Any:
    row = db.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
    return json.loads(row["value"]) if row else default


def set_setting(db: sqlite3.Connection, name: str, value: Any) -> None:
    db.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (name, json.dumps(value)))


def drop_setting(db: sqlite3.Connection, name: str) -> None:
    db.execute("DELETE FROM setting WHERE name = ?", (name,))

"""Races in an arranged order, on real threads and connections, with safeguards taken out at will.

A race is told once: who does what, and after which look each waits until all the others have
looked, ended, or stand before somebody's lock. Then they go on, one after the other. So two that
may look at the same thing do, and the later one writes on what it saw before: sound code is safe
from it by its locks and constraints, and a control takes those out of the product's own SQL.
"""

import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event
from typing import Any, Self

from flask import Flask
from sqlalchemy import Connection, event, text

from childcare.db import db
from childcare.errors import DomainError
from tests.childcare.racing import PATIENCE, Command, acting, sabotage

BLOCKED = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0"
)
POLL_SECONDS = 0.002
# Which of two parts goes on first, where a race is played both ways.
EITHER_FIRST = (0, 1)


# What a part looks at before it decides, as its statement reads


def locked(table: str) -> str:
    """The locking read of a table's rows."""
    return rf"FROM {table}\b.* FOR NO KEY UPDATE"


OFFER = locked("waitlist_offer")
ENTRY = locked("waitlist_entry")
DAY = locked("class_day")
WHO_WAITS = "AS enrolments"
WHOSE_TURN = r"FROM waitlist_wish JOIN waitlist_entry"
CHILDS_STAYS = "stay.source <> 'offer'"
SAME_WISH = r"FROM waitlist_entry\s+WHERE waitlist_entry\.child_id = "
OPEN_OFFERS = (
    r"SELECT waitlist_offer\.id\s+FROM waitlist_offer\s+WHERE waitlist_offer\.entry_id IN "
)
BEING_OPENED = r"FROM class_group\b.* FOR SHARE"
GRANTS = r"booking\.grant_until >= "
# Not a look: the stay of an offer is written, and kept from all others.
KEEPS = r"INSERT INTO stay \("


@dataclass(frozen=True)
class Guard:
    """A safeguard: what of a statement makes it one and what is left of it, or what drops it."""

    cut: str = ""
    left: str = ""
    drop: str = ""
    # Only once a part has looked: what makes it look again.
    later: bool = False


def lock_of(table: str) -> Guard:
    return Guard(rf"(FROM {table}\b.*) FOR (NO KEY UPDATE|SHARE)", r"\1")


LOCKS = Guard(r" FOR (NO KEY UPDATE|SHARE)\b")
# The statement that takes a place, and the trigger behind it.
ROOM = Guard(r" AND taken\[\S+\] < capacity\[\S+\]")
TRIGGER = Guard(drop="DROP TRIGGER ck_class_day_not_oversold ON class_day")
# Giving back cuts only from what it saw; and nothing is counted below zero.
AS_SEEN = Guard(r" AND holds = \S+")
NOT_NEGATIVE = Guard(drop="ALTER TABLE class_day DROP CONSTRAINT ck_class_day_taken")
ONE_PLACE = Guard(drop="ALTER TABLE stay DROP CONSTRAINT ex_stay_child")
ONE_OFFER = Guard(drop="ALTER TABLE stay DROP CONSTRAINT ex_stay_offer")
ONE_GRANT = Guard(drop="ALTER TABLE waitlist_choice DROP CONSTRAINT uq_waitlist_choice_granted_by")
# The deadline as it is read, and the bars of a round.
DEADLINE = Guard(
    r"waitlist_offer\.ends_at(?=,)", "waitlist_offer.ends_at + interval '1 day' AS ends_at"
)
BARS = Guard(r"waitlist_bar\.round_id = [^\s)]+\)s(::\w+)?", "false")
SECOND_LOOK = Guard(rf"({OPEN_OFFERS}.*)", r"\1 AND false", later=True)
ONE_BOOKING = Guard(drop="ALTER TABLE booking DROP CONSTRAINT uq_booking_stay_id")


@dataclass
class Part:
    """What one of a race does; it waits after the nth statement that matches `after`, if any."""

    run: Callable[[], Any]
    after: str = ""
    nth: int = 1
    has_seen: bool = False
    waits: Event = field(default_factory=Event)
    may_go: Event = field(default_factory=Event)
    has_ended: Event = field(default_factory=Event)

    @property
    def is_still(self) -> bool:
        return self.has_ended.is_set() or (self.waits.is_set() and not self.may_go.is_set())

    def wait(self) -> None:
        self.has_seen = True
        self.waits.set()
        assert self.may_go.wait(PATIENCE)


def part(command: Command, after: str = "", *, nth: int = 1) -> Part:
    """A command through `act`, as every edge does it."""
    return Part(acting(command)[0], after, nth)


class Scene:
    """Where a race is played; safeguards taken out of it are missing in all its parts."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._parts: dict[int, Part] = {}
        self._gone: list[Guard] = []

    def __enter__(self) -> Self:
        event.listen(db.engine, "before_cursor_execute", self._before, retval=True)
        event.listen(db.engine, "after_cursor_execute", self._after)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(db.engine, "before_cursor_execute", self._before)
        event.remove(db.engine, "after_cursor_execute", self._after)

    def take_out(self, *guards: Guard) -> None:
        self._gone += [guard for guard in guards if guard.cut]
        sabotage(*(guard.drop for guard in guards if guard.drop))

    def play(self, *parts: Part, first: int = 0) -> list[Any]:
        """What each answered, or the refusal it got; `first` is the part that begins."""
        order = [*parts[first:], *parts[:first]]
        with ThreadPoolExecutor(len(parts)) as pool, db.engine.connect() as watch:
            begun: list[Part] = []
            answers = {}
            try:
                for one in order:
                    answers[id(one)] = pool.submit(self._one, one)
                    begun.append(one)
                    self._until_still(begun, watch)
                for one in order:
                    one.may_go.set()
                    self._until_still(begun, watch)
            finally:
                for one in order:
                    one.may_go.set()
            return [answers[id(one)].result(PATIENCE) for one in parts]

    def _one(self, one: Part) -> Any:
        self._parts[threading.get_ident()] = one
        try:
            with self._app.app_context():
                return one.run()
        except DomainError as refusal:
            return refusal
        finally:
            del self._parts[threading.get_ident()]
            one.has_ended.set()

    def _until_still(self, begun: list[Part], watch: Connection) -> None:
        """Until every part that has begun ended, waits, or stands before a lock."""
        until = time.monotonic() + PATIENCE
        while (moving := sum(not one.is_still for one in begun)) > _blocked(watch, moving):
            assert time.monotonic() < until, "a part neither ends nor waits"
            time.sleep(POLL_SECONDS)

    def _before(
        self,
        connection: Connection,
        cursor: Any,
        statement: str,
        parameters: Any,
        context: Any,
        executemany: bool,
    ) -> tuple[str, Any]:
        one = self._parts.get(threading.get_ident())
        if one is None:
            return statement, parameters
        connection.info["looks"] = _is_look(one, statement)
        for guard in self._gone:
            if guard.later and not one.has_seen:
                continue
            statement = re.sub(guard.cut, guard.left, statement, flags=re.DOTALL)
        return statement, parameters

    def _after(self, connection: Connection, *_: Any) -> None:
        one = self._parts.get(threading.get_ident())
        if one is not None and connection.info.pop("looks", False):
            one.wait()


def _is_look(one: Part, statement: str) -> bool:
    if one.has_seen or not one.after or not re.search(one.after, statement, re.DOTALL):
        return False
    one.nth -= 1
    return one.nth == 0


def _blocked(watch: Connection, moving: int) -> int:
    """How many stand before a lock of another."""
    if not moving:
        return 0
    with watch.begin():
        return watch.scalar(BLOCKED) or 0

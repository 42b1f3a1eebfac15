"""What one running sandbox holds."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import current_app

from devstack.sandbox import people, updates
from devstack.sandbox.errors import Json
from devstack.sandbox.limits import Faults, Limits, Record
from devstack.sandbox.settings import Settings
from devstack.sandbox.store import Store


@dataclass(frozen=True)
class Server:
    settings: Settings
    store: Store
    limits: Limits
    polls: updates.Polls = field(default_factory=updates.Polls)
    faults: Faults = field(default_factory=Faults)
    record: Record = field(default_factory=Record)
    # Chat number → monotonic instant until which "typing…" is shown; not worth keeping on disk.
    typing: dict[int, float] = field(default_factory=dict)

    @property
    def bot(self) -> Json:
        return {
            "id": self.settings.bot_id,
            "is_bot": True,
            "first_name": "托育通",
            "username": "childcare_sandbox_bot",
        }


def opened(settings: Settings) -> Server:
    """Open the database, load the sample parents, and forget what is a week old."""
    store = Store(settings.database)
    with store.transaction() as db:
        people.load_sample(db)
        updates.forget_old(db)
    limits = Limits(settings.per_second, settings.chat_per_second, settings.chat_burst)
    return Server(settings, store, limits)


def running() -> Server:
    """The server that the present request belongs to."""
    server: Server = current_app.extensions["sandbox"]
    return server

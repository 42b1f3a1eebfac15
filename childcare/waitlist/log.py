"""Writing what happened to an entry, so that every step can be explained."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from childcare.actors import Actor
from childcare.db import table
from childcare.waitlist.models import Happened, WaitlistEvent


def write(
    session: Session,
    actor: Actor,
    entry_id: int,
    kind: Happened,
    *,
    now: datetime,
    institution_id: int | None = None,
    round_id: int | None = None,
    offer_id: int | None = None,
    why: str = "",
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Write one line; `why` is a code, or a person's words."""
    session.execute(
        _WRITE,
        {
            "entry_id": entry_id,
            "institution_id": institution_id,
            "at": now,
            "actor": actor.label,
            "kind": kind,
            "round_id": round_id,
            "offer_id": offer_id,
            "why": why,
            "facts": dict(facts or {}),
        },
    )


_WRITE = insert(table(WaitlistEvent))

"""The product with a guard taken out, so that a test can show that it would notice."""

from collections.abc import Sequence

from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

import webapp
from childcare import capacity


def _take_naively(session: Session, day_id: int, slots: Sequence[int]) -> bool:
    """Look, decide, write: as one does who has never met a second client."""
    look = text("SELECT capacity, taken FROM class_day WHERE id = :day_id")
    places, taken = session.execute(look, {"day_id": day_id}).one()
    if any(taken[slot] >= places[slot] for slot in slots):
        return False
    more = [count + (slot in slots) for slot, count in enumerate(taken)]
    write = text("UPDATE class_day SET taken = :taken WHERE id = :day_id")
    session.execute(write, {"taken": more, "day_id": day_id})
    return True


def naive_web() -> Flask:
    """The web application that takes places without care."""
    vars(capacity)["take"] = _take_naively
    return webapp.create_app()

"""Stamps of what is on a page: another one as soon as anything of it is another."""

import hashlib
from datetime import date, datetime

from sqlalchemy import ScalarSelect, func, literal, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from childcare.capacity import ClassDay
from childcare.institutions import ClassGroup
from childcare.schedule import Roster


def stamp_of(*facts: object) -> str:
    """24 hexadecimal digits of facts, each of which `str` tells apart."""
    said = "|".join(str(fact) for fact in facts)
    return hashlib.blake2b(said.encode(), digest_size=12).hexdigest()


def places(institution_id: int, on: date) -> ScalarSelect[str]:
    """What has places and what is taken of them, of all classes on a date."""
    counts = func.concat(ClassDay.capacity, ClassDay.taken)
    return (
        select(func.string_agg(counts, aggregate_order_by(literal("|"), ClassDay.class_id)))
        .where(ClassDay.institution_id == institution_id, ClassDay.on == on)
        .scalar_subquery()
    )


def rosters(institution_id: int, on: date) -> ScalarSelect[datetime]:
    """When the carers of a date were changed last."""
    return (
        select(func.max(Roster.changed_at))
        .join(ClassGroup, ClassGroup.id == Roster.class_id)
        .where(ClassGroup.institution_id == institution_id, Roster.on == on)
        .scalar_subquery()
    )

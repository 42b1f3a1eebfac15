"""Who did something, by the name an institution's staff know them by."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from childcare.accounts import StaffMember
from childcare.actors import Kind
from childcare.people import Guardian


@dataclass(frozen=True)
class Who:
    """A person or the system; the name is empty where it is nobody's business here."""

    kind: Kind
    name: str = ""


@dataclass(frozen=True)
class Happening:
    """One event of a stay: from which state to which, why (a code or the person's own words)."""

    at: datetime
    who: Who
    was: str | None
    to: str
    why: str
    facts: Mapping[str, object] = field(default_factory=dict)


def names_of(
    session: Session, labels: Collection[str], *, family_ids: Collection[int]
) -> dict[str, Who]:
    """Actors of events by label: staff by name, guardians only of these families."""
    ids: dict[Kind, list[int]] = {kind: [] for kind in Kind}
    for label in set(labels):
        ids[_kind(label)].append(_id(label))
    staff = {
        row.id: row.name
        for row in session.execute(
            select(StaffMember.id, StaffMember.name).where(StaffMember.id.in_(ids[Kind.STAFF]))
        )
    }
    family = {
        row.id: row.name
        for row in session.execute(
            select(Guardian.id, Guardian.name).where(
                Guardian.id.in_([*ids[Kind.GUARDIAN], *ids[Kind.RELATIVE]]),
                Guardian.family_id.in_(family_ids),
                Guardian.erased_at.is_(None),
            )
        )
    }
    known = {Kind.STAFF: staff, Kind.GUARDIAN: family, Kind.RELATIVE: family}
    return {
        label: Who(_kind(label), known.get(_kind(label), {}).get(_id(label), ""))
        for label in set(labels)
    }


def _kind(label: str) -> Kind:
    found = label.partition(":")[0]
    return Kind(found) if found in set(Kind) else Kind.SYSTEM


def _id(label: str) -> int:
    number = label.partition(":")[2]
    return int(number) if number.isdecimal() else 0

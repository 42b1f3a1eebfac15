"""Everything that was done at an institution: who, what, when, why; newest first.

Each kind of record is a `Source`: a function that answers the newest lines of its own before a
cursor. A new one is added to `SOURCES`; the page merges them.
"""

import heapq
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from childcare import clock, institutions, people
from childcare.accounts import StaffMember, StaffRole
from childcare.actors import DESK, Actor, Kind, Role
from childcare.db import one
from childcare.errors import Forbidden, Malformed
from childcare.people import CareRelation, Child
from childcare.reports.away import absence_entries
from childcare.reports.lines import Cursor, Entry, LogPage, Source, Wanted
from childcare.reports.sources import audit_entries, stay_entries
from childcare.reports.waiting.journal import SUBJECT, waitlist_entries
from childcare.reports.waiting.known import known
from childcare.reports.who import names_of

LONGEST = timedelta(days=366)
# By name, which orders lines of one instant.
SOURCES: tuple[Source, ...] = (absence_entries, audit_entries, stay_entries, waitlist_entries)


@dataclass(frozen=True)
class Names:
    """The children whom the reader may know by name, by id: in care here, or on the lists."""

    in_care: Mapping[int, Child]
    listed: Mapping[int, Child]

    def of(self, entry: Entry) -> str:
        """Who waits has a name only where the lists speak."""
        child = self.in_care.get(entry.child_id or 0)
        if child is None and entry.source == SUBJECT:
            child = self.listed.get(entry.child_id or 0)
        return child.name if child else ""


def log_page(session: Session, actor: Actor, wanted: Wanted, *, now: datetime) -> LogPage:
    """A page of everything that was done at an institution.

    The desk reads children's names while they are in care, and on lines of its lists while they
    wait there (`waiting.known`); each such look is written down. Finance reads the lines without
    names, and may not ask for a child. Raises `Forbidden`, `Malformed`, and `NotFound` for a child
    that is not in care here.
    """
    actor.require(wanted.institution_id, *Role)
    if wanted.to_on < wanted.from_on or wanted.to_on - wanted.from_on > LONGEST:
        raise Malformed(
            "to_date", "not-after-start" if wanted.to_on < wanted.from_on else "too-long"
        )
    is_desk = actor.may(wanted.institution_id, *DESK)
    if wanted.child_id is not None:
        _require_in_care(session, wanted, is_desk=is_desk, now=now)
    found = list(heapq.merge(*(s(session, wanted) for s in SOURCES), key=_newest, reverse=True))
    shown = found[: wanted.limit]
    named = _named(session, actor, wanted, shown) if is_desk else _unnamed(session, wanted, shown)
    return LogPage(named, Cursor(*shown[-1].key) if len(found) > len(shown) else None)


def _newest(entry: Entry) -> tuple[datetime, str, int]:
    return entry.key


def _require_in_care(session: Session, wanted: Wanted, *, is_desk: bool, now: datetime) -> None:
    if not is_desk:
        raise Forbidden
    relation = select(CareRelation.child_id).where(
        CareRelation.child_id == wanted.child_id,
        CareRelation.institution_id == wanted.institution_id,
        CareRelation.until >= clock.today(now),
    )
    one(session, relation)


def _named(session: Session, actor: Actor, wanted: Wanted, entries: Sequence[Entry]) -> list[Entry]:
    children = people.children_in_care(
        session,
        actor,
        institution_id=wanted.institution_id,
        child_ids={entry.child_id for entry in entries if entry.child_id is not None},
    )
    listed = known(
        session,
        actor,
        institution_id=wanted.institution_id,
        entry_ids={entry.subject_id for entry in entries if entry.source == SUBJECT},
    )
    families = {child.family_id for child in children.values()} | listed.families
    return _filled(session, wanted, entries, Names(children, listed.children), families)


def _unnamed(session: Session, wanted: Wanted, entries: Sequence[Entry]) -> list[Entry]:
    return _filled(session, wanted, entries, Names({}, {}), set())


def _filled(
    session: Session,
    wanted: Wanted,
    entries: Sequence[Entry],
    names: Names,
    family_ids: Collection[int],
) -> list[Entry]:
    groups = {g.id: g for g in institutions.classes_of(session, wanted.institution_id)}
    labels = {entry.actor for entry in entries} | {entry.about for entry in entries if entry.about}
    who = names_of(session, labels, family_ids=family_ids)
    return [
        replace(
            entry,
            who=who[entry.actor],
            whom=who.get(entry.about),
            child=names.of(entry),
            is_in_care=entry.child_id in names.in_care,
            group=groups.get(entry.class_id or 0),
        )
        for entry in entries
    ]


def staff_names(session: Session, actor: Actor, *, institution_id: int) -> list[tuple[str, str]]:
    """Labels and names of everybody with a role there, by name. Raises `Forbidden`."""
    actor.require(institution_id, *Role)
    query = (
        select(StaffMember.id, StaffMember.name)
        .join(StaffRole, StaffRole.staff_id == StaffMember.id)
        .where(StaffRole.institution_id == institution_id)
        .distinct()
    )
    rows = session.execute(query.order_by(StaffMember.name, StaffMember.id))
    return [(f"{Kind.STAFF}:{row.id}", row.name) for row in rows]


def names_in_care(
    session: Session, actor: Actor, *, institution_id: int, now: datetime
) -> dict[int, str]:
    """The names of all children whose record is open to the desk, by id: to find one by its name.

    Whoever is then shown is a look at a record (`people.children_in_care`). Raises `Forbidden`.
    """
    actor.require(institution_id, *DESK)
    rows = session.execute(
        select(Child.id, Child.name)
        .join(CareRelation, CareRelation.child_id == Child.id)
        .where(
            CareRelation.institution_id == institution_id,
            CareRelation.until >= clock.today(now),
            Child.erased_at.is_(None),
        )
    )
    return {row.id: row.name for row in rows}

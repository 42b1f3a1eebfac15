"""Everything that was done at an institution: who, what, when, why; newest first.

Each kind of record is a `Source`: a function that answers the newest lines of its own before a
cursor. A new one is added to `SOURCES`; the page merges them.
"""

import heapq
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from childcare import clock, institutions, people
from childcare.actors import DESK, Actor, Role
from childcare.db import one
from childcare.errors import Forbidden, Malformed
from childcare.people import CareRelation, Child
from childcare.reports.lines import Cursor, Entry, LogPage, Source, Wanted
from childcare.reports.sources import audit_entries, stay_entries
from childcare.reports.who import names_of

LONGEST = timedelta(days=366)
# By name, which orders lines of one instant.
SOURCES: tuple[Source, ...] = (audit_entries, stay_entries)


def log_page(session: Session, actor: Actor, wanted: Wanted, *, now: datetime) -> LogPage:
    """A page of everything that was done at an institution.

    The desk reads children's names while they are in care, and each such look is written down;
    finance reads the lines without names, and may not ask for a child. Raises `Forbidden`,
    `Malformed`, and `NotFound` for a child that is not in care here.
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
    families = {child.family_id for child in children.values()}
    return _filled(session, wanted, entries, children, families)


def _unnamed(session: Session, wanted: Wanted, entries: Sequence[Entry]) -> list[Entry]:
    return _filled(session, wanted, entries, {}, set())


def _filled(
    session: Session,
    wanted: Wanted,
    entries: Sequence[Entry],
    children: Mapping[int, Child],
    family_ids: Collection[int],
) -> list[Entry]:
    groups = {g.id: g for g in institutions.classes_of(session, wanted.institution_id)}
    names: dict[int | None, str] = {child.id: child.name for child in children.values()}
    who = names_of(session, {entry.actor for entry in entries}, family_ids=family_ids)
    return [
        replace(
            entry,
            who=who[entry.actor],
            child=names.get(entry.child_id, ""),
            group=groups.get(entry.class_id or 0),
        )
        for entry in entries
    ]

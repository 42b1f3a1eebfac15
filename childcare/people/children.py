"""Children: loading one is authorising."""

import unicodedata
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from childcare import audit, clock, outbox
from childcare.actors import DESK, Actor, Kind
from childcare.db import lock
from childcare.errors import Forbidden, Malformed, NotFound
from childcare.people.guardians import count_children, me
from childcare.people.models import (
    CHILDREN_PER_FAMILY,
    CONSENT_VERSION,
    OLDEST_CHILD_YEARS,
    CareRelation,
    Child,
    ConsentNeeded,
    Family,
    TooManyChildren,
)


def children_of(session: Session, actor: Actor) -> Sequence[Child]:
    """The actor's own children, oldest record first."""
    mine = select(Child).where(Child.family_id == actor.own_family(), Child.erased_at.is_(None))
    return session.scalars(mine.order_by(Child.id)).all()


_CHILD = select(Child).where(Child.id == bindparam("id"), Child.erased_at.is_(None))


def child(session: Session, actor: Actor, child_id: int) -> Child:
    """A child the actor may see: a family's own, or one in an institution's care.

    A staff member's look is written to the audit (so a view of it needs `transaction()`).
    Raises `NotFound` for what is absent and for what is somebody else's.
    """
    found = session.scalars(_CHILD, {"id": child_id}).one_or_none()
    if found is None:
        raise NotFound
    if actor.kind is Kind.SYSTEM or actor.is_of_family(found.family_id):
        return found
    if actor.kind is not Kind.STAFF:
        raise NotFound
    now = clock.now(session)
    relations = select(CareRelation.institution_id).where(
        CareRelation.child_id == child_id, CareRelation.until >= clock.today(now)
    )
    where = next((at for at in session.scalars(relations) if actor.may(at, *DESK)), None)
    if where is None:
        raise NotFound
    audit.record(session, actor, "read", "child", child_id, now=now, institution_id=where)
    return found


def add_child(
    session: Session,
    actor: Actor,
    *,
    name: str,
    born_on: date,
    now: datetime,
    weeks_early: int = 0,
    allergies: str = "",
    care_notes: str = "",
) -> Child:
    """Keep a child's facts. Raises `ConsentNeeded`, `TooManyChildren`, `Malformed`, `Forbidden`."""
    guardian = me(session, actor)
    if guardian.consent_version is None:
        raise ConsentNeeded(version=CONSENT_VERSION)
    if actor.kind is not Kind.GUARDIAN:
        raise Forbidden
    name = checked_name(name)
    lock(session, Family, [guardian.family_id])
    if count_children(session, guardian.family_id) >= CHILDREN_PER_FAMILY:
        raise TooManyChildren(most=CHILDREN_PER_FAMILY)
    added = Child(
        family_id=guardian.family_id,
        name=name,
        born_on=checked_birth_date(born_on, today=clock.today(now)),
        weeks_early=weeks_early,
        allergies=allergies.strip()[:500],
        care_notes=care_notes.strip()[:1000],
        created_at=now,
    )
    session.add(added)
    session.flush()
    return added


JOINER = "\u200d"  # holds together the parts of one emoji


def checked_name(text: str) -> str:
    """A name without control and direction characters, which would mislead who reads it.

    Raises `Malformed` for nothing that can be seen, and for more than 40 characters.
    """
    kept = (c for c in text if c == JOINER or not unicodedata.category(c).startswith("C"))
    name = "".join(kept).strip()
    if not 1 <= len(name) <= 40:
        raise Malformed("name", "length", least=1, most=40)
    return name


def checked_birth_date(born_on: date, *, today: date) -> date:
    """The date itself. Raises `Malformed` for the future and for children too old to be served."""
    if born_on > today:
        raise Malformed("born_on", "in-the-future")
    if born_on.year < today.year - OLDEST_CHILD_YEARS:
        raise Malformed("born_on", "too-old", years=OLDEST_CHILD_YEARS)
    return born_on


def change_child(session: Session, actor: Actor, *, child_id: int, **facts: Any) -> Child:
    """Change named facts of an own child. Relatives may not edit health facts.

    Another birth date may mean other classes: what the child waits for is asked of them anew.
    """
    found = child(session, actor, child_id)
    if actor.kind is not Kind.GUARDIAN:
        raise Forbidden
    now, was_born_on = clock.now(session), found.born_on
    if "born_on" in facts:
        checked_birth_date(facts["born_on"], today=clock.today(now))
    if "name" in facts:
        facts["name"] = checked_name(facts["name"])
    for name, value in facts.items():
        setattr(found, name, value)
    session.flush()
    if found.born_on != was_born_on:
        key = f"{found.id}:{now.timestamp():.6f}"
        outbox.publish(session, "refresh-child", {"child_id": found.id}, key=key, now=now)
    return found

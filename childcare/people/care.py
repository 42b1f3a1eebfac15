"""Which institution may read which child, and until when."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import (
    func,
    select,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from childcare import audit, clock
from childcare.actors import DESK, Actor
from childcare.db import table
from childcare.people.models import CareRelation, Child

# The desk's board asks anew every few seconds: within this time it is one look.
ONE_LOOK = timedelta(hours=1)


def children_in_care(
    session: Session, actor: Actor, *, institution_id: int, child_ids: Collection[int]
) -> dict[int, Child]:
    """Those of these children whose record is open to an institution's desk, by id.

    Each look is written to the audit, as `child` does, but once in `ONE_LOOK` for a child.
    Raises `Forbidden` for whoever is not of the desk.
    """
    actor.require(institution_id, *DESK)
    now = clock.now(session)
    found = session.scalars(
        select(Child)
        .join(CareRelation, CareRelation.child_id == Child.id)
        .where(
            Child.id.in_(child_ids),
            Child.erased_at.is_(None),
            CareRelation.institution_id == institution_id,
            CareRelation.until >= clock.today(now),
        )
    ).all()
    _record_look(session, actor, institution_id, found, now)
    return {child.id: child for child in found}


def children_waiting(
    session: Session, actor: Actor, *, institution_id: int, child_ids: Collection[int]
) -> dict[int, Child]:
    """The children on an institution's waitlist, by id, for its desk; each look is written down.

    The caller says who waits there. Raises `Forbidden` for whoever is not of the desk.
    """
    actor.require(institution_id, *DESK)
    query = select(Child).where(Child.id.in_(child_ids), Child.erased_at.is_(None))
    found = session.scalars(query).all()
    _record_look(session, actor, institution_id, found, clock.now(session))
    return {child.id: child for child in found}


def _record_look(
    session: Session, actor: Actor, institution_id: int, found: Sequence[Child], now: datetime
) -> None:
    ids = [child.id for child in found]
    seen = audit.subjects_since(session, actor, "read", "child", ids, since=now - ONE_LOOK)
    unseen = [child_id for child_id in ids if child_id not in seen]
    where = institution_id
    audit.record_all(session, actor, "read", "child", unseen, now=now, institution_id=where)


def admit(session: Session, *, child_id: int, institution_id: int, until: date) -> None:
    """Open a child's record to an institution's staff up to and including `until`."""
    values = {"child_id": child_id, "institution_id": institution_id, "until": until}
    session.execute(_ADMIT, values)


_RELATION = insert(table(CareRelation))
_ADMIT = _RELATION.on_conflict_do_update(
    index_elements=["child_id", "institution_id"],
    set_={"until": func.greatest(CareRelation.until, _RELATION.excluded.until)},
)


def admit_until(session: Session, *, child_id: int, institution_id: int, until: date) -> None:
    """As `admit`, and no longer than `until` whatever was granted before."""
    row = insert(CareRelation).values(child_id=child_id, institution_id=institution_id, until=until)
    session.execute(
        row.on_conflict_do_update(
            index_elements=["child_id", "institution_id"], set_={"until": until}
        )
    )

"""Which institution may read which child, and until when."""

from collections.abc import Collection
from datetime import date, timedelta

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
    seen = audit.subjects_since(
        session, actor, "read", "child", [child.id for child in found], since=now - ONE_LOOK
    )
    audit.record_all(
        session,
        actor,
        "read",
        "child",
        [child.id for child in found if child.id not in seen],
        now=now,
        institution_id=institution_id,
    )
    return {child.id: child for child in found}


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

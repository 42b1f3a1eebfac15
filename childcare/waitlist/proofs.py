"""What families showed an institution's desk, for the lines of its table that ask for it."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from childcare import audit
from childcare.actors import DESK, Actor
from childcare.db import lock
from childcare.errors import Malformed, NotFound
from childcare.people import Family
from childcare.waitlist.models import Proof, Wish
from childcare.waitlist.order import TO_SHOW, refresh


def prove(
    session: Session,
    actor: Actor,
    *,
    institution_id: int,
    family_id: int,
    criterion: str,
    note: str,
    now: datetime,
) -> Proof:
    """A family that waits there showed the desk that it meets a criterion. Twice is once.

    Raises `NotFound` for a family that does not wait there, `Malformed`.
    """
    _require_waiting_family(session, actor, institution_id, family_id)
    if criterion not in TO_SHOW:
        raise Malformed("criterion", "unknown-criterion")
    known = _find_proof(session, institution_id, family_id, criterion)
    if known is not None:
        return known
    made = Proof(
        institution_id=institution_id,
        family_id=family_id,
        criterion=criterion,
        note=note.strip()[:500],
        recorded_at=now,
        recorded_by=actor.label,
    )
    session.add(made)
    session.flush()
    _changed(session, actor, "proved", made, now)
    return made


def unprove(
    session: Session,
    actor: Actor,
    *,
    institution_id: int,
    family_id: int,
    criterion: str,
    now: datetime,
) -> None:
    """What a family showed is no longer true. Twice is once."""
    _require_waiting_family(session, actor, institution_id, family_id)
    known = _find_proof(session, institution_id, family_id, criterion)
    if known is None:
        return
    known.withdrawn_at = now
    session.flush()
    _changed(session, actor, "unproved", known, now)


def proofs_of(
    session: Session, institution_id: int, family_ids: Collection[int]
) -> dict[int, list[Proof]]:
    """What families have shown an institution's desk and is valid still."""
    query = select(Proof).where(
        Proof.institution_id == institution_id,
        Proof.family_id.in_(family_ids),
        Proof.withdrawn_at.is_(None),
    )
    found: dict[int, list[Proof]] = {}
    for proof in session.scalars(query.order_by(Proof.id)):
        found.setdefault(proof.family_id, []).append(proof)
    return found


def _require_waiting_family(
    session: Session, actor: Actor, institution_id: int, family_id: int
) -> None:
    if not actor.may(institution_id, *DESK):
        raise NotFound
    waits = select(Wish.id).where(
        Wish.institution_id == institution_id, Wish.family_id == family_id, Wish.live
    )
    if session.scalar(waits.limit(1)) is None:
        raise NotFound
    # Two desks must not write the same proof twice.
    lock(session, Family, [family_id])


def _find_proof(
    session: Session, institution_id: int, family_id: int, criterion: str
) -> Proof | None:
    query = select(Proof).where(
        Proof.institution_id == institution_id,
        Proof.family_id == family_id,
        Proof.criterion == criterion,
        Proof.withdrawn_at.is_(None),
    )
    return session.scalars(query).one_or_none()


def _changed(session: Session, actor: Actor, what: str, proof: Proof, now: datetime) -> None:
    refresh(session, proof.institution_id, now=now, family_id=proof.family_id)
    facts = {"criterion": proof.criterion, "note": proof.note}
    where = proof.institution_id
    audit.record(
        session, actor, what, "family", proof.family_id, now=now, institution_id=where, facts=facts
    )

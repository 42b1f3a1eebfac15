"""Who works at an institution, as its directors see it; taking a role away."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from childcare import audit
from childcare.accounts import sessions
from childcare.accounts.models import AccountSession, StaffMember, StaffRole
from childcare.actors import Actor, Kind, Role
from childcare.errors import DomainError, Forbidden, Malformed, NotFound


class LastDirector(DomainError):
    """An institution is never left without a director."""

    code = "last-director"


@dataclass(frozen=True)
class Colleague:
    """A staff member with the roles they have at one institution."""

    id: int
    name: str
    username: str
    roles: Sequence[Role]
    last_seen_at: datetime | None


def colleagues(session: Session, actor: Actor, *, institution_id: int) -> list[Colleague]:
    """Everybody who works there, directors first, then by name. Raises `Forbidden`."""
    actor.require(institution_id, Role.DIRECTOR)
    seen = (
        select(func.max(AccountSession.last_seen_at))
        .where(AccountSession.staff_id == StaffMember.id)
        .scalar_subquery()
    )
    rows = session.execute(
        select(StaffMember.id, StaffMember.name, StaffMember.username, StaffRole.role, seen)
        .join(StaffRole, StaffRole.staff_id == StaffMember.id)
        .where(StaffRole.institution_id == institution_id, StaffMember.disabled_at.is_(None))
    ).all()
    roles: dict[int, list[Role]] = defaultdict(list)
    for row in rows:
        roles[row.id].append(Role(row.role))
    found = {
        row.id: Colleague(row.id, row.name, row.username, _in_order(roles[row.id]), row[4])
        for row in rows
    }
    return sorted(found.values(), key=_rank)


def _in_order(roles: Sequence[Role]) -> list[Role]:
    return [role for role in Role if role in roles]


def _rank(colleague: Colleague) -> tuple[bool, str, int]:
    return Role.DIRECTOR not in colleague.roles, colleague.name, colleague.id


def take_role(
    session: Session,
    actor: Actor,
    *,
    institution_id: int,
    staff_id: int,
    role: Role,
    reason: str,
    now: datetime,
) -> None:
    """Take a role from a colleague, by a director who says why; their sessions end everywhere.

    Raises `Forbidden`, `Malformed` without a reason, `NotFound`, `LastDirector`.
    """
    actor.require(institution_id, Role.DIRECTOR)
    if not reason.strip():
        raise Malformed("reason", "required")
    directors = _locked_directors(session, institution_id)
    # Somebody may have taken the actor's own role while this waited.
    if actor.kind is Kind.STAFF and actor.id not in directors:
        raise Forbidden
    if role is Role.DIRECTOR and directors == {staff_id}:
        raise LastDirector
    held = session.get(StaffRole, (staff_id, institution_id, role))
    if held is None:
        raise NotFound
    session.delete(held)
    session.flush()
    sessions.revoke_all(session, Actor(Kind.STAFF, staff_id), now=now)
    audit.record(
        session,
        actor,
        "staff-role-taken",
        "staff",
        staff_id,
        now=now,
        institution_id=institution_id,
        facts={"role": role, "reason": reason.strip()},
    )


def _locked_directors(session: Session, institution_id: int) -> set[int]:
    """The active directors of an institution, held until the end: two cannot remove each other."""
    rows = session.scalars(
        select(StaffRole.staff_id)
        .join(StaffMember, StaffMember.id == StaffRole.staff_id)
        .where(
            StaffRole.institution_id == institution_id,
            StaffRole.role == Role.DIRECTOR,
            StaffMember.disabled_at.is_(None),
        )
        .order_by(StaffRole.staff_id)
        .with_for_update(of=StaffRole)
    )
    return set(rows)

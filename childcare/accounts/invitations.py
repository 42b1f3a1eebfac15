"""Joining an institution's staff: a director's one-time link, good for seven days.

The first director is made by the operators' command; everybody else is invited. A link is worth no
more than the director who made it: it ends with their own role.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, select, update
from sqlalchemy.orm import Session

from childcare import audit
from childcare.accounts import staff
from childcare.accounts.models import StaffInvitation, StaffMember, StaffRole
from childcare.accounts.sessions import token_hash
from childcare.actors import Actor, Kind, Role
from childcare.db import lock
from childcare.errors import DomainError, Forbidden, NotFound
from childcare.institutions import Institution

LIVES = timedelta(days=7)
MOST_AT_ONCE = 50
LONGEST_NAME = 80


class InvitationOver(DomainError):
    """Used, withdrawn, run out, or never made: a link that opens nothing."""

    code = "invitation-over"
    status = 410


class HasRoleAlready(DomainError):
    """The link is not used up by somebody who is already what it would make them."""

    code = "has-role-already"


class TooManyInvitations(DomainError):
    """At most so many links of one institution are out at once."""

    code = "too-many-invitations"


@dataclass(frozen=True)
class Invited:
    """What a link invites to."""

    invitation_id: int
    institution_id: int
    institution: Institution
    role: Role
    invited_by: str
    expires_at: datetime


def invite(
    session: Session,
    actor: Actor,
    *,
    institution_id: int,
    role: Role,
    intended_for: str = "",
    now: datetime,
) -> tuple[StaffInvitation, str]:
    """Make a link's token, which is kept nowhere, by a director.

    Raises `Forbidden`, `TooManyInvitations`.
    """
    actor.require(institution_id, Role.DIRECTOR)
    lock(session, Institution, [institution_id])
    if len(_pending(session, institution_id, now)) >= MOST_AT_ONCE:
        raise TooManyInvitations(most=MOST_AT_ONCE)
    token = secrets.token_urlsafe(32)
    made = StaffInvitation(
        token_hash=token_hash(token),
        institution_id=institution_id,
        role=role,
        intended_for=intended_for.strip()[:LONGEST_NAME],
        invited_by_id=actor.id,
        created_at=now,
        expires_at=now + LIVES,
    )
    session.add(made)
    session.flush()
    _record(session, actor, "staff-invited", made, now)
    return made, token


def pending_invitations(
    session: Session, actor: Actor, *, institution_id: int, now: datetime
) -> Sequence[StaffInvitation]:
    """The links of an institution that still open something, newest first. Raises `Forbidden`."""
    actor.require(institution_id, Role.DIRECTOR)
    return _pending(session, institution_id, now)


def _pending(session: Session, institution_id: int, now: datetime) -> Sequence[StaffInvitation]:
    query = select(StaffInvitation).where(
        StaffInvitation.institution_id == institution_id, _is_good(now)
    )
    return session.scalars(query.order_by(StaffInvitation.id.desc())).all()


def _is_good(now: datetime) -> ColumnElement[bool]:
    """Neither used nor withdrawn nor run out, and whoever made it is still a director there."""
    return and_(
        StaffInvitation.used_at.is_(None),
        StaffInvitation.revoked_at.is_(None),
        StaffInvitation.expires_at > now,
        exists().where(
            StaffRole.staff_id == StaffInvitation.invited_by_id,
            StaffRole.institution_id == StaffInvitation.institution_id,
            StaffRole.role == Role.DIRECTOR,
            StaffMember.id == StaffRole.staff_id,
            StaffMember.disabled_at.is_(None),
        ),
    )


def withdraw_invitation(
    session: Session, actor: Actor, *, institution_id: int, invitation_id: int, now: datetime
) -> None:
    """End a link before anybody used it, by a director. Raises `Forbidden`, `NotFound`."""
    actor.require(institution_id, Role.DIRECTOR)
    ended = session.scalar(
        update(StaffInvitation)
        .where(
            StaffInvitation.id == invitation_id,
            StaffInvitation.institution_id == institution_id,
            StaffInvitation.used_at.is_(None),
            StaffInvitation.revoked_at.is_(None),
        )
        .values(revoked_at=now)
        .returning(StaffInvitation)
    )
    if ended is None:
        raise NotFound
    _record(session, actor, "staff-invitation-withdrawn", ended, now)


def invited(session: Session, token: str, *, now: datetime) -> Invited:
    """What a link invites to; looking does not use it up. Raises `InvitationOver`."""
    row = session.execute(
        select(StaffInvitation, Institution, StaffMember.name)
        .join(Institution, Institution.id == StaffInvitation.institution_id)
        .join(StaffMember, StaffMember.id == StaffInvitation.invited_by_id)
        .where(StaffInvitation.token_hash == token_hash(token), _is_good(now))
    ).first()
    if row is None:
        raise InvitationOver
    found, place, name = row
    return Invited(found.id, place.id, place, Role(found.role), name, found.expires_at)


def join_as_newcomer(
    session: Session, *, token: str, username: str, name: str, password_hash: str, now: datetime
) -> StaffMember:
    """Make an account with the link's role, and use the link up.

    Raises `InvitationOver`, `UsernameTaken`, `Malformed`.
    """
    to = invited(session, token, now=now)
    member = staff.create_staff(
        session,
        username=username,
        name=name,
        password_hash=password_hash,
        roles={to.institution_id: to.role},
        now=now,
    )
    _use(session, Actor(Kind.STAFF, member.id), to, now)
    return member


def join(session: Session, actor: Actor, *, token: str, now: datetime) -> Invited:
    """Give the actor's account the link's role, and use the link up.

    Raises `InvitationOver`, `HasRoleAlready`, and `Forbidden` for who is not staff.
    """
    if actor.kind is not Kind.STAFF:
        raise Forbidden
    to = invited(session, token, now=now)
    # Two links for one person are used in turn.
    lock(session, StaffMember, [actor.id])
    if to.role in staff.roles_of(session, actor.id).get(to.institution_id, frozenset()):
        raise HasRoleAlready
    session.add(StaffRole(staff_id=actor.id, institution_id=to.institution_id, role=to.role))
    session.flush()
    _use(session, actor, to, now)
    return to


def _use(session: Session, actor: Actor, to: Invited, now: datetime) -> None:
    """Compare and set: of two who press at once, one finds the link used."""
    used = session.scalar(
        update(StaffInvitation)
        .where(StaffInvitation.id == to.invitation_id, _is_good(now))
        .values(used_at=now, used_by_id=actor.id)
        .returning(StaffInvitation)
        .execution_options(synchronize_session=False)
    )
    if used is None:
        raise InvitationOver
    _record(session, actor, "staff-joined", used, now)


def _record(
    session: Session, actor: Actor, action: str, about: StaffInvitation, now: datetime
) -> None:
    audit.record(
        session,
        actor,
        action,
        "staff-invitation",
        about.id,
        now=now,
        institution_id=about.institution_id,
        facts={"role": about.role, "invited_by": about.invited_by_id},
    )

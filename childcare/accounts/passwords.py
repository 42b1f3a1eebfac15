"""Staff passwords in use: opening a session by one, changing one's own.

Checking a password takes a tenth of a second and happens with no transaction open. So what was
checked is the hash that was read before; it is compared once more under the member's lock.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from childcare import audit
from childcare.accounts import sessions, staff
from childcare.accounts.models import StaffMember
from childcare.accounts.staff import BadCredentials
from childcare.actors import Actor, Kind
from childcare.db import lock
from childcare.errors import Forbidden


def open_staff_session(
    session: Session, *, staff_id: int, checked_hash: str, label: str, address: str, now: datetime
) -> tuple[str, StaffMember]:
    """Sign a staff member in whose password fits `checked_hash`: the token, and who it is.

    Raises `BadCredentials` where the password was changed, or the member disabled, meanwhile.
    """
    member = _locked(session, staff_id, checked_hash)
    actor = staff.actor_of(session, member)
    token = sessions.open_session(session, actor, label=label, address=address, now=now)
    return token, member


def own_password_hash(session: Session, actor: Actor) -> str:
    """The hash of the actor's own password, to be checked outside. Raises `Forbidden`."""
    known = session.scalar(select(StaffMember.password_hash).where(StaffMember.id == actor.id))
    if actor.kind is not Kind.STAFF or known is None:
        raise Forbidden
    return known


def change_password(
    session: Session,
    actor: Actor,
    *,
    checked_hash: str,
    new_hash: str,
    session_id: int,
    now: datetime,
) -> None:
    """Give the actor a new password and end every session but this one.

    `checked_hash` is what the old password was proved against. Raises `BadCredentials` where it is
    not the password any more.
    """
    member = _locked(session, actor.id, checked_hash)
    member.password_hash = new_hash
    sessions.revoke_others(session, actor, keep_id=session_id, now=now)
    audit.record(session, actor, "password-changed", "staff", actor.id, now=now)


def _locked(session: Session, staff_id: int, checked_hash: str) -> StaffMember:
    found = lock(session, StaffMember, [staff_id])
    if not found or found[0].password_hash != checked_hash or found[0].disabled_at is not None:
        raise BadCredentials
    return found[0]

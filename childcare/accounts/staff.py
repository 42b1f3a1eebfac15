"""Staff of institutions: who they are, what they may do where, and their passwords."""

import unicodedata
from collections.abc import Mapping
from datetime import datetime
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from childcare.accounts.models import StaffMember, StaffRole
from childcare.actors import Actor, Kind, Role
from childcare.db import one
from childcare.errors import Busy, DomainError, Malformed
from childcare.i18n import Tongue

SHORTEST_PASSWORD, LONGEST_PASSWORD = 10, 200
LONGEST_USERNAME = 60

# One hash takes 64 MiB and a tenth of a second: two at once, the others wait a little.
_hasher = PasswordHasher()
_at_once = BoundedSemaphore(2)
_PATIENCE_SECONDS = 5.0
# Checked for unknown users, so that the time taken does not tell who exists.
_NOBODYS = (
    "$argon2id$v=19$m=65536,t=3,p=4$"
    "6JLkFyPM3Jt4SbHZDmQeZQ$ucMX/B98xzUA1QwF/z4FCbLkXWhBHcKAUNBzk54Z+Bs"
)


class BadCredentials(DomainError):
    """Unknown user or wrong password: which of the two is not told."""

    code = "bad-credentials"
    status = 401


class UsernameTaken(DomainError):
    code = "username-taken"
    constraints = ("uq_staff_member_username",)


def hash_password(password: str) -> str:
    """An argon2id hash. Raises `Malformed` for passwords outside 10 … 200 characters."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise Malformed("password", "length", least=SHORTEST_PASSWORD, most=LONGEST_PASSWORD)
    return _hasher.hash(password)


def is_password(password: str, known_hash: str | None) -> bool:
    """Whether a password belongs to a hash; takes as long where there is none.

    Call it with no transaction open: it takes a tenth of a second. Raises `Busy` where too many
    wait already.
    """
    if not _at_once.acquire(timeout=_PATIENCE_SECONDS):
        raise Busy
    try:
        return _hasher.verify(known_hash or _NOBODYS, password) and known_hash is not None
    except (VerificationError, InvalidHashError):
        return False
    finally:
        _at_once.release()


def create_staff(
    session: Session,
    *,
    username: str,
    name: str,
    password_hash: str,
    roles: Mapping[int, Role],
    now: datetime,
) -> StaffMember:
    """Add a staff member with a role at each institution. Raises `UsernameTaken`, `Malformed`."""
    spelled = username_of(username)
    if not spelled or len(spelled) > LONGEST_USERNAME:
        raise Malformed("username", "length", least=1, most=LONGEST_USERNAME)
    if session.scalar(select(StaffMember.id).where(StaffMember.username == spelled)):
        raise UsernameTaken
    member = StaffMember(
        username=spelled, name=name.strip()[:80], password_hash=password_hash, created_at=now
    )
    session.add(member)
    session.flush()
    session.add_all(
        StaffRole(staff_id=member.id, institution_id=at, role=role) for at, role in roles.items()
    )
    session.flush()
    return member


def username_of(text: str) -> str:
    """One spelling of a user name: compatible characters and case folded, no space around."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def credentials(session: Session, username: str) -> tuple[int, str] | None:
    """Id and password hash of an active staff member."""
    row = session.execute(
        select(StaffMember.id, StaffMember.password_hash).where(
            StaffMember.username == username_of(username), StaffMember.disabled_at.is_(None)
        )
    ).first()
    return (row.id, row.password_hash) if row else None


def find_active(session: Session, staff_id: int) -> StaffMember | None:
    query = select(StaffMember).where(StaffMember.id == staff_id, StaffMember.disabled_at.is_(None))
    return session.scalars(query).one_or_none()


def staff_member(session: Session, staff_id: int) -> StaffMember:
    return one(session, select(StaffMember).where(StaffMember.id == staff_id))


def roles_of(session: Session, staff_id: int) -> dict[int, frozenset[Role]]:
    """Roles by institution id."""
    rows = session.execute(
        select(StaffRole.institution_id, StaffRole.role).where(StaffRole.staff_id == staff_id)
    ).all()
    return {
        at: frozenset(Role(row.role) for row in rows if row.institution_id == at)
        for at in {row.institution_id for row in rows}
    }


def actor_of(session: Session, member: StaffMember) -> Actor:
    return Actor(Kind.STAFF, member.id, roles=roles_of(session, member.id))


def choose_language(session: Session, actor: Actor, tongue: Tongue) -> None:
    """The language that the actor, a staff member, reads. Raises `NotFound`."""
    staff_member(session, actor.id).locale = tongue
    session.flush()


def tongue_of(member: StaffMember) -> Tongue:
    return "en" if member.locale == "en" else "zh"

"""Families, guardians, children: who they are, and who may see which child.

`child` is the only way to a child: loading is authorising, and what is absent looks like what is
somebody else's. A staff member reaches a child through a `CareRelation` alone, and every such read
is written down for the guardian to see.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    SmallInteger,
    UniqueConstraint,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from childcare import audit, clock
from childcare.actors import DESK, Actor, Kind
from childcare.db import Base, Identified, lock, one
from childcare.errors import DomainError, Forbidden, Malformed, NotFound
from childcare.i18n import Tongue

CONSENT_VERSION = "2026-11"
# Staff may read a child's record this long after the last day of care.
RECORD_STAYS_OPEN = timedelta(days=30)
# Children 0-3; a child may finish the month in which it turns three, and families keep records.
OLDEST_CHILD_YEARS = 4
CHILDREN_PER_FAMILY = 12


class ConsentNeeded(DomainError):
    """A child's facts are kept only after consent to the text in force."""

    code = "consent-needed"


class TooManyChildren(DomainError):
    code = "too-many-children"


class PhoneTaken(DomainError):
    """Two families that both have children are never merged."""

    code = "phone-taken"
    constraints = ("uq_guardian_phone",)


class Family(Identified):
    __tablename__ = "family"

    created_at: Mapped[datetime]


class GuardianRole(StrEnum):
    GUARDIAN = "guardian"
    RELATIVE = "relative"


class Guardian(Identified):
    """A person of a family with an account: by chat, by phone, or both."""

    __tablename__ = "guardian"
    __table_args__ = (
        CheckConstraint("role IN ('guardian', 'relative')", name="role"),
        CheckConstraint("locale IN ('zh', 'en')", name="locale"),
        CheckConstraint(
            "quiet_from BETWEEN 0 AND 1439 AND quiet_until BETWEEN 0 AND 1439", name="quiet_hours"
        ),
        UniqueConstraint("phone"),
        UniqueConstraint("telegram_id"),
        UniqueConstraint("calendar_hash"),
        Index("ix_guardian_family_id", "family_id"),
    )

    family_id: Mapped[int] = mapped_column(ForeignKey("family.id"))
    role: Mapped[str] = mapped_column(default=GuardianRole.GUARDIAN)
    name: Mapped[str] = mapped_column(default="")
    phone: Mapped[str | None]
    telegram_id: Mapped[int | None]
    chat_blocked_at: Mapped[datetime | None]
    locale: Mapped[str] = mapped_column(default="zh")
    quiet_from: Mapped[int] = mapped_column(SmallInteger, default=22 * 60)
    quiet_until: Mapped[int] = mapped_column(SmallInteger, default=8 * 60)
    switches: Mapped[dict[str, bool]] = mapped_column(JSONB, default=dict)
    consent_version: Mapped[str | None]
    consented_at: Mapped[datetime | None]
    calendar_hash: Mapped[str | None]
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]

    @property
    def tongue(self) -> Tongue:
        return "en" if self.locale == "en" else "zh"

    @property
    def actor(self) -> Actor:
        return Actor(Kind(self.role), self.id, self.family_id)


class Child(Identified):
    __tablename__ = "child"
    __table_args__ = (
        CheckConstraint("weeks_early BETWEEN 0 AND 18", name="weeks_early"),
        Index("ix_child_family_id", "family_id"),
    )

    family_id: Mapped[int] = mapped_column(ForeignKey("family.id"))
    name: Mapped[str]
    born_on: Mapped[date]
    weeks_early: Mapped[int] = mapped_column(SmallInteger, default=0)
    allergies: Mapped[str] = mapped_column(default="")
    care_notes: Mapped[str] = mapped_column(default="")
    vaccinated_on: Mapped[date | None]
    health_checked_on: Mapped[date | None]
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]


class PlaceKind(StrEnum):
    HOME = "home"
    WORK = "work"
    GRANDPARENTS = "grandparents"


class SavedPlace(Identified):
    """A place of a family to search from, WGS-84."""

    __tablename__ = "saved_place"
    __table_args__ = (
        UniqueConstraint("family_id", "kind"),
        CheckConstraint("lat BETWEEN -90 AND 90 AND lng BETWEEN -180 AND 180", name="position"),
    )

    family_id: Mapped[int] = mapped_column(ForeignKey("family.id"))
    kind: Mapped[str]
    label: Mapped[str]
    lat: Mapped[float]
    lng: Mapped[float]


class CareRelation(Base):
    """A child is, was or will be in an institution's care; its staff may read the child until then.

    Written through `admit` by bookings and enrolments.
    """

    __tablename__ = "care_relation"

    child_id: Mapped[int] = mapped_column(ForeignKey("child.id"), primary_key=True)
    institution_id: Mapped[int] = mapped_column(primary_key=True)
    until: Mapped[date]


def arrive(
    session: Session, *, telegram_id: int, name: str, locale: Tongue, now: datetime
) -> Guardian:
    """The guardian behind a chat, created with a family of its own at the first message."""
    found = find_by_chat(session, telegram_id)
    if found:
        return found
    return _newcomer(session, now=now, telegram_id=telegram_id, name=name[:80], locale=locale)


def arrive_by_phone(session: Session, *, phone: str, locale: Tongue, now: datetime) -> Guardian:
    """The guardian with a phone number that was just proved, created if new."""
    found = session.scalars(select(Guardian).where(Guardian.phone == phone)).one_or_none()
    return found or _newcomer(session, now=now, phone=phone, locale=locale)


def _newcomer(session: Session, *, now: datetime, **who: Any) -> Guardian:
    family = Family(created_at=now)
    session.add(family)
    session.flush()
    guardian = Guardian(family_id=family.id, created_at=now, **who)
    session.add(guardian)
    session.flush()
    return guardian


def find_by_chat(session: Session, telegram_id: int) -> Guardian | None:
    return session.scalars(
        select(Guardian).where(Guardian.telegram_id == telegram_id)
    ).one_or_none()


def me(session: Session, actor: Actor) -> Guardian:
    """The guardian that the actor is. Raises `Forbidden` for staff and strangers."""
    actor.own_family()
    return one(session, select(Guardian).where(Guardian.id == actor.id))


def guardians_of(session: Session, family_id: int) -> Sequence[Guardian]:
    """Everyone of a family who has an account, guardians and relatives."""
    people = select(Guardian).where(Guardian.family_id == family_id, Guardian.erased_at.is_(None))
    return session.scalars(people.order_by(Guardian.id)).all()


def consent(session: Session, actor: Actor, *, version: str, now: datetime) -> Guardian:
    """Record consent to the text of `version`. Raises `Malformed` for a text not in force."""
    if version != CONSENT_VERSION:
        raise Malformed("consent_version", "not-in-force", in_force=CONSENT_VERSION)
    guardian = me(session, actor)
    if guardian.consent_version != version:
        guardian.consent_version, guardian.consented_at = version, now
        audit.record(
            session, actor, "consented", "guardian", guardian.id, now=now, facts={"text": version}
        )
    return guardian


def link_phone(session: Session, actor: Actor, *, phone: str, now: datetime) -> Guardian:
    """Attach a proved phone to the actor's chat, joining the account that has this phone.

    One of the two must have no children yet, else `PhoneTaken`. Returns the guardian that remains;
    the actor's chat belongs to it from now on.
    """
    chat = me(session, actor)
    known = session.scalars(select(Guardian).where(Guardian.phone == phone)).one_or_none()
    if known is None or known.id == chat.id:
        chat.phone = phone
        session.flush()
        return chat
    lock(session, Family, [chat.family_id, known.family_id])
    if known.telegram_id not in (None, chat.telegram_id):
        raise PhoneTaken
    stays, goes = (known, chat) if _children(session, known.family_id) else (chat, known)
    if _children(session, goes.family_id):
        raise PhoneTaken
    telegram_id = chat.telegram_id
    goes.phone = goes.telegram_id = None
    goes.erased_at = now
    session.flush()
    stays.phone, stays.telegram_id = phone, telegram_id
    if stays.consent_version is None and goes.consent_version:
        stays.consent_version, stays.consented_at = goes.consent_version, goes.consented_at
    audit.record(session, actor, "linked", "guardian", stays.id, now=now, facts={"joined": goes.id})
    session.flush()
    return stays


def _children(session: Session, family_id: int) -> int:
    query = select(func.count()).where(Child.family_id == family_id, Child.erased_at.is_(None))
    return session.scalar(query) or 0


def children_of(session: Session, actor: Actor) -> Sequence[Child]:
    """The actor's own children, oldest record first."""
    mine = select(Child).where(Child.family_id == actor.own_family(), Child.erased_at.is_(None))
    return session.scalars(mine.order_by(Child.id)).all()


def child(session: Session, actor: Actor, child_id: int) -> Child:
    """A child the actor may see: a family's own, or one in an institution's care.

    A staff member's look is written to the audit (so a view of it needs `transaction()`).
    Raises `NotFound` for what is absent and for what is somebody else's.
    """
    query = select(Child).where(Child.id == child_id, Child.erased_at.is_(None))
    found = one(session, query)
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


def admit(session: Session, *, child_id: int, institution_id: int, until: date) -> None:
    """Open a child's record to an institution's staff up to and including `until`."""
    row = insert(CareRelation).values(child_id=child_id, institution_id=institution_id, until=until)
    session.execute(
        row.on_conflict_do_update(
            index_elements=["child_id", "institution_id"],
            set_={"until": func.greatest(CareRelation.until, row.excluded.until)},
        )
    )


def admit_until(session: Session, *, child_id: int, institution_id: int, until: date) -> None:
    """As `admit`, and no longer than `until` whatever was granted before."""
    row = insert(CareRelation).values(child_id=child_id, institution_id=institution_id, until=until)
    session.execute(
        row.on_conflict_do_update(
            index_elements=["child_id", "institution_id"], set_={"until": until}
        )
    )


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
    name = name.strip()
    if not 1 <= len(name) <= 40:
        raise Malformed("name", "length", least=1, most=40)
    lock(session, Family, [guardian.family_id])
    if _children(session, guardian.family_id) >= CHILDREN_PER_FAMILY:
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


def checked_birth_date(born_on: date, *, today: date) -> date:
    """The date itself. Raises `Malformed` for the future and for children too old to be served."""
    if born_on > today:
        raise Malformed("born_on", "in-the-future")
    if born_on.year < today.year - OLDEST_CHILD_YEARS:
        raise Malformed("born_on", "too-old", years=OLDEST_CHILD_YEARS)
    return born_on


def change_child(session: Session, actor: Actor, *, child_id: int, **facts: Any) -> Child:
    """Change named facts of an own child. Relatives may not edit health facts."""
    found = child(session, actor, child_id)
    if actor.kind is not Kind.GUARDIAN:
        raise Forbidden
    if "born_on" in facts:
        checked_birth_date(facts["born_on"], today=clock.today(clock.now(session)))
    for name, value in facts.items():
        setattr(found, name, value)
    session.flush()
    return found


def places_of(session: Session, actor: Actor) -> Sequence[SavedPlace]:
    mine = select(SavedPlace).where(SavedPlace.family_id == actor.own_family())
    return session.scalars(mine.order_by(SavedPlace.id)).all()


def save_place(
    session: Session, actor: Actor, *, kind: PlaceKind, label: str, lat: float, lng: float
) -> None:
    """Set the family's home, work or grandparents' place (WGS-84)."""
    row = insert(SavedPlace).values(
        family_id=actor.own_family(), kind=kind, label=label[:80], lat=lat, lng=lng
    )
    session.execute(
        row.on_conflict_do_update(
            index_elements=["family_id", "kind"],
            set_={"label": row.excluded.label, "lat": row.excluded.lat, "lng": row.excluded.lng},
        )
    )

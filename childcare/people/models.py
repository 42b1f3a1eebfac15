"""The tables of families: who they are, and whose child may be read by which institution."""

from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    SmallInteger,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from childcare.actors import Actor, Kind
from childcare.db import Base, Identified
from childcare.errors import DomainError
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

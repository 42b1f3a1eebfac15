"""Registered institutions, their classes, and what they sell (fee sheets of offerings)."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    ForeignKey,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    bindparam,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column

from childcare.ages import BANDS
from childcare.db import Identified, one
from childcare.errors import DomainError
from childcare.i18n import Tongue


class Kind(StrEnum):
    KINDERGARTEN_CLASS = "kindergarten_class"
    COMMUNITY_EMBEDDED = "community_embedded"
    PRIVATE = "private"
    EMPLOYER = "employer"
    HOME_SITE = "home_site"
    HUB_CENTRE = "hub_centre"
    GROWTH_STATION = "growth_station"


class CareForm(StrEnum):
    """On one date: hourly, temporary, holiday, early, late. Long-term: full_day, half_day."""

    HOURLY = "hourly"
    TEMPORARY = "temporary"
    HOLIDAY = "holiday"
    EARLY = "early"
    LATE = "late"
    FULL_DAY = "full_day"
    HALF_DAY = "half_day"


LONG_TERM = frozenset({CareForm.FULL_DAY, CareForm.HALF_DAY})


class DayPart(StrEnum):
    FULL = "full"
    MORNING = "morning"
    AFTERNOON = "afternoon"


class Unit(StrEnum):
    """What one price buys: a half hour, a whole stay of a day part, or a calendar month."""

    HALF_HOUR = "half_hour"
    STAY = "stay"
    MONTH = "month"


class NotOffered(DomainError):
    """The institution does not sell this form of care at that time."""

    code = "not-offered"


class NoClassForAge(DomainError):
    """No class of the institution takes a child of that age on that day."""

    code = "no-class-for-age"


class Institution(Identified):
    """A registered place. Position is WGS-84; `datum_given` tells what the source used."""

    __tablename__ = "institution"
    __table_args__ = (
        CheckConstraint("stars BETWEEN 1 AND 5", name="stars"),
        CheckConstraint("lat BETWEEN -90 AND 90 AND lng BETWEEN -180 AND 180", name="position"),
        UniqueConstraint("registration_no"),
        Index("ix_institution_position", "lat", "lng"),
        Index("ix_institution_terms", "terms", postgresql_using="gin"),
        Index("ix_institution_street", "district", "street"),
    )

    registration_no: Mapped[str]
    name: Mapped[str]
    name_en: Mapped[str] = mapped_column(default="")
    pinyin: Mapped[str] = mapped_column(default="")
    # One- and two-character grams, pinyin syllables and initials; written by `search`.
    terms: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    kind: Mapped[str]
    inclusive: Mapped[bool] = mapped_column(default=False)
    public: Mapped[bool] = mapped_column(default=False)
    address: Mapped[str] = mapped_column(default="")
    district: Mapped[str] = mapped_column(default="")
    street: Mapped[str] = mapped_column(default="")
    lat: Mapped[float]
    lng: Mapped[float]
    datum_given: Mapped[str] = mapped_column(default="WGS-84")
    phone: Mapped[str] = mapped_column(default="")
    stars: Mapped[int | None] = mapped_column(SmallInteger)
    credit_grade: Mapped[str] = mapped_column(default="")
    health_adviser: Mapped[str] = mapped_column(default="")
    insured_until: Mapped[date | None]
    hub_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    what_to_bring: Mapped[str] = mapped_column(default="")
    what_to_bring_en: Mapped[str] = mapped_column(default="", server_default="")
    # As the registry states it; classes say what can be booked.
    registered_places: Mapped[int | None]
    monthly_fee_fen: Mapped[int | None]
    is_sample: Mapped[bool] = mapped_column(default=False)
    # Nothing can be booked before its classes and fees are set up.
    opened_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    def bring(self, tongue: Tongue) -> str:
        """What to bring, in a language where the institution has said it so."""
        return (self.what_to_bring_en if tongue == "en" else "") or self.what_to_bring.strip()


class QualityAssessment(Identified):
    """One assessment under a named scheme; schemes differ by city, so the scale travels with it."""

    __tablename__ = "quality_assessment"

    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), index=True)
    scheme: Mapped[str]
    assessed_on: Mapped[date]
    score: Mapped[int]
    max_score: Mapped[int]


class ClassGroup(Identified):
    """A class with an age band, places and (by `schedule`) carers."""

    __tablename__ = "class_group"
    __table_args__ = (
        CheckConstraint("places BETWEEN 0 AND 20", name="places"),
        CheckConstraint(
            "band IN ('infant', 'toddler', 'older', 'mixed', 'home')", name="band_known"
        ),
        CheckConstraint("0 < ratio", name="ratio_positive"),
        Index("ix_class_group_institution_id", "institution_id"),
    )

    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    name: Mapped[str]
    name_en: Mapped[str] = mapped_column(default="")
    band: Mapped[str]
    from_months: Mapped[int] = mapped_column(SmallInteger)
    to_months: Mapped[int] = mapped_column(SmallInteger)
    ratio: Mapped[int] = mapped_column(SmallInteger)
    places: Mapped[int] = mapped_column(SmallInteger)

    @property
    def most(self) -> int:
        """Children at most: its places, never above the band's class size."""
        return min(self.places, BANDS[self.band].size)

    @property
    def breadth(self) -> int:
        """How wide its ages are: the narrowest class is tried first."""
        return self.to_months - self.from_months


class FeeSheet(Identified):
    """A version of what an institution sells, in force from a date until the next version."""

    __tablename__ = "fee_sheet"
    __table_args__ = (UniqueConstraint("institution_id", "version"),)

    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    version: Mapped[int]
    effective_from: Mapped[date]
    # [[minutes before start, percent of the price], …], longest first: free until 24 h before,
    # 50 % until 2 h, then 100 % (default).
    cancellation_tiers: Mapped[list[list[int]]] = mapped_column(
        JSONB, default=lambda: [[1440, 0], [120, 50], [0, 100]]
    )
    created_at: Mapped[datetime]


class Offering(Identified):
    """One thing sold: a form of care within hours of the day (minutes since midnight)."""

    __tablename__ = "offering"
    __table_args__ = (
        CheckConstraint("price_fen >= 0", name="price_not_negative"),
        CheckConstraint(
            "0 <= starts AND starts < ends AND ends <= 1440 AND starts % 30 = 0 AND ends % 30 = 0",
            name="hours",
        ),
        CheckConstraint("0 < shortest AND shortest <= longest", name="lengths"),
        CheckConstraint("(unit = 'half_hour') = (day_part IS NULL)", name="day_part"),
        UniqueConstraint(
            "fee_sheet_id", "form", "unit", "day_part", postgresql_nulls_not_distinct=True
        ),
    )

    fee_sheet_id: Mapped[int] = mapped_column(ForeignKey("fee_sheet.id"))
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), index=True)
    form: Mapped[str]
    unit: Mapped[str]
    day_part: Mapped[str | None]
    starts: Mapped[int] = mapped_column(SmallInteger)
    ends: Mapped[int] = mapped_column(SmallInteger)
    price_fen: Mapped[int]
    # Lengths of one stay in minutes; for a day part both are its whole length.
    shortest: Mapped[int] = mapped_column(SmallInteger)
    longest: Mapped[int] = mapped_column(SmallInteger)
    # Nobody may arrive within these [[from, to], …] minutes of the day (nap time).
    arrival_pauses: Mapped[list[list[int]]] = mapped_column(JSONB, default=list)
    lead_minutes: Mapped[int] = mapped_column(default=0)
    horizon_days: Mapped[int] = mapped_column(default=30)
    approves_first_visit: Mapped[bool] = mapped_column(default=False)


def institution(session: Session, institution_id: int) -> Institution:
    return one(session, select(Institution).where(Institution.id == institution_id))


def classes_of(session: Session, institution_id: int) -> Sequence[ClassGroup]:
    query = select(ClassGroup).where(ClassGroup.institution_id == institution_id)
    return session.scalars(query.order_by(ClassGroup.from_months, ClassGroup.id)).all()


def classes_for(session: Session, institution_id: int, *, months: int) -> list[ClassGroup]:
    """The classes that take a child of `months` on the day of care, narrowest band first, then id.

    Raises `NoClassForAge` when there is none.
    """
    return fitting(classes_of(session, institution_id), months=months)


def fitting(groups: Iterable[ClassGroup], *, months: int) -> list[ClassGroup]:
    """Those of `groups` that take a child of `months`; as `classes_for`."""
    found = [group for group in groups if group.from_months <= months <= group.to_months]
    if not found:
        raise NoClassForAge(months=months)
    return sorted(found, key=lambda group: (group.breadth, group.id))


_SHEET_IN_FORCE = (
    select(FeeSheet.id)
    .where(
        FeeSheet.institution_id == bindparam("institution_id"),
        FeeSheet.effective_from <= bindparam("on"),
    )
    .order_by(FeeSheet.effective_from.desc(), FeeSheet.version.desc())
    .limit(1)
    .scalar_subquery()
)
_SOLD = (
    select(Offering)
    .where(Offering.fee_sheet_id == _SHEET_IN_FORCE)
    .order_by(Offering.form, Offering.starts, Offering.ends)
)


def offerings_on(session: Session, institution_id: int, on: date) -> Sequence[Offering]:
    """Everything sold on a day, by form, then hours. Raises `NotOffered` for nothing at all."""
    sold = session.scalars(_SOLD, {"institution_id": institution_id, "on": on}).all()
    if not sold:
        raise NotOffered
    return sold


def tiers_of(session: Session, fee_sheet_id: int) -> list[list[int]]:
    found: Any = session.scalar(
        select(FeeSheet.cancellation_tiers).where(FeeSheet.id == fee_sheet_id)
    )
    return [list(tier) for tier in found]

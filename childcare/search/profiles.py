"""One institution as parents look at it, and all of them as the open map shows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from childcare import institutions, schedule, workdays
from childcare.geo import Point
from childcare.institutions import (
    ClassGroup,
    Institution,
    Kind,
    NotOffered,
    Offering,
    QualityAssessment,
)
from childcare.schedule import Hours


@dataclass(frozen=True)
class ClassProfile:
    """A class; `ratio` children to a carer, `carers` on shift on the day, `places` at most."""

    id: int
    name: str
    name_en: str
    band: str
    from_months: int
    to_months: int
    ratio: int
    places: int
    carers: int


@dataclass(frozen=True)
class Profile:
    """An institution on a day: weekly hours by ISO weekday, that day's own (None when closed)."""

    institution: Institution
    classes: tuple[ClassProfile, ...]
    weekly_hours: Mapping[int, Hours]
    day: workdays.Day
    hours: Hours | None
    offerings: Sequence[Offering]
    assessments: Sequence[QualityAssessment]


@dataclass(frozen=True)
class MapPoint:
    id: int
    name: str
    name_en: str
    kind: Kind
    inclusive: bool
    district: str
    street: str
    address: str
    phone: str
    stars: int | None
    position: Point


def profile(session: Session, institution_id: int, on: date) -> Profile:
    """Raises `NotFound`."""
    found = institutions.institution(session, institution_id)
    groups = institutions.classes_of(session, institution_id)
    table = schedule.timetable(session, institution_id, [group.id for group in groups], on, on)
    assessments = select(QualityAssessment).where(
        QualityAssessment.institution_id == institution_id
    )
    return Profile(
        institution=found,
        classes=tuple(_class_profile(group, table, on) for group in groups),
        weekly_hours=dict(sorted(table.weekly.items())),
        day=table.day(on),
        # A closure of the institution has no class, so no class's id stands for all of it.
        hours=table.hours(0, on),
        offerings=_offerings(session, institution_id, on),
        assessments=session.scalars(
            assessments.order_by(QualityAssessment.assessed_on.desc(), QualityAssessment.id)
        ).all(),
    )


def _offerings(session: Session, institution_id: int, on: date) -> Sequence[Offering]:
    try:
        return institutions.offerings_on(session, institution_id, on)
    except NotOffered:
        return ()


def _class_profile(group: ClassGroup, table: schedule.Timetable, on: date) -> ClassProfile:
    is_open = table.hours(group.id, on) is not None
    carers = {shift.carer for shift in table.shifts(group.id, on)} if is_open else set()
    return ClassProfile(
        id=group.id,
        name=group.name,
        name_en=group.name_en or group.name,
        band=group.band,
        from_months=group.from_months,
        to_months=group.to_months,
        ratio=group.ratio,
        places=group.most,
        carers=len(carers),
    )


def open_map(session: Session, *, after: int = 0, limit: int = 1000) -> list[MapPoint]:
    """Registered institutions in order of id, beginning behind `after` (page by the last id)."""
    rows = session.execute(
        select(
            Institution.id,
            Institution.name,
            Institution.name_en,
            Institution.kind,
            Institution.inclusive,
            Institution.district,
            Institution.street,
            Institution.address,
            Institution.phone,
            Institution.stars,
            Institution.lat,
            Institution.lng,
        )
        .where(Institution.id > after)
        .order_by(Institution.id)
        .limit(limit)
    )
    return [
        MapPoint(
            id=row.id,
            name=row.name,
            name_en=row.name_en,
            kind=Kind(row.kind),
            inclusive=row.inclusive,
            district=row.district,
            street=row.street,
            address=row.address,
            phone=row.phone,
            stars=row.stars,
            position=Point(row.lat, row.lng),
        )
        for row in rows
    ]

"""Who holds the sample's places: 70-95 % of each class enrolled, and the gaps absences leave."""

import calendar
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from childcare import ages, capacity, clock
from childcare.actors import Actor
from childcare.demo.city import Make
from childcare.demo.families import SampleChild, build_listed
from childcare.demo.houses import Built
from childcare.enrolments import Absence, Enrolment, Segment
from childcare.institutions import LONG_TERM, CareForm, ClassGroup, DayPart, Offering
from childcare.people import CareRelation, Guardian, GuardianRole

FILLED = (0.70, 0.95)
# Each week one enrolled child in eight is away for a day or more (own assumption of the facts).
AWAY_A_WEEK = 0.12
# Who falls ill says so the day before; the rest is known for days.
SUDDEN = timedelta(days=2)
ILL = ("感冒", "发烧", "拉肚子", "昨晚没睡好")
PLANNED = ("回老家", "体检", "奶奶来照看", "家里休假", "打疫苗")
FRIDAY = 5
# When parents write, in minutes of the day.
AWAKE = (7 * 60, 21 * 60)
# Most come every day of the week, one in seven on three days or on two.
WEEKS = ((1, 2, 3, 4, 5),) * 12 + ((1, 3, 5), (2, 4))


@dataclass(frozen=True)
class Place:
    """A place to be filled, and the offering by which."""

    group: ClassGroup
    offering: Offering
    weekdays: tuple[int, ...]


def fill(
    session: Session,
    chance: random.Random,
    built: Sequence[Built],
    children: Sequence[SampleChild],
    *,
    today: date,
    now: datetime,
) -> None:
    """Enrol children of fitting ages everywhere but where only hours are sold, before days open."""
    places = [
        place
        for house in built
        if house.make is not Make.STATION
        for place in _places(session, chance, house)
    ]
    matched = _match(session, chance, places, children, today, now)
    rows = [_enrolment(place, child, today, now) for place, child in matched]
    made = insert(Enrolment).returning(Enrolment.id, sort_by_parameter_order=True)
    ids = session.scalars(made, rows).all()
    segments = [
        {
            "enrolment_id": id_,
            "class_id": place.group.id,
            "from_on": row["from_on"],
            "until_on": _last_day(child, place.group),
        }
        for id_, row, (place, child) in zip(ids, rows, matched, strict=True)
    ]
    session.execute(insert(Segment), segments)
    relations = [_relation(place, child) for place, child in matched]
    session.execute(insert(CareRelation), relations)
    parents = _parents(session)
    away = [row for _, child in matched for row in _absences(chance, child, parents, today=today)]
    session.execute(insert(Absence), away)


def _places(session: Session, chance: random.Random, house: Built) -> Iterator[Place]:
    offerings = session.scalars(
        select(Offering).where(
            Offering.institution_id == house.institution.id, Offering.form.in_(LONG_TERM)
        )
    ).all()
    full = next(o for o in offerings if o.form == CareForm.FULL_DAY)
    half = next(o for o in offerings if o.day_part == DayPart.MORNING)
    for group in house.groups:
        for _ in range(_filled(chance, group.most)):
            offering = half if chance.random() < 0.1 else full
            yield Place(group, offering, chance.choice(WEEKS))


def _filled(chance: random.Random, places: int) -> int:
    low, high = math.ceil(places * FILLED[0]), math.floor(places * FILLED[1])
    return chance.randint(low, high)


def _match(
    session: Session,
    chance: random.Random,
    places: Sequence[Place],
    children: Sequence[SampleChild],
    today: date,
    now: datetime,
) -> list[tuple[Place, SampleChild]]:
    """Three in four children with accounts get a place that fits; listed ones fill the rest."""
    waiting = [child for child in children if chance.random() < 0.75]
    open_places = list(places)
    chance.shuffle(open_places)
    matched: list[tuple[Place, SampleChild]] = []
    for child in waiting:
        months = ages.months_on(child.born_on, today)
        fitting = (
            place
            for place in open_places
            if place.group.from_months <= months <= place.group.to_months
        )
        place = next(fitting, None)
        if place is not None:
            open_places.remove(place)
            matched.append((place, child))
    wanted = [chance.randint(p.group.from_months, p.group.to_months - 1) for p in open_places]
    listed = build_listed(session, chance, wanted, today=today, now=now)
    return [*matched, *zip(open_places, listed, strict=True)]


def _enrolment(place: Place, child: SampleChild, today: date, now: datetime) -> dict[str, Any]:
    since = max(ages.turns_on(child.born_on, place.group.from_months), today - timedelta(days=200))
    return {
        "family_id": child.family_id,
        "child_id": child.id,
        "institution_id": place.group.institution_id,
        "form": place.offering.form,
        "day_part": place.offering.day_part,
        "weekdays": list(place.weekdays),
        "starts": place.offering.starts,
        "ends": place.offering.ends,
        "offering_id": place.offering.id,
        "price_fen": place.offering.price_fen,
        "from_on": since,
        "created_at": now,
    }


def _relation(place: Place, child: SampleChild) -> dict[str, Any]:
    at = place.group.institution_id
    return {"child_id": child.id, "institution_id": at, "until": date.max}


def _last_day(child: SampleChild, group: ClassGroup) -> date:
    """A child may finish the month in which it leaves the band (domain rule)."""
    leaves = ages.turns_on(child.born_on, group.to_months + 1) - timedelta(days=1)
    return leaves.replace(day=calendar.monthrange(leaves.year, leaves.month)[1])


def _parents(session: Session) -> dict[int, Actor]:
    """A parent of each family, by its id."""
    parents = select(Guardian).where(Guardian.role == GuardianRole.GUARDIAN)
    return {one.family_id: one.actor for one in session.scalars(parents.order_by(Guardian.id))}


def _weekday(on: date) -> date:
    """That day, or the Monday after a weekend."""
    return on + timedelta(days=8 - on.isoweekday()) if on.isoweekday() > FRIDAY else on


def _absences(
    chance: random.Random, child: SampleChild, parents: Mapping[int, Actor], *, today: date
) -> Iterator[dict[str, Any]]:
    for week in range(0, capacity.HORIZON_DAYS, 7):
        if chance.random() >= AWAY_A_WEEK:
            continue
        from_on = _weekday(today + timedelta(days=week + chance.randint(0, 4)))
        is_ill = from_on <= today + SUDDEN
        said_on = today - timedelta(days=1 if is_ill else chance.randint(1, 12))
        yield {
            "family_id": child.family_id,
            "child_id": child.id,
            "from_on": from_on,
            "to_on": from_on + timedelta(days=chance.randint(0, 2)),
            "reason": chance.choice(ILL if is_ill else PLANNED),
            "declared_by": parents[child.family_id].label,
            "declared_at": clock.at(said_on, chance.randrange(*AWAKE)),
        }

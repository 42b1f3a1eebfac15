"""The sample's institutions: classes, weekly hours, carers' shifts and what they sell."""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from childcare import geo
from childcare.ages import BANDS
from childcare.demo.city import BAND_NAMES, ENDINGS, KINDS, NEIGHBOURHOODS, ROOMS, STEMS, Make
from childcare.institutions import (
    CareForm,
    ClassGroup,
    DayPart,
    FeeSheet,
    Institution,
    Offering,
    Unit,
)
from childcare.schedule import WeeklyHours, WeeklyShift
from childcare.search.terms import spell

MARK = "SAMPLE-110105-"
WORKWEEK = range(1, 6)
SATURDAY = 6
# Minutes of the day: care by the day, early and late hours, and the nap in which nobody arrives.
FULL = (480, 1050)
EARLY_FROM, LATE_UNTIL = 420, 1170
SATURDAYS = (540, 960)
HOURLY = (540, 1020)
NAP = [[720, 840]]
WHAT_TO_BRING = "水杯、两套换洗衣服、尿不湿，还有孩子喜欢的小玩具或安抚物"
WHAT_TO_BRING_EN = "a cup, two changes of clothes, nappies, and a favourite toy or comforter"

# Makes that sell care by the hour, on Saturdays, and before and after the day.
BY_THE_HOUR = frozenset({Make.MODEL, Make.COMMUNITY, Make.INCLUSIVE, Make.HUB, Make.STATION})
ON_SATURDAYS = frozenset({Make.MODEL, Make.HUB, Make.STATION, Make.MARKET})
EARLY_AND_LATE = frozenset({Make.MODEL, Make.INCLUSIVE, Make.MARKET, Make.EMPLOYER})
PUBLIC = frozenset({Make.HUB, Make.STATION})
# Who wants to see a new child first.
WITH_APPROVAL = frozenset({Make.HOME, Make.EMPLOYER})
# Yuan a month for the whole day, from and to (facts: programmes of Beijing; market before 2025).
MONTHLY = {Make.KINDERGARTEN: (1200, 2200), Make.MARKET: (6400, 7600), Make.HOME: (2400, 3000)}
USUAL_MONTHLY = (1800, 3700)


@dataclass(frozen=True)
class Built:
    """A sample institution with its classes."""

    make: Make
    neighbourhood: str
    institution: Institution
    groups: tuple[ClassGroup, ...]


def build(session: Session, chance: random.Random, *, today: date, now: datetime) -> list[Built]:
    """The forty institutions with everything they need to sell care."""
    stems = iter(STEMS)
    made: list[tuple[Make, str, Institution]] = []
    for neighbourhood, makes in NEIGHBOURHOODS.items():
        for make in makes:
            facts = _facts(chance, make, neighbourhood, next(stems), len(made) + 1, today)
            made.append((make, neighbourhood, Institution(created_at=now, opened_at=now, **facts)))
    session.add_all(institution for _, _, institution in made)
    session.flush()
    hub = next(house for make, _, house in made if make is Make.HUB)
    built = []
    for make, neighbourhood, institution in made:
        institution.hub_id = None if institution is hub else hub.id
        groups = _rooms(session, make, institution)
        _week(session, make, institution, groups)
        _sell(session, chance, make, institution, today, now)
        built.append(Built(make, neighbourhood, institution, tuple(groups)))
    session.flush()
    return built


def _facts(
    chance: random.Random, make: Make, neighbourhood: str, stem: Any, number: int, today: date
) -> dict[str, Any]:
    place = next(p for p in geo.gazetteer().places if p.zh == neighbourhood)
    ending, ending_en = ENDINGS[make]
    name, name_en = stem.zh + ending, f"{stem.en} {ending_en}"
    spelling = spell(name, name_en, place.street)
    low, high = MONTHLY.get(make, USUAL_MONTHLY)
    return {
        "registration_no": f"{MARK}{number:04d}",
        "name": name,
        "name_en": name_en,
        "pinyin": spelling.pinyin,
        "terms": spelling.terms,
        "kind": KINDS[make],
        "inclusive": make is not Make.MARKET,
        "public": make in PUBLIC or (make is Make.KINDERGARTEN and number % 2 == 0),
        "address": f"朝阳区{place.zh}{chance.choice('东南西北')}里{number}号院（示例）",
        "district": "朝阳区",
        "street": place.street,
        # Within some 350 m of the middle of the neighbourhood.
        "lat": round(place.point.lat + chance.uniform(-0.003, 0.003), 6),
        "lng": round(place.point.lng + chance.uniform(-0.004, 0.004), 6),
        "phone": f"010-5550 {number:04d}",
        "stars": chance.choice((None, 3, 3, 4, 4, 5)) if make is not Make.MODEL else 5,
        "credit_grade": chance.choice("AAB"),
        "health_adviser": chance.choice(("社区卫生服务中心 刘医生", "妇幼保健院 何医生")),
        "insured_until": today + timedelta(days=chance.randint(60, 360)),
        "what_to_bring": WHAT_TO_BRING,
        "what_to_bring_en": WHAT_TO_BRING_EN,
        "registered_places": sum(room.places for room in ROOMS[make]),
        "monthly_fee_fen": chance.randrange(low, high + 1, 50) * 100,
        "is_sample": True,
    }


def _rooms(session: Session, make: Make, institution: Institution) -> list[ClassGroup]:
    groups = []
    seen: dict[str, int] = {}
    for room in ROOMS[make]:
        band = BANDS[room.band]
        zh, en = BAND_NAMES[room.band]
        seen[room.band] = number = seen.get(room.band, 0) + 1
        is_one_of_several = sum(other.band == room.band for other in ROOMS[make]) > 1
        groups.append(
            ClassGroup(
                institution_id=institution.id,
                name=zh + ("一二三"[number - 1] + "班" if is_one_of_several else ""),
                name_en=en + (f" {number}" if is_one_of_several else ""),
                band=room.band,
                from_months=band.from_months,
                to_months=band.to_months,
                ratio=band.ratio,
                places=room.places,
            )
        )
    session.add_all(groups)
    session.flush()
    return groups


def _hours(make: Make) -> tuple[int, int]:
    return (EARLY_FROM, LATE_UNTIL) if make in EARLY_AND_LATE else (450, 1080)


def _week(session: Session, make: Make, institution: Institution, groups: list[ClassGroup]) -> None:
    opens, closes = _hours(make)
    days = dict.fromkeys(WORKWEEK, (opens, closes))
    if make in ON_SATURDAYS:
        days[SATURDAY] = SATURDAYS
    session.execute(
        insert(WeeklyHours),
        [
            {"institution_id": institution.id, "weekday": day, "opens": at, "closes": until}
            for day, (at, until) in days.items()
        ],
    )
    carers = zip(groups, ROOMS[make], strict=True)
    rows = [
        {"class_id": group.id, "weekday": day, "carer": carer, "starts": at, "ends": until}
        for group, room in carers
        for day, hours in days.items()
        for carer, at, until in _shifts(group, room.carers, day, hours)
    ]
    session.execute(insert(WeeklyShift), rows)


def _shifts(
    group: ClassGroup, carers: int, day: int, hours: tuple[int, int]
) -> Iterator[tuple[str, int, int]]:
    """Everybody in the core hours; the first opens, the last closes; half of them on Saturdays."""
    on_shift = carers if day != SATURDAY else math.ceil(carers / 2)
    for number in range(on_shift):
        at = hours[0] if number == 0 else max(FULL[0], hours[0])
        until = hours[1] if number == on_shift - 1 else min(FULL[1], hours[1])
        yield f"{'王李张刘陈杨赵黄'[(group.id + number) % 8]}老师", at, until


def _sell(
    session: Session,
    chance: random.Random,
    make: Make,
    institution: Institution,
    today: date,
    now: datetime,
) -> None:
    sheet = FeeSheet(
        institution_id=institution.id,
        version=1,
        effective_from=date(today.year - 1, 1, 1),
        created_at=now,
    )
    session.add(sheet)
    session.flush()
    common = {
        "fee_sheet_id": sheet.id,
        "institution_id": institution.id,
        "approves_first_visit": make in WITH_APPROVAL,
        "lead_minutes": 120 if make in WITH_APPROVAL else 0,
        "horizon_days": chance.choice((14, 30, 30)),
    }
    monthly = institution.monthly_fee_fen or 0
    session.execute(insert(Offering), [common | sale for sale in _sales(chance, make, monthly)])


def _sales(chance: random.Random, make: Make, monthly: int) -> Iterator[dict[str, Any]]:
    """What a make sells; a half hour costs 10-20 yuan, at market sites 30 (sample values)."""
    half_hour = 3000 if make is Make.MARKET else chance.choice((1000, 1250, 1500, 2000))
    stay = half_hour * 10
    if make is not Make.STATION:
        yield _part(CareForm.FULL_DAY, DayPart.FULL, FULL, monthly)
        yield _part(CareForm.HALF_DAY, DayPart.MORNING, (510, 720), monthly * 55 // 100)
        yield _part(CareForm.HALF_DAY, DayPart.AFTERNOON, (840, 1050), monthly * 55 // 100)
    yield _part(CareForm.TEMPORARY, DayPart.FULL, FULL, stay)
    yield _part(CareForm.TEMPORARY, DayPart.MORNING, (510, 720), stay * 6 // 10)
    yield _part(CareForm.TEMPORARY, DayPart.AFTERNOON, (840, 1050), stay * 6 // 10)
    if make in BY_THE_HOUR or make is Make.HOME:
        yield _hourly(CareForm.HOURLY, HOURLY, half_hour, longest=240)
    if make in ON_SATURDAYS:
        yield _hourly(CareForm.HOLIDAY, SATURDAYS, half_hour * 12 // 10, longest=240)
        yield _part(CareForm.HOLIDAY, DayPart.FULL, SATURDAYS, stay * 12 // 10)
        yield _part(CareForm.HOLIDAY, DayPart.MORNING, (540, 720), stay * 7 // 10)
    if make in EARLY_AND_LATE:
        for form, hours in (
            (CareForm.EARLY, (EARLY_FROM, FULL[0])),
            (CareForm.LATE, (FULL[1], LATE_UNTIL)),
        ):
            yield _hourly(form, hours, half_hour, shortest=30, longest=hours[1] - hours[0])


def _part(form: CareForm, part: DayPart, hours: tuple[int, int], price_fen: int) -> dict[str, Any]:
    length = hours[1] - hours[0]
    return {
        "form": form,
        "unit": Unit.MONTH if form in (CareForm.FULL_DAY, CareForm.HALF_DAY) else Unit.STAY,
        "day_part": part,
        "starts": hours[0],
        "ends": hours[1],
        "price_fen": price_fen,
        "shortest": length,
        "longest": length,
        "arrival_pauses": [],
    }


def _hourly(
    form: CareForm, hours: tuple[int, int], price_fen: int, *, longest: int, shortest: int = 60
) -> dict[str, Any]:
    return {
        "form": form,
        "unit": Unit.HALF_HOUR,
        "day_part": None,
        "starts": hours[0],
        "ends": hours[1],
        "price_fen": price_fen,
        "shortest": shortest,
        "longest": longest,
        "arrival_pauses": NAP,
    }

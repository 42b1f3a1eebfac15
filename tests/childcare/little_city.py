"""A made-up city for search, kept twice: as rows in the database and as plain records here, with
the slowest and most obvious way to look through them."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from childcare import geo
from childcare.capacity import ClassDay
from childcare.institutions import (
    CareForm,
    ClassGroup,
    DayPart,
    FeeSheet,
    Institution,
    Kind,
    Offering,
    Unit,
)
from childcare.schedule import CalendarEntry
from childcare.search.query import Places, Query, Sort
from childcare.search.terms import spell
from tests.build import NOON, TODAY

HOLIDAY = TODAY + timedelta(days=3)  # a Thursday
MAKEUP = TODAY + timedelta(days=5)  # a Saturday that is worked
SATURDAY = TODAY + timedelta(days=12)
DAYS = (TODAY, TODAY + timedelta(days=1), HOLIDAY, MAKEUP, SATURDAY)
CENTRE = geo.Point(39.884, 116.461)
STEMS = (
    "小小松果",
    "双井之星",
    "长颈鹿",
    "阳光",
    "启明",
    "乐乐",
    "劲松",
    "小树苗",
    "Happy",
    "朝阳花",
)
UNITS = {CareForm.TEMPORARY: (Unit.STAY,), CareForm.HOLIDAY: (Unit.HALF_HOUR, Unit.STAY)}
ENDS = ("托育园", "幼儿园托班", "社区驿站", "亲子中心")


@dataclass(frozen=True)
class Sold:
    """An offering in force from a date."""

    from_on: date
    form: CareForm
    unit: Unit
    day_part: DayPart | None
    starts: int
    ends: int
    price_fen: int
    shortest: int
    longest: int
    pauses: tuple[tuple[int, int], ...]
    lead: int
    horizon: int


@dataclass(frozen=True)
class Room:
    """A class and its free places by day and slot (negative where it is over)."""

    from_months: int
    to_months: int
    free: dict[date, list[int]]


@dataclass(frozen=True)
class House:
    id: int
    name: str
    name_en: str
    kind: Kind
    inclusive: bool
    stars: int | None
    district: str
    street: str
    point: geo.Point
    sold: tuple[Sold, ...] = ()
    rooms: tuple[Room, ...] = ()


@dataclass
class City:
    """`build` writes it; `search` looks through it."""

    session: Session
    chance: random.Random
    houses: list[House] = field(default_factory=list)

    def build(self, size: int) -> "City":
        self.session.execute(
            insert(CalendarEntry),
            [
                {"on": HOLIDAY, "kind": "public_holiday", "name": "节"},
                {"on": MAKEUP, "kind": "makeup_workday", "name": "班", "runs_weekday": 3},
            ],
        )
        self.houses = [self._furnished(house) for house in self._houses(size)]
        return self

    def _houses(self, size: int) -> list[House]:
        chance = self.chance
        made = [
            House(
                id=0,
                name=f"{chance.choice(STEMS)}{chance.choice(ENDS)}",
                name_en=chance.choice(("", "Little Star", "Happy Kids Nursery")),
                kind=chance.choice(list(Kind)),
                inclusive=chance.random() < 0.6,
                stars=chance.choice((None, 1, 2, 3, 4, 5)),
                district=chance.choice(("朝阳", "朝阳区", "丰台")),
                street=chance.choice(("劲松", "双井街道", "潘家园", "")),
                point=geo.Point(
                    CENTRE.lat + chance.uniform(-0.02, 0.02),
                    CENTRE.lng + chance.uniform(-0.025, 0.025),
                ),
            )
            for _ in range(size)
        ]
        rows = [self._row(number, house) for number, house in enumerate(made)]
        ids = self.session.scalars(
            insert(Institution).returning(Institution.id, sort_by_parameter_order=True), rows
        ).all()
        return [replace(house, id=id_) for house, id_ in zip(made, ids, strict=True)]

    @staticmethod
    def _row(number: int, house: House) -> dict[str, Any]:
        spelling = spell(house.name, house.name_en, house.street)
        return {
            "registration_no": f"L{number:06d}",
            "name": house.name,
            "name_en": house.name_en,
            "pinyin": spelling.pinyin,
            "terms": spelling.terms,
            "kind": house.kind,
            "inclusive": house.inclusive,
            "stars": house.stars,
            "district": house.district,
            "street": house.street,
            "lat": house.point.lat,
            "lng": house.point.lng,
            "created_at": NOON,
        }

    def _furnished(self, house: House) -> House:
        sheets = self.chance.choice(
            ((), (date(2026, 1, 1),), (date(2026, 1, 1), TODAY + timedelta(days=4)))
        )
        sold = [sale for at, on in enumerate(sheets) for sale in self._sheet(house.id, at + 1, on)]
        rooms = [self._room(house.id) for _ in range(self.chance.choice((0, 1, 2, 3)))]
        return replace(house, sold=tuple(sold), rooms=tuple(rooms))

    def _sheet(self, house_id: int, version: int, on: date) -> list[Sold]:
        row = {"institution_id": house_id, "version": version, "effective_from": on}
        sheet_id = self.session.scalars(
            insert(FeeSheet).returning(FeeSheet.id), [{**row, "created_at": NOON}]
        ).one()
        sold = [sale for sale in self._sales(on) if self.chance.random() < 0.7]
        rows = [
            {
                "fee_sheet_id": sheet_id,
                "institution_id": house_id,
                "form": sale.form,
                "unit": sale.unit,
                "day_part": sale.day_part,
                "starts": sale.starts,
                "ends": sale.ends,
                "price_fen": sale.price_fen,
                "shortest": sale.shortest,
                "longest": sale.longest,
                "arrival_pauses": [list(pause) for pause in sale.pauses],
                "lead_minutes": sale.lead,
                "horizon_days": sale.horizon,
            }
            for sale in sold
        ]
        if rows:
            self.session.execute(insert(Offering), rows)
        return sold

    def _sales(self, on: date) -> list[Sold]:
        chance = self.chance

        def sale(form: CareForm, part: DayPart | None, starts: int, ends: int) -> Sold:
            unit = Unit.HALF_HOUR if part is None else Unit.STAY
            unit = Unit.MONTH if form in (CareForm.FULL_DAY, CareForm.HALF_DAY) else unit
            return Sold(
                from_on=on,
                form=form,
                unit=unit,
                day_part=part,
                starts=starts,
                ends=ends,
                price_fen=chance.choice((1000, 1500, 2000, 2500)),
                shortest=chance.choice((30, 60, 90)) if part is None else ends - starts,
                longest=chance.choice((120, 240, 480)) if part is None else ends - starts,
                pauses=((720, 840),) if chance.random() < 0.5 else (),
                lead=chance.choice((0, 0, 120, 1440)),
                horizon=chance.choice((2, 14, 30)),
            )

        half_hours = (CareForm.HOURLY, CareForm.HOLIDAY, CareForm.EARLY, CareForm.LATE)
        return [
            *(sale(form, None, chance.choice((480, 540)), 1020) for form in half_hours),
            *(
                sale(form, part, 480 if part is not DayPart.AFTERNOON else 840, ends)
                for form in (CareForm.TEMPORARY, CareForm.HOLIDAY)
                for part, ends in zip(DayPart, (1050, 720, 1050), strict=True)
            ),
            sale(CareForm.FULL_DAY, DayPart.FULL, 480, 1050),
            sale(CareForm.HALF_DAY, DayPart.MORNING, 480, 720),
        ]

    def _room(self, house_id: int) -> Room:
        chance = self.chance
        months = chance.choice(((6, 11), (12, 23), (24, 35), (18, 35)))
        facts = {"name": "班", "band": "home", "ratio": 3, "places": 5}
        ages = {"from_months": months[0], "to_months": months[1]}
        room_id = self.session.scalars(
            insert(ClassGroup).returning(ClassGroup.id),
            [{"institution_id": house_id, **facts, **ages}],
        ).one()
        free: dict[date, list[int]] = {}
        rows = []
        for on in DAYS:
            if chance.random() < 0.15:
                continue
            capacity = [chance.choice((3, 4, 5)) if 16 <= slot < 36 else 0 for slot in range(48)]
            taken = [chance.randint(0, 6) if places else 0 for places in capacity]
            free[on] = [most - there for most, there in zip(capacity, taken, strict=True)]
            common = {"institution_id": house_id, "class_id": room_id, "on": on}
            rows.append({**common, "capacity": capacity, "taken": taken, "opened_at": NOON})
        if rows:
            self.session.execute(insert(ClassDay), rows)
        return Room(*months, free)

    def search(self, query: Query) -> list[tuple[int, int | None, int | None]]:
        """(id, price, free places) of every institution that satisfies a query, in its order."""
        found = []
        for house in self.houses:
            if not _is_meant(house, query):
                continue
            sales = list(_sales_for(house, query))
            must_sell = query.form is not None or query.has_span
            if must_sell and not sales:
                continue
            price = min((_unit_and_price(sale, query) for sale in sales), default=(None, None))[1]
            if query.max_price_fen is not None and (price is None or price > query.max_price_fen):
                continue
            free = _free(house, sales, query)
            if query.places is Places.FREE and free == 0:
                continue
            found.append((_order(house, price, free, query), (house.id, price, free)))
        return [item for _, item in sorted(found, key=lambda pair: pair[0])]


def _is_meant(house: House, query: Query) -> bool:
    text = f"{house.name}|{house.street}|{house.name_en}".lower()
    aged = [room for room in house.rooms if _takes(room, query)]
    return (
        _walk(house, query) <= query.walk_minutes
        and (not query.q or query.q.lower() in text)
        and (not query.district or house.district.removesuffix("区") == query.district)
        and (not query.street or house.street.removesuffix("街道") == query.street)
        and query.kind in (None, house.kind)
        and query.inclusive in (None, house.inclusive)
        and (query.min_stars is None or (house.stars or 0) >= query.min_stars)
        and (query.age_months is None or bool(aged))
    )


def _walk(house: House, query: Query) -> int:
    if query.lat is None or query.lng is None:
        return 0
    return geo.walk_minutes(geo.Point(query.lat, query.lng), house.point)


def _takes(room: Room, query: Query) -> bool:
    return query.age_months is None or room.from_months <= query.age_months <= room.to_months


def _is_worked(on: date) -> bool:
    return on == MAKEUP or (on != HOLIDAY and on.isoweekday() <= 5)


def _minutes_now(on: date) -> float:
    midnight = datetime(on.year, on.month, on.day, tzinfo=UTC) - timedelta(hours=8)
    return (NOON - midnight).total_seconds() / 60


def _meant_forms(query: Query) -> Iterable[tuple[CareForm, Unit]]:
    """The forms and units in which what is wished is sold on its day."""
    if query.form in (CareForm.FULL_DAY, CareForm.HALF_DAY):
        return [(query.form, Unit.MONTH)]
    by_day = query.form is None and query.on is not None
    forms = (CareForm.HOURLY, CareForm.TEMPORARY) if by_day else (query.form or CareForm.HOURLY,)
    pairs = [(form, unit) for form in forms for unit in UNITS.get(form, (Unit.HALF_HOUR,))]
    if query.has_span:
        unit = Unit.STAY if query.day_part else Unit.HALF_HOUR
        pairs = [pair for pair in pairs if pair[1] is unit]
    if query.on is None:
        return pairs
    if _is_worked(query.on):
        return [pair for pair in pairs if pair[0] is not CareForm.HOLIDAY]
    plain = (CareForm.HOURLY, CareForm.TEMPORARY)
    return [(CareForm.HOLIDAY if form in plain else form, unit) for form, unit in pairs]


def _sales_for(house: House, query: Query) -> Iterable[Sold]:
    on = query.on or TODAY
    sheets = [sale.from_on for sale in house.sold if sale.from_on <= on]
    for sale in house.sold:
        is_meant = sale.from_on == max(sheets, default=None) and (sale.form, sale.unit) in list(
            _meant_forms(query)
        )
        if is_meant and query.day_part in (None, sale.day_part) and _is_sold(sale, query):
            yield sale


def _is_sold(sale: Sold, query: Query) -> bool:
    if query.on is None or sale.unit is Unit.MONTH:
        return True
    if (query.on - TODAY).days > sale.horizon:
        return False
    if query.day_part is not None:
        return _is_timely(sale, sale.starts, query.on)
    if query.start is None or query.end is None:
        return True
    fits = sale.starts <= query.start and query.end <= sale.ends
    lasts = sale.shortest <= query.end - query.start <= sale.longest
    return fits and lasts and _may_arrive(sale, query.start, query.on)


def _is_timely(sale: Sold, start: int, on: date) -> bool:
    now = _minutes_now(on)
    return now < start and now <= start - sale.lead


def _may_arrive(sale: Sold, start: int, on: date) -> bool:
    is_paused = any(first <= start < last for first, last in sale.pauses)
    return _is_timely(sale, start, on) and not is_paused


def _unit_and_price(sale: Sold, query: Query) -> tuple[str, int]:
    if query.start is None or query.end is None:
        return sale.unit, sale.price_fen
    return sale.unit, sale.price_fen * (query.end - query.start) // 30


def _free(house: House, sales: Sequence[Sold], query: Query) -> int | None:
    if query.on is None or query.form in (CareForm.FULL_DAY, CareForm.HALF_DAY):
        return None
    best = 0
    for start, end in {span for sale in sales for span in _spans(sale, query)}:
        for room in house.rooms:
            slots = room.free.get(query.on)
            if slots and _takes(room, query):
                best = max(best, min(slots[start // 30 : end // 30]))
    return best


def _spans(sale: Sold, query: Query) -> Iterable[tuple[int, int]]:
    assert query.on is not None
    if query.start is not None and query.end is not None:
        return [(query.start, query.end)]
    if query.day_part is not None:
        return [(sale.starts, sale.ends)]
    length = sale.shortest
    starts = range(sale.starts, sale.ends - length + 1, 30)
    return [(at, at + length) for at in starts if _may_arrive(sale, at, query.on)]


def _order(house: House, price: int | None, free: int | None, query: Query) -> tuple[Any, ...]:
    metres = 0.0
    if query.lat is not None and query.lng is not None:
        metres = geo.distance_m(geo.Point(query.lat, query.lng), house.point)
    is_anchored = query.lat is not None or query.q or query.district or query.street
    default = Sort.DISTANCE if query.lat is not None else Sort.NAME if is_anchored else None
    keys: dict[Sort | None, Any] = {
        Sort.DISTANCE: metres,
        Sort.PRICE: (price is None, price or 0),
        Sort.STARS: -(house.stars or 0),
        Sort.FREE: -(free or 0),
        Sort.NAME: spell(house.name).pinyin,
        None: 0,
    }
    return (keys[query.sort or default], round(metres, 6), house.id)

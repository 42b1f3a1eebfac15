"""Institutions that suit a child, nearest first."""

import math
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from childcare import capacity, clock
from childcare.bookings import terms as sales
from childcare.geo import Point, box_around, reach_m, walk_minutes
from childcare.institutions import LONG_TERM, CareForm, Kind, NotOffered, Unit
from childcare.search import names
from childcare.search.query import Cursor, Found, Page, Places, Query, Sort
from childcare.search.statement import Shape, Wished, statement

# Between rounding and a walk of n minutes lies less than a millimetre.
MARGIN_M = 0.001
# Each form of one date as it is sold in a day without hours.
DAY_FORMS = (CareForm.HOURLY, CareForm.TEMPORARY)


def nearby(session: Session, query: Query, *, now: datetime) -> Page:
    """The institutions that satisfy a query, in its order, with prices and free places at `now`.

    Free places are the best single class's, never a sum. Where a span is wished, institutions that
    do not sell it then (`bookings.judge`) are left out; where an age is given, those without a
    class for it. Without a form and a span, prices are those of half hours. Raises `Malformed`
    for a cursor of another search and for a form that is not sold so.
    """
    if query.q and not names.tokens(query.q):
        return Page((), None)
    shape = shape_of(query)
    # Planning anew takes longer than the search itself, and no value would change the plan.
    session.connection().exec_driver_sql("SET LOCAL plan_cache_mode = force_generic_plan")
    rows = session.execute(statement(shape), values_of(query, shape, now=now)).all()
    items = tuple(_found(row, query, shape, now) for row in rows[: query.limit])
    if len(rows) <= query.limit:
        return Page(items, None)
    last = rows[query.limit - 1]
    return Page(items, Cursor(str(_sort(query)), last.key, last.metres, last.id).text())


def shape_of(query: Query) -> Shape:
    """Which statement answers a query."""
    wished = _wished(query)
    is_near = query.lat is not None
    # A street stands in the terms too, which lead where nothing narrower does.
    by_street = bool(query.street) and not (is_near or query.district)
    return Shape(
        wished=wished,
        slots=_slots(query) if wished is Wished.SPAN else 0,
        sort=_sort(query),
        words=len(names.tokens(query.q)),
        is_near=is_near,
        is_indexed_by_terms=bool(query.q) or by_street,
        has_district=bool(query.district),
        has_street=bool(query.street),
        has_kind=query.kind is not None,
        has_inclusive=query.inclusive is not None,
        has_stars=query.min_stars is not None,
        has_age=query.age_months is not None,
        has_form=query.form is not None,
        has_part=query.day_part is not None,
        has_price=query.max_price_fen is not None,
        wants_free=query.places is Places.FREE,
        continues=bool(query.cursor),
    )


def values_of(query: Query, shape: Shape, *, now: datetime) -> dict[str, Any]:
    """The parameters of a query's statement. Raises `Malformed`."""
    values: dict[str, Any] = {
        "most": query.limit + 1,
        "sheet_on": query.on or clock.today(now),
        "kind": query.kind,
        "inclusive": query.inclusive,
        "min_stars": query.min_stars,
        "max_price_fen": query.max_price_fen,
        "age_months": query.age_months,
        "day_part": query.day_part,
        **_where(query),
        **_words(query, shape),
        **_when(query, now),
    }
    if query.cursor:
        last = Cursor.read(query.cursor, str(_sort(query)))
        values |= {"last_key": last.key, "last_metres": last.metres, "last_id": last.id}
    return values


def _sort(query: Query) -> Sort | None:
    if query.sort is not None:
        return query.sort
    if query.lat is not None:
        return Sort.DISTANCE
    return Sort.NAME if query.is_anchored else None


def _wished(query: Query) -> Wished:
    if query.on is None or query.form in LONG_TERM:
        return Wished.NOTHING
    if query.start is not None:
        return Wished.SPAN
    return Wished.DAY if query.day_part is None else Wished.PART


def _slots(query: Query) -> int:
    return ((query.end or 0) - (query.start or 0)) // 30


def _where(query: Query) -> dict[str, Any]:
    if query.lat is None or query.lng is None:
        return {}
    centre = Point(query.lat, query.lng)
    box = box_around(centre, reach_m(query.walk_minutes) + MARGIN_M)
    return {
        "lat": query.lat,
        "lng": query.lng,
        "walk_minutes": query.walk_minutes,
        "south": box.south,
        "north": box.north,
        "west": box.west,
        "east": box.east,
    }


def _words(query: Query, shape: Shape) -> dict[str, Any]:
    words = names.tokens(query.q)
    indexed = [*words, *(() if query.q else names.tokens(query.street))]
    street, district = query.street.removesuffix("街道"), query.district.removesuffix("区")
    return {
        "grams": [gram for word in indexed for gram in names.grams(word)],
        "streets": [street, *(street + suffix for suffix in ("街道", "地区", "镇", "乡"))],
        "districts": [district, district + "区"],
        **{f"word{n}": word for n, word in enumerate(words)},
    }


def _when(query: Query, now: datetime) -> dict[str, Any]:
    if query.on is None or query.form in LONG_TERM:
        form = query.form or CareForm.HOURLY
        return {"worked": list(_sold_so(form, query))}
    first = (query.start or 0) // 30
    wished = [query.form] if query.form else _unsaid(query)
    worked, unworked = (
        [sold for form in wished for sold in _sold_as(form, query, is_working_day)]
        for is_working_day in (True, False)
    )
    return {
        "on": query.on,
        "is_weekday": query.on.isoweekday() <= 5,
        "worked": worked,
        "unworked": list(dict.fromkeys(unworked)),
        "minute": (now - clock.midnight(query.on)) / timedelta(minutes=1),
        "days_ahead": (query.on - clock.today(now)).days,
        "most_days": capacity.HORIZON_DAYS,
        "start": query.start,
        "end": query.end,
        "slots": _slots(query),
        **{f"slot{n}": first + n + 1 for n in range(_slots(query))},
    }


def _unsaid(query: Query) -> Iterable[CareForm]:
    """The forms meant where none is named: hours are hourly care, a day part temporary care."""
    if query.start is not None:
        return (CareForm.HOURLY,)
    return DAY_FORMS if query.day_part is None else (CareForm.TEMPORARY,)


def _sold_as(form: CareForm, query: Query, is_working_day: bool) -> list[str]:
    try:
        sold = sales.sold_as(form, working_day=is_working_day)
    except NotOffered:
        return []
    return [f"{sold}:{unit}" for unit in _units(form, query)]


def _sold_so(form: CareForm, query: Query) -> list[str]:
    return [f"{form}:{unit}" for unit in _units(form, query)]


def _units(form: CareForm, query: Query) -> list[Unit]:
    if form in LONG_TERM:
        return [Unit.MONTH]
    if query.has_span:
        return [sales.unit_of(form, query.day_part)]
    match form:
        case CareForm.TEMPORARY:
            return [Unit.STAY]
        case CareForm.HOLIDAY:
            return [Unit.HALF_HOUR, Unit.STAY]
        case _:
            return [Unit.HALF_HOUR]


def _found(row: Row[Any], query: Query, shape: Shape, now: datetime) -> Found:
    position = Point(row.lat, row.lng)
    walk = metres = None
    if query.lat is not None and query.lng is not None:
        walk = walk_minutes(Point(query.lat, query.lng), position)
        metres = math.floor(row.distance_m + 0.5)
    unit = row.price_unit
    if unit is not None and shape.wished in (Wished.SPAN, Wished.PART):
        unit = Unit.STAY
    return Found(
        id=row.id,
        name=row.name,
        name_en=row.name_en,
        kind=Kind(row.kind),
        inclusive=row.inclusive,
        street=row.street,
        address=row.address,
        position=position,
        stars=row.stars,
        distance_m=metres,
        walk_minutes=walk,
        price_fen=row.price_fen,
        net_price_fen=row.price_fen,
        price_unit=unit,
        monthly_fee_fen=row.monthly_fee_fen,
        free_places=(row.free_places or 0) if shape.counts else None,
        as_of=now,
    )

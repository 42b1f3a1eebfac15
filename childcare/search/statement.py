"""The SQL of a search, put together by what a query asks and kept for the next of the same shape.

A box on the (lat, lng) index comes first, then the exact distance; without a position the terms or
the district lead, else the primary key. Prices are joined for what is left, places counted for the
page alone unless the order or a filter needs them.
"""

from dataclasses import dataclass
from enum import Enum, auto
from functools import cache

from sqlalchemy import TextClause, text

from childcare.geo import WALKING
from childcare.geo.points import EARTH_RADIUS_M
from childcare.search.query import Sort

COLUMNS = (
    "i.id, i.name, i.name_en, i.kind, i.inclusive, i.street, i.address, i.lat, i.lng, i.stars,"
    " i.monthly_fee_fen, i.pinyin"
)
# Written as in `geo.distance_m`, so that both round alike.
DISTANCE = (
    f"2 * {EARTH_RADIUS_M} * asin(sqrt(least(1.0,"
    " power(sin(radians(i.lat - :lat) / 2), 2)"
    " + cos(radians(:lat)) * cos(radians(i.lat)) * power(sin(radians(i.lng - :lng) / 2), 2))))"
)
# As `geo.walk_minutes`.
IS_NEAR = (
    f"ceil(round((x.distance_m * {WALKING.detour} / {WALKING.metres_per_minute})::numeric, 6))"
    " <= :walk_minutes"
)
SOLD_ON = """CASE WHEN coalesce(
    (SELECT kind IN ('working', 'makeup_workday') FROM calendar_day WHERE "on" = :on), :is_weekday)
    THEN CAST(:worked AS text[]) ELSE CAST(:unworked AS text[]) END"""
SOLD_EVER = "CAST(:worked AS text[])"
NOT_PAUSED = """NOT EXISTS (SELECT FROM jsonb_array_elements(o.arrival_pauses) pause
    WHERE (pause->>0)::int <= {start} AND {start} < (pause->>1)::int)"""
IS_TIMELY = "{start} > :minute AND {start} - o.lead_minutes >= :minute"
IN_HORIZON = "least(o.horizon_days, :most_days) >= :days_ahead"
IN_SPAN = "o.starts <= :start AND :end <= o.ends AND :end - :start BETWEEN o.shortest AND o.longest"
# Of all windows of the shortest stay in which one may arrive, the one with most places.
WINDOWS = "\n".join(
    (
        "(SELECT max((SELECT min(d.capacity[s] - d.taken[s])",
        "        FROM generate_series(w + 1, w + lasts.slots) s))",
        "  FROM (SELECT CASE o.unit WHEN 'half_hour' THEN (o.shortest + 29) / 30",
        "               ELSE (o.ends - o.starts) / 30 END) lasts(slots),",
        "       generate_series(o.starts / 30, o.ends / 30 - lasts.slots) w",
        "  WHERE " + IS_TIMELY.format(start="w * 30"),
        "    AND " + NOT_PAUSED.format(start="w * 30") + ")",
    )
)
PART_LEAST = """(SELECT min(d.capacity[s] - d.taken[s])
    FROM generate_series(x.starts / 30 + 1, x.ends / 30) s)"""


class Wished(Enum):
    """What is said of when: nothing (or a long-term form), a day, a day part, or a span."""

    NOTHING = auto()
    DAY = auto()
    PART = auto()
    SPAN = auto()


@dataclass(frozen=True)
class Shape:
    """What of a query changes the statement; everything else is a parameter."""

    wished: Wished
    slots: int
    sort: Sort | None
    words: int
    is_near: bool = False
    is_indexed_by_terms: bool = False
    has_district: bool = False
    has_street: bool = False
    has_kind: bool = False
    has_inclusive: bool = False
    has_stars: bool = False
    has_age: bool = False
    has_form: bool = False
    has_part: bool = False
    has_price: bool = False
    wants_free: bool = False
    continues: bool = False

    @property
    def counts(self) -> bool:
        return self.wished is not Wished.NOTHING

    @property
    def counts_first(self) -> bool:
        return self.counts and (self.wants_free or self.sort is Sort.FREE)


@cache
def statement(shape: Shape) -> TextClause:
    """The statement of a shape; each row is one institution with `key` and `metres`, its place in
    the order."""
    free = _free(shape) if shape.counts else "NULL::int"
    first, last = (free, "x.free_places") if shape.counts_first else ("NULL::int", free)
    # Without anything to go by, the primary key is walked, and only as far as the page goes.
    order, kept = ("id", "") if shape.sort is None else ("key, metres, id", "MATERIALIZED")
    parts = [
        "WITH place AS",
        kept,
        "(",
        *_places(shape),
        "), priced AS (",
        *_priced(shape),
        "), counted AS (SELECT x.*,",
        first,
        "    AS free_places FROM priced x",
        "), ranked AS (SELECT x.*,",
        _key(shape),
        "    AS key,",
        "    coalesce(x.distance_m, 0) AS metres FROM counted x",
        "    WHERE x.free_places > 0" if shape.wants_free and shape.counts else "",
        "), page AS (SELECT * FROM ranked",
        *(("WHERE", _beyond(shape)) if shape.continues else ()),
        "    ORDER BY",
        order,
        "LIMIT :most)",
        "SELECT x.id, x.name, x.name_en, x.kind, x.inclusive, x.street, x.address, x.lat, x.lng,",
        "    x.stars, x.monthly_fee_fen, x.distance_m, x.price_fen, x.price_unit, x.key, x.metres,",
        last,
        "    AS free_places",
        "FROM page x ORDER BY",
        order,
    ]
    return text("\n".join(part for part in parts if part))


def _beyond(shape: Shape) -> str:
    if shape.sort is None:
        return "id > :last_id"
    return "(key, metres, id) > (:last_key, :last_metres, :last_id)"


def _places(shape: Shape) -> list[str]:
    """Institutions by what they are, and how far."""
    distance = DISTANCE if shape.is_near else "NULL::float8"
    wheres = [
        (shape.is_near, "i.lat BETWEEN :south AND :north AND i.lng BETWEEN :west AND :east"),
        (shape.is_indexed_by_terms, "i.terms @> CAST(:grams AS text[])"),
        *((True, f"strpos(i.terms[1], :word{n}) > 0") for n in range(shape.words)),
        (shape.has_district, "i.district = ANY(CAST(:districts AS text[]))"),
        (shape.has_street, "i.street = ANY(CAST(:streets AS text[]))"),
        (shape.has_kind, "i.kind = :kind"),
        (shape.has_inclusive, "i.inclusive = :inclusive"),
        (shape.has_stars, "i.stars >= :min_stars"),
    ]
    where = "\n    AND ".join(condition for applies, condition in wheres if applies)
    head = ["SELECT", COLUMNS, ",", distance, "AS distance_m FROM institution i"]
    return [*head, "WHERE", where] if where else head


def _priced(shape: Shape) -> list[str]:
    join = "JOIN" if shape.has_form or shape.wished in (Wished.PART, Wished.SPAN) else "LEFT JOIN"
    price = "o.price_fen * :slots" if shape.wished is Wished.SPAN else "o.price_fen"
    wheres = [
        (shape.is_near, IS_NEAR),
        (shape.has_price, "offer.price_fen <= :max_price_fen"),
        (
            shape.has_age,
            "EXISTS (SELECT FROM class_group g WHERE g.institution_id = x.id"
            " AND :age_months BETWEEN g.from_months AND g.to_months)",
        ),
    ]
    where = " AND ".join(condition for applies, condition in wheres if applies)
    return [
        "SELECT x.*, sheet.id AS sheet_id, offer.price_fen, offer.unit AS price_unit,",
        "    offer.starts, offer.ends",
        "FROM place x",
        join,
        "LATERAL (SELECT id FROM fee_sheet",
        "    WHERE institution_id = x.id AND effective_from <= :sheet_on",
        "    ORDER BY effective_from DESC, version DESC LIMIT 1) sheet ON true",
        join,
        "LATERAL (SELECT",
        price,
        "AS price_fen, o.unit, o.starts, o.ends FROM offering o WHERE",
        _sold(shape, "sheet.id"),
        "    ORDER BY o.unit, o.price_fen, o.id LIMIT 1) offer ON true",
        *(("WHERE", where) if where else ()),
    ]


def _sold(shape: Shape, sheet_id: str) -> str:
    """Offerings `o` of a sheet that answer the wish: as `bookings.judge` decides."""
    start = {Wished.SPAN: ":start", Wished.PART: "o.starts"}.get(shape.wished, "")
    wheres = [
        (True, "o.fee_sheet_id = " + sheet_id),
        (True, "o.form || ':' || o.unit = ANY(" + (SOLD_ON if shape.counts else SOLD_EVER) + ")"),
        (shape.has_part, "o.day_part = :day_part"),
        (shape.counts, IN_HORIZON),
        (bool(start), IS_TIMELY.format(start=start)),
        (shape.wished is Wished.SPAN, IN_SPAN),
        (shape.wished is Wished.SPAN, NOT_PAUSED.format(start=":start")),
    ]
    return "\n        AND ".join(condition for applies, condition in wheres if applies)


def _free(shape: Shape) -> str:
    """Free places of institution `x`: the best single class's least over the span, never a sum."""
    by_day = shape.wished is Wished.DAY
    match shape.wished:
        case Wished.SPAN:
            slots = (f"d.capacity[:slot{n}] - d.taken[:slot{n}]" for n in range(shape.slots))
            least = "least(" + ", ".join(slots) + ")"
        case Wished.PART:
            least = PART_LEAST
        case _:
            least = WINDOWS
    parts = [
        "(SELECT greatest(max(",
        least,
        "), 0) FROM class_day d JOIN class_group g ON g.id = d.class_id",
        *(("JOIN offering o ON", _sold(shape, "x.sheet_id")) if by_day else ()),
        'WHERE d.institution_id = x.id AND d."on" = :on AND NOT d.queued',
        "AND :age_months BETWEEN g.from_months AND g.to_months)" if shape.has_age else ")",
    ]
    return "\n".join(part for part in parts if part)


def _key(shape: Shape) -> str:
    match shape.sort:
        case Sort.DISTANCE:
            return "x.distance_m"
        case Sort.PRICE:
            return "coalesce(x.price_fen, 1e15)::float8"
        case Sort.STARS:
            return "-coalesce(x.stars, 0)::float8"
        case Sort.FREE:
            return "-coalesce(x.free_places, 0)::float8"
        case Sort.NAME:
            return 'x.pinyin COLLATE "C"'
        case None:
            return "0::float8"

"""Institutions as anybody sees them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from typing_extensions import TypedDict

from childcare.institutions import Offering
from childcare.search import ClassProfile, DaySlots, Found, MapPoint, Profile
from webapp.shapes.moments import hhmm, instant


class Position(TypedDict):
    """WGS-84."""

    lat: float
    lng: float


class FoundShape(TypedDict):
    """One institution found. `free_places` is the best single class's through the whole span."""

    id: int
    name: str
    name_en: str
    kind: str
    inclusive: bool
    street: str
    address: str
    position: Position
    walk_minutes: int | None
    distance_m: int | None
    stars: int | None
    price_fen: int | None
    price_unit: str | None
    net_price_fen: int | None
    monthly_fee_fen: int | None
    free_places: int | None
    as_of: str


class FoundPage(TypedDict):
    """Institutions in the order asked for."""

    items: list[FoundShape]
    next: str | None


class HoursShape(TypedDict):
    """Local opening hours."""

    opens: str
    closes: str


class ClassShape(TypedDict):
    """A class: ages in whole months, children per carer, and carers on shift that day."""

    id: int
    name: str
    name_en: str
    band: str
    from_months: int
    to_months: int
    ratio: int
    places: int
    carers: int


class OfferingShape(TypedDict):
    """Something sold: `price_fen` per `unit` (half_hour, stay or month)."""

    care_form: str
    unit: str
    day_part: str | None
    start: str
    end: str
    price_fen: int
    shortest_minutes: int
    longest_minutes: int
    lead_minutes: int
    horizon_days: int
    approves_first_visit: bool
    arrival_pauses: list[HoursShape]


class AssessmentShape(TypedDict):
    """A quality assessment under a named scheme."""

    scheme: str
    date: str
    score: int
    max_score: int


class ProfileShape(TypedDict):
    """All that is public of an institution; `hours` are today's, None when closed."""

    id: int
    registration_no: str
    name: str
    name_en: str
    kind: str
    inclusive: bool
    public: bool
    district: str
    street: str
    address: str
    position: Position
    phone: str
    stars: int | None
    credit_grade: str
    health_adviser: str
    insured_until: str | None
    hub_id: int | None
    what_to_bring: str
    what_to_bring_en: str
    weekly_hours: dict[str, HoursShape]
    hours: HoursShape | None
    classes: list[ClassShape]
    offerings: list[OfferingShape]
    assessments: list[AssessmentShape]


class SlotShape(TypedDict):
    """One half hour, local; `free` places in that class."""

    start: str
    end: str
    free: int


class ClassSlotsShape(TypedDict):
    """The slots of one class in which care of the asked form is sold."""

    class_id: int
    name: str
    name_en: str
    slots: list[SlotShape]


class DaySlotsShape(TypedDict):
    """One local day."""

    date: str
    classes: list[ClassSlotsShape]


class AvailabilityShape(TypedDict):
    """Free places by day, class and half hour."""

    days: list[DaySlotsShape]
    as_of: str


class PointGeometry(TypedDict):
    """GeoJSON: longitude, latitude."""

    type: Literal["Point"]
    coordinates: list[float]


class MapProperties(TypedDict):
    """What the open map tells of an institution."""

    name: str
    name_en: str
    kind: str
    inclusive: bool
    district: str
    street: str
    address: str
    phone: str
    stars: int | None


class MapFeature(TypedDict):
    """One institution."""

    type: Literal["Feature"]
    id: int
    geometry: PointGeometry
    properties: MapProperties


class OpenMap(TypedDict):
    """GeoJSON (RFC 7946); `next` is the cursor of the following page."""

    type: Literal["FeatureCollection"]
    features: list[MapFeature]
    next: str | None


def found(item: Found) -> FoundShape:
    return {
        "id": item.id,
        "name": item.name,
        "name_en": item.name_en,
        "kind": item.kind,
        "inclusive": item.inclusive,
        "street": item.street,
        "address": item.address,
        "position": {"lat": item.position.lat, "lng": item.position.lng},
        "walk_minutes": item.walk_minutes,
        "distance_m": item.distance_m,
        "stars": item.stars,
        "price_fen": item.price_fen,
        "price_unit": item.price_unit,
        "net_price_fen": item.net_price_fen,
        "monthly_fee_fen": item.monthly_fee_fen,
        "free_places": item.free_places,
        "as_of": instant(item.as_of),
    }


def profile(item: Profile) -> ProfileShape:
    place = item.institution
    return {
        "id": place.id,
        "registration_no": place.registration_no,
        "name": place.name,
        "name_en": place.name_en,
        "kind": place.kind,
        "inclusive": place.inclusive,
        "public": place.public,
        "district": place.district,
        "street": place.street,
        "address": place.address,
        "position": {"lat": place.lat, "lng": place.lng},
        "phone": place.phone,
        "stars": place.stars,
        "credit_grade": place.credit_grade,
        "health_adviser": place.health_adviser,
        "insured_until": place.insured_until.isoformat() if place.insured_until else None,
        "hub_id": place.hub_id,
        "what_to_bring": place.what_to_bring,
        "what_to_bring_en": place.what_to_bring_en,
        "weekly_hours": {
            str(weekday): _hours(hours.opens, hours.closes)
            for weekday, hours in item.weekly_hours.items()
        },
        "hours": _hours(item.hours.opens, item.hours.closes) if item.hours else None,
        "classes": [_class(group) for group in item.classes],
        "offerings": [_offering(offer) for offer in item.offerings],
        "assessments": [
            {
                "scheme": one.scheme,
                "date": one.assessed_on.isoformat(),
                "score": one.score,
                "max_score": one.max_score,
            }
            for one in item.assessments
        ],
    }


def _hours(opens: int, closes: int) -> HoursShape:
    return {"opens": hhmm(opens), "closes": hhmm(closes)}


def _class(group: ClassProfile) -> ClassShape:
    return {
        "id": group.id,
        "name": group.name,
        "name_en": group.name_en,
        "band": group.band,
        "from_months": group.from_months,
        "to_months": group.to_months,
        "ratio": group.ratio,
        "places": group.places,
        "carers": group.carers,
    }


def _offering(offer: Offering) -> OfferingShape:
    return {
        "care_form": offer.form,
        "unit": offer.unit,
        "day_part": offer.day_part,
        "start": hhmm(offer.starts),
        "end": hhmm(offer.ends),
        "price_fen": offer.price_fen,
        "shortest_minutes": offer.shortest,
        "longest_minutes": offer.longest,
        "lead_minutes": offer.lead_minutes,
        "horizon_days": offer.horizon_days,
        "approves_first_visit": offer.approves_first_visit,
        "arrival_pauses": [_hours(first, last) for first, last in offer.arrival_pauses],
    }


def availability(days: Sequence[DaySlots], *, as_of: datetime) -> AvailabilityShape:
    return {"days": [_day(day) for day in days], "as_of": instant(as_of)}


def _day(day: DaySlots) -> DaySlotsShape:
    return {
        "date": day.on.isoformat(),
        "classes": [
            {
                "class_id": group.class_id,
                "name": group.name,
                "name_en": group.name_en,
                "slots": [
                    {"start": hhmm(slot.start), "end": hhmm(slot.end), "free": slot.free}
                    for slot in group.slots
                ],
            }
            for group in day.classes
        ],
    }


def feature(point: MapPoint) -> MapFeature:
    return {
        "type": "Feature",
        "id": point.id,
        "geometry": {"type": "Point", "coordinates": [point.position.lng, point.position.lat]},
        "properties": {
            "name": point.name,
            "name_en": point.name_en,
            "kind": point.kind,
            "inclusive": point.inclusive,
            "district": point.district,
            "street": point.street,
            "address": point.address,
            "phone": point.phone,
            "stars": point.stars,
        },
    }

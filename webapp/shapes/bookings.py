"""A booking as its family and the desk see it."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session
from typing_extensions import TypedDict

from childcare import bookings, institutions
from childcare.bookings import Booking, Fee
from childcare.stays import State
from webapp.shapes.moments import instant, local_span, maybe_instant


class PricePart(TypedDict):
    """One line of a price: `units` of something at `unit_fen` each."""

    what: str
    units: int
    unit_fen: int
    fen: int


class BookingShape(TypedDict):
    """One stay. `date`, `start` and `end` are local; `holds_until` ends a hold or a request."""

    id: int
    state: State
    version: int
    child_id: int
    institution_id: int
    class_id: int
    stay_id: int
    care_form: str
    day_part: str | None
    date: str
    start: str
    end: str
    starts_at: str
    ends_at: str
    holds_until: str | None
    price_fen: int
    price_parts: list[PricePart]
    fee_fen: int
    waived_fen: int
    code: str
    created_at: str
    confirmed_at: str | None
    cancelled_at: str | None
    cancel_reason: str | None


class Cancellation(TypedDict):
    """What cancelling costs now: send `fee_fen` back with the cancellation.

    With the reason `illness` it is `illness_fee_fen`; `illness_left` such waivers remain.
    """

    fee_fen: int
    free_until: str | None
    illness_fee_fen: int
    illness_left: int


class BookedPlace(TypedDict):
    """Where to go and what to bring."""

    name: str
    name_en: str
    address: str
    phone: str
    lat: float
    lng: float
    what_to_bring: str
    what_to_bring_en: str


class BookingDetail(BookingShape):
    """A booking with where it is and what cancelling would cost now."""

    institution: BookedPlace
    cancellation: Cancellation


class BookingPage(TypedDict):
    """Bookings in order of id."""

    items: list[BookingShape]
    next: str | None


class MoveQuoteShape(TypedDict):
    """What moving costs: send both back with the reschedule."""

    price_fen: int
    fee_fen: int


def booking(found: Booking) -> BookingShape:
    stay = found.stay
    start, end = local_span(stay.during)
    return {
        "id": found.id,
        "state": State(stay.state),
        "version": found.version,
        "child_id": found.child_id,
        "institution_id": found.institution_id,
        "class_id": stay.class_id,
        "stay_id": stay.id,
        "care_form": found.form,
        "day_part": found.day_part,
        "date": stay.on.isoformat(),
        "start": start,
        "end": end,
        "starts_at": instant(stay.starts_at),
        "ends_at": instant(stay.stops_at),
        "holds_until": maybe_instant(stay.ends_at),
        "price_fen": found.price_fen,
        "price_parts": [_part(part) for part in found.price_parts],
        "fee_fen": found.fee_fen,
        "waived_fen": found.waived_fen,
        "code": found.code,
        "created_at": instant(found.created_at),
        "confirmed_at": maybe_instant(found.confirmed_at),
        "cancelled_at": maybe_instant(found.cancelled_at),
        "cancel_reason": found.cancel_reason,
    }


def _part(row: Mapping[str, Any]) -> PricePart:
    return {
        "what": row["what"],
        "units": row["units"],
        "unit_fen": row["unit_fen"],
        "fen": row["fen"],
    }


def detail(session: Session, found: Booking, fee: Fee, ill: Fee) -> BookingDetail:
    place = institutions.institution(session, found.institution_id)
    return {
        **booking(found),
        "institution": {
            "name": place.name,
            "name_en": place.name_en,
            "address": place.address,
            "phone": place.phone,
            "lat": place.lat,
            "lng": place.lng,
            "what_to_bring": place.what_to_bring,
            "what_to_bring_en": place.what_to_bring_en,
        },
        "cancellation": {
            "fee_fen": fee.fen,
            "free_until": maybe_instant(fee.free_until if fee.free_until.year > 1 else None),
            "illness_fee_fen": ill.fen,
            "illness_left": fee.illness_left,
        },
    }


def quote(found: bookings.MoveQuote) -> MoveQuoteShape:
    return {"price_fen": found.price_fen, "fee_fen": found.fee_fen}

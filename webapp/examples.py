"""Examples for the document, of the same booking all through."""

from collections.abc import Mapping

from childcare.stays import State
from webapp.errors import Problem
from webapp.shapes.bookings import BookingShape
from webapp.shapes.institutions import FoundShape
from webapp.shapes.people import ChildShape, SessionOpened

BOOKING: BookingShape = {
    "id": 1,
    "state": State.EXPECTED,
    "version": 1,
    "child_id": 1,
    "institution_id": 7,
    "class_id": 3,
    "stay_id": 12,
    "care_form": "hourly",
    "day_part": None,
    "date": "2026-12-01",
    "start": "14:00",
    "end": "17:00",
    "starts_at": "2026-12-01T14:00:00+08:00",
    "ends_at": "2026-12-01T17:00:00+08:00",
    "holds_until": None,
    "price_fen": 12000,
    "price_parts": [{"what": "hourly", "units": 6, "unit_fen": 2000, "fen": 12000}],
    "fee_fen": 0,
    "waived_fen": 0,
    "code": "K7MQ2X",
    "created_at": "2026-11-23T12:00:00+08:00",
    "confirmed_at": "2026-11-23T12:01:30+08:00",
    "cancelled_at": None,
    "cancel_reason": None,
}
FOUND: FoundShape = {
    "id": 7,
    "name": "小小松果托育园",
    "name_en": "Little Pinecone Nursery",
    "kind": "community_embedded",
    "inclusive": True,
    "street": "劲松街道",
    "address": "劲松三区 5 号楼",
    "position": {"lat": 39.884, "lng": 116.461},
    "walk_minutes": 9,
    "distance_m": 512,
    "stars": 5,
    "price_fen": 12000,
    "price_unit": "stay",
    "net_price_fen": 12000,
    "monthly_fee_fen": 300000,
    "free_places": 3,
    "as_of": "2026-11-23T12:00:00+08:00",
}
CHILD: ChildShape = {
    "id": 1,
    "name": "果果",
    "born_on": "2025-03-10",
    "weeks_early": 0,
    "allergies": "花生",
    "care_notes": "",
    "vaccinated_on": "2026-10-08",
    "health_checked_on": None,
}
SIGNED_IN: SessionOpened = {
    "token": "3q2-7wAAAAB0b2tlbi1mb3ItdGhlLWRvY3VtZW50YXQ",
    "guardian": {"id": 1, "role": "guardian", "name": "林岚", "locale": "zh"},
}
FULL: Problem = {
    "type": "urn:childcare:problem:no-place",
    "title": "Conflict",
    "status": 409,
    "detail": "12月1日 周二 15:00–15:30 托小班已经满了。",
    "code": "no-place",
    "facts": {"on": "2026-12-01", "start": "15:00", "end": "15:30", "reason": "full"},
    "errors": [],
}
EXAMPLES: Mapping[str, Mapping[str, object]] = {
    "BookingShape": BOOKING,
    "FoundShape": FOUND,
    "ChildShape": CHILD,
    "SessionOpened": SIGNED_IN,
    "Problem": FULL,
}

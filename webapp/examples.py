"""Examples for the document, of the same booking all through."""

from collections.abc import Mapping

from childcare.stays import State
from childcare.waitlist import EntryState, Happened, OfferState
from webapp.errors import Problem
from webapp.shapes.bookings import BookingShape
from webapp.shapes.institutions import FoundShape
from webapp.shapes.panel import StayShape
from webapp.shapes.panel_waitlist import ListEventShape, WaitingShape
from webapp.shapes.people import ChildShape, SessionOpened
from webapp.shapes.waitlist import EntryShape, OfferShape, PriorityLine, PriorityTableShape

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
UNDONE: StayShape = {
    "id": 12,
    "state": State.CHECKED_IN,
    "child_id": 1,
    "class_id": 3,
    "date": "2026-12-01",
    "start": "14:00",
    "end": "17:00",
    "checked_in_at": "2026-12-01T13:58:00+08:00",
    "checked_out_at": None,
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
LINES: list[PriorityLine] = [
    {"criterion": "sibling-enrolled", "points": 50},
    {"criterion": "resident-of-street", "points": 20},
]
ORDER: PriorityTableShape = {
    "id": 1,
    "version": 1,
    "lines": LINES,
    "reason": "弟弟妹妹优先，然后是本街道居民",
    "published_at": "2026-09-01T09:00:00+08:00",
    "effective_at": "2026-09-01T09:00:00+08:00",
    "is_in_force": True,
}
OFFER: OfferShape = {
    "id": 5,
    "state": OfferState.OPEN,
    "entry_id": 9,
    "child_id": 1,
    "institution_id": 7,
    "class_id": 3,
    "date": "2026-12-01",
    "start": "14:00",
    "end": "17:00",
    "starts_at": "2026-12-01T14:00:00+08:00",
    "price_fen": 12000,
    "made_at": "2026-11-23T12:00:00+08:00",
    "ends_at": "2026-11-24T22:00:00+08:00",
    "ended_at": None,
    "out_of_order_reason": None,
    "booking_id": None,
    "enrolment_id": None,
}
ENTRY: EntryShape = {
    "id": 9,
    "state": EntryState.WAITING,
    "version": 1,
    "child_id": 1,
    "care_form": "hourly",
    "date": "2026-12-01",
    "start": "14:00",
    "end": "17:00",
    "day_part": None,
    "from_month": None,
    "weekdays": [],
    "together_id": None,
    "joined_at": "2026-11-20T08:30:00+08:00",
    "renew_at": "2027-01-19T08:30:00+08:00",
    "institutions": [
        {
            "institution_id": 7,
            "class_id": 3,
            "preference": 1,
            "position": 2,
            "ahead": 1,
            "order_rule": {
                "order": ["priority", "joined_at", "id"],
                "version": 1,
                "lines": LINES,
                "priority": 20,
                "reasons": ["resident-of-street"],
            },
            "went_in_30_days": 6,
            "is_removed": False,
            "open_offer": None,
        }
    ],
    "log": [
        {
            "id": 31,
            "at": "2026-11-20T08:30:00+08:00",
            "kind": Happened.JOINED,
            "by": "family",
            "institution_id": None,
            "offer_id": None,
            "why": "",
            "facts": {},
        },
        {
            "id": 44,
            "at": "2026-11-22T16:05:00+08:00",
            "kind": Happened.PASSED_OVER,
            "by": "system",
            "institution_id": 7,
            "offer_id": None,
            "why": "hours",
            "facts": {"class_id": 3, "on": "2026-12-01", "free": [["14:00", "15:00"]]},
        },
    ],
}
WAITING: WaitingShape = {
    "entry_id": 9,
    "class_id": 3,
    "rank": 2,
    "state": "waiting",
    "child": {"id": 1, "name": "果果", "months": 20},
    "contacts": [{"name": "林岚", "role": "guardian", "phone": "+8613800000001"}],
    "care_form": "hourly",
    "date": "2026-12-01",
    "start": "14:00",
    "end": "17:00",
    "day_part": None,
    "from_month": None,
    "weekdays": [],
    "together_id": None,
    "joined_at": "2026-11-20T08:30:00+08:00",
    "priority": 20,
    "reasons": ["resident-of-street"],
    "shown": ["resident-of-street"],
    "open_offer": None,
    "notes": [
        {
            "at": "2026-11-21T10:00:00+08:00",
            "by": {"kind": "staff", "name": "李老师"},
            "text": "周二下午打过电话",
        }
    ],
}
PASSED: ListEventShape = {
    "id": 44,
    "at": "2026-11-22T16:05:00+08:00",
    "entry_id": 9,
    "kind": Happened.PASSED_OVER,
    "who": {"kind": "system", "name": ""},
    "round_id": 12,
    "offer_id": None,
    "why": "hours",
    "facts": {"class_id": 3, "on": "2026-12-01", "free": [["14:00", "15:00"]]},
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
    "StayShape": UNDONE,
    "FoundShape": FOUND,
    "ChildShape": CHILD,
    "SessionOpened": SIGNED_IN,
    "PriorityTableShape": ORDER,
    "OfferShape": OFFER,
    "EntryShape": ENTRY,
    "JoinedShape": {**ENTRY, "sibling_entry_ids": []},
    "WaitingShape": WAITING,
    "ListEventShape": PASSED,
    "Problem": FULL,
}

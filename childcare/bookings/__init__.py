"""Booking one stay: wish → hold → confirm → (request) → expected → the door.

Every public name of the subject is here: ``from childcare import bookings``.
"""

from childcare.bookings.door import (
    check_in,
    check_out,
    end_of_day,
    mark_no_show,
    no_show,
    object_to_no_show,
)
from childcare.bookings.ending import (
    approve,
    cancel,
    cancel_by_institution,
    expire,
    expire_dead,
    reinstate_fee,
    reject,
    release,
    release_class_day,
)
from childcare.bookings.holding import confirm, hold
from childcare.bookings.models import (
    ApprovalTooLate,
    Booking,
    BookingChanged,
    FeeChanged,
    HoldExpired,
    NeedsMainStay,
    PriceChanged,
    RequestEnded,
    TooEarly,
    TooFarAhead,
    TooLate,
    TooManyHolds,
)
from childcare.bookings.moving import Move, MoveQuote, quote_move, reschedule
from childcare.bookings.queries import (
    ILLNESS,
    Fee,
    booking,
    bookings_of,
    coming,
    fee_now,
    find_by_stay,
    illness_left,
)
from childcare.bookings.terms import Terms, Wish, is_working_day, judge

__all__ = [
    "ILLNESS",
    "ApprovalTooLate",
    "Booking",
    "BookingChanged",
    "Fee",
    "FeeChanged",
    "HoldExpired",
    "Move",
    "MoveQuote",
    "NeedsMainStay",
    "PriceChanged",
    "RequestEnded",
    "Terms",
    "TooEarly",
    "TooFarAhead",
    "TooLate",
    "TooManyHolds",
    "Wish",
    "approve",
    "booking",
    "bookings_of",
    "cancel",
    "cancel_by_institution",
    "check_in",
    "check_out",
    "coming",
    "confirm",
    "end_of_day",
    "expire",
    "expire_dead",
    "fee_now",
    "find_by_stay",
    "hold",
    "illness_left",
    "is_working_day",
    "judge",
    "mark_no_show",
    "no_show",
    "object_to_no_show",
    "quote_move",
    "reinstate_fee",
    "reject",
    "release",
    "release_class_day",
    "reschedule",
]

"""The messages that a stay brings with it, and how each behaves."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, StrEnum, auto

from childcare.outbox import Urgency
from childcare.stays import State


class Kind(StrEnum):
    """Outbox kinds: `remind-` by the clock, `tell-` because something happened."""

    DAY_BEFORE = "remind-24h"
    HOURS_BEFORE = "remind-2h"
    PICK_UP = "remind-pick-up"
    BOOKED = "remind-booked"
    APPROVED = "tell-approved"
    REJECTED = "tell-rejected"
    REQUEST_EXPIRED = "tell-request-expired"
    RESCHEDULED = "tell-rescheduled"
    CANCELLED = "tell-cancelled"
    BY_INSTITUTION = "tell-cancelled-by-institution"
    CLOSED = "tell-closed"
    REOPENED = "tell-reopened"
    ABSENT = "tell-absent"
    NO_SHOW = "tell-no-show"
    STILL_PRESENT = "tell-still-present"


class Quiet(Enum):
    """What quiet hours do to a message that falls into them."""

    GOES_WHEN_THEY_BEGIN = auto()
    GOES_WHEN_THEY_END = auto()
    GOES_AT_ONCE = auto()


class Until(Enum):
    """Until when a message is worth sending."""

    START = auto()
    HOURS_BEFORE = auto()
    END = auto()
    TWO_DAYS_LATER = auto()


@dataclass(frozen=True)
class Rule:
    """True while the stay is in one of `states` and `until` is ahead.

    `switch` names the guardian's own switch; what has none cannot be switched off. What is
    `URGENT` is not counted against the daily cap.
    """

    states: frozenset[State]
    until: Until
    switch: str = ""
    quiet: Quiet = Quiet.GOES_WHEN_THEY_END
    urgency: Urgency = Urgency.URGENT


COMING = frozenset({State.EXPECTED})
THERE = frozenset({State.EXPECTED, State.CHECKED_IN})

RULES: Mapping[Kind, Rule] = {
    Kind.DAY_BEFORE: Rule(COMING, Until.HOURS_BEFORE, "24h", urgency=Urgency.NORMAL),
    Kind.HOURS_BEFORE: Rule(COMING, Until.START, "2h", Quiet.GOES_WHEN_THEY_BEGIN),
    Kind.PICK_UP: Rule(THERE, Until.END, "pick-up", urgency=Urgency.NORMAL),
    Kind.BOOKED: Rule(COMING, Until.START, "booked", urgency=Urgency.NORMAL),
    Kind.APPROVED: Rule(COMING, Until.START),
    Kind.REJECTED: Rule(frozenset({State.REJECTED}), Until.START),
    Kind.REQUEST_EXPIRED: Rule(frozenset({State.EXPIRED}), Until.START),
    Kind.RESCHEDULED: Rule(COMING, Until.START, "booked", urgency=Urgency.NORMAL),
    Kind.CANCELLED: Rule(frozenset({State.CANCELLED}), Until.START, "booked"),
    Kind.BY_INSTITUTION: Rule(frozenset({State.CANCELLED}), Until.END, quiet=Quiet.GOES_AT_ONCE),
    Kind.CLOSED: Rule(frozenset({State.CANCELLED}), Until.END, quiet=Quiet.GOES_AT_ONCE),
    Kind.REOPENED: Rule(COMING, Until.END, quiet=Quiet.GOES_AT_ONCE),
    Kind.ABSENT: Rule(frozenset({State.ABSENT}), Until.END),
    Kind.NO_SHOW: Rule(frozenset({State.NO_SHOW}), Until.TWO_DAYS_LATER),
    Kind.STILL_PRESENT: Rule(
        frozenset({State.COMPLETED}), Until.TWO_DAYS_LATER, quiet=Quiet.GOES_AT_ONCE
    ),
}

SWITCHES = tuple(dict.fromkeys(rule.switch for rule in RULES.values() if rule.switch))

BEFORE_START = {Kind.DAY_BEFORE: timedelta(hours=24), Kind.HOURS_BEFORE: timedelta(hours=2)}
PICK_UP_BEFORE_END = timedelta(minutes=30)

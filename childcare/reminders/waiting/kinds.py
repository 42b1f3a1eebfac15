"""The messages that waiting brings with it, and how each behaves."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from childcare.outbox import Urgency
from childcare.reminders.kinds import Quiet


class Topic(StrEnum):
    """Outbox kinds of messages to somebody who waits."""

    OFFER = "tell-offer"
    OFFER_ENDING = "tell-offer-ending"
    OFFER_WITHDRAWN = "tell-offer-withdrawn"
    OFFER_EXPIRED = "tell-offer-expired"
    PAUSED = "tell-entry-paused"
    RENEWAL = "tell-entry-renewal"
    REMOVED = "tell-entry-removed"
    LAPSED = "tell-entry-lapsed"
    ENROLLED = "tell-enrolled"


@dataclass(frozen=True)
class Manner:
    """How a message goes; `switch` names the guardian's own switch, if it can be switched off."""

    urgency: Urgency = Urgency.URGENT
    quiet: Quiet = Quiet.GOES_WHEN_THEY_END
    switch: str = ""


# The lists choose an offer's hour by themselves: its life runs while the family sleeps only where
# care begins soon, and then it must be heard.
OF_AN_OFFER = Manner(Urgency.AT_ONCE, Quiet.GOES_AT_ONCE)

MANNERS: Mapping[Topic, Manner] = {
    **dict.fromkeys(Topic, Manner()),
    Topic.OFFER: OF_AN_OFFER,
    Topic.OFFER_ENDING: OF_AN_OFFER,
    Topic.ENROLLED: Manner(Urgency.NORMAL, switch="booked"),
}

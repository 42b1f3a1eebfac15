"""What the desk of the lists says: wishes, offers, passes, what happened and why, in words.

Templates and rooms speak of all of it as `words`.
"""

from webapp.pages.panel.waitlist_words.causes import cause, spark
from webapp.pages.panel.waitlist_words.offers import (
    is_short,
    left,
    offer_state,
    place,
    runs,
    spans,
    until,
)
from webapp.pages.panel.waitlist_words.passes import free, passed, passed_over, would_pass
from webapp.pages.panel.waitlist_words.story import (
    COLOURS,
    kind,
    last,
    nobody,
    person,
    reason,
    rests,
    somebody,
    went,
    what,
)
from webapp.pages.panel.waitlist_words.wishes import (
    age,
    asks,
    class_name,
    criterion,
    entry_state,
    joined,
    name,
    part,
    wants,
    week,
    why_there,
)

__all__ = [
    "COLOURS",
    "age",
    "asks",
    "cause",
    "class_name",
    "criterion",
    "entry_state",
    "free",
    "is_short",
    "joined",
    "kind",
    "last",
    "left",
    "name",
    "nobody",
    "offer_state",
    "part",
    "passed",
    "passed_over",
    "person",
    "place",
    "reason",
    "rests",
    "runs",
    "somebody",
    "spans",
    "spark",
    "until",
    "wants",
    "week",
    "went",
    "what",
    "why_there",
    "would_pass",
]

"""What one line of text asks for, as far as it is certain, and what is to be asked."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from childcare.geo import Place

DayPart = Literal["full", "morning", "afternoon"]
SavedPlace = Literal["home", "work", "grandparents", "here"]
CareForm = Literal["hourly", "temporary", "holiday", "full_day", "half_day", "early", "late"]
Intent = Literal[
    "start",
    "find",
    "mine",
    "waits",
    "away",
    "ill",
    "cancel",
    "reschedule",
    "help",
    "language",
    "children",
    "home",
    "settings",
    "greeting",
    "thanks",
]
Code = Literal[
    "which-day",
    "in-the-past",
    "no-such-day",
    "one-day-only",
    "which-time",
    "which-half",
    "which-end",
    "not-half-hour",
    "which-place",
    "not-understood",
    "too-long",
]
Assumption = Literal["morning", "afternoon", "a-week-later", "day-month-order", "from-now"]


@dataclass(frozen=True, slots=True)
class Question:
    """What must be asked, with the words it is about and what may be offered as answers.

    `minutes` are minutes of the day; `about` tells which end of the span is meant.
    """

    code: Code
    said: str = ""
    about: Literal["", "start", "end"] = ""
    days: tuple[date, ...] = ()
    minutes: tuple[int, ...] = ()
    places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Wish:
    """What was understood. Nothing here is a guess: what could be two things is in `unclear`.

    `start` and `end` are minutes of the local day, on half hours, start before end; `length` is a
    number of minutes without a start. `places` are candidates, one when it is clear. `assumed` are
    readings to show when echoing (2-5 is the afternoon). `rest` was not understood.
    """

    on: date | None = None
    start: int | None = None
    end: int | None = None
    day_part: DayPart | None = None
    length: int | None = None
    places: tuple[Place, ...] = ()
    saved_place: SavedPlace | None = None
    walk_minutes: int | None = None
    care_form: CareForm | None = None
    intent: Intent | None = None
    unclear: tuple[Question, ...] = ()
    assumed: tuple[Assumption, ...] = ()
    rest: str = ""

    @property
    def is_clear(self) -> bool:
        """Whether places can be looked up at once: a day, a span or part of it, nothing to ask."""
        timed = self.day_part is not None or (self.start is not None and self.end is not None)
        return self.on is not None and timed and not self.unclear

"""What a parent looks for, small enough to travel in a button: the server remembers nothing."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields, replace
from datetime import date, datetime
from typing import Any

from bot.forms import OldButton
from childcare import clock, search
from childcare.geo import Point
from childcare.institutions import DayPart
from childcare.messages import address

PARTS: Sequence[DayPart | None] = (None, DayPart.FULL, DayPart.MORNING, DayPart.AFTERNOON)
# Hundred-thousandths of a degree: about a metre.
FINE = 100_000
DAY_MINUTES = 24 * 60


def day_of(ordinal: int) -> date:
    """The date that travelled as a number. Raises `OldButton` for what is none."""
    try:
        return date.fromordinal(ordinal)
    except (ValueError, OverflowError):
        raise OldButton from None


def part_of(number: int) -> DayPart | None:
    """The day part that travelled as a number. Raises `OldButton`."""
    if not 0 <= number < len(PARTS):
        raise OldButton
    return PARTS[number]


@dataclass(frozen=True)
class Aim:
    """A search as integers; 0 is "not said", and 0, 0 as a position is the family's home.

    `on` is a date's ordinal, `start` and `end` minutes of the day, `part` a place in `PARTS`.
    """

    child_id: int
    lat: int = 0
    lng: int = 0
    minutes: int = 15
    inclusive: int = 0
    on: int = 0
    part: int = 0
    start: int = 0
    end: int = 0
    page: int = 0

    @classmethod
    def read(cls, *numbers: int) -> "Aim":
        """An aim from a button. Raises `OldButton` for what no button of ours says."""
        aim = cls(*numbers)
        in_range = (
            0 <= aim.start < DAY_MINUTES
            and (aim.end == 0 or aim.start < aim.end <= DAY_MINUTES)
            and 1 <= aim.minutes <= search.MOST_WALK_MINUTES
            and aim.start % 30 == aim.end % 30 == 0
            and abs(aim.lat) <= 90 * FINE
            and abs(aim.lng) <= 180 * FINE
            and 0 <= aim.page < 50
            and aim.inclusive in (0, 1)
        )
        if not in_range:
            raise OldButton
        part_of(aim.part)
        if aim.on:
            day_of(aim.on)
        return aim

    def but(self, **changes: Any) -> "Aim":
        """The same with changes, from its first page."""
        return replace(self, **{"page": 0, **changes})

    @property
    def numbers(self) -> tuple[int, ...]:
        return astuple(self)

    @property
    def address(self) -> str:
        return address("near", *self.numbers)

    @property
    def has_span(self) -> bool:
        return bool(self.part or self.end)

    @property
    def lacks_day(self) -> bool:
        """Whether hours were said, and not of which day."""
        return not self.on and bool(self.has_span or self.start)

    @property
    def point(self) -> Point | None:
        """Where to search; None means at home."""
        return Point(self.lat / FINE, self.lng / FINE) if self.lat or self.lng else None


AIM_SIZE = len(fields(Aim))


def fine(point: Point) -> tuple[int, int]:
    """A position as it travels."""
    return round(point.lat * FINE), round(point.lng * FINE)


def minutes_now(now: datetime) -> int:
    """Minutes since local midnight."""
    return clock.minutes_of(clock.today(now), now)

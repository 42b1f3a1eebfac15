"""What the slow model of waiting is made of: entries in lines, offers, rounds and their bars."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from tests.childcare.capacity_model import Group, Kid, Visit

Day = tuple[int, date]  # class and date
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SOONEST = timedelta(minutes=20)
LIVE = ("waiting", "paused")


@dataclass
class Round:
    """Who may not have what came free in it: a family, or one child of it, and why."""

    number: int
    bars: list[tuple[int, Kid | None, str]] = field(default_factory=list)

    def why_barred(self, kid: Kid) -> str | None:
        mine = [bar for bar in self.bars if bar[0] == kid.family and bar[1] in (None, kid)]
        return min((why for _, _, why in mine), default=None)


@dataclass(eq=False)
class Entry:
    number: int
    kid: Kid
    on: date
    slots: tuple[int, ...]
    is_part: bool
    state: str = "waiting"
    expiries: int = 0
    together: int | None = None
    granted: set[int] = field(default_factory=set)  # institutions where it comes first
    wishes: list["Wished"] = field(default_factory=list)
    ref: int = 0

    def institutions(self) -> list[int]:
        return list(dict.fromkeys(wish.group.institution for wish in self.wishes))


@dataclass(eq=False)
class Wished:
    """An entry in one class's line."""

    entry: Entry
    group: Group
    preference: int
    since: datetime

    @property
    def key(self) -> tuple[bool, datetime, int]:
        """Grants first, then the time of entry at that house."""
        return self.group.institution not in self.entry.granted, self.since, self.entry.number


@dataclass(eq=False)
class Given:
    """An offer."""

    wish: Wished
    visit: Visit
    round: Round
    made_at: datetime
    ends_at: datetime
    state: str = "open"
    place: Day = (0, date.min)  # where it was; what was accepted may move

    def __post_init__(self) -> None:
        self.place = self.day()

    @property
    def entry(self) -> Entry:
        return self.wish.entry

    def day(self) -> Day:
        return self.visit.group, self.visit.on


@dataclass
class Freed:
    """A day with room: given up by a family, in a round that goes on, or looked at again."""

    day: Day
    family: int | None = None
    round: Round | None = None
    is_again: bool = False


@dataclass
class Serving:
    day: Day
    round: Round
    is_served: bool = False


class Unfit(Exception):
    """An entry cannot have this place after all."""


def ends_at(now: datetime, starts: datetime) -> datetime | None:
    """Minute by minute, so that nobody has to think."""
    lead = starts - now
    lives = 15 if lead < 3 * HOUR else 30 if lead < 12 * HOUR else 120
    lives = 480 if lead >= 48 * HOUR else lives
    at = now
    while lives:
        is_night = at.hour >= 22 or at.hour < 8
        lives -= not (is_night and lead >= 12 * HOUR)
        at += MINUTE
    at = min(at, starts - 15 * MINUTE)
    return at if at - now >= 5 * MINUTE else None

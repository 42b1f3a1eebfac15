"""Capacity as a slow and obvious model: plain lists, everything counted anew whenever it is asked.

It knows the rules of docs/domain.md ("Care", "Capacity", "Booking") and nothing of the code, of
SQL, locks or arrays. Times are naive local ones. What the class counts is recomputed from the
stays at each look; what it may hold is recomputed from hours and carers.
"""

import copy
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

HALF_HOUR = timedelta(minutes=30)
DEAD_OR_ALIVE = ("held", "requested")
PRESENT_OR_COMING = ("expected", "checked_in")


class Refused(Exception):
    """The rules refuse, for any of `codes`; `at` is the first slot that fails, where one does."""

    def __init__(self, *codes: str, at: tuple[date, int] | None = None) -> None:
        super().__init__(*codes)
        self.codes, self.at = set(codes), at


@dataclass(frozen=True)
class Group:
    """A class: ages in months, the most children, children per carer."""

    id: int
    institution: int
    youngest: int
    oldest: int
    most: int
    ratio: int
    carers: int


@dataclass(frozen=True)
class Kid:
    id: int
    family: int
    born: date


@dataclass
class Visit:
    """A stay: `agreed` slots of a day, and those `held`, which the class counts."""

    kid: Kid
    institution: int
    group: int
    on: date
    state: str
    agreed: tuple[int, ...]
    held: set[int]
    dies_at: datetime | None = None
    enrolment: int | None = None
    closed: bool = False
    approved: bool = False
    came: bool = False
    came_at: datetime | None = None
    left_at: datetime | None = None  # by the desk
    gave: set[int] = field(default_factory=set)  # when it last left
    undone: bool = False  # the state is what it was before a slip at the door
    ref: int = 0  # its id in the database, once that is known

    def begins(self) -> datetime:
        return begin(self.on, self.agreed[0])

    def ends(self) -> datetime:
        return begin(self.on, self.agreed[-1] + 1)


@dataclass
class Enrolled:
    id: int
    kid: Kid
    institution: int
    weekdays: tuple[int, ...]
    slots: tuple[int, ...]
    from_on: date
    segments: list[tuple[int, date, date]] = field(default_factory=list)
    ends_on: date | None = None


@dataclass
class Away:
    """A declared absence."""

    kid: Kid
    from_on: date
    to_on: date
    slots: tuple[int, ...]
    withdrawn: bool = False

    def covers(self, on: date, slot: int) -> bool:
        return not self.withdrawn and self.from_on <= on <= self.to_on and slot in self.slots


@dataclass
class Closing:
    institution: int
    group: int | None
    from_on: date
    to_on: date
    lifted: bool = False


def begin(on: date, slot: int) -> datetime:
    return datetime.combine(on, time()) + slot * HALF_HOUR


def months_old(born: date, on: date) -> int:
    """Birthdays by month, one after the other, until one lies ahead."""
    months = 0
    while birthday(born, months + 1) <= on:
        months += 1
    return months


def birthday(born: date, months: int) -> date:
    year, month = born.year + (born.month - 1 + months) // 12, (born.month - 1 + months) % 12 + 1
    day = born.day
    while True:
        try:
            return date(year, month, day)
        except ValueError:
            day -= 1


def end_of_month(on: date) -> date:
    while (on + timedelta(days=1)).month == on.month:
        on += timedelta(days=1)
    return on


def days_between(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


class Schedule:
    """Hours and carers: what an institution may hold, slot by slot."""

    def __init__(self, groups: Sequence[Group]) -> None:
        self.groups = {group.id: group for group in groups}
        self.openings: dict[tuple[int, date], tuple[int, int]] = {}
        self.closings: list[Closing] = []
        self.holidays: dict[date, int | None] = {}  # None: holiday; a weekday: runs that one
        self.rosters: dict[tuple[int, date], list[tuple[int, int]]] = {}
        self.opened: set[tuple[int, date]] = set()

    def of(self, institution: int) -> list[Group]:
        return [group for group in self.groups.values() if group.institution == institution]

    def weekday(self, on: date) -> int | None:
        return self.holidays.get(on, on.isoweekday())

    def hours(self, group: Group, on: date) -> tuple[int, int] | None:
        """Minutes from and to; Monday to Friday 8 to 18 unless something says otherwise."""
        if (group.institution, on) in self.openings:
            return self.openings[group.institution, on]
        for closing in self.closings:
            is_meant = closing.institution == group.institution
            is_meant &= closing.group in (None, group.id) and not closing.lifted
            if is_meant and closing.from_on <= on <= closing.to_on:
                return None
        weekday = self.weekday(on)
        return (480, 1080) if weekday is not None and weekday <= 5 else None

    def shifts(self, group: Group, on: date) -> list[tuple[int, int]]:
        if (group.id, on) in self.rosters:
            return self.rosters[group.id, on]
        weekday = self.weekday(on) or on.isoweekday()
        return [(480, 1080)] * group.carers if weekday <= 5 else []

    def capacity(self, group: Group, on: date) -> list[int]:
        hours, shifts, places = self.hours(group, on), self.shifts(group, on), []
        if hours is None:
            return [0] * 48
        for slot in range(48):
            since, until = slot * 30, slot * 30 + 30
            if not (hours[0] <= since and until <= hours[1]):
                places.append(0)
                continue
            carers = sum(a <= since and until <= b for a, b in shifts)
            places.append(min(group.most, group.ratio * carers))
        return places


class Model(Schedule):
    """The stays, and what may happen to them."""

    def __init__(self, groups: Sequence[Group], kids: Sequence[Kid], strict: Iterable[int]) -> None:
        super().__init__(groups)
        self.kids = {kid.id: kid for kid in kids}
        self.strict = set(strict)  # institutions that approve first visits
        self.visits: list[Visit] = []
        self.enrolled: list[Enrolled] = []
        self.absences: list[Away] = []
        self.now = datetime.combine(date.min, time())

    # What is

    def taken(self, group: int, on: date) -> list[int]:
        there = Counter(
            slot for v in self.visits if (v.group, v.on) == (group, on) for slot in v.held
        )
        return [there[slot] for slot in range(48)]

    def free(self, group: Group, on: date) -> list[int]:
        pairs = zip(self.capacity(group, on), self.taken(group.id, on), strict=True)
        return [max(capacity - taken, 0) for capacity, taken in pairs]

    def left(self, on: date, slots: Iterable[int]) -> list[int]:
        """The slots that have not begun."""
        return [slot for slot in slots if begin(on, slot) >= self.now]

    def is_dead(self, visit: Visit) -> bool:
        is_mortal = visit.state in DEAD_OR_ALIVE and visit.dies_at is not None
        return is_mortal and visit.dies_at is not None and visit.dies_at <= self.now

    def elsewhere(
        self, kid: Kid, on: date, slots: Iterable[int], besides: Visit | None = None
    ) -> bool:
        wanted = set(slots)
        return any(
            visit.kid == kid and visit.on == on and visit is not besides and visit.held & wanted
            for visit in self.visits
        )

    def fitting(self, kid: Kid, institution: int, on: date) -> list[Group]:
        months = months_old(kid.born, on)
        groups = [g for g in self.of(institution) if g.youngest <= months <= g.oldest]
        return sorted(groups, key=lambda g: (g.oldest - g.youngest, g.id))

    def ranked(self, kid: Kid, institution: int, on: date, slots: Sequence[int]) -> list[Group]:
        def rank(group: Group) -> tuple[int, int, int]:
            free = self.free(group, on)
            return group.oldest - group.youngest, -min(free[slot] for slot in slots), group.id

        return sorted(self.fitting(kid, institution, on), key=rank)

    # What holds for every command

    def attempt(
        self, command: Callable[[], None], days: set[tuple[int, date]], kid: Kid | None
    ) -> None:
        """Nobody is refused by something dead: end that, then try once more."""
        before = copy.deepcopy(self.visits), copy.deepcopy(self.enrolled)
        try:
            command()
        except Refused as refusal:
            self._restore(before)
            dead = [
                visit
                for visit in self.visits
                if self.is_dead(visit) and ((visit.group, visit.on) in days or visit.kid == kid)
            ]
            if not refusal.codes & {"no-place", "child-elsewhere"} or not dead:
                raise
            for visit in dead:
                self.leave(visit, "expired")
            self._again(command)

    def _again(self, command: Callable[[], None]) -> None:
        before = copy.deepcopy(self.visits), copy.deepcopy(self.enrolled)
        try:
            command()
        except Refused:
            self._restore(before)
            raise

    def _restore(self, before: tuple[list[Visit], list[Enrolled]]) -> None:
        for visit, was in zip(self.visits, before[0], strict=False):
            visit.__dict__.update(was.__dict__)
        del self.visits[len(before[0]) :]
        del self.enrolled[len(before[1]) :]

    def leave(self, visit: Visit, state: str) -> None:
        """Begun slots stay, whatever the state becomes."""
        visit.state, visit.undone = state, False
        visit.gave = set(self.left(visit.on, visit.held))
        visit.held -= visit.gave

    def first_full(self, group: Group, on: date, slots: Iterable[int]) -> tuple[date, int] | None:
        free = self.free(group, on)
        return next(((on, slot) for slot in sorted(slots) if free[slot] < 1), None)

    def retake(self, visit: Visit, slots: Iterable[int]) -> None:
        """Take slots of a stay anew."""
        more = set(slots) - visit.held
        refusals = []
        if self.elsewhere(visit.kid, visit.on, more, besides=visit):
            refusals.append("child-elsewhere")
        full = self.first_full(self.groups[visit.group], visit.on, more)
        if full:
            refusals.append("no-place")
        if refusals:
            raise Refused(*refusals, at=full)
        visit.held |= more

    # The enrolled children of a day

    def open_day(self, institution: int, on: date) -> None:
        self.end_dead_of_enrolled(institution, [on])
        for group in self.of(institution):
            if (group.id, on) not in self.opened:
                self.opened.add((group.id, on))
                self.write_missing(group, on)

    def replan(self, institution: int, days: Iterable[date]) -> None:
        days = [on for on in days if on >= self.now.date()]
        self.end_dead_of_enrolled(institution, days)
        for on in days:
            for group in self.of(institution):
                if (group.id, on) in self.opened:
                    self.write_missing(group, on)

    def end_dead_of_enrolled(self, institution: int, days: Sequence[date]) -> None:
        """A dead hold does not keep an enrolled child from its own place."""
        if not days:
            return
        first, last = min(days), max(days)
        for entry in self.enrolled:
            is_there = any(a <= last and first <= b for _, a, b in entry.segments)
            dead = [v for v in self.visits if v.kid == entry.kid and self.is_dead(v)]
            if entry.institution == institution and is_there and any(v.on in days for v in dead):
                for visit in dead:
                    self.leave(visit, "expired")

    def write_missing(self, group: Group, on: date) -> None:
        if self.hours(group, on) is None:
            return
        for entry in self.enrolled:
            lived = any(g == group.id and a <= on <= b for g, a, b in entry.segments)
            if not lived or self.weekday(on) not in entry.weekdays:
                continue
            known = [v for v in self.visits if (v.enrolment, v.on) == (entry.id, on)]
            if any(not (v.state == "cancelled" and v.closed) for v in known):
                continue
            agreed = self.left(on, entry.slots)
            if agreed:
                self.visits.append(self.arrival(entry, group, on, agreed))

    def arrival(self, entry: Enrolled, group: Group, on: date, agreed: list[int]) -> Visit:
        held = {slot for slot in agreed if not self.is_away(entry.kid, on, slot)}
        if self.elsewhere(entry.kid, on, held):
            held = set()
        return Visit(
            entry.kid,
            group.institution,
            group.id,
            on,
            "expected" if held else "absent",
            tuple(agreed),
            held,
            enrolment=entry.id,
        )

    def is_away(self, kid: Kid, on: date, slot: int) -> bool:
        return any(away.kid == kid and away.covers(on, slot) for away in self.absences)

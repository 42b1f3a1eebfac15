"""Choosing a day, a start and an end: the same screens for booking and for rescheduling."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from sqlalchemy.orm import Session

from bot.screens import wording
from bot.screens.wording import Rows
from childcare import ages, capacity, clock, schedule, search, workdays
from childcare.i18n import _, day, yuan
from childcare.institutions import CareForm, DayPart
from childcare.messages import Button, Message, address
from childcare.people import Child
from childcare.search import DayFree, Part, Start

DAY_FORMS = (CareForm.TEMPORARY, CareForm.HOURLY)
FREE, FULL, SHUT = "○", "✕", "·"
# Looks empty, but no chat service takes it for an empty label (U+2800).
EMPTY = "\u2800"
WEEK = 7


class Route(Protocol):
    """Where each choice leads: addresses of the next screens."""

    def to_day(self, on: date) -> str: ...
    def to_start(self, on: date, start: int) -> str: ...
    def to_end(self, on: date, start: int, end: int) -> str: ...
    def to_part(self, on: date, part: DayPart) -> str: ...
    def to_days(self) -> str: ...


class Waiting(Protocol):
    """Where somebody is led who would rather wait for what is full."""

    def to_part(self, on: date, part: Part) -> Button: ...
    def to_hours(self, on: date) -> str: ...


@dataclass(frozen=True)
class Pick:
    """What is chosen from: an institution's care of these forms, for a child."""

    institution_id: int
    child: Child
    forms: Sequence[CareForm]
    route: Route
    way_out: Rows
    # Slots of this day that are the child's own already, in a booking that moves.
    own_on: date | None = None
    # Where one waits for what is full on a day.
    waiting: Waiting | None = None


def months_on(child: Child, on: date) -> int:
    """Whole months of age on a day; 0 before birth."""
    return ages.months_on(child.born_on, on) if on >= child.born_on else 0


def _spells(child: Child, first: date, last: date) -> list[tuple[date, int, int]]:
    """The range cut where the child turns a month older: (from, days, months of age)."""
    found = []
    while first <= last:
        months = months_on(child, first)
        until = min(last, ages.turns_on(child.born_on, months + 1) - timedelta(days=1))
        until = max(until, first)
        found.append((first, (until - first).days + 1, months))
        first = until + timedelta(days=1)
    return found


def free_days(session: Session, pick: Pick, now: datetime) -> dict[date, DayFree]:
    """Each day up to the horizon with the most places that any bookable stay of it has."""
    first = clock.today(now)
    last = first + timedelta(days=capacity.HORIZON_DAYS)
    best: dict[date, DayFree] = {}
    for from_on, length, months in _spells(pick.child, first, last):
        for form in pick.forms:
            for found in search.free_by_day(
                session,
                pick.institution_id,
                form=form,
                months=months,
                from_on=from_on,
                days=length,
                now=now,
            ):
                known = best.get(found.on)
                if known is None or (found.is_sold, found.free) > (known.is_sold, known.free):
                    best[found.on] = found
    return best


def calendar(session: Session, pick: Pick, now: datetime) -> Rows:
    """A month of days as buttons, marked by whether they have places."""
    found = free_days(session, pick, now)
    first = min(found)
    start = first - timedelta(days=first.isoweekday() - 1)
    nothing = address("nothing")
    names = [Button(name, nothing) for name in _weekdays()]
    cells = []
    for on in schedule.days(start, max(found)):
        known = found.get(on)
        if known is None:
            cells.append(Button(EMPTY, nothing))
        else:
            cells.append(Button(f"{on.day}{_mark(known)}", pick.route.to_day(on)))
    missing = -len(cells) % WEEK
    cells += [Button(EMPTY, nothing)] * missing
    return [names, *wording.in_rows(cells, WEEK)]


def _weekdays() -> list[str]:
    return _("M T W T F S S").split()


def _mark(known: DayFree) -> str:
    if not (known.is_sold and known.is_open):
        return SHUT
    return FREE if known.free else FULL


def legend(now: datetime) -> str:
    """Which days the calendar shows, and what its marks mean."""
    first = clock.today(now)
    last = first + timedelta(days=capacity.HORIZON_DAYS)
    marks = _("○ has places   ✕ full   · closed or no care")
    return f"{day(first)} – {day(last)}\n{marks}"


def hours(session: Session, pick: Pick, on: date, head: str) -> Message:
    """When a stay may begin on a day, and which parts of the day are sold."""
    now = clock.now(session)
    starts, parts = sold(session, pick.child, pick.institution_id, on, now, pick.forms)
    is_own = on == pick.own_on
    open_starts = [start for start in starts if start.free or is_own]
    rows = [[_part_button(pick, on, part)] for part in parts if part.free or is_own]
    rows += wording.in_rows((_start_button(pick, on, start) for start in open_starts), 3)
    back = [Button(_("‹ Other day"), pick.route.to_days())]
    title = f"{head}\n🗓 {day(on)}"
    label = _("⏳ Wait for hours that are full") if rows else _("⏳ Wait for other hours")
    waiting = _waiting_rows(pick, on, starts, parts, label)
    if not rows:
        why = _why_nothing(session, [*starts, *parts], on, now)
        direct = [[pick.waiting.to_part(on, part)] for part in parts] if pick.waiting else []
        return Message(f"{title}\n\n{why}", [*direct, *waiting, back, *pick.way_out])
    ask = _("When do you bring {name}? (places free in brackets)", name=pick.child.name)
    return Message(f"{title}\n\n{ask}", [*rows, *waiting, back])


def _waiting_rows(
    pick: Pick, on: date, starts: Sequence[Start], parts: Sequence[Part], label: str
) -> Rows:
    """A way to wait, where anything of the day is full."""
    is_full = any(not end.free for start in starts for end in start.ends)
    if pick.waiting is None or not (is_full or any(not part.free for part in parts)):
        return []
    return [[Button(label, pick.waiting.to_hours(on))]]


def sold(
    session: Session,
    child: Child,
    institution_id: int,
    on: date,
    now: datetime,
    forms: Sequence[CareForm] = DAY_FORMS,
) -> tuple[list[Start], list[Part]]:
    """What a day's care is sold by, full or not: starts with their ends, and parts of the day."""
    starts: list[Start] = []
    parts: list[Part] = []
    months = months_on(child, on)
    for form in forms:
        if form is CareForm.HOURLY:
            starts += search.spans(
                session, institution_id, form=form, months=months, on=on, now=now
            )
        else:
            parts += search.day_parts(
                session, institution_id, form=form, months=months, on=on, now=now
            )
    return starts, parts


def _why_nothing(session: Session, found: Sequence[Start | Part], on: date, now: datetime) -> str:
    if found:
        return _("Everything is taken that day.")
    last = clock.today(now) + timedelta(days=capacity.HORIZON_DAYS)
    if on > last:
        return _("{last} is the last day that can be booked now.", last=day(last))
    if workdays.day(on, schedule.calendar(session, on, on)).is_worked:
        return _("Nothing can be booked that day any more.")
    return _("That is a day off, and there is no holiday care.")


def _part_button(pick: Pick, on: date, part: Part) -> Button:
    name = wording.part_name(part.day_part)
    label = (
        f"{name[0].upper()}{name[1:]} {wording.span(part.start, part.end)}"
        f" · {yuan(part.price_fen)} ({part.free})"
    )
    return Button(label, pick.route.to_part(on, part.day_part))


def _start_button(pick: Pick, on: date, start: Start) -> Button:
    return Button(
        f"{clock.hhmm(start.start // 30)} ({start.free})", pick.route.to_start(on, start.start)
    )


def ends(session: Session, pick: Pick, on: date, start: int, head: str) -> Message:
    """When a stay may end that begins at `start`, with the exact price of each."""
    now = clock.now(session)
    starts, _parts = sold(session, pick.child, pick.institution_id, on, now, pick.forms)
    found = next((one for one in starts if one.start == start), None)
    free = [end for end in found.ends if end.free or on == pick.own_on] if found else []
    if not free:
        # The button is old: what is true now is the list of starts.
        return hours(session, pick, on, head)
    buttons = [
        Button(
            f"{clock.hhmm(end.end // 30)} · {yuan(end.price_fen)}",
            pick.route.to_end(on, start, end.end),
        )
        for end in free
    ]
    back = [Button(_("‹ Other start"), pick.route.to_day(on))]
    text = _("Until when?")
    return Message(
        f"{head}\n🗓 {day(on)} {clock.hhmm(start // 30)}–\n\n{text}",
        [*wording.in_rows(buttons, 2), back],
    )

"""How waiting is told: what is waited for, the place in line, the rule that orders it."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from bot.screens import wording
from childcare import clock
from childcare.i18n import _, day, hour, moment, month, ngettext
from childcare.institutions import Institution
from childcare.waitlist import Criterion, EntryState, PriorityTable, Standing, WaitlistEntry

MONDAY_TO_FRIDAY = [1, 2, 3, 4, 5]
SHORT, LONG = timedelta(minutes=90), timedelta(hours=47)


def weekday_name(weekday: int) -> str:
    """An ISO weekday, short."""
    return [_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun")][weekday - 1]


def weekdays(chosen: Sequence[int]) -> str:
    if list(chosen) == MONDAY_TO_FRIDAY:
        return _("Monday to Friday")
    return _(", ").join(map(weekday_name, chosen))


def what(entry: WaitlistEntry) -> str:
    """``🗓 Tue 24 Nov 14:00–17:00`` or ``🗓 from January 2027, full day, Monday to Friday``."""
    return f"🗓 {wish(entry)}"


def wish(entry: WaitlistEntry) -> str:
    part = wording.part_name(entry.day_part) if entry.day_part else ""
    if entry.from_month is not None:
        when = _("from {month}", month=month(entry.from_month))
        return " · ".join(filter(None, [when, part, weekdays(entry.weekdays)]))
    on = entry.on or date.min
    return f"{day(on)} {part or wording.span(entry.start or 0, entry.end or 0)}"


def state_name(state: str) -> str:
    return {
        EntryState.WAITING: _("on the list"),
        EntryState.PAUSED: _("wait paused"),
        EntryState.BOOKED: _("got a place"),
        EntryState.LEFT: _("left the list"),
        EntryState.LAPSED: _("the day is past"),
        EntryState.REMOVED: _("taken off by the institution"),
    }[EntryState(state)]


def where(session: Session, institution_id: int) -> str:
    return wording.place_name(session.get_one(Institution, institution_id))


def place_in_line(session: Session, standing: Standing) -> str:
    """One line: where, and which in line."""
    name = where(session, standing.institution_id)
    if standing.is_removed:
        return _("🏠 {place}: taken off this list by the institution", place=name)
    if standing.position is None or standing.ahead is None:
        return _("🏠 {place}: no class takes the child at the moment", place=name)
    if standing.ahead == 0:
        return _("🏠 {place}: first in line", place=name)
    ahead = ngettext("{count} before you", "{count} before you", standing.ahead)
    return _(
        "🏠 {place}: number {position}, {ahead}",
        place=name,
        position=standing.position,
        ahead=ahead,
    )


def rule(standing: Standing) -> str:
    """What decides the order there, and what of it speaks for this family."""
    if standing.table is None and not standing.reasons:
        return _("Order: who came first.")
    if not standing.reasons:
        return _("Order: the published priorities, then who came first. None applies to you.")
    met = criterion_name(standing.reasons[0])
    return _(
        "Order: the published priorities, then who came first. For you counts: {reason}.",
        reason=met,
    )


def counts(standing: Standing) -> str:
    """What went to this list lately; a count, no promise."""
    if not standing.went_in_30_days:
        return _("In the last 30 days no place went to this list.")
    return ngettext(
        "In the last 30 days {count} place went to this list.",
        "In the last 30 days {count} places went to this list.",
        standing.went_in_30_days,
    )


def criterion_name(code: str) -> str:
    known = {
        Criterion.INSTITUTION_CANCELLED: _("the institution cancelled a booking of yours"),
        Criterion.SIBLING_ENROLLED: _("a brother or sister goes there"),
        Criterion.RESIDENT: _("you live in the street's area"),
        Criterion.WORKS_HERE: _("a parent works there"),
        Criterion.SINGLE_PARENT: _("a single parent"),
        Criterion.LOW_INCOME: _("a low income"),
        Criterion.SPECIAL_NEED: _("a special need"),
    }
    return known[Criterion(code)]


def table_lines(table: PriorityTable) -> list[str]:
    """A published order, the weightiest line first; what stands before every table with it."""
    ranked = sorted(table.lines, key=lambda line: -int(line["points"]))
    lines = [_("1. a place that the institution itself cancelled")]
    lines += [
        _(
            "{number}. {criterion} ({points} points)",
            number=number,
            criterion=criterion_name(str(line["criterion"])),
            points=line["points"],
        )
        for number, line in enumerate(ranked, 2)
    ]
    return [*lines, _("Then: who came first.")]


def deadline(ends_at: datetime, now: datetime) -> str:
    """``until 10:15 (25 minutes left)``."""
    left = max(ends_at - now, timedelta(0))
    if left <= SHORT:
        minutes = int((left.total_seconds() + 59) // 60)
        rest = ngettext("{count} minute left", "{count} minutes left", minutes)
    elif left <= LONG:
        rest = ngettext("{count} hour left", "{count} hours left", round(left / timedelta(hours=1)))
    else:
        rest = ngettext("{count} day left", "{count} days left", round(left / timedelta(days=1)))
    return _("{until} ({rest})", until=until(ends_at, now), rest=rest)


def until(ends_at: datetime, now: datetime) -> str:
    """``until 10:15``, with its day where that is not today."""
    is_today = clock.today(ends_at) == clock.today(now)
    return _("until {time}", time=hour(ends_at) if is_today else moment(ends_at))

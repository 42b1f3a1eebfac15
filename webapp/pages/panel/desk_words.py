"""What the rows of a day say."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

from childcare import bookings, clock, i18n
from childcare.enrolments import Absence
from childcare.errors import DomainError, Malformed
from childcare.i18n import gettext as _
from childcare.i18n import ngettext
from childcare.institutions import ClassGroup
from childcare.people import Guardian, GuardianRole
from childcare.reports import DeskClass, DeskRow, Happening, Standing
from webapp.pages.panel.happenings import done, person, reason, standing

__all__ = ["done", "person", "reason", "standing"]

ORDER = tuple(Standing)
Shows = Standing | Literal["due"]
SOON = timedelta(minutes=30)
COLOURS: Mapping[Standing, str] = {
    Standing.LATE: "alarm",
    Standing.REQUESTED: "news",
    Standing.EXPECTED: "",
    Standing.PRESENT: "well",
    Standing.NO_SHOW: "alarm",
    Standing.ABSENT: "look",
    Standing.LEFT: "",
}
# What the desk did is told by who and when; anything else by the standing itself.
TOLD = frozenset({Standing.PRESENT, Standing.LEFT, Standing.NO_SHOW})


def is_due(row: DeskRow, now: datetime) -> bool:
    """Whether a child should be here by now or within half an hour, and is not."""
    is_soon = row.standing is Standing.EXPECTED and row.stay.starts_at <= now + SOON
    return is_soon or row.standing is Standing.LATE


def due(rows: Sequence[DeskRow], now: datetime) -> int:
    return sum(is_due(row, now) for row in rows)


def chosen(
    rows: Sequence[DeskRow], show: Shows | None, found: Collection[int] | None, now: datetime
) -> list[DeskRow]:
    """The rows in sight: who is due, of one standing, or those that were found."""
    return [
        row
        for row in rows
        if (is_due(row, now) if show == "due" else show in (None, row.standing))
        and (found is None or row.stay.id in found)
    ]


def class_name(group: ClassGroup) -> str:
    return (group.name_en if i18n.tongue() == "en" else "") or group.name


def closed_now(each: DeskClass, now: datetime) -> str:
    """That nobody is expected at this hour; empty while it is open or a child is still here."""
    if not each.slots or (each.now and each.now.present):
        return ""
    slot = clock.minutes_of(clock.today(now), now) // 30
    if slot < each.slots[0].slot:
        return _("Not open yet; from {hour}", hour=clock.hhmm(each.slots[0].slot))
    return _("Closed now") if slot > each.slots[-1].slot else ""


def name(row: DeskRow) -> str:
    return row.name or _("A child whose record is closed")


def age(months: int) -> str:
    return ngettext("{count} month", "{count} months", months)


def latest(row: DeskRow, now: datetime) -> str:
    """Who last did what to a row, how late its child is, or why it is away."""
    if row.standing is Standing.LATE:
        minutes = int((now - row.stay.starts_at).total_seconds()) // 60
        return ngettext("by {count} minute", "by {count} minutes", minutes)
    if row.standing is Standing.ABSENT:
        return reason(row.stay.reason)
    if row.standing is Standing.REQUESTED and row.stay.ends_at:
        return _("answer by {moment}", moment=i18n.moment(row.stay.ends_at))
    if row.standing in TOLD and row.last:
        return f"{i18n.hour(row.last.at)} {person(row.last.who)}"
    parts = [absence for absence in row.absences if absence.starts is not None]
    return _("away {hours}", hours=hours(parts[0])) if parts else ""


def undo(row: DeskRow, now: datetime) -> str:
    """The address of what takes the row's last press back; empty where that is not possible."""
    press = bookings.last_press(row.stay, row.last.why, now=now) if row.last else None
    return f"undo-{press}" if press else ""


def hours(absence: Absence) -> str:
    """The hours of an absence; empty for whole days."""
    if absence.starts is None or absence.ends is None:
        return ""
    return f"{clock.hhmm(absence.starts // 30)}–{clock.hhmm(absence.ends // 30)}"


def absence(found: Absence) -> str:
    """An absence in a line: days, hours, why."""
    days = i18n.day(found.from_on)
    if found.to_on != found.from_on:
        days = f"{days} – {i18n.day(found.to_on)}"
    said = " ".join(part for part in (_("Away"), days, hours(found)) if part)
    return f"{said} · {reason(found.reason)}" if found.reason else said


def names(people: Sequence[Guardian]) -> str:
    """Those who may collect a child, in a line."""
    mark = "、" if i18n.tongue() == "zh" else ", "
    return mark.join(guardian(one) for one in people)


def guardian(found: Guardian) -> str:
    """Somebody who may collect a child, and what they are to it."""
    if found.role == GuardianRole.RELATIVE:
        return found.name or _("A relative")
    return found.name or _("A parent")


def already(earlier: Happening) -> str:
    """The second press: who had done it, and when."""
    return _(
        "{who} was quicker at {hour}: {what}.",
        who=person(earlier.who),
        hour=i18n.hour(earlier.at),
        what=done(earlier),
    )


def refused(refusal: DomainError, row: DeskRow) -> str:
    """Why not, and how it stands now where somebody else was quicker."""
    if isinstance(refusal, Malformed):
        return _("Please look at what is marked.")
    said = i18n.sentence(refusal)
    if refusal.code != "wrong-state" or row.last is None:
        return said
    return f"{said} {already(row.last)}"


def ways(is_today: bool) -> list[tuple[str, str]]:
    """How much of the day a child may stay away."""
    rest = [("rest", _("from now on"))] if is_today else []
    return [("day", _("the whole day")), *rest, ("hours", _("some hours"))]

"""Who waits for what, and by which line of the published table."""

from collections.abc import Mapping
from datetime import datetime

from childcare import clock, i18n
from childcare.i18n import gettext as _
from childcare.i18n import ngettext
from childcare.institutions import CareForm, ClassGroup, DayPart
from childcare.people import Child
from childcare.reports.waiting import Reasons
from childcare.waitlist import Criterion, WaitlistEntry, Wish


def criterion(code: str) -> str:
    """A line of the published table, as the public reads it."""
    said: Mapping[str, str] = {
        Criterion.INSTITUTION_CANCELLED: _("Lost a booking here because we cancelled"),
        Criterion.SIBLING_ENROLLED: _("A brother or sister is enrolled here"),
        Criterion.RESIDENT: _("Lives in this street"),
        Criterion.WORKS_HERE: _("A parent works here"),
        Criterion.SINGLE_PARENT: _("Single parent"),
        Criterion.LOW_INCOME: _("Low income"),
        Criterion.SPECIAL_NEED: _("Special need of the child"),
    }
    return said[code]


def class_name(group: ClassGroup | None) -> str:
    if group is None:
        return ""
    return (group.name_en if i18n.tongue() == "en" else "") or group.name


def name(child: Child | None, entry: WaitlistEntry) -> str:
    """A child by name while the desk may know it, later by the number of its entry."""
    return child.name if child else _("No. {number}", number=entry.id)


def age(months: int | None) -> str:
    return "" if months is None else ngettext("{count} month", "{count} months", months)


def part(code: str | None) -> str:
    said: Mapping[str, str] = {
        DayPart.FULL: _("whole day"),
        DayPart.MORNING: _("morning"),
        DayPart.AFTERNOON: _("afternoon"),
    }
    return said.get(code or "", "")


def asks(entry: WaitlistEntry, wish: Wish | None = None) -> str:
    """What an entry asks for, without the day of a stay."""
    if entry.from_month is not None:
        form = (
            _("Long term, whole days")
            if entry.form == CareForm.FULL_DAY
            else _("Long term, half days ({part})", part=part(entry.day_part))
        )
        since = _("from {month}", month=i18n.month(entry.from_month))
        return _("{form}, {weekdays}, {since}", form=form, weekdays=week(entry), since=since)
    if entry.start is not None and entry.end is not None:
        return f"{clock.hhmm(entry.start // 30)}–{clock.hhmm(entry.end // 30)}"
    hours = i18n.hours(wish.during) if wish is not None and wish.during is not None else ""
    return f"{part(entry.day_part).capitalize()} {hours}".strip()


def wants(entry: WaitlistEntry, wish: Wish | None = None) -> str:
    """As `asks`, with the day."""
    day = i18n.day(entry.on) if entry.on is not None else ""
    return f"{day} {asks(entry, wish)}".strip()


def week(entry: WaitlistEntry) -> str:
    names = [_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun")]
    days = sorted(entry.weekdays)
    if len(days) > 2 and days == list(range(days[0], days[-1] + 1)):
        return _("{first} to {last}", first=names[days[0] - 1], last=names[days[-1] - 1])
    return _(", ").join(names[day - 1] for day in days)


def joined(since: datetime) -> str:
    return _("waits since {moment}", moment=i18n.moment(since))


def why_there(reasons: Reasons) -> str:
    """Which criteria counted, for a sentence."""
    if not reasons.codes:
        return _("no line of the table applies: ordered by time of entry")
    said = _(", ").join(criterion(code) for code in reasons.codes)
    return _("counts first: {criteria}", criteria=said)


def entry_state(entry: WaitlistEntry) -> str:
    said: Mapping[str, str] = {
        "waiting": _("Waiting"),
        "paused": _("Paused"),
        "booked": _("Has a place"),
        "left": _("Left"),
        "lapsed": _("Past"),
        "removed": _("Removed"),
    }
    return said[entry.state]

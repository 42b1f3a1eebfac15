"""What opened a round, and what was done at that instant."""

from collections.abc import Mapping

from childcare import clock, i18n
from childcare.i18n import gettext as _
from childcare.reports.waiting import Spark
from childcare.waitlist import Cause
from webapp.pages.panel import happenings


def cause(code: str) -> str:
    """What opened a round."""
    said: Mapping[str, str] = {
        "cancelled": _("A booking was cancelled"),
        "absent": _("A child stays away"),
        "expired": _("A kept place was not confirmed in time"),
        "rejected": _("A first visit was declined"),
        "no_show": _("A child did not come"),
        "completed": _("A child went home early"),
        Cause.MOVED: _("A booking moved to another time"),
        Cause.PART: _("A child stays away for part of the day"),
        Cause.CAPACITY: _("The class has more places"),
        Cause.OPENED: _("The day was opened"),
        Cause.ENDED: _("An enrolment ends"),
        Cause.JOINED: _("A family joined while a place was free"),
        Cause.AGAIN: _("A family is free again for what it waits for"),
        Cause.DESK: _("The desk offered what was free"),
        Cause.SWEEP: _("A free place was found by the regular check"),
    }
    return said.get(code, _("A place came free"))


def spark(found: Spark) -> str:
    """What was done at the instant a round began."""
    if found.hours is not None:
        said = happenings.deed(found.was, found.action, found.why)
        day = i18n.moment(clock.bounds(found.hours)[0])
        hours = f"{day}–{i18n.hours(found.hours).partition('–')[2]}"
        who = found.child.name if found.child else _("a child whose record is closed")
        return _("{child}, {hours}: {what}", child=who, hours=hours, what=said)
    known: Mapping[str, str] = {
        "class_group.offered-next": _("offered free places in order, by hand"),
        "class_group.changed-shifts": _("changed the carers' shifts"),
        "closure.lifted": _("lifted a closure"),
        "dated_opening.opened": _("opened a day"),
    }
    return known.get(found.action, _("changed the plan"))

"""How things are called in a chat: forms of care, prices, ages, states."""

from collections.abc import Iterable
from datetime import date

from childcare import ages, clock
from childcare.bookings import Booking
from childcare.i18n import _, day, hours, ngettext, tongue, yuan
from childcare.institutions import CareForm, DayPart, Institution, Kind, Unit
from childcare.messages import Button
from childcare.people import Child
from childcare.stays import State

Rows = list[list[Button]]


def in_rows(buttons: Iterable[Button], width: int) -> Rows:
    """Buttons side by side, `width` in a row."""
    line = list(buttons)
    return [line[at : at + width] for at in range(0, len(line), width)]


def named(name: str, name_en: str) -> str:
    """A name in the language being spoken, as far as there is one."""
    return name_en if tongue() == "en" and name_en else name


def place_name(institution: Institution) -> str:
    return named(institution.name, institution.name_en)


def kind_name(kind: str) -> str:
    return {
        Kind.KINDERGARTEN_CLASS: _("nursery class in a kindergarten"),
        Kind.COMMUNITY_EMBEDDED: _("neighbourhood nursery"),
        Kind.PRIVATE: _("private nursery"),
        Kind.EMPLOYER: _("employer's nursery"),
        Kind.HOME_SITE: _("family home nursery"),
        Kind.HUB_CENTRE: _("childcare centre"),
        Kind.GROWTH_STATION: _("community growth station"),
    }[Kind(kind)]


def part_name(part: str) -> str:
    return {
        DayPart.FULL: _("full day"),
        DayPart.MORNING: _("morning"),
        DayPart.AFTERNOON: _("afternoon"),
    }[DayPart(part)]


def form_name(form: str, part: str | None = None) -> str:
    """``by the hour``, ``half day (morning)`` …"""
    if part is not None:
        return part_name(part)
    return {
        CareForm.HOURLY: _("by the hour"),
        CareForm.TEMPORARY: _("for a day"),
        CareForm.HOLIDAY: _("holiday care"),
        CareForm.EARLY: _("early care"),
        CareForm.LATE: _("late care"),
        CareForm.FULL_DAY: _("full day, by the month"),
        CareForm.HALF_DAY: _("half day, by the month"),
    }[CareForm(form)]


def price_per(fen: int, unit: str) -> str:
    """``¥20 an hour`` for a half hour's price of ¥10; a stay's and a month's as they are."""
    match Unit(unit):
        case Unit.HALF_HOUR:
            return _("{price}/hour", price=yuan(2 * fen))
        case Unit.STAY:
            return yuan(fen)
        case Unit.MONTH:
            return _("{price}/month", price=yuan(fen))


def age(child: Child, on: date) -> str:
    """``1 year 8 months`` on a day."""
    years, months = divmod(ages.months_on(child.born_on, max(on, child.born_on)), 12)
    parts = []
    if years:
        parts.append(ngettext("{count} year", "{count} years", years))
    if months or not years:
        parts.append(ngettext("{count} month", "{count} months", months))
    return ("" if tongue() == "zh" else " ").join(parts)


def span(start: int, end: int) -> str:
    """``14:00–17:00`` for minutes of the day."""
    return f"{clock.hhmm(start // 30)}–{clock.hhmm(end // 30)}"


def when(found: Booking) -> str:
    """Day and hours of a booking."""
    return f"{day(found.stay.on)} {hours(found.stay.during)}"


def state_name(state: str) -> str:
    return {
        State.OFFERED: _("offered"),
        State.HELD: _("held for you, not confirmed yet"),
        State.REQUESTED: _("waiting for the institution's answer"),
        State.EXPECTED: _("booked"),
        State.CHECKED_IN: _("in care now"),
        State.COMPLETED: _("completed"),
        State.NO_SHOW: _("marked as not come"),
        State.REJECTED: _("declined by the institution"),
        State.EXPIRED: _("time ran out"),
        State.ABSENT: _("absent"),
        State.CANCELLED: _("cancelled"),
    }[State(state)]

"""When a message goes: at its hour, but for the recipient's quiet hours."""

from datetime import datetime, timedelta
from typing import NamedTuple

from childcare import clock
from childcare.people import Guardian
from childcare.reminders.kinds import BEFORE_START, PICK_UP_BEFORE_END, RULES, Kind, Quiet, Until
from childcare.stays import Stay

# What goes when quiet hours begin may still go a little later, if the worker was held up.
GRACE = timedelta(minutes=15)
MINUTES_PER_DAY = 1440


class Hush(NamedTuple):
    """Quiet hours as they fall around an instant."""

    begins_at: datetime
    ends_at: datetime


def hush(guardian: Guardian, instant: datetime) -> Hush | None:
    """The guardian's quiet hours that `instant` falls into; half-open, across midnight or not."""
    length = (guardian.quiet_until - guardian.quiet_from) % MINUTES_PER_DAY
    today = clock.today(instant)
    for on in (today, today - timedelta(days=1)):
        begins_at = clock.at(on, guardian.quiet_from)
        ends_at = begins_at + timedelta(minutes=length)
        if begins_at <= instant < ends_at:
            return Hush(begins_at, ends_at)
    return None


def useful_until(kind: Kind, stay: Stay) -> datetime:
    """When a message has come too late to be of use."""
    match RULES[kind].until:
        case Until.START:
            return stay.starts_at
        case Until.HOURS_BEFORE:
            return stay.starts_at - BEFORE_START[Kind.HOURS_BEFORE]
        case Until.END:
            return stay.stops_at
        case Until.TWO_DAYS_LATER:
            return stay.stops_at + timedelta(days=2)


def hour_of(kind: Kind, stay: Stay) -> datetime | None:
    """The hour of a reminder, quiet hours aside; None for what is told when it happens."""
    if kind in BEFORE_START:
        return stay.starts_at - BEFORE_START[kind]
    return stay.stops_at - PICK_UP_BEFORE_END if kind is Kind.PICK_UP else None


def due_at(kind: Kind, stay: Stay, guardian: Guardian, *, since: datetime) -> datetime | None:
    """When a message that came up at `since` goes; None where that hour is past or of no use."""
    hour = hour_of(kind, stay) or since
    if hour < since:
        return None
    goes_at = _around_quiet_hours(kind, stay, guardian, hour)
    return goes_at if since <= goes_at < useful_until(kind, stay) else None


def _around_quiet_hours(kind: Kind, stay: Stay, guardian: Guardian, hour: datetime) -> datetime:
    quiet = hush(guardian, hour)
    if quiet is None:
        return hour
    match RULES[kind].quiet:
        case Quiet.GOES_AT_ONCE:
            return hour
        case Quiet.GOES_WHEN_THEY_BEGIN:
            return quiet.begins_at
        case Quiet.GOES_WHEN_THEY_END:
            is_news = hour_of(kind, stay) is None
            # News of a stay that begins before the quiet hours end is worth waking for.
            return hour if is_news and quiet.ends_at >= useful_until(kind, stay) else quiet.ends_at


def resumes_at(kind: Kind, stay: Stay, guardian: Guardian, *, now: datetime) -> datetime | None:
    """For a message that is due now: None if it may go, else when the quiet hours let it."""
    quiet = hush(guardian, now)
    if quiet is None:
        return None
    if RULES[kind].quiet is Quiet.GOES_WHEN_THEY_BEGIN:
        return None if now < quiet.begins_at + GRACE else quiet.ends_at
    goes_at = _around_quiet_hours(kind, stay, guardian, now)
    return goes_at if goes_at > now else None

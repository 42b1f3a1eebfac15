"""What every template may use: words, days, hours and money as people write them, the frame."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from flask import Flask
from flask_wtf.csrf import generate_csrf

from childcare import clock, i18n
from childcare.i18n import gettext as _
from childcare.i18n import ngettext
from webapp.pages import access, rendering, rooms

HOUR, DAY = 3600, 86400


def ago(instant: datetime) -> str:
    """How long ago when the page's facts were read, roughly; beyond a week the day itself."""
    passed = (access.read_at() or datetime.now(UTC)) - instant
    seconds = max(int(passed.total_seconds()), 0)
    if seconds < 60:
        return _("just now")
    if seconds < HOUR:
        return ngettext("{count} minute ago", "{count} minutes ago", seconds // 60)
    if seconds < DAY:
        return ngettext("{count} hour ago", "{count} hours ago", seconds // HOUR)
    if passed < timedelta(days=7):
        return ngettext("{count} day ago", "{count} days ago", passed.days)
    return i18n.day(clock.today(instant))


def iso(instant: datetime) -> str:
    """An instant for machines: local, with its offset."""
    return clock.local(instant).isoformat(timespec="seconds")


def role_name(role: str) -> str:
    """What a staff member is, in words."""
    names = {
        "director": _("Director"),
        "front_desk": _("Front desk"),
        "finance": _("Finance"),
    }
    return names[role]


def pairs(roles: Iterable[str]) -> list[tuple[str, str]]:
    """Roles with their words, for a form to choose from."""
    return [(str(role), role_name(role)) for role in roles]


FILTERS = {
    "day": i18n.day,
    "hour": i18n.hour,
    "hours": i18n.hours,
    "moment": i18n.moment,
    "month": i18n.month,
    "yuan": i18n.yuan,
    "local": clock.local,
    "ago": ago,
    "iso": iso,
    "role_name": role_name,
    "told": rendering.told,
    "lines": rendering.lines,
}
GLOBALS = {
    "_": _,
    "ngettext": ngettext,
    "tongue": i18n.tongue,
    "fault": rendering.fault,
    "is_part": rendering.is_part,
    "whence": rendering.whence,
    "csrf_token": generate_csrf,
    "pairs": pairs,
    "frame": rooms.frame,
    "first_room": rooms.first_room,
}


def init_app(app: Flask) -> None:
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.globals.update(GLOBALS)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True

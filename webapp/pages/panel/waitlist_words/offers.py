"""Offers and what they are of: deadlines, hours, states."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from childcare import clock, i18n
from childcare.i18n import gettext as _
from childcare.i18n import ngettext
from childcare.reports.waiting import Told
from childcare.waitlist import Offer, OfferState
from webapp.pages.panel.waitlist_words.wishes import class_name


def until(offer: Offer, at: datetime) -> str:
    """A deadline; the day only where it is not that of `at`."""
    is_today = clock.today(offer.ends_at) == clock.today(at)
    moment = i18n.hour(offer.ends_at) if is_today else i18n.moment(offer.ends_at)
    return _("until {moment}", moment=moment)


def left(offer: Offer, at: datetime) -> str:
    """How long an offer still lives."""
    rest = offer.ends_at - at
    if rest < timedelta(minutes=1):
        return _("less than a minute left")
    if rest < timedelta(hours=1):
        minutes = int(rest.total_seconds() // 60)
        return ngettext("{count} minute left", "{count} minutes left", minutes)
    if rest > timedelta(days=2):
        return ngettext("{count} day left", "{count} days left", rest.days)
    hours = int(rest.total_seconds() // 3600)
    return ngettext("{count} hour left", "{count} hours left", hours)


def is_short(offer: Offer, at: datetime) -> bool:
    """Whether somebody may want to phone."""
    return offer.ends_at - at < timedelta(minutes=30)


def runs(slots: Sequence[int]) -> str:
    """Half hours as people say them."""
    found = [f"{clock.hhmm(first)}–{clock.hhmm(last)}" for first, last in clock.runs(slots)]
    return _(", ").join(found)


def spans(hours: Sequence[tuple[str, str]]) -> str:
    return _(", ").join(f"{first}–{last}" for first, last in hours)


def offer_state(code: str) -> str:
    said: Mapping[str, str] = {
        OfferState.OPEN: _("not answered yet"),
        OfferState.ACCEPTED: _("accepted"),
        OfferState.DECLINED: _("declined"),
        OfferState.EXPIRED: _("ran out"),
        OfferState.WITHDRAWN: _("withdrawn"),
    }
    return said[code]


def place(told: Told) -> str:
    """What was offered: class, day, hours; an enrolment by its first day."""
    day = i18n.day(told.on) if told.on else ""
    hours = i18n.hours(told.hours) if told.hours else _("on, long term")
    return " ".join(word for word in (class_name(told.group), day, hours) if word)

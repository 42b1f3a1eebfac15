"""Where an aim begins and how it is searched for, whether something is found or all is full."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from bot.aims import PARTS, Aim, fine
from bot.screens import wording
from childcare import clock, geo, people, schedule, search, workdays
from childcare.actors import Actor
from childcare.geo import Point
from childcare.i18n import _, tongue
from childcare.institutions import CareForm
from childcare.messages import Button, address
from childcare.people import PlaceKind
from childcare.search import Places, Query, Sort

PAGE = 6
LAST_HOUR_OF_TODAY = 15
WIDER = {15: 30, 30: 60}
SELLABLE_MONTHS = range(6, 36)


@dataclass(frozen=True)
class Spot:
    """Where the search begins, in a parent's words."""

    point: Point
    label: str


def spot_of(session: Session, actor: Actor, aim: Aim) -> Spot | None:
    """Where an aim begins; None where the family has no place yet."""
    if aim.point:
        return Spot(aim.point, _label(aim.point))
    saved = people.places_of(session, actor)
    home = next((place for place in saved if place.kind == PlaceKind.HOME), None)
    chosen = home or next(iter(saved), None)
    return Spot(Point(chosen.lat, chosen.lng), chosen.label) if chosen else None


def _label(point: Point) -> str:
    known = next((p for p in geo.gazetteer().places if fine(p.point) == fine(point)), None)
    if known is None:
        return _("your location")
    return known.en if tongue() == "en" and known.en else known.zh


def usual_day(session: Session, now: datetime) -> date:
    """The day whose places are shown when none was said: today, later the next working day."""
    first = clock.today(now) + timedelta(days=clock.local(now).hour >= LAST_HOUR_OF_TODAY)
    last = first + timedelta(days=14)
    calendar = schedule.calendar(session, first, last)
    worked = (on for on in schedule.days(first, last) if workdays.day(on, calendar).is_worked)
    return next(worked, first)


def form_of(aim: Aim) -> CareForm:
    """A part of the day is sold as temporary care, hours as hourly care."""
    return CareForm.TEMPORARY if aim.part else CareForm.HOURLY


def query(aim: Aim, spot: Spot, months: int, on: date) -> Query:
    """An aim as a search: with hours only those that have room then."""
    return Query(
        lat=spot.point.lat,
        lng=spot.point.lng,
        walk_minutes=aim.minutes,
        inclusive=True if aim.inclusive else None,
        form=form_of(aim) if aim.has_span else None,
        age_months=months,
        on=on,
        start=aim.start if aim.end and not aim.part else None,
        end=aim.end if aim.end and not aim.part else None,
        day_part=PARTS[aim.part],
        places=Places.FREE if aim.has_span else Places.ANY,
        sort=Sort.DISTANCE,
        limit=min((aim.page + 1) * PAGE + 1, search.MOST_ITEMS),
    )


def hours(aim: Aim) -> str:
    """The hours or the part of the day of an aim, in words; empty without either."""
    part = PARTS[aim.part]
    if part:
        return wording.part_name(part)
    return wording.span(aim.start, aim.end) if aim.end else ""


def day_button(aim: Aim) -> Button:
    return Button(_("🗓 Other day"), address("on-day", *aim.numbers))


def elsewhere_button(aim: Aim) -> Button:
    return Button(_("📍 Elsewhere"), address("elsewhere", aim.child_id))

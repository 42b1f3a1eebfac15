"""Places near somewhere for a child: the list, its filters, and what to do when it is empty."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from bot import forms
from bot.aims import PARTS, Aim, day_of, fine
from bot.screens import children, place_form, ways, wording
from bot.screens.wording import Rows
from childcare import ages, clock, geo, people, schedule, search, workdays
from childcare.actors import Actor
from childcare.geo import Point
from childcare.i18n import _, day, tongue
from childcare.institutions import CareForm
from childcare.messages import Button, Message, address
from childcare.people import Child, PlaceKind
from childcare.search import Found, Places, Query, Sort

PAGE = 6
LAST_HOUR_OF_TODAY = 15
WIDER = {15: 30, 30: 60}
SELLABLE_MONTHS = range(6, 36)


@dataclass(frozen=True)
class Spot:
    """Where the search begins, in a parent's words."""

    point: Point
    label: str


def find(session: Session, actor: Actor) -> Message:
    """The first tap: nearest places from home, after asking what is not known yet."""
    mine = people.children_of(session, actor)
    if not mine:
        return children.new_child(session, actor)
    if len(mine) > 1:
        rows = [[Button(f"👶 {child.name}", Aim(child.id).address)] for child in mine]
        return Message(_("Who is it for?"), [*rows, [ways.menu()]])
    return near(session, actor, Aim(mine[0].id))


def near(session: Session, actor: Actor, aim: Aim) -> Message:
    """The places that fit an aim, nearest first; with hours, only those that have room then."""
    child = people.child(session, actor, aim.child_id)
    spot = spot_of(session, actor, aim)
    if spot is None:
        return forms.begin(
            session, actor, place_form.PLACE, kind=PlaceKind.HOME.value, then=aim.address
        )
    now = clock.now(session)
    on = day_of(aim.on) if aim.on else usual_day(session, now)
    months = ages.months_on(child.born_on, on) if on >= child.born_on else 0
    page = search.nearby(session, _query(aim, spot, months, on), now=now)
    items = page.items[aim.page * PAGE : (aim.page + 1) * PAGE]
    head = _head(aim, spot, child, on)
    if not items:
        return _nothing(aim, child, months, head)
    lines = [_line(number, item) for number, item in enumerate(items, 1)]
    rows = [[_item_button(number, item, aim)] for number, item in enumerate(items, 1)]
    rows += _paging(aim, len(page.items))
    note = _("Free places are those of {day}.", day=day(on)) if not aim.on else ""
    text = "\n\n".join(filter(None, [head, "\n".join(lines), note]))
    return Message(text, [*rows, *_filters(aim, clock.today(now)), [_new_search(aim), ways.menu()]])


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


def _query(aim: Aim, spot: Spot, months: int, on: date) -> Query:
    form = None
    if aim.has_span:
        form = CareForm.TEMPORARY if aim.part else CareForm.HOURLY
    return Query(
        lat=spot.point.lat,
        lng=spot.point.lng,
        walk_minutes=aim.minutes,
        inclusive=True if aim.inclusive else None,
        form=form,
        age_months=months,
        on=on,
        start=aim.start if aim.end and not aim.part else None,
        end=aim.end if aim.end and not aim.part else None,
        day_part=PARTS[aim.part],
        places=Places.FREE if aim.has_span else Places.ANY,
        sort=Sort.DISTANCE,
        limit=min((aim.page + 1) * PAGE + 1, search.MOST_ITEMS),
    )


def _head(aim: Aim, spot: Spot, child: Child, on: date) -> str:
    where = _("📍 {place}, within {minutes} minutes on foot", place=spot.label, minutes=aim.minutes)
    lines = [f"{where} · {child.name}"]
    if aim.on:
        lines.append(f"🗓 {' '.join(filter(None, [day(on), _hours(aim)]))}")
    if aim.inclusive:
        lines.append(_("Only inclusive (subsidised) places"))
    return "\n".join(lines)


def _hours(aim: Aim) -> str:
    part = PARTS[aim.part]
    if part:
        return wording.part_name(part)
    return wording.span(aim.start, aim.end) if aim.end else ""


def _line(number: int, item: Found) -> str:
    name = wording.named(item.name, item.name_en)
    facts = [
        _("{minutes} min", minutes=item.walk_minutes),
        _price(item),
        "★" * item.stars if item.stars else "",
        _free(item),
    ]
    inclusive = _(" · inclusive") if item.inclusive else ""
    return f"{number}. {name}{inclusive}\n   {' · '.join(filter(None, facts))}"


def _price(item: Found) -> str:
    if item.price_fen is None or item.price_unit is None:
        return ""
    return wording.price_per(item.price_fen, item.price_unit)


def _free(item: Found) -> str:
    if not item.free_places:
        return _("full") if item.free_places == 0 else ""
    return _("{count} free", count=item.free_places)


def _item_button(number: int, item: Found, aim: Aim) -> Button:
    name = wording.named(item.name, item.name_en)
    label = f"{number}. {name}"
    if aim.has_span:
        take = (aim.child_id, item.id, aim.on, aim.part, aim.start, aim.end)
        return Button(label, address("hold", *take))
    return Button(label, address("inst", item.id, aim.child_id, aim.on))


def _paging(aim: Aim, found: int) -> Rows:
    row = []
    if aim.page:
        row.append(Button(_("‹ Nearer"), aim.but(page=aim.page - 1).address))
    if found > (aim.page + 1) * PAGE:
        row.append(Button(_("More ›"), aim.but(page=aim.page + 1).address))
    return [row] if row else []


def _filters(aim: Aim, today: date) -> Rows:
    """Each shows what pressing it changes."""
    inclusive = _("All places") if aim.inclusive else _("Only inclusive")
    first = [Button(inclusive, aim.but(inclusive=1 - aim.inclusive).address)]
    if aim.minutes in WIDER:
        wider = WIDER[aim.minutes]
        label = _("🚶 up to {minutes} min", minutes=wider)
        first.append(Button(label, aim.but(minutes=wider).address))
    days = [
        Button(label, aim.but(on=on.toordinal()).address)
        for label, on in ((_("Today"), today), (_("Tomorrow"), today + timedelta(days=1)))
        if on.toordinal() != aim.on
    ]
    return [first, [*days, Button(_("🗓 Other day"), _day_address(aim))]]


def _day_address(aim: Aim) -> str:
    return address("on-day", *aim.numbers)


def _new_search(aim: Aim) -> Button:
    return Button(_("📍 Elsewhere"), address("elsewhere", aim.child_id))


def days(session: Session, actor: Actor, aim: Aim) -> Message:
    """Two weeks of days to search on."""
    people.child(session, actor, aim.child_id)
    today = clock.today(clock.now(session))
    choices = [
        Button(day(on), aim.but(on=on.toordinal()).address)
        for on in schedule.days(today, today + timedelta(days=13))
    ]
    return Message(
        _("Which day?"), [*wording.in_rows(choices, 3), [Button(_("‹ Back"), aim.address)]]
    )


def elsewhere(session: Session, actor: Actor, child_id: int) -> Message:
    """From where else: a saved place, or somewhere new."""
    people.child(session, actor, child_id)
    saved = [
        Button(f"📍 {place.label}", Aim(child_id, *fine(Point(place.lat, place.lng))).address)
        for place in people.places_of(session, actor)
    ]
    asked = forms.begin(session, actor, place_form.ANYWHERE, child_id=child_id)
    if not saved:
        return asked
    return Message(asked.text, [*([button] for button in saved), [forms.leave()]])


def _nothing(aim: Aim, child: Child, months: int, head: str) -> Message:
    """A dead end has ways out: another day, other hours, a wider circle, another place."""
    if months not in SELLABLE_MONTHS:
        young = months < SELLABLE_MONTHS.start
        text = (
            _("{name} is too young still: classes take children from 6 months on.", name=child.name)
            if young
            else _("{name} is three or older by then: nursery classes end there.", name=child.name)
        )
        return Message(
            f"{head}\n\n{text}",
            [[Button(_("🗓 Other day"), _day_address(aim)), ways.menu()]],
        )
    rows: Rows = []
    if aim.has_span:
        anytime = aim.but(part=0, start=0, end=0)
        rows.append([Button(_("🕐 Other hours that day"), anytime.address)])
    rows.append([Button(_("🗓 Other day"), _day_address(aim))])
    if aim.minutes in WIDER:
        wider = WIDER[aim.minutes]
        label = _("🚶 up to {minutes} min", minutes=wider)
        rows.append([Button(label, aim.but(minutes=wider).address)])
    if aim.inclusive:
        rows.append([Button(_("All places"), aim.but(inclusive=0).address)])
    text = _("Nothing with room for {name} there and then. What may be different?", name=child.name)
    return Message(f"{head}\n\n{text}", [*rows, [_new_search(aim), ways.menu()]])

"""Places near somewhere for a child: the list and its filters."""

from datetime import date, timedelta

from sqlalchemy.orm import Session

from bot import forms
from bot.aims import Aim, day_of, fine
from bot.screens import children, full, place_form, seeking, ways, wording
from bot.screens.seeking import PAGE, WIDER, Spot
from bot.screens.wording import Rows
from childcare import ages, clock, people, schedule, search
from childcare.actors import Actor
from childcare.geo import Point
from childcare.i18n import _, day
from childcare.messages import Button, Message, address
from childcare.people import Child, PlaceKind
from childcare.search import Found, Query

LONGEST_NAME = 40


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
    spot = seeking.spot_of(session, actor, aim)
    if spot is None:
        return forms.begin(
            session, actor, place_form.PLACE, kind=PlaceKind.HOME.value, then=aim.address
        )
    now = clock.now(session)
    on = day_of(aim.on) if aim.on else seeking.usual_day(session, now)
    months = ages.months_on(child.born_on, on) if on >= child.born_on else 0
    page = search.nearby(session, seeking.query(aim, spot, months, on), now=now)
    items = page.items[aim.page * PAGE : (aim.page + 1) * PAGE]
    head = _head(aim, spot, child, on)
    if not items:
        return full.nothing(session, full.Sought(aim, spot, child, months, on), head)
    lines = [_line(number, item) for number, item in enumerate(items, 1)]
    rows = [[_item_button(number, item, aim)] for number, item in enumerate(items, 1)]
    rows += _paging(aim, len(page.items))
    rows += full.offer_to_wait(session, full.Sought(aim, spot, child, months, on), now)
    note = _("Free places are those of {day}.", day=day(on)) if not aim.on else ""
    text = "\n\n".join(filter(None, [head, "\n".join(lines), note]))
    return Message(
        text,
        [*rows, *_filters(aim, clock.today(now)), [seeking.elsewhere_button(aim), ways.menu()]],
    )


def named(session: Session, actor: Actor, said: str) -> Message | None:
    """The institutions called so, by name, pinyin or initials; None where there is none."""
    mine = people.children_of(session, actor)
    if not mine or not 2 <= len(said) <= LONGEST_NAME or not said.isprintable():
        return None
    found = search.nearby(session, Query(q=said, limit=PAGE), now=clock.now(session)).items
    if not found:
        return None
    child = mine[0]
    rows = [
        [Button(f"🏠 {wording.named(it.name, it.name_en)}", address("inst", it.id, child.id, 0))]
        for it in found
    ]
    return Message(_("Did you mean?"), [*rows, [ways.menu()]])


def full_ones(session: Session, actor: Actor, aim: Aim) -> Message:
    """Those that are full at the hours of an aim, to be waited at."""
    child = people.child(session, actor, aim.child_id)
    spot = seeking.spot_of(session, actor, aim)
    if spot is None or not aim.has_span:
        raise forms.OldButton
    on = day_of(aim.on)
    months = ages.months_on(child.born_on, on) if on >= child.born_on else 0
    head = _head(aim, spot, child, on)
    return full.full_ones(session, full.Sought(aim, spot, child, months, on), head)


def _head(aim: Aim, spot: Spot, child: Child, on: date) -> str:
    where = _("📍 {place}, within {minutes} minutes on foot", place=spot.label, minutes=aim.minutes)
    lines = [f"{where} · {child.name}"]
    if aim.on:
        lines.append(f"🗓 {' '.join(filter(None, [day(on), seeking.hours(aim)]))}")
    if aim.inclusive:
        lines.append(_("Only inclusive (subsidised) places"))
    return "\n".join(lines)


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
    return [first, [*days, seeking.day_button(aim)]]


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

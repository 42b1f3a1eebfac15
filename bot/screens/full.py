"""Nothing has room there and then: why, where one may wait for it, and the other ways out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from bot.aims import PARTS, Aim
from bot.screens import seeking, ways, wording
from bot.screens.seeking import SELLABLE_MONTHS, WIDER, Spot
from bot.screens.wording import Rows
from childcare import bookings, capacity, clock, institutions, schedule, search, waitlist, workdays
from childcare.errors import DomainError
from childcare.i18n import _, day, ngettext
from childcare.messages import Button, Message, address
from childcare.people import Child
from childcare.search import Found, Places

# How many of the nearest are asked what they sell on a day that nobody has opened yet.
LOOKED_AT = 12


@dataclass(frozen=True)
class Sought:
    """What was looked for in vain."""

    aim: Aim
    spot: Spot
    child: Child
    months: int
    on: date


def nothing(session: Session, sought: Sought, head: str) -> Message:
    """A dead end has ways out: waiting, another day, other hours, a wider circle, another place."""
    aim, child = sought.aim, sought.child
    if sought.months not in SELLABLE_MONTHS:
        return _wrong_age(sought, head)
    now = clock.now(session)
    waited = places_to_wait_at(session, sought, now) if aim.has_span else []
    rows = [*wait_rows(aim, waited), *_others(aim)]
    if waited:
        text = _full(sought, waited, now)
    elif aim.has_span:
        text = _why_none(session, sought, now)
    else:
        text = _("Nothing with room for {name} there and then.", name=child.name)
    ask = _("What may be different?")
    body = f"{head}\n\n{text}\n{ask}"
    return Message(body, [*rows, [seeking.elsewhere_button(aim), ways.menu()]])


def _wrong_age(sought: Sought, head: str) -> Message:
    name = sought.child.name
    if sought.months < SELLABLE_MONTHS.start:
        text = _("{name} is too young still: classes take children from 6 months on.", name=name)
    else:
        text = _("{name} is three or older by then: nursery classes end there.", name=name)
    return Message(f"{head}\n\n{text}", [[seeking.day_button(sought.aim), ways.menu()]])


def places_to_wait_at(session: Session, sought: Sought, now: datetime) -> list[Found]:
    """The nearest that sell what is sought and have nothing free, at most as many as one entry."""
    query = seeking.query(sought.aim, sought.spot, sought.months, sought.on)
    if is_beyond(sought.on, now):
        # The search knows no day that is not opened, so each is asked what it will sell then.
        dayless = replace(
            query, on=None, start=None, end=None, day_part=None, places=Places.ANY, limit=LOOKED_AT
        )
        found = search.nearby(session, dayless, now=now).items
        sold = [item for item in found if _is_sold(session, sought, item.id)]
        return sold[: waitlist.MOST_INSTITUTIONS]
    every = replace(query, places=Places.ANY, limit=search.MOST_ITEMS)
    full = [item for item in search.nearby(session, every, now=now).items if not item.free_places]
    return full[: waitlist.MOST_INSTITUTIONS]


def offer_to_wait(session: Session, sought: Sought, now: datetime) -> Rows:
    """Beside places that are free: a way to those that are full, which may be the dearer ones."""
    aim = sought.aim
    if not aim.has_span or aim.page or is_beyond(sought.on, now):
        return []
    count = len(places_to_wait_at(session, sought, now))
    if not count:
        return []
    label = ngettext("⏳ {count} full one nearby", "⏳ {count} full ones nearby", count)
    return [[Button(label, address("full", *aim.numbers))]]


def full_ones(session: Session, sought: Sought, head: str) -> Message:
    """The nearest that are full then, to be waited at."""
    waited = places_to_wait_at(session, sought, clock.now(session))
    back = [Button(_("‹ Back"), sought.aim.address), ways.menu()]
    if not waited:
        return Message(_("There is room again. Search once more and take it."), [back])
    lines = [_("Full then:"), *_listed(waited), "", _asked_in_order()]
    return Message(f"{head}\n\n" + "\n".join(lines), [*wait_rows(sought.aim, waited), back])


def is_beyond(on: date, now: datetime) -> bool:
    """Whether a day is not opened for booking yet."""
    return on > clock.today(now) + timedelta(days=capacity.HORIZON_DAYS)


def _is_sold(session: Session, sought: Sought, institution_id: int) -> bool:
    aim = sought.aim
    wish = bookings.Wish(
        child_id=sought.child.id,
        institution_id=institution_id,
        form=seeking.form_of(aim),
        on=sought.on,
        start=None if aim.part else aim.start,
        end=None if aim.part else aim.end,
        day_part=PARTS[aim.part],
    )
    try:
        bookings.sold(session, wish)
    except DomainError:
        return False
    return True


def _full(sought: Sought, waited: Sequence[Found], now: datetime) -> str:
    if is_beyond(sought.on, now):
        head = _(
            "{last} is the last day that can be booked now. For this day you can wait at:",
            last=_last(now),
        )
        tail = _("Once that day opens, you are asked in order.")
    else:
        head = _("All that offer these hours are full then:")
        tail = _asked_in_order()
    return "\n".join([head, *_listed(waited), "", tail])


def _listed(waited: Sequence[Found]) -> list[str]:
    return [
        f"• {wording.named(item.name, item.name_en)}"
        f" · {_('{minutes} min', minutes=item.walk_minutes)}"
        for item in waited
    ]


def _asked_in_order() -> str:
    return _("On the waitlist you are asked in order as soon as a place comes free.")


def _last(now: datetime) -> str:
    return day(clock.today(now) + timedelta(days=capacity.HORIZON_DAYS))


def _why_none(session: Session, sought: Sought, now: datetime) -> str:
    if is_beyond(sought.on, now):
        return _("{last} is the last day that can be booked now.", last=_last(now))
    calendar = schedule.calendar(session, sought.on, sought.on)
    if not workdays.day(sought.on, calendar).is_worked:
        return _("That is a day off, and nobody near here offers holiday care then.")
    anytime = replace(sought, aim=sought.aim.but(part=0, start=0, end=0, inclusive=0))
    query = seeking.query(anytime.aim, sought.spot, sought.months, sought.on)
    nearest = next(iter(search.nearby(session, query, now=now).items), None)
    if nearest is None:
        return _("Nothing with room for {name} there and then.", name=sought.child.name)
    return _hours_of(session, sought, nearest)


def _hours_of(session: Session, sought: Sought, nearest: Found) -> str:
    """Which hours the nearest sells, where those that were asked for are not sold."""
    form = seeking.form_of(sought.aim)
    name = wording.named(nearest.name, nearest.name_en)
    offerings = institutions.offerings_on(session, nearest.id, sought.on)
    sold = [one for one in offerings if one.form == form]
    if not sold:
        return _("Nobody near here sells {form} then.", form=wording.form_name(form))
    if _is_sold(session, sought, nearest.id):
        return _("It is too late to book these hours at {place}.", place=name)
    return _(
        "Nobody near here offers these hours. The nearest, {place}, takes children {hours}.",
        place=name,
        hours=wording.span(min(one.starts for one in sold), max(one.ends for one in sold)),
    )


def wait_rows(aim: Aim, waited: Sequence[Found]) -> Rows:
    """One tap to wait at all of them, or at one."""
    rows: Rows = []
    if len(waited) > 1:
        label = ngettext("⏳ Wait at this {count} place", "⏳ Wait at all {count}", len(waited))
        rows.append([Button(label, address("queue", *aim.numbers, 0))])
    for item in waited:
        name = wording.named(item.name, item.name_en)
        wish = (aim.child_id, item.id, aim.on, aim.part, aim.start, aim.end, 0)
        rows.append([Button(_("⏳ Wait at {place}", place=name), address("wait", *wish))])
    return rows


def _others(aim: Aim) -> Rows:
    rows: Rows = []
    if aim.has_span:
        anytime = aim.but(part=0, start=0, end=0)
        rows.append([Button(_("🕐 Other hours that day"), anytime.address)])
    rows.append([seeking.day_button(aim)])
    if aim.minutes in WIDER:
        wider = WIDER[aim.minutes]
        label = _("🚶 up to {minutes} min", minutes=wider)
        rows.append([Button(label, aim.but(minutes=wider).address)])
    if aim.inclusive:
        rows.append([Button(_("All places"), aim.but(inclusive=0).address)])
    return rows

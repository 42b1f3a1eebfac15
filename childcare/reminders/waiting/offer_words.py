"""What is said about offers and what came of them, in the language being spoken."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from babel import Locale
from babel.dates import get_day_names

from childcare import clock, i18n
from childcare.calendar_file import name_of
from childcare.clock import Period
from childcare.enrolments import Enrolment
from childcare.i18n import _, ngettext
from childcare.institutions import DayPart, Institution
from childcare.messages import Button, Message, address
from childcare.reminders.waiting.kinds import Topic
from childcare.reminders.words import by_whom
from childcare.waitlist import Offer

# Longer than this is said in hours, and then in days.
IN_MINUTES, IN_HOURS = timedelta(hours=2), timedelta(hours=48)
WORKDAYS = [1, 2, 3, 4, 5]


@dataclass(frozen=True)
class Place:
    """An institution, and the minutes on foot from home where that is known."""

    institution: Institution
    walk_minutes: int | None


@dataclass(frozen=True)
class Offered:
    """An offer as it is told: `during` of a stay, or the enrolment; siblings are told together."""

    offer: Offer
    names: Sequence[str]
    place: Place
    price_fen: int
    during: Period | None
    enrolment: Enrolment | None

    def facts(self) -> dict[str, object]:
        return {"child": children(self.names), "where": name_of(self.place.institution)}


def children(names: Sequence[str]) -> str:
    """``果果、豆豆`` or ``Guoguo and Doudou``."""
    if i18n.tongue() == "zh":
        return "、".join(names)
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def weekdays(days: Sequence[int]) -> str:
    """ISO weekdays as people say them."""
    if sorted(days) == WORKDAYS:
        return _("Monday to Friday")
    names = get_day_names("abbreviated", locale=Locale.parse(i18n.FOLDERS[i18n.tongue()]))
    between = "、" if i18n.tongue() == "zh" else ", "
    return between.join(names[day - 1] for day in sorted(days))


def part(found: str) -> str:
    match DayPart(found):
        case DayPart.FULL:
            return _("full day")
        case DayPart.MORNING:
            return _("morning")
        case DayPart.AFTERNOON:
            return _("afternoon")


def left(until: datetime, now: datetime) -> str:
    """The time left in words, rounded down but for the last minutes."""
    ahead = until - now
    if ahead <= IN_MINUTES:
        minutes = max(1, round(ahead / timedelta(minutes=1)))
        return ngettext("{count} minute", "{count} minutes", minutes)
    if ahead <= IN_HOURS:
        return ngettext("{count} hour", "{count} hours", ahead // timedelta(hours=1))
    return ngettext("{count} day", "{count} days", ahead // timedelta(days=1))


def _deadline(until: datetime, now: datetime) -> str:
    is_today = clock.today(until) == clock.today(now)
    when = i18n.hour(until) if is_today else i18n.moment(until)
    return _("⏳ Please answer by {when} ({left} left)", when=when, left=left(until, now))


def _when(it: Offered) -> str:
    if it.during is not None:
        return f"🗓 {i18n.day(it.offer.on)} {i18n.hours(it.during)}"
    return _from_on(it.enrolment) if it.enrolment else f"🗓 {i18n.day(it.offer.on)}"


def _from_on(made: Enrolment) -> str:
    return _(
        "🗓 From {day}: {part}, {weekdays}",
        day=i18n.day(made.from_on),
        part=part(made.day_part),
        weekdays=weekdays(made.weekdays),
    )


def _price(fen: int, *, is_monthly: bool) -> str:
    said = i18n.yuan(fen)
    return f"💰 {_('{price}/month', price=said) if is_monthly else said}"


def _where(place: Place) -> str:
    walk = place.walk_minutes
    on_foot = _("🚶 {minutes} min on foot from home", minutes=walk) if walk is not None else ""
    found = f"📍 {place.institution.address}" if place.institution.address else ""
    return "\n".join(line for line in (found, on_foot) if line)


def _why(offer: Offer) -> str:
    if offer.out_of_order_reason:
        return _("💡 The director chose you: {reason}", reason=offer.out_of_order_reason)
    return _("💡 Why you: you came first in line.")


def _message(lines: Sequence[str], buttons: list[list[Button]]) -> Message:
    return Message("\n".join(line for line in lines if line), buttons)


def _answers(offer: Offer) -> list[list[Button]]:
    return [
        [
            Button(_("✅ Yes, book it"), address("offer-accept", offer.id)),
            Button(_("No, thanks"), address("offer-decline", offer.id)),
        ],
        [Button(_("🔍 See the offer"), address("offer", offer.id))],
    ]


def _made(it: Offered, *, now: datetime) -> Message:
    lines = [
        _("🎉 A place for {child} at {where}!", **it.facts()),
        _when(it),
        _where(it.place),
        _price(it.price_fen, is_monthly=it.enrolment is not None),
        _deadline(it.offer.ends_at, now),
        _why(it.offer),
    ]
    return _message(lines, _answers(it.offer))


def _ending(it: Offered, *, now: datetime) -> Message:
    facts = {**it.facts(), "left": left(it.offer.ends_at, now)}
    head = _("⏰ {left} left: {where} is keeping a place for {child}.", **facts)
    return _message([head, _when(it), _deadline(it.offer.ends_at, now)], _answers(it.offer))


SAID: Mapping[Topic, Callable[..., Message]] = {
    Topic.OFFER: _made,
    Topic.OFFER_ENDING: _ending,
}


def my_place(entry_id: int) -> list[list[Button]]:
    """A way to how an entry stands."""
    return [[Button(_("⏳ See my place in line"), address("entry", entry_id))]]


def withdrawn(it: Offered, *, why: str) -> Message:
    """The institution lost the place that it kept."""
    head = _("😔 {where} can no longer keep the place for {child}.", **it.facts())
    because = _("They are closed then.") if why == "closed" else _("They can take fewer children.")
    kept = _("You keep your place in line.")
    return _message([head, _when(it), because, kept], my_place(it.offer.entry_id))


def expired(it: Offered) -> Message:
    """Nobody answered, for the first time in a row."""
    lines = [
        _(
            "⌛ Time ran out for {child}'s place at {where}, and the next family is asked.",
            **it.facts(),
        ),
        _when(it),
        _("You keep your place in line. If the next offer runs out too, waiting is paused."),
    ]
    return _message(lines, my_place(it.offer.entry_id))


def enrolled(made: Enrolment, child: str, institution: Institution, *, by: str) -> Message:
    """A long-term place is the child's."""
    lines = [
        _("✅ Enrolled: {child} at {where}.", child=child, where=name_of(institution)),
        by_whom(by),
        _from_on(made),
        f"📍 {institution.address}" if institution.address else "",
        _price(made.price_fen, is_monthly=True),
    ]
    return _message(lines, [])

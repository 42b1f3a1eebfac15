"""What is said about an entry on the lists, in the language being spoken."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from childcare import clock, i18n
from childcare.calendar_file import name_of
from childcare.i18n import _
from childcare.institutions import Institution
from childcare.messages import Button, Message, address
from childcare.reminders.waiting.offer_words import my_place, part, weekdays
from childcare.waitlist import LIVE, WaitlistEntry
from childcare.waitlist.sweeping import ANSWER_WITHIN


@dataclass(frozen=True)
class Waited:
    """An entry as it is told: whose, and where it waits still, in order of preference."""

    entry: WaitlistEntry
    child: str
    places: Sequence[Institution]


def _what(it: Waited) -> str:
    """What the child waits for, and where."""
    wish = _stay(it.entry) if it.entry.on is not None else _long_term(it.entry)
    where = ("、" if i18n.tongue() == "zh" else ", ").join(name_of(place) for place in it.places)
    return "\n".join(line for line in (f"🗓 {wish}", f"📍 {where}" if where else "") if line)


def _stay(entry: WaitlistEntry) -> str:
    on = i18n.day(entry.on) if entry.on else ""
    if entry.start is None or entry.end is None:
        return f"{on} {part(entry.day_part)}" if entry.day_part else on
    return f"{on} {clock.hhmm(entry.start // 30)}–{clock.hhmm(entry.end // 30)}"


def _long_term(entry: WaitlistEntry) -> str:
    month = i18n.month(entry.from_month) if entry.from_month else ""
    facts = {"month": month, "weekdays": weekdays(entry.weekdays)}
    return _("from {month}, {weekdays}", **facts)


def _message(lines: Sequence[str], buttons: list[list[Button]]) -> Message:
    return Message("\n".join(line for line in lines if line), buttons)


def _choice(entry: WaitlistEntry, wait_on: str) -> list[list[Button]]:
    return [
        [Button(wait_on, address("entry-renew", entry.id))],
        [Button(_("Stop waiting"), address("entry-leave", entry.id))],
    ]


def paused(it: Waited) -> Message:
    """Waiting is paused, since nobody answered."""
    if it.entry.reason == "not-renewed":
        head = _("⏸ We did not hear from you, so waiting is paused for {child}.", child=it.child)
    else:
        head = _(
            "⏸ Two offers in a row went unanswered, so waiting is paused for {child}.",
            child=it.child,
        )
    ask = _("Tap to wait on: your old place in line is kept.")
    return _message([head, _what(it), ask], _choice(it.entry, _("▶️ Wait on")))


def renewal(it: Waited) -> Message:
    """Still interested?"""
    asked_at = it.entry.asked_at or it.entry.renew_at
    last = clock.today(asked_at + ANSWER_WITHIN - timedelta(microseconds=1))
    lines = [
        _("🙋 Still looking for a place for {child}?", child=it.child),
        _what(it),
        _("Please tell us by {day}, or waiting is paused.", day=i18n.day(last)),
    ]
    return _message(lines, _choice(it.entry, _("✅ Yes, still waiting")))


def removed(it: Waited, *, by: Institution, reason: str) -> Message:
    """An institution took the entry off its list."""
    lines = [
        _("{where} took {child} off its waiting list.", where=name_of(by), child=it.child),
        f"🗓 {_stay(it.entry) if it.entry.on is not None else _long_term(it.entry)}",
        _("They say: {reason}", reason=reason) if reason else "",
        _("You still wait elsewhere, as before.") if it.places and it.entry.state in LIVE else "",
    ]
    return _message(lines, my_place(it.entry.id))


def lapsed(it: Waited) -> Message:
    """The day is past, or the child too old for what it waits for."""
    if it.entry.on is not None:
        head = _("😔 No place came free in time for {child}.", child=it.child)
    else:
        head = _("{child} is now too old for the classes you waited for.", child=it.child)
    return _message([head, _what(it)], [[Button(_("🔍 Find another place"), address("find"))]])

"""An entry's log in a family's words: what was offered, who was passed over and why."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from bot.screens import queue_words
from childcare.i18n import _, day, moment
from childcare.waitlist import Happened, WaitlistEvent


def line(session: Session, event: WaitlistEvent) -> str:
    """One event: when, where, what, why."""
    name = queue_words.where(session, event.institution_id) if event.institution_id else ""
    head = " · ".join(filter(None, [moment(event.at), name]))
    return f"• {head}\n   {_told(event)}"


def _told(event: WaitlistEvent) -> str:
    match Happened(event.kind):
        case Happened.OFFERED:
            return _offered(event)
        case Happened.PASSED_OVER:
            return _passed(event)
        case Happened.REMOVED:
            return _("Taken off the list: {reason}", reason=event.why)
        case Happened.PAUSED:
            return _paused(event.why)
        case Happened.LEFT:
            return _left(event.why)
        case Happened.WITHDRAWN:
            return _withdrawn(event.why)
        case kind:
            return {
                Happened.JOINED: _("Joined the waitlist."),
                Happened.RENEWED: _("Still interested."),
                Happened.LAPSED: _("The day is past, the wait is over."),
                Happened.ACCEPTED: _("You took the place."),
                Happened.DECLINED: _("You let the place go to the next family."),
                Happened.EXPIRED: _("No answer in time, the place went to the next family."),
                Happened.NOTED: _("A note of the institution."),
            }[kind]


def _offered(event: WaitlistEvent) -> str:
    until = moment(datetime.fromisoformat(event.facts["ends_at"]))
    on = _on(event)
    said = _("You were offered a place for {day}, until {time}.", day=on, time=until)
    reason = event.facts.get("reason")
    if not reason:
        return said
    return said + " " + _("Out of order, by the director: “{reason}”", reason=reason)


def _on(event: WaitlistEvent) -> str:
    on = event.facts.get("on")
    return day(date.fromisoformat(on)) if on else ""


def _passed(event: WaitlistEvent) -> str:
    """What came free went past this family: why."""
    if event.why == "out-of-order":
        return _(
            "The director gave a place for {day} to another family: “{reason}”",
            day=_on(event),
            reason=event.facts.get("reason", ""),
        )
    return " ".join(filter(None, [_came_free(event), _why_passed(event)]))


def _came_free(event: WaitlistEvent) -> str:
    free: Sequence[Sequence[str]] = event.facts.get("free") or ()
    hours = _(", ").join(f"{first}–{last}" for first, last in free)
    if event.why == "hours" and hours and _on(event):
        return _("Free on {day}: {hours}.", day=_on(event), hours=hours)
    return ""


def _why_passed(event: WaitlistEvent) -> str:
    known = {
        "hours": _("That does not cover the hours you wish."),
        "has-offer": _("The child had another offer for that time."),
        "freed-it": _("It was your own family that gave the place up."),
        "declined": _("You had just declined it."),
        "let-expire": _("You had just let it pass."),
        "not-sold": _("The institution does not sell what you wish then."),
        "siblings": _("There was not room for all the children."),
        "days": _day_full(event),
        "age": _("The child's age does not fit that class."),
        "too-late": _("It came free too shortly before the start."),
    }
    return known.get(event.why, _("You were passed over, and keep your place."))


def _day_full(event: WaitlistEvent) -> str:
    on = event.facts.get("on")
    if on:
        return _("{day} is full, and you need every one of the days.", day=_on(event))
    return _("Some of the days you need is full.")


def _paused(why: str) -> str:
    known = {
        "by-family": _("You paused the wait."),
        "unanswered": _("Paused after two offers without an answer."),
        "not-renewed": _("Paused: nobody said that you are still interested."),
    }
    return known.get(why, _("Paused."))


def _left(why: str) -> str:
    known = {
        "by-family": _("You left the waitlist."),
        "booked": _("You took another place for that time, so this wait ended."),
    }
    return known.get(why, _("Left the waitlist."))


def _withdrawn(why: str) -> str:
    known = {
        "capacity": _("The place had to be taken back: carers are missing. You keep your turn."),
        "closed": _("The place had to be taken back: the institution closes. You keep your turn."),
        "booked": _("You took another place for that time, so this one went on."),
        "by-family": _("You stopped waiting, so the place went on."),
    }
    return known.get(why, _("The place was taken back: {reason}", reason=why))

"""Why a place did not go to somebody in line."""

from collections.abc import Mapping

from childcare import clock
from childcare.i18n import gettext as _
from childcare.reports.waiting import Told
from webapp.pages.panel.waitlist_words.offers import spans


def passed(why: str) -> str:
    """Why a place did not go to somebody in line."""
    said: Mapping[str, str] = {
        "hours": _("what was free does not cover the hours they ask for"),
        "has-offer": _("the child has another offer for that time"),
        "freed-it": _("this family gave this very place up"),
        "declined": _("they had declined it in this round"),
        "let-expire": _("they had let it run out in this round"),
        "not-sold": _("what they ask for is not sold any more"),
        "siblings": _("not all of the siblings would fit"),
        "days": _("long term: some day of theirs was full"),
        "out-of-order": _("a director chose another family"),
        "too-late": _("it would begin too soon to be offered"),
        "age": _("the child is not of the class's age that day"),
    }
    return said.get(why, why)


def would_pass(why: str | None) -> str:
    """Why somebody would be passed over if a place came free."""
    said: Mapping[str, str] = {
        "hours": _("would be passed over: they ask for more than this"),
        "has-offer": _("would be passed over: the child has another offer for that time"),
        "days": _("would be passed over: long term needs room on every day of theirs"),
    }
    return said.get(why or "", _("would be passed over"))


def free(told: Told) -> str:
    """What was free when somebody was passed over."""
    return spans(told.free)


def passed_over(told: Told) -> str:
    """The sentence of a pass, with what was free or the director's reason where that says more."""
    said = _("passed over: {why}", why=passed(told.event.why))
    facts = told.event.facts
    if told.event.why == "out-of-order":
        return _("{said} – “{reason}”", said=said, reason=facts.get("reason") or "")
    if told.event.why == "hours" and told.free and not _covers(told):
        return _("{said} (free was {hours})", said=said, hours=free(told))
    return said


def _covers(told: Told) -> bool:
    """Whether what was free at first would have done; other offers took of it before the turn."""
    entry = told.entry
    if entry.start is None or entry.end is None:
        return True
    wanted = (clock.hhmm(entry.start // 30), clock.hhmm(entry.end // 30))
    return any(first <= wanted[0] and wanted[1] <= last for first, last in told.free)

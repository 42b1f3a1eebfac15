"""What happened, who did it and why, in words: for a day's rows and for the log."""

from collections.abc import Mapping

from childcare.actors import Kind
from childcare.bookings import UNDONE
from childcare.i18n import gettext as _
from childcare.reports import Happening, Standing, Who

# Reasons that say no more than the event itself does.
SILENT = frozenset(
    {
        "absent",
        "absent-in-part",
        "approved",
        "came-after-all",
        "closing-time",
        "did-not-come",
        "enrolled",
        "enrolment-ended",
        "objection",
        "offer-accepted",
        "offer-ended",
        "offered",
        "opened",
        "released",
        "rescheduled",
        "taken-back",
        UNDONE,
    }
)


def standing(found: Standing) -> str:
    """Where a child's day stands."""
    said: Mapping[Standing, str] = {
        Standing.LATE: _("Late"),
        Standing.REQUESTED: _("Asks to come"),
        Standing.EXPECTED: _("Expected"),
        Standing.PRESENT: _("Here"),
        Standing.NO_SHOW: _("Did not come"),
        Standing.ABSENT: _("Away"),
        Standing.LEFT: _("Gone home"),
    }
    return said[found]


def person(who: Who) -> str:
    """Who it was, by role and name as far as they are known here."""
    match who.kind:
        case Kind.STAFF:
            return who.name or _("Staff")
        case Kind.GUARDIAN:
            return _("Parent {name}", name=who.name) if who.name else _("A parent")
        case Kind.RELATIVE:
            return _("Relative {name}", name=who.name) if who.name else _("A relative")
        case Kind.SUPERVISOR:
            return _("City staff")
        case _:
            return _("Automatically")


def deed(was: str | None, to: str, why: str) -> str:
    """An event of a stay, as short as on a list."""
    return _by_reason().get((to, why)) or _by_reason().get(("", why)) or _by_state(was, to)


def done(found: Happening) -> str:
    return deed(found.was, found.to, found.why)


def _by_reason() -> Mapping[tuple[str, str], str]:
    return {
        ("", "absent-in-part"): _("away for part of the day"),
        ("", "taken-back"): _("absence taken back"),
        ("", "rescheduled"): _("moved to another time"),
        ("", "objection"): _("says the child did come"),
        ("", "opened"): _("expected by enrolment"),
        ("", "enrolled"): _("expected by enrolment"),
        ("", "approved"): _("first visit accepted"),
        ("", "came-after-all"): _("came after all"),
        ("", "offer-ended"): _("the offer ended"),
        ("expected", UNDONE): _("check-in undone"),
        ("checked_in", UNDONE): _("check-out undone"),
        ("completed", "closing-time"): _("day ended at closing time"),
        ("absent", "did-not-come"): _("did not come"),
        ("cancelled", "released"): _("gave the kept place back"),
        ("cancelled", "enrolment-ended"): _("enrolment ended"),
        # Where is nobody's business here.
        ("absent", "child-elsewhere"): _("away: other plans that day"),
    }


def _by_state(was: str | None, to: str) -> str:
    said = {
        "offered": _("was offered the place"),
        "held": _("keeps a place for ten minutes"),
        "requested": _("asks to come for the first time"),
        "expected": _("took the offer") if was == "offered" else _("booked"),
        "checked_in": _("checked in"),
        "completed": _("went home"),
        "absent": _("away"),
        "cancelled": _("let the offer go") if was == "offered" else _("cancelled"),
        "rejected": _("first visit declined"),
        "expired": _("time ran out"),
        "no_show": _("marked as not come"),
    }
    return said[to]


def reason(why: str) -> str:
    """Why, in words; empty where the event says it already."""
    if not why or why in SILENT:
        return ""
    known = {
        "illness": _("illness"),
        "changed-plans": _("plans changed"),
        "child-elsewhere": _("other plans that day"),
        "closed": _("closed"),
    }
    return known.get(why, why)

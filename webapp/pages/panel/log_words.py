"""What the lines of the log say: words, not codes."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from itertools import groupby

from childcare import clock, i18n
from childcare.i18n import gettext as _
from childcare.reports import Entry, Subject
from childcare.waitlist import Happened
from webapp.pages.drawing import role_name
from webapp.pages.panel import waitlist_words
from webapp.pages.panel.desk_words import class_name
from webapp.pages.panel.happenings import deed, person, reason

__all__ = ["class_name", "person"]

LIST = "waitlist"


def kinds(is_desk: bool) -> list[tuple[str, str]]:
    """What lines may be about; who looked at records is for those who may see them."""
    known = {
        Subject.DOOR: _("Coming and going"),
        Subject.ABSENCES: _("Absences"),
        Subject.BOOKINGS: _("Bookings and enrolments"),
        Subject.WAITLIST: _("The waitlist"),
        Subject.PLANNING: _("Carers and closed days"),
        Subject.PEOPLE: _("People and rules"),
        Subject.ROUTINE: _("Days of enrolled children"),
        Subject.LOOKS: _("Who opened a child's record"),
    }
    wanted = [kind for kind in known if is_desk or kind is not Subject.LOOKS]
    return [("", _("Everything")), *((str(kind), known[kind]) for kind in wanted)]


def whose(staff: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """By whom things may have been done."""
    return [("", _("Everybody")), ("family", _("Families")), ("system", _("Automatically")), *staff]


def by_day(entries: Sequence[Entry]) -> list[tuple[date, list[Entry]]]:
    """The lines of each day, newest day first."""
    days = groupby(entries, key=lambda entry: clock.today(entry.at))
    return [(on, list(lines)) for on, lines in days]


def what(entry: Entry) -> str:
    """What was done, in a few words."""
    if entry.source in ("stay", "absence"):
        return deed(entry.was, entry.action, entry.why)
    if entry.source == LIST:
        return _("Waitlist: {what}", what=waitlist_words.kind(_happened(entry)))
    said = SAID.get(entry.action)
    return said(entry) if said else _("something else was changed")


def why(entry: Entry) -> str:
    """The reason given, if any."""
    if entry.source != LIST:
        return entry.said or reason(entry.why)
    match _happened(entry):
        case Happened.PASSED_OVER:
            return waitlist_words.passed(entry.why)
        case Happened.REMOVED | Happened.NOTED | Happened.OFFERED:
            return entry.why
    return ""


def days(entry: Entry) -> str:
    """The day or days a line is about, if any."""
    if entry.on is None:
        return ""
    return _from_to(entry.on, entry.to_on or entry.on)


def _happened(entry: Entry) -> Happened:
    return Happened(entry.action.partition(".")[2])


def _days(entry: Entry) -> str:
    from_on, to_on = (date.fromisoformat(str(entry.facts[name])) for name in ("from_on", "to_on"))
    return _from_to(from_on, to_on)


def _from_to(from_on: date, to_on: date) -> str:
    first = i18n.day(from_on)
    return first if from_on == to_on else f"{first} – {i18n.day(to_on)}"


def _scope(entry: Entry) -> str:
    return class_name(entry.group) if entry.group else _("The whole institution")


def _fee(entry: Entry) -> str:
    fen = entry.facts.get("fee_fen")
    return i18n.yuan(fen) if isinstance(fen, int) else ""


def _role(entry: Entry) -> str:
    return role_name(str(entry.facts.get("role", "")))


def _offered_next(entry: Entry) -> str:
    if entry.facts.get("offers") == 0:
        return _("offered free places to the waitlist: nobody fitted")
    return _("offered free places to the next on the waitlist")


SAID: Mapping[str, Callable[[Entry], str]] = {
    "class_group.changed-shifts": lambda entry: _("changed the carers"),
    "class_group.offered-next": _offered_next,
    "closure.closed": lambda entry: _(
        "closed: {what}, {days}", what=_scope(entry), days=_days(entry)
    ),
    "closure.lifted": lambda entry: _(
        "opened again: {what}, {days}", what=_scope(entry), days=_days(entry)
    ),
    "dated_opening.opened": lambda entry: _("opened this day by decision"),
    "enrolment.enrolled": lambda entry: _("enrolled"),
    "enrolment.ended": lambda entry: _("ended the enrolment"),
    "booking.fee-reinstated": lambda entry: _("asks the waived fee again: {fee}", fee=_fee(entry)),
    "child.read": lambda entry: _("opened the child's record"),
    "staff.staff-role-taken": lambda entry: _(
        "took a role away: {name}, {role}",
        name=entry.whom.name if entry.whom else "",
        role=_role(entry),
    ),
    "staff-invitation.staff-invited": lambda entry: _(
        "invited somebody as {role}", role=_role(entry)
    ),
    "staff-invitation.staff-invitation-withdrawn": lambda entry: _(
        "withdrew an invitation as {role}", role=_role(entry)
    ),
    "staff-invitation.staff-joined": lambda entry: _("joined as {role}", role=_role(entry)),
    "priority_table.published-priorities": lambda entry: _("published a new order of priority"),
    "family.proved": lambda entry: _("noted a family's proof for the waitlist"),
    "family.unproved": lambda entry: _("withdrew a family's proof for the waitlist"),
    "institution.exported-waitlist": lambda entry: _("took the waitlist along as a file"),
    "institution.exported-waitlist-log": lambda entry: _("took the waitlist's log as a file"),
}

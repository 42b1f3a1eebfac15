"""What the messages say, in the language being spoken."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from childcare import calendar_file, clock, i18n
from childcare.bookings import Booking
from childcare.calendar_file import name_of
from childcare.i18n import _
from childcare.institutions import Institution
from childcare.messages import Button, Message, address
from childcare.people import Child
from childcare.reminders.kinds import Kind
from childcare.stays import Stay

ELSEWHERE = "child-elsewhere"  # as `planning` writes the reason


@dataclass(frozen=True)
class Occasion:
    """What one message is about; an enrolled child's stay has no booking."""

    kind: Kind
    stay: Stay
    booking: Booking | None
    child: Child
    institution: Institution
    by: str = ""  # the name of the guardian whose act it was, where somebody else's is told

    @property
    def where(self) -> str:
        return name_of(self.institution)


def worded(session: Session, it: Occasion, *, now: datetime) -> Message:
    """The message of an occasion, with its buttons and, for a firm booking, its calendar file."""
    text = "\n".join(line for line in HEADS[it.kind](it, now) if line)
    has_file = it.booking is not None and it.kind in WITH_FILE
    return Message(
        text=text,
        buttons=_buttons(it),
        document=calendar_file.document(session, it.booking, now=now)
        if has_file and it.booking
        else None,
    )


def _coming(it: Occasion, now: datetime) -> list[str]:
    """The day before, or two hours before: which day, seen from now, is said in words."""
    facts = {"child": it.child.name, "where": it.where, "hour": i18n.hour(it.stay.starts_at)}
    ahead = it.stay.on - clock.today(now)
    if not ahead:
        head = _("⏰ Today at {hour}: {child} goes to {where}.", **facts)
    elif ahead == timedelta(days=1):
        head = _("⏰ Tomorrow at {hour}: {child} goes to {where}.", **facts)
    else:
        head = _("⏰ Coming up: {child} goes to {where}.", **facts)
    return [head, "", *_details(it)]


def _details(it: Occasion) -> list[str]:
    return [
        f"🗓 {i18n.day(it.stay.on)} {i18n.hours(it.stay.during)}",
        f"📍 {it.institution.address}" if it.institution.address else "",
        _("🔑 Code at the door: {code}", code=it.booking.code) if it.booking else "",
    ]


def _bring(it: Occasion) -> list[str]:
    what = it.institution.bring(i18n.tongue())
    return ["", _("🎒 What to bring: {what}", what=what)] if what else []


def _said(head: Callable[[Occasion], str]) -> Callable[[Occasion, datetime], list[str]]:
    """News about a stay: a sentence, then its day and hours."""

    def lines(it: Occasion, _now: datetime) -> list[str]:
        return [head(it), f"🗓 {i18n.day(it.stay.on)} {i18n.hours(it.stay.during)}"]

    return lines


def _booked(it: Occasion, _now: datetime) -> list[str]:
    head = _("✅ Booked: {child} at {where}.", **_names(it))
    return [head, by_whom(it.by), "", *_details(it), *_bring(it)]


def by_whom(name: str) -> str:
    """Whose act it was, where that has a name."""
    return _("👤 Booked by {who}.", who=name) if name else ""


def _approved(it: Occasion, _now: datetime) -> list[str]:
    head = _("✅ {where} said yes! {child} is expected.", **_names(it))
    return [head, "", *_details(it), *_bring(it)]


def _rescheduled(it: Occasion, _now: datetime) -> list[str]:
    head = _("🔁 New time: {child} at {where}.", **_names(it))
    return [head, "", *_details(it)]


def _pick_up(it: Occasion, _now: datetime) -> list[str]:
    facts = {**_names(it), "hour": i18n.hour(it.stay.stops_at)}
    head = _("👋 Pick-up at {hour}: {child} is waiting at {where}.", **facts)
    return [head, f"📍 {it.institution.address}" if it.institution.address else ""]


def _still_present(it: Occasion, _now: datetime) -> list[str]:
    head = _("🚨 {where} has closed, and {child} was not signed out.", **_names(it))
    return [head, _("Please call at once: {phone}", phone=it.institution.phone or "—")]


def _by_institution(it: Occasion, _now: datetime) -> list[str]:
    head = _("😔 {where} had to cancel {child}'s place.", **_names(it))
    when = f"🗓 {i18n.day(it.stay.on)} {i18n.hours(it.stay.during)}"
    return [head, when, _reason(it), "", _("You pay nothing, and come first there for 30 days.")]


def _rejected(it: Occasion, _now: datetime) -> list[str]:
    head = _("{where} cannot take {child} this time.", **_names(it))
    when = f"🗓 {i18n.day(it.stay.on)} {i18n.hours(it.stay.during)}"
    return [head, when, _reason(it)]


def _reason(it: Occasion) -> str:
    said = it.booking.cancel_reason if it.booking else None
    return _("They say: {reason}", reason=said) if said else ""


def _names(it: Occasion) -> dict[str, object]:
    return {"child": it.child.name, "where": it.where}


def _absent(it: Occasion) -> str:
    if it.stay.reason == ELSEWHERE:
        return _(
            "{child} has another place at that time, so {where} does not expect it.", **_names(it)
        )
    return _("{child} is marked as away from {where}.", **_names(it))


def _no_show(it: Occasion, _now: datetime) -> list[str]:
    head = _("{where} noted that {child} did not come.", **_names(it))
    when = f"🗓 {i18n.day(it.stay.on)} {i18n.hours(it.stay.during)}"
    return [head, when, "", _("Not so? Tell us within 48 hours.")]


HEADS: Mapping[Kind, Callable[[Occasion, datetime], list[str]]] = {
    Kind.DAY_BEFORE: _coming,
    Kind.HOURS_BEFORE: _coming,
    Kind.PICK_UP: _pick_up,
    Kind.BOOKED: _booked,
    Kind.APPROVED: _approved,
    Kind.REJECTED: _rejected,
    Kind.REQUEST_EXPIRED: _said(
        lambda it: _("⌛ {where} did not answer in time about {child}.", **_names(it))
    ),
    Kind.RESCHEDULED: _rescheduled,
    Kind.CANCELLED: _said(lambda it: _("Cancelled: {child} at {where}.", **_names(it))),
    Kind.BY_INSTITUTION: _by_institution,
    Kind.CLOSED: _said(
        lambda it: _("😔 {where} is closed then, {child} stays at home.", **_names(it))
    ),
    Kind.REOPENED: _said(
        lambda it: _("😊 {where} is open after all: {child} is expected then.", **_names(it))
    ),
    Kind.ABSENT: _said(_absent),
    Kind.NO_SHOW: _no_show,
    Kind.STILL_PRESENT: _still_present,
}
FIRM = (Kind.DAY_BEFORE, Kind.HOURS_BEFORE, Kind.BOOKED, Kind.APPROVED, Kind.RESCHEDULED)
WITH_FILE = (Kind.BOOKED, Kind.APPROVED, Kind.RESCHEDULED)
SEARCH_AGAIN = (Kind.REJECTED, Kind.REQUEST_EXPIRED, Kind.BY_INSTITUTION)


def _buttons(it: Occasion) -> list[list[Button]]:
    if it.kind in SEARCH_AGAIN:
        return [[Button(_("🔍 Find another place"), address("find"))]]
    if it.kind is Kind.PICK_UP:
        return [[_directions(it)]]
    if it.booking is None:
        return []
    show = Button(_("📋 See the booking"), address("booking", it.booking.id, it.booking.version))
    if it.kind is Kind.NO_SHOW:
        return [[Button(_("✋ We did come"), address("object", it.booking.id))], [show]]
    if it.kind not in FIRM:
        return [[show]]
    cannot = address("cancel-ask", it.booking.id, it.booking.version)
    return [[show, _directions(it)], [Button(_("Can't come"), cannot)]]


def _directions(it: Occasion) -> Button:
    return Button(_("🧭 Directions"), address("directions", it.institution.id))

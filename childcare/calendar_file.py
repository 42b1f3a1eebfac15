"""Bookings as an iCalendar file (RFC 5545), for the chat, the API and calendar feeds.

Times are UTC, so no time zone has to be described. A booking keeps its UID for life and its
SEQUENCE is its version, so that a calendar moves the entry rather than adding another.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from childcare import clock
from childcare.bookings import Booking
from childcare.i18n import _, tongue
from childcare.institutions import Institution
from childcare.messages import Document
from childcare.people import Child
from childcare.stays import State

LINE_OCTETS = 75  # RFC 5545, 3.1: longer lines are folded
MIME = "text/calendar; charset=utf-8"
STATUS = {
    State.HELD: "TENTATIVE",
    State.REQUESTED: "TENTATIVE",
    State.EXPECTED: "CONFIRMED",
    State.CHECKED_IN: "CONFIRMED",
    State.COMPLETED: "CONFIRMED",
    State.NO_SHOW: "CONFIRMED",
}


@dataclass(frozen=True)
class Entry:
    """One event of a calendar."""

    uid: str
    sequence: int
    status: str
    during: clock.Period
    title: str
    place: str
    position: tuple[float, float]
    notes: str


def name_of(institution: Institution) -> str:
    """An institution's name in the language being spoken."""
    return institution.name_en if tongue() == "en" and institution.name_en else institution.name


def entry(session: Session, found: Booking) -> Entry:
    """The event of a booking that its reader may see, worded in the language being spoken."""
    institution = session.get_one(Institution, found.institution_id)
    child = session.get_one(Child, found.child_id)
    status = STATUS.get(State(found.stay.state), "CANCELLED")
    # What is over comes after the last version, or calendars would keep the older word.
    ended = status == "CANCELLED"
    lines = [_("Code at the door: {code}", code=found.code), institution.phone]
    return Entry(
        uid=f"booking-{found.id}-{found.code.lower()}@childcare",
        sequence=found.version + ended,
        status=status,
        during=found.stay.during,
        title=_("{child} at {institution}", child=child.name, institution=name_of(institution)),
        place=", ".join(filter(None, [name_of(institution), institution.address])),
        position=(institution.lat, institution.lng),
        notes="\n".join(filter(None, lines)),
    )


def text(entries: Iterable[Entry], *, now: datetime) -> str:
    """The calendar of these entries as it was at `now`."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//childcare//bookings//ZH",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        _property("X-WR-CALNAME", _("Childcare")),
        *(line for found in entries for line in _event(found, now)),
        "END:VCALENDAR",
    ]
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def document(session: Session, found: Booking, *, now: datetime) -> Document:
    """The calendar file of one booking; its name carries the booking's code, nobody's name."""
    content = text([entry(session, found)], now=now).encode()
    return Document(f"childcare-{found.code}.ics", content, MIME)


def _event(found: Entry, now: datetime) -> Iterator[str]:
    starts_at, ends_at = clock.bounds(found.during)
    latitude, longitude = found.position
    yield "BEGIN:VEVENT"
    yield _property("UID", found.uid)
    yield f"SEQUENCE:{found.sequence}"
    yield f"STATUS:{found.status}"
    yield f"DTSTAMP:{_utc(now)}"
    yield f"DTSTART:{_utc(starts_at)}"
    yield f"DTEND:{_utc(ends_at)}"
    yield _property("SUMMARY", found.title)
    yield _property("LOCATION", found.place)
    yield f"GEO:{latitude:.6f};{longitude:.6f}"
    yield _property("DESCRIPTION", found.notes)
    yield "END:VEVENT"


def _utc(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _property(name: str, value: str) -> str:
    """A line of text with what means something to iCalendar escaped (RFC 5545, 3.3.11)."""
    for sign in ("\\", ";", ","):
        value = value.replace(sign, f"\\{sign}")
    plain = "\\n".join(value.splitlines())
    # Control characters are not text in iCalendar; a tab is.
    return f"{name}:{''.join(sign for sign in plain if sign >= ' ' or sign == chr(9))}"


def _folded(line: str) -> str:
    """A line in pieces of at most 75 octets; a character is never cut in two."""
    pieces, size = [""], 0
    for sign in line:
        octets = len(sign.encode())
        if size + octets > LINE_OCTETS:
            # The space that marks a continuation counts.
            pieces.append(" ")
            size = 1
        pieces[-1] += sign
        size += octets
    return "\r\n".join(pieces)

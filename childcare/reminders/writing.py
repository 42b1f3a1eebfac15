"""From what happened to the rows of what is to be said: one a recipient, when it is due."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from childcare import outbox, people
from childcare.bookings import Booking, find_by_stay
from childcare.people import Guardian
from childcare.reminders.kinds import RULES, Kind
from childcare.reminders.timing import due_at
from childcare.stays import State, Stay

AHEAD = (Kind.DAY_BEFORE, Kind.HOURS_BEFORE, Kind.PICK_UP)


def booking_confirmed(
    session: Session, *, booking_id: int, version: int, by: int, since: datetime
) -> None:
    """Plan the reminders of a firm booking, and tell the rest of the family.

    `by` confirmed it (0: the institution approved it) and needs no message about that. Hours that
    were past at `since` are left out.
    """
    found = _firm(session, booking_id, version)
    if found is None:
        return
    news = Kind.APPROVED if found.approved_at and not by else Kind.BOOKED
    write(session, found.stay, [news], since=since, version=version, by=by)
    write(session, found.stay, AHEAD, since=since, version=version)


def booking_rescheduled(
    session: Session, *, booking_id: int, version: int, by: int, since: datetime
) -> None:
    """Plan the reminders of the new version; those of the old one fall away when they are due."""
    found = _firm(session, booking_id, version)
    if found is None:
        return
    write(session, found.stay, [Kind.RESCHEDULED], since=since, version=version, by=by)
    write(session, found.stay, AHEAD, since=since, version=version)


def _firm(session: Session, booking_id: int, version: int) -> Booking | None:
    """The booking, unless it has moved on: then another fact speaks of it."""
    found = session.get(Booking, booking_id)
    if found is None or found.version != version or found.stay.state != State.EXPECTED:
        return None
    return found


def tell_of_booking(
    session: Session, kind: Kind, *, booking_id: int, by: int, since: datetime
) -> None:
    """Tell a family, but for the guardian `by`, what became of a booking."""
    found = session.get(Booking, booking_id)
    if found:
        write(session, found.stay, [kind], since=since, version=found.version, by=by)


def tell_of_stay(session: Session, kind: Kind, *, stay_id: int, since: datetime) -> None:
    """Tell a family what became of a stay, booked or enrolled."""
    stay = session.get(Stay, stay_id)
    if stay:
        found = find_by_stay(session, stay_id)
        write(session, stay, [kind], since=since, version=found.version if found else 0)


def write(
    session: Session,
    stay: Stay,
    kinds: Iterable[Kind],
    *,
    since: datetime,
    version: int,
    by: int = 0,
) -> None:
    """Write the rows of these kinds for everyone of the family but the guardian whose act it was.

    Whether somebody has a chat, and wants to hear, is looked at when the hour has come.
    """
    family = people.guardians_of(session, stay.family_id)
    facts = {"stay_id": stay.id, "version": version, "by": by}
    for guardian in (member for member in family if member.id != by):
        for kind in kinds:
            _write_one(session, kind, stay, guardian, facts, since=since)


def _write_one(
    session: Session,
    kind: Kind,
    stay: Stay,
    guardian: Guardian,
    facts: Mapping[str, int],
    *,
    since: datetime,
) -> None:
    due = due_at(kind, stay, guardian, since=since)
    if due is None:
        return
    outbox.publish(
        session,
        kind,
        {**facts, "guardian_id": guardian.id},
        key=f"{stay.id}:{facts['version']}:{guardian.id}",
        now=since,
        due_at=due,
        urgency=RULES[kind].urgency,
        recipient_id=guardian.id,
    )

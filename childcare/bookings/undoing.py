"""A mistaken press at the door is taken back, within ten minutes, by any desk of the institution.

Families are told nothing of coming and going, so nobody needs to hear that it was a mistake.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from childcare import clock, outbox, stays
from childcare.actors import Actor
from childcare.bookings.door import NO_SHOW_AFTER, at_desk
from childcare.bookings.models import TooLate
from childcare.errors import NotFound
from childcare.people import Child
from childcare.stays import State, Stay, StayEvent, WrongState

UNDO_WITHIN = timedelta(minutes=10)
UNDONE = "undone"  # the reason of both events


class Press(StrEnum):
    """What the desk pressed at the door, and may take back."""

    CHECK_IN = "check-in"
    CHECK_OUT = "check-out"


def last_press(stay: Stay, why: str, *, now: datetime) -> Press | None:
    """The press that may still be taken back; `why` is the reason of the stay's last event.

    A stay that ended with a reason was ended by the clock, not by the desk.
    """
    match stay.state:
        case State.CHECKED_IN:
            press, pressed_at = Press.CHECK_IN, stay.checked_in_at
        case State.COMPLETED if not why:
            press, pressed_at = Press.CHECK_OUT, stay.checked_out_at
        case _:
            return None
    return press if pressed_at and now <= pressed_at + UNDO_WITHIN else None


def undo_check_in(session: Session, actor: Actor, *, stay_id: int, now: datetime) -> Stay:
    """It was not this child that came: it is expected again, with all that it holds.

    Twice is once. Raises `TooLate` after ten minutes, `WrongState`.
    """
    stay = at_desk(session, actor, stay_id)
    if stay.state == State.EXPECTED and _last_change(session, stay).why == UNDONE:
        return stay
    if stay.state != State.CHECKED_IN:
        raise WrongState(state=stay.state)
    _require_recent(stay, stay.checked_in_at, now)
    stay.checked_in_at = None
    stays.become(session, actor, stay, State.EXPECTED, now=now, why=UNDONE)
    _look_at_the_door_again(session, stay, now)
    return stay


def undo_check_out(session: Session, actor: Actor, *, stay_id: int, now: datetime) -> Stay:
    """It was not this child that left: what was freed then and has not begun is taken anew.

    Twice is once. Raises `NoPlace` (the next family may have been offered it), `ChildElsewhere`,
    `TooLate` after ten minutes, `WrongState` where the clock ended the stay, `NotFound` for a child
    erased since.
    """
    stay = at_desk(session, actor, stay_id)
    last = _last_change(session, stay)
    if stay.state == State.CHECKED_IN and last.why == UNDONE:
        return stay
    if stay.state != State.COMPLETED or last.why:
        raise WrongState(state=stay.state)
    _require_recent(stay, stay.checked_out_at, now)
    if session.get_one(Child, stay.child_id).erased_at:
        raise NotFound
    first = clock.first_slot_from(stay.on, now)
    stays.take(session, stay, [slot for slot in last.facts.get("slots", ()) if slot >= first])
    stay.checked_out_at = None
    stays.become(session, actor, stay, State.CHECKED_IN, now=now, why=UNDONE)
    if now >= stay.stops_at:
        _end_the_day_again(session, stay, now)
    return stay


def _last_change(session: Session, stay: Stay) -> StayEvent:
    """The event that made the state what it is; notes that left it alone do not count."""
    changes = (e for e in stays.events_of(session, stay.id) if e.from_state != e.to_state)
    return list(changes)[-1]


def _require_recent(stay: Stay, pressed_at: datetime | None, now: datetime) -> None:
    if pressed_at is None:
        raise WrongState(state=stay.state)
    if now > pressed_at + UNDO_WITHIN:
        raise TooLate(closes_at=pressed_at + UNDO_WITHIN)


def _look_at_the_door_again(session: Session, stay: Stay, now: datetime) -> None:
    """The tick 30 minutes after the start may have found the child there; it comes once more."""
    if stay.source != "booking":
        return
    due_at = max(stay.starts_at + NO_SHOW_AFTER, now + UNDO_WITHIN)
    key = f"{stay.id}:{UNDONE}:{now.isoformat()}"
    outbox.publish(session, "mark-no-show", {"stay_id": stay.id}, key=key, now=now, due_at=due_at)


def _end_the_day_again(session: Session, stay: Stay, now: datetime) -> None:
    """Closing time may be over: whoever is still there then must not stay there for ever."""
    facts = {"institution_id": stay.institution_id, "on": stay.on.isoformat()}
    key = f"{stay.institution_id}:{stay.on}:{UNDONE}:{stay.id}:{now.isoformat()}"
    outbox.publish(session, "end-day", facts, key=key, now=now, due_at=now + UNDO_WITHIN)

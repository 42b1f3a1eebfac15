"""An institution's lists as its desk sees them: who waits in which order and why, and the log."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session
from typing_extensions import TypedDict

from childcare.people import Guardian
from childcare.reports import Who
from childcare.waitlist import Happened, Line, Proof, Turn, WaitlistEvent
from webapp.shapes.moments import instant, local_span, maybe_hhmm
from webapp.shapes.waitlist import OfferShape, offer


class WhoShape(TypedDict):
    """Who did something: staff by name, families without."""

    kind: str
    name: str


class ContactShape(TypedDict):
    """Whom of the family to call."""

    name: str
    role: str
    phone: str | None


class WaitingChild(TypedDict):
    """The child, so many months old when care would begin."""

    id: int
    name: str
    months: int | None


class NoteShape(TypedDict):
    """What the desk keeps of an entry for itself."""

    at: str
    by: WhoShape
    text: str


class WaitingShape(TypedDict):
    """One who waits: `rank` counts from 1 within its class and day, or its class's enrolments.

    `reasons` are the criteria that count, the weightiest first; `shown` is what the family showed
    at the desk, whether the table in force asks for it or not.
    """

    entry_id: int
    class_id: int
    rank: int
    state: str
    child: WaitingChild | None
    contacts: list[ContactShape]
    care_form: str
    date: str | None
    start: str | None
    end: str | None
    day_part: str | None
    from_month: str | None
    weekdays: list[int]
    together_id: int | None
    joined_at: str
    priority: int
    reasons: list[str]
    shown: list[str]
    open_offer: OfferShape | None
    notes: list[NoteShape]


class WaitingPage(TypedDict):
    """The list by class, day and order."""

    items: list[WaitingShape]
    next: str | None


class TurnShape(TypedDict):
    """How one who waits would fare: the first that `fits` would be offered the place.

    `why` says what stands in the way of the others: `hours`, `days` or `has-offer`.
    """

    fits: bool
    why: str | None
    waiting: WaitingShape


class TurnList(TypedDict):
    """In order, those whose wish touches what would be free."""

    items: list[TurnShape]
    next: str | None


class ProofShape(TypedDict):
    """A family showed that it meets a criterion."""

    criterion: str
    note: str
    recorded_at: str


class ListEventShape(TypedDict):
    """A line of the lists' log. `round_id` is the freed place that it belongs to."""

    id: int
    at: str
    entry_id: int
    kind: Happened
    who: WhoShape
    round_id: int | None
    offer_id: int | None
    why: str
    facts: dict[str, Any]


class ListEventPage(TypedDict):
    """The log, newest first."""

    items: list[ListEventShape]
    next: str | None


def waiting(
    session: Session, line: Line, shown: Sequence[Proof], names: Mapping[str, Who]
) -> WaitingShape:
    entry, wish = line.entry, line.wish
    start, end = local_span(wish.during) if wish.during else (None, None)
    return {
        "entry_id": entry.id,
        "class_id": wish.class_id,
        "rank": line.rank,
        "state": entry.state,
        "child": _child(line),
        "contacts": [_contact(one) for one in line.guardians],
        "care_form": entry.form,
        "date": wish.on.isoformat() if wish.on else None,
        "start": start or maybe_hhmm(entry.start),
        "end": end or maybe_hhmm(entry.end),
        "day_part": entry.day_part,
        "from_month": wish.from_on.isoformat() if wish.from_on else None,
        "weekdays": list(entry.weekdays),
        "together_id": entry.together_id,
        "joined_at": instant(wish.joined_at),
        "priority": wish.priority,
        "reasons": list(line.reasons),
        "shown": [one.criterion for one in shown],
        "open_offer": offer(session, line.open_offer) if line.open_offer else None,
        "notes": [_note(one, names) for one in line.notes],
    }


def _child(line: Line) -> WaitingChild | None:
    if line.child is None:
        return None
    return {"id": line.child.id, "name": line.child.name, "months": line.months}


def _contact(found: Guardian) -> ContactShape:
    return {"name": found.name, "role": found.role, "phone": found.phone}


def _note(found: WaitlistEvent, names: Mapping[str, Who]) -> NoteShape:
    return {"at": instant(found.at), "by": _who(names[found.actor]), "text": found.why}


def _who(found: Who) -> WhoShape:
    return {"kind": found.kind, "name": found.name}


def turn(found: Turn, line: WaitingShape) -> TurnShape:
    return {"fits": found.fits, "why": found.why, "waiting": line}


def proof(found: Proof) -> ProofShape:
    return {
        "criterion": found.criterion,
        "note": found.note,
        "recorded_at": instant(found.recorded_at),
    }


def event(found: WaitlistEvent, names: Mapping[str, Who]) -> ListEventShape:
    return {
        "id": found.id,
        "at": instant(found.at),
        "entry_id": found.entry_id,
        "kind": Happened(found.kind),
        "who": _who(names[found.actor]),
        "round_id": found.round_id,
        "offer_id": found.offer_id,
        "why": found.why,
        "facts": dict(found.facts),
    }

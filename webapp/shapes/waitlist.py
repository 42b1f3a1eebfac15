"""Waiting as a family sees it: entries, where they stand and why, offers, the published order."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session
from typing_extensions import TypedDict

from childcare import bookings, waitlist
from childcare.actors import Actor, Kind
from childcare.enrolments import Enrolment
from childcare.waitlist import (
    LIVE,
    EntryState,
    Happened,
    Offer,
    OfferState,
    PriorityTable,
    Standing,
    WaitlistEntry,
    WaitlistEvent,
)
from webapp.shapes.moments import hhmm, instant, local_span, maybe_hhmm, maybe_instant

# What orders a list, the first that differs decides.
ORDERED_BY = ("priority", "joined_at", "id")
BY = {Kind.GUARDIAN: "family", Kind.RELATIVE: "family", Kind.STAFF: "institution"}


class PriorityLine(TypedDict):
    """What a family may meet, and its points; the highest line that applies counts."""

    criterion: str
    points: int


class PriorityTableShape(TypedDict):
    """A version of an institution's published order; offers go by the one in force."""

    id: int
    version: int
    lines: list[PriorityLine]
    reason: str
    published_at: str
    effective_at: str
    is_in_force: bool


class PriorityTableList(TypedDict):
    """Every version, the newest first."""

    items: list[PriorityTableShape]
    next: str | None


class OrderRule(TypedDict):
    """Who comes first: the highest `priority`, then the earliest `joined_at`, then the lowest `id`.

    `reasons` are the criteria that count for this entry, the weightiest first; `version` and
    `lines` are those of the table in force, if any was published. A family that the institution
    cancelled on comes before every line.
    """

    order: list[str]
    version: int | None
    lines: list[PriorityLine]
    priority: int
    reasons: list[str]


class OfferShape(TypedDict):
    """A place kept for an entry until `ends_at`.

    `date` is the day of care, or the first day of an enrolment, which takes `start`-`end` of its
    days. Once accepted it has a `booking_id` or is the enrolment.
    """

    id: int
    state: OfferState
    entry_id: int
    child_id: int
    institution_id: int
    class_id: int
    date: str
    start: str
    end: str
    starts_at: str
    price_fen: int
    made_at: str
    ends_at: str
    ended_at: str | None
    out_of_order_reason: str | None
    booking_id: int | None
    enrolment_id: int | None


class OfferList(TypedDict):
    """Open offers, the first deadline first."""

    items: list[OfferShape]
    next: str | None


class StandingShape(TypedDict):
    """How an entry stands at one institution.

    `position` is 1 + the entries ahead for an overlapping wish in the same class; null where no
    class takes the child, or it is off that list. `went_in_30_days` places went to this list.
    """

    institution_id: int
    class_id: int | None
    preference: int
    position: int | None
    ahead: int | None
    order_rule: OrderRule
    went_in_30_days: int
    is_removed: bool
    open_offer: OfferShape | None


class EventShape(TypedDict):
    """A line of the log: what happened, by whom (`family`, `institution`, `system`), and why.

    `why` is a code for `passed-over`, a person's words where the institution gave a reason.
    """

    id: int
    at: str
    kind: Happened
    by: str
    institution_id: int | None
    offer_id: int | None
    why: str
    facts: dict[str, Any]


class EntryShape(TypedDict):
    """A child waits for one stay (`date`), or for an enrolment (`from_month`, `weekdays`).

    Entries with the same `together_id` are siblings who come all or not at all.
    """

    id: int
    state: EntryState
    version: int
    child_id: int
    care_form: str
    date: str | None
    start: str | None
    end: str | None
    day_part: str | None
    from_month: str | None
    weekdays: list[int]
    together_id: int | None
    joined_at: str
    renew_at: str
    institutions: list[StandingShape]
    log: list[EventShape]


class JoinedShape(EntryShape):
    """The entry of the child that was named first, and those of its siblings."""

    sibling_entry_ids: list[int]


class EntryPage(TypedDict):
    """Entries in order of id."""

    items: list[EntryShape]
    next: str | None


def entry(session: Session, actor: Actor, found: WaitlistEntry, now: datetime) -> EntryShape:
    return {
        "id": found.id,
        "state": EntryState(found.state),
        "version": found.version,
        "child_id": found.child_id,
        "care_form": found.form,
        "date": found.on.isoformat() if found.on else None,
        "start": maybe_hhmm(found.start),
        "end": maybe_hhmm(found.end),
        "day_part": found.day_part,
        "from_month": found.from_month.isoformat() if found.from_month else None,
        "weekdays": list(found.weekdays),
        "together_id": found.together_id,
        "joined_at": instant(found.joined_at),
        "renew_at": instant(found.renew_at),
        "institutions": [
            _standing(session, found, one) for one in waitlist.standings(session, found, now=now)
        ],
        "log": [event(one) for one in waitlist.log_of(session, actor, found.id)],
    }


def joined(
    session: Session, actor: Actor, made: Sequence[WaitlistEntry], now: datetime
) -> JoinedShape:
    return {
        **entry(session, actor, made[0], now),
        "sibling_entry_ids": [one.id for one in made[1:]],
    }


def _standing(session: Session, found: WaitlistEntry, one: Standing) -> StandingShape:
    """Who waits no longer has no position."""
    waits = found.state in LIVE
    return {
        "institution_id": one.institution_id,
        "class_id": one.class_id,
        "preference": one.preference,
        "position": one.position if waits else None,
        "ahead": one.ahead if waits else None,
        "order_rule": {
            "order": list(ORDERED_BY),
            "version": one.table.version if one.table else None,
            "lines": lines(one.table),
            "priority": one.priority,
            "reasons": list(one.reasons),
        },
        "went_in_30_days": one.went_in_30_days,
        "is_removed": one.is_removed,
        "open_offer": offer(session, one.open_offer) if one.open_offer else None,
    }


def lines(table: PriorityTable | None) -> list[PriorityLine]:
    return [
        {"criterion": line["criterion"], "points": line["points"]}
        for line in (table.lines if table else ())
    ]


def event(found: WaitlistEvent) -> EventShape:
    """A line as the family reads it; whose offer it was passed over for stays with the desk."""
    is_own = found.kind != Happened.PASSED_OVER
    return {
        "id": found.id,
        "at": instant(found.at),
        "kind": Happened(found.kind),
        "by": BY.get(Kind(found.actor.partition(":")[0]), "system"),
        "institution_id": found.institution_id,
        "offer_id": found.offer_id if is_own else None,
        "why": found.why,
        "facts": dict(found.facts),
    }


def offer(session: Session, found: Offer) -> OfferShape:
    start, end = _hours(session, found)
    booking = bookings.find_by_stay(session, found.stay_id) if found.stay_id else None
    return {
        "id": found.id,
        "state": OfferState(found.state),
        "entry_id": found.entry_id,
        "child_id": found.child_id,
        "institution_id": found.institution_id,
        "class_id": found.class_id,
        "date": found.on.isoformat(),
        "start": start,
        "end": end,
        "starts_at": instant(found.starts_at),
        "price_fen": found.price_fen,
        "made_at": instant(found.made_at),
        "ends_at": instant(found.ends_at),
        "ended_at": maybe_instant(found.ended_at),
        "out_of_order_reason": found.out_of_order_reason,
        "booking_id": booking.id if booking else None,
        "enrolment_id": found.enrolment_id,
    }


def _hours(session: Session, found: Offer) -> tuple[str, str]:
    during = waitlist.span_of(session, found)
    if during is not None:
        return local_span(during)
    kept = session.get_one(Enrolment, found.enrolment_id)
    return hhmm(kept.starts), hhmm(kept.ends)


def offers(session: Session, found: Sequence[Offer]) -> OfferList:
    return {"items": [offer(session, one) for one in found], "next": None}


def priority_table(found: PriorityTable, in_force: PriorityTable | None) -> PriorityTableShape:
    return {
        "id": found.id,
        "version": found.version,
        "lines": lines(found),
        "reason": found.reason,
        "published_at": instant(found.published_at),
        "effective_at": instant(found.effective_at),
        "is_in_force": in_force is not None and found.id == in_force.id,
    }


def priority_tables(session: Session, institution_id: int, now: datetime) -> PriorityTableList:
    in_force = waitlist.table_in_force(session, institution_id, now)
    found = waitlist.tables_of(session, institution_id)
    return {"items": [priority_table(one, in_force) for one in found], "next": None}

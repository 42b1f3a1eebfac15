"""What a family may ask of us: everything we keep, who looked, and to be forgotten.

Erasing removes personal facts. Ids, money and the audit stay, so that accounts still add up and
nobody is named by them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, or_, select, update
from sqlalchemy.orm import Session

from childcare import accounts, audit, clock, people, waitlist
from childcare.accounts import AccountSession, ChatCode, SignInCode, StaffMember
from childcare.actors import Actor, Kind
from childcare.audit import AuditRow
from childcare.bookings import Booking
from childcare.db import Base, lock
from childcare.drafts import DraftRow
from childcare.enrolments import Absence, Enrolment
from childcare.errors import DomainError, Forbidden
from childcare.idempotency import IdempotencyRow
from childcare.institutions import Institution
from childcare.people import Child, Family, Guardian, GuardianRole, SavedPlace
from childcare.stays import LIVE, Stay, StayEvent
from childcare.waitlist import Choice, Happened, Offer, Proof, WaitlistEntry, WaitlistEvent

# Never exported: what recognises a secret, and what belongs to the machinery.
HIDDEN = frozenset({"calendar_hash", "token_hash", "code_hash", "nonce", "address"})
ERASED_NAME = ""
# An enrolment that was agreed; one that is only offered ends with the waiting.
AGREED = ("active", "ended")
# What staff wrote of an entry in words of their own.
SAID_BY_STAFF = (Happened.NOTED, Happened.REMOVED, Happened.WITHDRAWN)


class StillInCare(DomainError):
    """A booking, request or enrolment is live; it must end before its family can be forgotten."""

    code = "still-in-care"


@dataclass(frozen=True)
class Look:
    """A staff member read a child's record."""

    id: int
    at: datetime
    child_id: int
    institution_id: int | None
    institution_name: str
    institution_name_en: str
    staff_name: str


def access_log(
    session: Session, actor: Actor, *, before: int = 0, limit: int = 20
) -> Sequence[Look]:
    """Who of which institution's staff read the actor's children, newest first.

    `before` is the id of the last one seen (a cursor), 0 for the newest.
    """
    own = select(Child.id).where(Child.family_id == actor.own_family())
    rows = session.execute(
        select(AuditRow, Institution.name, Institution.name_en)
        .outerjoin(Institution, Institution.id == AuditRow.institution_id)
        .where(
            AuditRow.subject == "child",
            AuditRow.action == "read",
            AuditRow.subject_id.in_(own),
            *([AuditRow.id < before] if before else []),
        )
        .order_by(AuditRow.id.desc())
        .limit(limit)
    ).all()
    names = _staff_names(session, {row[0].actor for row in rows})
    return [
        Look(
            id=row.id,
            at=row.at,
            child_id=row.subject_id,
            institution_id=row.institution_id,
            institution_name=name or "",
            institution_name_en=name_en or name or "",
            staff_name=names.get(row.actor, ""),
        )
        for row, name, name_en in rows
    ]


def _staff_names(session: Session, labels: set[str]) -> dict[str, str]:
    ids = [int(label.rpartition(":")[2]) for label in labels if label.startswith(f"{Kind.STAFF}:")]
    rows = session.execute(select(StaffMember.id, StaffMember.name).where(StaffMember.id.in_(ids)))
    return {f"{Kind.STAFF}:{row.id}": row.name for row in rows}


def export(session: Session, actor: Actor) -> dict[str, Any]:
    """Everything kept of the actor and of the family's children, bookings and care.

    Other guardians appear with what the family shares: name and role.
    """
    me = people.me(session, actor)
    family_id = actor.own_family()
    stays_of_family = select(Stay.id).where(Stay.family_id == family_id)
    waits = select(WaitlistEntry.id).where(WaitlistEntry.family_id == family_id)
    others = select(Guardian).where(Guardian.family_id == family_id, Guardian.id != me.id)
    return {
        "guardian": _row(me),
        "family": [
            {"name": one.name, "role": one.role}
            for one in session.scalars(others.where(Guardian.erased_at.is_(None)))
        ],
        "children": _rows(session, _of(Child, Child.family_id, family_id)),
        "places": _rows(session, _of(SavedPlace, SavedPlace.family_id, family_id)),
        "bookings": _rows(session, _of(Booking, Booking.family_id, family_id)),
        "stays": _rows(session, _of(Stay, Stay.family_id, family_id)),
        "stay_events": _rows(
            session, select(StayEvent).where(StayEvent.stay_id.in_(stays_of_family))
        ),
        "enrolments": _rows(session, _of(Enrolment, Enrolment.family_id, family_id)),
        "absences": _rows(session, _of(Absence, Absence.family_id, family_id)),
        "waitlist_entries": _rows(session, _of(WaitlistEntry, WaitlistEntry.family_id, family_id)),
        "waitlist_choices": _rows(session, select(Choice).where(Choice.entry_id.in_(waits))),
        "waitlist_events": _events(session, waits),
        "offers": _rows(session, _of(Offer, Offer.family_id, family_id)),
        "priority_proofs": _rows(session, _of(Proof, Proof.family_id, family_id)),
        "sessions": _rows(session, _of(AccountSession, AccountSession.guardian_id, me.id)),
        "acts": _rows(session, select(AuditRow).where(AuditRow.actor == actor.label)),
        "looks": [vars(look) | {} for look in access_log(session, actor, limit=10_000)],
    }


def _events(session: Session, waits: Select[int]) -> list[dict[str, Any]]:
    """What happened to the family's entries; an institution's notes to itself stay its own.

    Who was offered what they were passed over for is another family's business.
    """
    told = select(WaitlistEvent).where(
        WaitlistEvent.entry_id.in_(waits), WaitlistEvent.kind != Happened.NOTED
    )
    rows = _rows(session, told.order_by(WaitlistEvent.id))
    return [
        row | {"offer_id": None} if row["kind"] == Happened.PASSED_OVER else row for row in rows
    ]


def _of(kind: type[Base], column: Any, value: int) -> Select[Any]:
    return select(kind).where(column == value)


def _rows(session: Session, query: Select[Any]) -> list[dict[str, Any]]:
    return [_row(found) for found in session.scalars(query)]


def _row(found: Base) -> dict[str, Any]:
    """A record's columns; ranges as pairs of instants."""
    return {
        column.key: _plain(getattr(found, column.key))
        for column in found.__mapper__.column_attrs
        if column.key not in HIDDEN
    }


def _plain(value: Any) -> Any:
    if hasattr(value, "lower") and hasattr(value, "upper") and not isinstance(value, str):
        return [value.lower, value.upper]
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(part) for part in value]
    return value


def erase_child(session: Session, actor: Actor, *, child_id: int, now: datetime) -> None:
    """Forget a child's facts, by a guardian. Raises `StillInCare`, `Forbidden`, `NotFound`."""
    child = people.child(session, actor, child_id)
    if actor.kind is not Kind.GUARDIAN:
        raise Forbidden
    lock(session, Family, [child.family_id])
    _require_nobody_in_care(session, Stay.child_id == child.id, Enrolment.child_id == child.id, now)
    _forget_child(session, actor, child, now)
    audit.record(session, actor, "erased", "child", child.id, now=now)


def erase(session: Session, actor: Actor, *, now: datetime) -> None:
    """Forget the actor; with the last guardian the family's children and places go too.

    Raises `StillInCare` where that would leave a child in care without its family.
    """
    me = people.me(session, actor)
    lock(session, Family, [me.family_id])
    guardians = [
        one
        for one in people.guardians_of(session, me.family_id)
        if one.role == GuardianRole.GUARDIAN and one.id != me.id
    ]
    if me.role == GuardianRole.GUARDIAN and not guardians:
        _forget_family(session, actor, me.family_id, now)
    _forget_guardian(session, me, actor, now)
    audit.record(session, actor, "erased", "guardian", me.id, now=now)


def _require_nobody_in_care(
    session: Session, stays: ColumnElement[bool], enrolled: ColumnElement[bool], now: datetime
) -> None:
    live = select(Stay.id).where(stays, Stay.state.in_(LIVE))
    active = select(Enrolment.id).where(
        enrolled,
        Enrolment.state.in_(AGREED),
        or_(Enrolment.ends_on.is_(None), Enrolment.ends_on >= clock.today(now)),
    )
    if session.scalar(live.limit(1)) or session.scalar(active.limit(1)):
        raise StillInCare


def _forget_family(session: Session, actor: Actor, family_id: int, now: datetime) -> None:
    _require_nobody_in_care(
        session, Stay.family_id == family_id, Enrolment.family_id == family_id, now
    )
    children = select(Child).where(Child.family_id == family_id, Child.erased_at.is_(None))
    for child in session.scalars(children).all():
        _forget_child(session, actor, child, now)
    session.execute(delete(SavedPlace).where(SavedPlace.family_id == family_id))
    # That a family is poor, or a parent alone, is nobody's any more.
    session.execute(delete(Proof).where(Proof.family_id == family_id))


def _forget_child(session: Session, actor: Actor, child: Child, now: datetime) -> None:
    """Blank a child's facts; what it waited for goes to the next family."""
    waitlist.leave_for_child(session, actor, child_id=child.id, now=now)
    child.name, child.allergies, child.care_notes = ERASED_NAME, "", ""
    child.born_on = date(child.born_on.year, 1, 1)
    child.weeks_early = 0
    child.vaccinated_on = child.health_checked_on = None
    child.erased_at = now
    words: Mapping[Any, Mapping[str, Any]] = {
        Booking: {"cancel_reason": None, "objection": None},
        Absence: {"reason": ""},
        Stay: {"reason": ""},
        WaitlistEntry: {"reason": ""},
    }
    for kind, blank in words.items():
        session.execute(update(kind).where(kind.child_id == child.id).values(**blank))
    waited = select(WaitlistEntry.id).where(WaitlistEntry.child_id == child.id)
    said = update(WaitlistEvent).where(
        WaitlistEvent.entry_id.in_(waited), WaitlistEvent.kind.in_(SAID_BY_STAFF)
    )
    session.execute(said.values(why=""))
    session.flush()


def _forget_guardian(session: Session, me: Guardian, actor: Actor, now: datetime) -> None:
    accounts.revoke_all(session, actor, now=now)
    session.execute(
        update(AccountSession)
        .where(AccountSession.guardian_id == me.id)
        .values(label="", address="")
    )
    session.execute(delete(SignInCode).where(SignInCode.phone == me.phone))
    session.execute(delete(ChatCode).where(ChatCode.guardian_id == me.id))
    session.execute(delete(DraftRow).where(DraftRow.guardian_id == me.id))
    # Answers kept for repeated requests quote the child's facts.
    session.execute(delete(IdempotencyRow).where(IdempotencyRow.owner == actor.label))
    me.name, me.phone, me.telegram_id, me.calendar_hash = ERASED_NAME, None, None, None
    me.switches = {}
    me.erased_at = now
    session.flush()

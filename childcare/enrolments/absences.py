"""Days an enrolled child stays away: what frees the places this product gives to the next family.

(A one-off booking is cancelled, not absent. The monthly fee is unchanged.)
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from childcare import capacity, clock, people, stays
from childcare.actors import DESK, Actor, Kind
from childcare.db import Identified, lock, one
from childcare.enrolments.models import Enrolment
from childcare.enrolments.queries import AGREED
from childcare.errors import DomainError, Malformed, NotFound
from childcare.people import Family
from childcare.stays import State, Stay

LONGEST = timedelta(days=366)


class NotEnrolled(DomainError):
    """The child has no enrolled days in that range; a one-off booking is cancelled instead."""

    code = "not-enrolled"


class Absence(Identified):
    """A child is away `from_on` … `to_on`: whole days, or `starts`-`ends` (minutes) of each."""

    __tablename__ = "absence"
    __table_args__ = (
        CheckConstraint("from_on <= to_on", name="order"),
        CheckConstraint(
            "(starts IS NULL) = (ends IS NULL) AND 0 <= starts AND starts < ends AND ends <= 1440",
            name="hours",
        ),
        Index("ix_absence_child_days", "child_id", "from_on", "to_on"),
        Index("ix_absence_family_id", "family_id"),
    )

    family_id: Mapped[int] = mapped_column(ForeignKey("family.id"))
    child_id: Mapped[int] = mapped_column(ForeignKey("child.id"))
    from_on: Mapped[date]
    to_on: Mapped[date]
    starts: Mapped[int | None] = mapped_column(SmallInteger)
    ends: Mapped[int | None] = mapped_column(SmallInteger)
    reason: Mapped[str]
    declared_by: Mapped[str]
    declared_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]

    def covers(self, on: date, slot: int) -> bool:
        if not self.from_on <= on <= self.to_on:
            return False
        return self.starts is None or self.ends is None or self.starts <= slot * 30 < self.ends


def declare_absence(
    session: Session,
    actor: Actor,
    *,
    child_id: int,
    from_on: date,
    to_on: date,
    reason: str,
    now: datetime,
    start: int | None = None,
    end: int | None = None,
) -> Absence:
    """A guardian or the desk says a child stays away; its slots from now on are free at once.

    `start` and `end` (minutes, on half hours) make it part of each day. For days not opened yet it
    is kept and applied at opening. Raises `NotEnrolled`, `Malformed`.
    """
    child = people.child(session, actor, child_id)
    _require_range(from_on, to_on, start, end, today=clock.today(now))
    lock(session, Family, [child.family_id])
    _require_enrolled(session, actor, child.id, from_on, to_on)
    made = Absence(
        family_id=child.family_id,
        child_id=child.id,
        from_on=from_on,
        to_on=to_on,
        starts=start,
        ends=end,
        reason=reason.strip()[:500],
        declared_by=actor.label,
        declared_at=now,
    )
    session.add(made)
    session.flush()
    for stay in _locked_stays(session, made, (State.EXPECTED, State.CHECKED_IN)):
        away = [slot for slot in stay.slots() if made.covers(stay.on, slot)]
        _free(session, actor, stay, away, made, now)
    return made


def _require_range(
    from_on: date, to_on: date, start: int | None, end: int | None, *, today: date
) -> None:
    if from_on < today:
        raise Malformed("from_date", "in-the-past")
    if not from_on <= to_on <= from_on + LONGEST:
        raise Malformed("to_date", "not-after-start" if to_on < from_on else "too-long")
    if (start is None) != (end is None):
        raise Malformed("start" if start is None else "end", "required")
    if start is not None and end is not None and (start % 30 or end % 30):
        raise Malformed("start" if start % 30 else "end", "not-half-hour")
    if start is not None and end is not None and start >= end:
        raise Malformed("end", "not-after-start")


def _require_enrolled(
    session: Session, actor: Actor, child_id: int, from_on: date, to_on: date
) -> None:
    places = _enrolled_at(session, child_id, from_on, to_on)
    if not places or (actor.kind is Kind.STAFF and not _serves_any(actor, places)):
        raise NotEnrolled


def _enrolled_at(session: Session, child_id: int, from_on: date, to_on: date) -> Sequence[int]:
    """Where the child is enrolled on any day of a range."""
    enrolled = select(Enrolment.institution_id).where(
        Enrolment.child_id == child_id,
        Enrolment.state.in_(AGREED),
        Enrolment.from_on <= to_on,
        Enrolment.ends_on.is_(None) | (Enrolment.ends_on >= from_on),
    )
    return session.scalars(enrolled).all()


def _serves_any(actor: Actor, institution_ids: Iterable[int]) -> bool:
    return any(actor.may(institution_id, *DESK) for institution_id in institution_ids)


def _locked_stays(session: Session, made: Absence, states: Sequence[State]) -> list[Stay]:
    """The enrolled stays an absence is about, by day."""
    ids = session.scalars(
        select(Stay.id).where(
            Stay.child_id == made.child_id,
            Stay.source == "enrolment",
            Stay.on.between(made.from_on, made.to_on),
            Stay.state.in_(states),
        )
    ).all()
    found = [stay for stay in stays.locked(session, ids) if stay.state in states]
    return sorted(found, key=lambda stay: (stay.on, stay.id))


def _free(
    session: Session,
    actor: Actor,
    stay: Stay,
    away: Sequence[int],
    made: Absence,
    now: datetime,
) -> None:
    """Part of the day keeps the state, and so does a child that is there; else `absent`."""
    if not away:
        return
    first = clock.first_slot_from(stay.on, now)
    left = {slot for slot in stay.slots() if slot >= first}
    facts = {"absence_id": made.id}
    if stay.state == State.EXPECTED and left and left <= set(away):
        stay.reason = made.reason
        stays.leave(session, actor, stay, State.ABSENT, now=now, why="absent", facts=facts)
        return
    freed = stays.give_back(
        session, stay, away, now=now, cause="absent-in-part", by_family=stay.family_id
    )
    if freed:
        stays.note(
            session,
            actor,
            stay.id,
            was=stay.state,
            to=stay.state,
            now=now,
            why="absent-in-part",
            facts={**facts, "slots": freed},
        )


def absence(session: Session, actor: Actor, absence_id: int) -> Absence:
    """A declared absence of the family, or of a child enrolled then at a desk the actor serves.

    Else `NotFound`.
    """
    found = one(session, select(Absence).where(Absence.id == absence_id))
    if actor.kind is Kind.STAFF:
        places = _enrolled_at(session, found.child_id, found.from_on, found.to_on)
        if not _serves_any(actor, places):
            raise NotFound
        people.child(session, actor, found.child_id)
    elif actor.kind is not Kind.SYSTEM and not actor.is_of_family(found.family_id):
        raise NotFound
    return found


def absences_of(session: Session, actor: Actor, *, from_on: date) -> Sequence[Absence]:
    """The family's absences that reach `from_on` or later and were not taken back."""
    query = select(Absence).where(
        Absence.family_id == actor.own_family(),
        Absence.to_on >= from_on,
        Absence.withdrawn_at.is_(None),
    )
    return session.scalars(query.order_by(Absence.from_on, Absence.id)).all()


def absences_between(
    session: Session, child_ids: Iterable[int], from_on: date, to_on: date
) -> dict[int, list[Absence]]:
    """What is declared for any day of a range, by child id."""
    query = select(Absence).where(
        Absence.child_id.in_(list(child_ids)),
        Absence.from_on <= to_on,
        Absence.to_on >= from_on,
        Absence.withdrawn_at.is_(None),
    )
    found: dict[int, list[Absence]] = {}
    for row in session.scalars(query.order_by(Absence.id)):
        found.setdefault(row.child_id, []).append(row)
    return found


def away_slots(declared: Iterable[Absence], on: date, slots: Iterable[int]) -> set[int]:
    """Those of `slots` in which the child is declared to be away."""
    known = list(declared)
    return {slot for slot in slots if any(one.covers(on, slot) for one in known)}


def take_back(session: Session, actor: Actor, *, absence_id: int, now: datetime) -> Absence:
    """The child comes after all: a new take of every freed slot that has not begun, or nothing.

    Raises `NoPlace` naming the first slot that is gone, `ChildElsewhere`. Twice is once.
    """
    found = absence(session, actor, absence_id)
    lock(session, Family, [found.family_id])
    session.refresh(found)
    if found.withdrawn_at is not None:
        return found
    found.withdrawn_at = now
    session.flush()
    back = _locked_stays(session, found, (State.EXPECTED, State.CHECKED_IN, State.ABSENT))
    with capacity.looking_at([stay.day_id for stay in back], found.child_id):
        for stay in back:
            _return(session, actor, stay, found, now)
    return found


def _return(session: Session, actor: Actor, stay: Stay, made: Absence, now: datetime) -> None:
    first = clock.first_slot_from(stay.on, now)
    others = absences_between(session, [stay.child_id], stay.on, stay.on).get(stay.child_id, [])
    wished = [slot for slot in stay.wished_slots() if slot >= first and made.covers(stay.on, slot)]
    back = sorted(set(wished) - away_slots(others, stay.on, wished) - set(stay.slots()))
    if not back:
        return
    stays.take(session, stay, back)
    was = State(stay.state)
    facts = {"absence_id": made.id, "slots": back}
    if was is State.ABSENT:
        stay.reason = ""
        stays.become(session, actor, stay, State.EXPECTED, now=now, why="taken-back", facts=facts)
        return
    stays.note(session, actor, stay.id, was=was, to=was, now=now, why="taken-back", facts=facts)

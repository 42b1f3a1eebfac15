"""A child expected in a class on a day: the one record that capacity counts, that the door checks
in, and that attendance is read from.

`during` is what was agreed; `holds`, within it, is what the class counts. Freeing cuts from `holds`
the slots that start at or after now and counts them down in the same statement; begun slots are
never rewritten, whatever the state becomes.

Commands here expect their stay locked by `locked` (class days first, then stays).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    TextClause,
    bindparam,
    insert,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import (
    JSONB,
    TSTZMULTIRANGE,
    TSTZRANGE,
    ExcludeConstraint,
    Range,
)
from sqlalchemy.dialects.postgresql.ranges import MultiRange
from sqlalchemy.orm import Mapped, Session, mapped_column

from childcare import capacity, clock, freed
from childcare.actors import Actor
from childcare.capacity import CannotTake, ClassDay
from childcare.db import Base, Identified, lock, table
from childcare.errors import Busy, DomainError, NotFound
from childcare.freed import Freed
from childcare.institutions import ClassGroup


class State(StrEnum):
    OFFERED = "offered"
    HELD = "held"
    REQUESTED = "requested"
    EXPECTED = "expected"
    CHECKED_IN = "checked_in"
    COMPLETED = "completed"
    ABSENT = "absent"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    EXPIRED = "expired"
    NO_SHOW = "no_show"


LIVE = (State.HELD, State.REQUESTED, State.EXPECTED, State.CHECKED_IN)
# A deadline of theirs may have passed without anybody having looked: see `app.act`.
MORTAL = (State.HELD, State.REQUESTED)
# The source of a stay that nobody agreed to yet: the child may be elsewhere meanwhile.
OFFER = "offer"

FOLLOWS: Mapping[State, frozenset[State]] = {
    State.OFFERED: frozenset({State.EXPECTED, State.CANCELLED, State.EXPIRED}),
    State.HELD: frozenset({State.EXPECTED, State.REQUESTED, State.CANCELLED, State.EXPIRED}),
    State.REQUESTED: frozenset({State.EXPECTED, State.REJECTED, State.CANCELLED, State.EXPIRED}),
    State.EXPECTED: frozenset(
        {State.CHECKED_IN, State.CANCELLED, State.ABSENT, State.NO_SHOW, State.COMPLETED}
    ),
    # A press of the desk may have been a mistake: backwards in `bookings.undoing` alone.
    State.CHECKED_IN: frozenset({State.COMPLETED, State.EXPECTED}),
    State.COMPLETED: frozenset({State.CHECKED_IN}),
    State.ABSENT: frozenset({State.EXPECTED, State.CANCELLED}),
    State.NO_SHOW: frozenset({State.CHECKED_IN}),
}


class ChildElsewhere(CannotTake):
    """The child has another stay at that time, here or at another institution."""

    code = "child-elsewhere"
    constraints = ("ex_stay_child", "ex_stay_offer")


class WrongState(DomainError):
    """The stay has moved on; `state` says where it is now."""

    code = "wrong-state"


class Stay(Identified):
    __tablename__ = "stay"
    __table_args__ = (
        CheckConstraint("holds <@ during", name="holds_within"),
        CheckConstraint("source IN ('booking', 'enrolment', 'offer')", name="source"),
        CheckConstraint("state <> 'offered' OR source = 'offer'", name="offered"),
        CheckConstraint(
            f"state IN ({', '.join(repr(str(state)) for state in State)})", name="state"
        ),
        ExcludeConstraint(
            ("child_id", "="),
            ("holds", "&&"),
            name="ex_stay_child",
            where=text("source <> 'offer'"),
        ),
        ExcludeConstraint(
            ("child_id", "="),
            ("holds", "&&"),
            name="ex_stay_offer",
            where=text("state = 'offered'"),
        ),
        Index("ix_stay_day_id", "day_id"),
        Index("ix_stay_institution_on", "institution_id", "on"),
        Index("ix_stay_family_id", "family_id", "on"),
        Index(
            "ix_stay_enrolment", "enrolment_id", "on", postgresql_where="enrolment_id IS NOT NULL"
        ),
    )

    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    class_id: Mapped[int] = mapped_column(ForeignKey("class_group.id"))
    day_id: Mapped[int] = mapped_column(ForeignKey("class_day.id"))
    on: Mapped[date]
    family_id: Mapped[int] = mapped_column(ForeignKey("family.id"))
    child_id: Mapped[int] = mapped_column(ForeignKey("child.id"))
    source: Mapped[str]
    enrolment_id: Mapped[int | None]
    state: Mapped[str]
    during: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    holds: Mapped[MultiRange[datetime]] = mapped_column(TSTZMULTIRANGE)
    # Until when a hold, a request or an offer lives; judged by the transaction's now.
    ends_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")
    checked_in_at: Mapped[datetime | None]
    checked_out_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    @property
    def starts_at(self) -> datetime:
        return clock.bounds(self.during)[0]

    @property
    def stops_at(self) -> datetime:
        return clock.bounds(self.during)[1]

    def slots(self) -> list[int]:
        """The slots the class counts for this stay now."""
        return clock.slots_of(self.on, self.holds)

    def wished_slots(self) -> list[int]:
        return clock.slots_of(self.on, [self.during])

    def is_dead(self, now: datetime) -> bool:
        """A hold or request whose time is over though nobody has ended it yet."""
        return self.state in MORTAL and self.ends_at is not None and self.ends_at <= now


class StayEvent(Base):
    """One change of a stay: who, from, to, when, why. Append-only."""

    __tablename__ = "stay_event"
    __table_args__ = (Index("ix_stay_event_stay_id", "stay_id", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    stay_id: Mapped[int] = mapped_column(ForeignKey("stay.id"))
    at: Mapped[datetime]
    actor: Mapped[str]
    from_state: Mapped[str | None]
    to_state: Mapped[str]
    why: Mapped[str]
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)


def note(
    session: Session,
    actor: Actor,
    stay_id: int,
    *,
    was: str | None,
    to: str,
    now: datetime,
    why: str = "",
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Write the event of a change."""
    event = {
        "stay_id": stay_id,
        "at": now,
        "actor": actor.label,
        "from_state": was,
        "to_state": to,
        "why": why,
        "facts": dict(facts or {}),
    }
    session.execute(_NOTE, event)


def note_first(
    session: Session, actor: Actor, made: Iterable[tuple[int, str, str]], *, now: datetime
) -> None:
    """Write the first event of new stays, each an id, a state and why."""
    events: list[dict[str, Any]] = [
        {
            "stay_id": stay_id,
            "at": now,
            "actor": actor.label,
            "from_state": None,
            "to_state": state,
            "why": why,
            "facts": {},
        }
        for stay_id, state, why in made
    ]
    session.execute(_NOTE, events)


_NOTE = insert(table(StayEvent))


_CLASH = (
    select(Stay.institution_id, Stay.during)
    .where(Stay.child_id == bindparam("child_id"), Stay.id != bindparam("besides"))
    # As the constraint's index has it, so that any plan may use that index.
    .where(text("stay.source <> 'offer'"))
    .where(Stay.holds.op("&&")(bindparam("wished", type_=TSTZMULTIRANGE)))
    .limit(1)
)


def require_child_free(
    session: Session, child_id: int, wished: Sequence[clock.Period], *, besides: int = 0
) -> None:
    """Raise `ChildElsewhere` if the child has a stay in one of these periods.

    The caller holds the Family lock, so nothing can come in between; the EXCLUDE constraint stands
    behind.
    """
    values = {"child_id": child_id, "besides": besides, "wished": MultiRange(wished)}
    clash = session.execute(_CLASH, values).first()
    if clash:
        lower, upper = clock.bounds(clash.during)
        raise ChildElsewhere(institution_id=clash.institution_id, from_at=lower, to_at=upper)


def locked(
    session: Session, stay_ids: Iterable[int], *, other_days: Iterable[int] = ()
) -> list[Stay]:
    """Lock stays after their class days, in the project's order, and read them afresh.

    `other_days` are locked with them, for whoever will touch these too.

    Raises `Busy` where a stay moved to another day meanwhile: the caller's next try will see it.
    """
    ids = set(stay_ids)
    seen = session.execute(select(Stay.id, Stay.day_id).where(Stay.id.in_(ids))).all()
    capacity.lock_days(session, {*(row.day_id for row in seen), *other_days})
    found = lock(session, Stay, ids)
    days = {row.id: row.day_id for row in seen}
    if any(stay.day_id != days[stay.id] for stay in found):
        raise Busy
    return found


def locked_one(session: Session, stay_id: int) -> Stay:
    """Lock one stay after its class day. Raises `NotFound`."""
    found = locked(session, [stay_id])
    if not found:
        raise NotFound
    return found[0]


def take(session: Session, stay: Stay, slots: Sequence[int]) -> None:
    """Count a locked stay in `slots` of its own day again. Raises `NoPlace`, `ChildElsewhere`.

    The caller holds the Family lock.
    """
    more = sorted(set(slots) - set(stay.slots()))
    with capacity.looking_at([stay.day_id], stay.child_id):
        require_child_free(session, stay.child_id, clock.periods(stay.on, more), besides=stay.id)
        if not capacity.take(session, stay.day_id, more):
            raise _refusal(session, stay.day_id, more)
    stay.holds = MultiRange(clock.periods(stay.on, {*stay.slots(), *more}))
    session.flush()


def _refusal(session: Session, day_id: int, slots: Sequence[int]) -> DomainError:
    day = session.get_one(ClassDay, day_id, populate_existing=True)
    group = session.get_one(ClassGroup, day.class_id)
    return capacity.refusal(session, day, group, slots)


@cache
def _give_statement(count: int) -> TextClause:
    """Cut a stay's `holds` and count its freed slots down: both, or neither."""
    downs = ", ".join(f"taken[:s{n}] = d.taken[:s{n}] - 1" for n in range(count))
    return text(
        "WITH cut AS (UPDATE stay SET holds = :kept"  # noqa: S608 - only counts and bind names
        " WHERE id = :stay_id AND holds = :seen RETURNING day_id)"
        f" UPDATE class_day d SET {downs} FROM cut WHERE d.id = cut.day_id RETURNING d.id"
    ).bindparams(bindparam("kept", type_=TSTZMULTIRANGE), bindparam("seen", type_=TSTZMULTIRANGE))


def give_back(
    session: Session,
    stay: Stay,
    slots: Iterable[int],
    *,
    now: datetime,
    cause: str = "",
    by_family: int | None = None,
    round_id: int | None = None,
) -> list[int]:
    """Free those of `slots` that a stay holds and that start at or after now; which they were.

    One compare-and-set with the count. Noted for promotion under `cause` (the stay's state unless
    told), as given up by a family, within a round that goes on if there is one. Raises `Busy` where
    somebody else cut first.
    """
    first = clock.first_slot_from(stay.on, now)
    held = stay.slots()
    given = [slot for slot in held if slot >= first and slot in set(slots)]
    if not given:
        return []
    kept = MultiRange(clock.periods(stay.on, set(held) - set(given)))
    values = {"stay_id": stay.id, "seen": stay.holds, "kept": kept, **capacity.elements(given)}
    if session.execute(_give_statement(len(given)), values).first() is None:
        raise Busy
    session.refresh(stay)
    freed.note(session, Freed(cause or stay.state, stay.day_id, None, by_family, round_id))
    return given


def become(
    session: Session,
    actor: Actor,
    stay: Stay,
    to: State,
    *,
    now: datetime,
    why: str = "",
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Move a locked stay on and write the event. Raises `WrongState` where the machine forbids."""
    was = State(stay.state)
    if to not in FOLLOWS.get(was, frozenset()):
        raise WrongState(state=str(was))
    stay.state = to
    session.flush()
    note(session, actor, stay.id, was=was, to=to, now=now, why=why, facts=facts)


def leave(
    session: Session,
    actor: Actor,
    stay: Stay,
    to: State,
    *,
    now: datetime,
    why: str = "",
    facts: Mapping[str, Any] | None = None,
) -> list[int]:
    """Move a locked stay on and free all it holds from now on; the freed slots."""
    become(session, actor, stay, to, now=now, why=why, facts=facts)
    by_family = None if is_taken_away(actor, to) else stay.family_id
    return give_back(session, stay, stay.slots(), now=now, by_family=by_family)


def is_taken_away(actor: Actor, to: State) -> bool:
    """Whether it was the institution, not the family, that gave a place up."""
    return to in (State.CANCELLED, State.REJECTED) and actor.kind not in Actor.FAMILY


def events_of(session: Session, stay_id: int) -> Sequence[StayEvent]:
    query = select(StayEvent).where(StayEvent.stay_id == stay_id).order_by(StayEvent.id)
    return session.scalars(query).all()

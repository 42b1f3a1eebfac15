"""Who cares for the children on a day, and what a change would do before it is made."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from childcare import capacity, clock, institutions, schedule
from childcare.actors import DESK, Actor, Role
from childcare.audit import AuditRow
from childcare.bookings import Booking
from childcare.capacity import ClassDay
from childcare.db import one
from childcare.errors import DomainError
from childcare.institutions import ClassGroup
from childcare.reports import stamps
from childcare.reports.who import Who, names_of
from childcare.schedule import Closure, Hours, Shift, Timetable
from childcare.stays import MORTAL, State, Stay
from childcare.waitlist import Happened, Offer, OfferState, WaitlistEvent, ending


class CarersChanged(DomainError):
    """Somebody changed these carers after they were looked at."""

    code = "carers-changed"
    status = 409


@dataclass(frozen=True)
class Change:
    """The last change of a class's carers on a date; `number` rises with every change."""

    number: int
    at: datetime
    who: Who


@dataclass(frozen=True)
class OverRun:
    """Half hours in a row, `first` … `last` - 1, with `over` children more than places."""

    first: int
    last: int
    over: int


@dataclass(frozen=True)
class CarersClass:
    """One class on one date: its carers now and usually, its places, and what is over."""

    group: ClassGroup
    shifts: Sequence[Shift]
    usual: Sequence[Shift]
    is_dated: bool
    hours: Hours | None
    closure: Closure | None
    day: ClassDay | None
    carers: Sequence[int]
    over: Sequence[OverRun]
    changed: Change | None


@dataclass(frozen=True)
class CarersDay:
    """The carers of all classes on a date, and the closures that are in force or still to come.

    `stamp` is another one as soon as anything of it is.
    """

    institution_id: int
    on: date
    today: date
    classes: Sequence[CarersClass]
    closures: Sequence[Closure]
    stamp: str


@dataclass(frozen=True)
class Preview:
    """What other carers would do: `withdrawn` open offers end, `over` is what remains."""

    over: Sequence[OverRun]
    withdrawn: int = 0


@dataclass(frozen=True)
class Consequences:
    """What closing would do: bookings cancelled, enrolled children released, offers withdrawn,
    families told."""

    bookings: int
    enrolled: int
    offers: int
    families: int
    present: int


def carers_day(
    session: Session, actor: Actor, *, institution_id: int, on: date, now: datetime
) -> CarersDay:
    """The carers of a date by class, for the desk. Raises `Forbidden`, `NotFound`."""
    institutions.institution(session, institution_id)
    actor.require(institution_id, *DESK)
    groups = institutions.classes_of(session, institution_id)
    ids = [group.id for group in groups]
    table = schedule.timetable(session, institution_id, ids, on, on)
    days = capacity.days_of(session, ids, on)
    today = clock.today(now)
    changes = _last_changes(session, ids, on)
    return CarersDay(
        institution_id,
        on,
        today,
        [_class(g, table, days.get(g.id), changes.get(g.id), on, now) for g in groups],
        _closures(session, institution_id, today),
        _stamp(session, institution_id, on, now),
    )


def _last_changes(session: Session, class_ids: Collection[int], on: date) -> dict[int, Change]:
    rows = session.scalars(_changes(class_ids, on).order_by(AuditRow.id)).all()
    names = names_of(session, {row.actor for row in rows}, family_ids=())
    return {row.subject_id: Change(row.id, row.at, names[row.actor]) for row in rows}


def _changes(class_ids: Collection[int], on: date) -> Select[AuditRow]:
    return select(AuditRow).where(
        AuditRow.subject == "class_group",
        AuditRow.subject_id.in_(class_ids),
        AuditRow.action == "changed-shifts",
        AuditRow.facts["on"].astext == on.isoformat(),
    )


def require_latest(session: Session, *, class_id: int, on: date, seen: int) -> None:
    """Refuse a change of carers where another was made after change number `seen`.

    To be asked in the transaction that has just changed them: the lock it holds puts changes in
    order, and its own is the only one that may be newer. Raises `CarersChanged`.
    """
    newer = select(func.count()).select_from(
        _changes([class_id], on).where(AuditRow.id > seen).subquery()
    )
    if session.scalars(newer).one() > 1:
        raise CarersChanged


def carers_stamp(
    session: Session, actor: Actor, *, institution_id: int, on: date, now: datetime
) -> str:
    """What changes when `carers_day` does: one cheap query. Raises `Forbidden`."""
    actor.require(institution_id, *DESK)
    return _stamp(session, institution_id, on, now)


def _stamp(session: Session, institution_id: int, on: date, now: datetime) -> str:
    closures = select(
        func.count(Closure.id), func.max(Closure.id), func.max(Closure.lifted_at)
    ).where(Closure.institution_id == institution_id)
    kept = stamps.places(institution_id, on), stamps.rosters(institution_id, on)
    row = session.execute(select(*kept, closures.subquery())).one()
    # What is over counts from the half hour that is under way.
    return stamps.stamp_of(*row, on, clock.today(now), _slot_now(on, now))


def _class(
    group: ClassGroup,
    table: Timetable,
    day: ClassDay | None,
    changed: Change | None,
    on: date,
    now: datetime,
) -> CarersClass:
    first = _slot_now(on, now)
    over = {slot: by for slot, by in day.over.items() if slot >= first} if day else {}
    weekday = table.day(on).runs_weekday or on.isoweekday()
    return CarersClass(
        group=group,
        shifts=table.shifts(group.id, on),
        usual=table.usual.get((group.id, weekday), ()),
        is_dated=(group.id, on) in table.rosters,
        hours=table.hours(group.id, on),
        closure=table.closure(group.id, on),
        day=day,
        carers=table.carers(group.id, on),
        over=_runs(over),
        changed=changed,
    )


def _slot_now(on: date, now: datetime) -> int:
    """The slot that is under way; 0 for a day to come, beyond the last for a day that is past."""
    return max(clock.minutes_of(on, now) // 30, 0)


def _closures(session: Session, institution_id: int, today: date) -> Sequence[Closure]:
    query = select(Closure).where(
        Closure.institution_id == institution_id,
        Closure.lifted_at.is_(None),
        Closure.to_on >= today,
    )
    return session.scalars(query.order_by(Closure.from_on, Closure.id)).all()


def _runs(over: Mapping[int, int]) -> list[OverRun]:
    found: list[OverRun] = []
    for slot, by in sorted(over.items()):
        if found and (found[-1].last, found[-1].over) == (slot, by):
            found[-1] = OverRun(found[-1].first, slot + 1, by)
        else:
            found.append(OverRun(slot, slot + 1, by))
    return found


def preview_shifts(
    session: Session,
    actor: Actor,
    *,
    class_id: int,
    on: date,
    shifts: Sequence[Shift],
    now: datetime,
) -> Preview:
    """What would be over from this half hour on if these were a class's carers; nothing is changed.

    Offers that stand in the way are withdrawn first (`waitlist.withdraw_over`), the newest first.

    Raises `Forbidden`, `NotFound`.
    """
    group = one(session, select(ClassGroup).where(ClassGroup.id == class_id))
    actor.require(group.institution_id, *DESK)
    day = capacity.days_of(session, [class_id], on).get(class_id)
    if day is None:
        return Preview([])
    table = schedule.timetable(session, group.institution_id, [class_id], on, on)
    key = (class_id, on)
    changed = replace(table, rosters=table.rosters | {key}, dated={**table.dated, key: shifts})
    plan = capacity.plan(group, changed, on)
    first = _slot_now(on, now)
    taken, withdrawn = _without_offers(session, day, plan)
    pairs = enumerate(zip(taken, plan, strict=True))
    over = _runs({s: taken - most for s, (taken, most) in pairs if s >= first and taken > most})
    return Preview(over, withdrawn)


def _without_offers(
    session: Session, day: ClassDay, plan: Sequence[int]
) -> tuple[Sequence[int], int]:
    """The slots taken once no open offer covers one that is over, and how many offers that ends."""
    kept = (Stay.id == Offer.stay_id) | (Stay.enrolment_id == Offer.enrolment_id)
    rows = session.execute(
        select(Offer, Stay)
        .join(Stay, (Stay.day_id == day.id) & (Stay.state == State.OFFERED) & kept)
        .where(Offer.state == OfferState.OPEN)
        .order_by(Offer.made_at.desc(), Offer.id.desc())
    ).all()
    taken, ended = list(day.taken), set[int]()
    while found := next(
        (
            offer.id
            for offer, stay in rows
            if offer.id not in ended and any(taken[slot] > plan[slot] for slot in stay.slots())
        ),
        None,
    ):
        fallen = set(ending.together(session, found))
        ended |= fallen
        for offer, stay in rows:
            for slot in stay.slots() if offer.id in fallen else ():
                taken[slot] -= 1
    return taken, len(ended)


def offers_withdrawn(session: Session, actor: Actor, *, institution_id: int, now: datetime) -> int:
    """How many offers a change made at `now` ended for want of places. Raises `Forbidden`."""
    actor.require(institution_id, *DESK)
    query = select(func.count(WaitlistEvent.offer_id.distinct())).where(
        WaitlistEvent.institution_id == institution_id,
        WaitlistEvent.kind == Happened.WITHDRAWN,
        WaitlistEvent.why == "capacity",
        WaitlistEvent.at == now,
    )
    return session.scalars(query).one()


def closing_consequences(
    session: Session,
    actor: Actor,
    *,
    institution_id: int,
    class_id: int | None,
    from_on: date,
    to_on: date,
    now: datetime,
) -> Consequences:
    """What closing these days would do, counted before; nothing is changed. Raises `Forbidden`."""
    actor.require(institution_id, Role.DIRECTOR)
    alive = Stay.ends_at.is_(None) | (Stay.ends_at > now)
    booked = Booking.id.is_not(None) & Stay.state.in_((*MORTAL, State.EXPECTED)) & alive
    enrolled = Stay.state.in_((State.EXPECTED, State.ABSENT)) & (Stay.source == "enrolment")
    offered = Stay.state == State.OFFERED
    query = select(
        func.count(Booking.id).filter(booked),
        func.count(Stay.id).filter(enrolled),
        func.count(Stay.id).filter(offered),
        func.count(Stay.family_id.distinct()).filter(booked | enrolled | offered),
        func.count(Stay.id).filter(Stay.state == State.CHECKED_IN),
    )
    chosen = [] if class_id is None else [Stay.class_id == class_id]
    row = session.execute(
        query.select_from(Stay)
        .outerjoin(Booking, Booking.stay_id == Stay.id)
        .where(Stay.institution_id == institution_id, Stay.on.between(from_on, to_on), *chosen)
    ).one()
    return Consequences(*row)


def class_here(session: Session, actor: Actor, *, institution_id: int, class_id: int) -> ClassGroup:
    """A class of the desk's own institution. Raises `Forbidden`, `NotFound` for another's."""
    actor.require(institution_id, *DESK)
    query = select(ClassGroup).where(
        ClassGroup.id == class_id, ClassGroup.institution_id == institution_id
    )
    return one(session, query)


def closure_here(
    session: Session, actor: Actor, *, institution_id: int, closure_id: int
) -> Closure:
    """A closure of the desk's own institution. Raises `Forbidden`, `NotFound` for another's."""
    actor.require(institution_id, *DESK)
    query = select(Closure).where(
        Closure.id == closure_id, Closure.institution_id == institution_id
    )
    return one(session, query)

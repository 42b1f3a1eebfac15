"""The door: who came, who left, who did not come. By the desk, or by the day's ticks."""

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from childcare import clock, outbox, stays
from childcare.actors import DESK, SYSTEM, Actor
from childcare.bookings.models import Booking, TooEarly, TooLate
from childcare.bookings.queries import booking as load
from childcare.db import lock, one
from childcare.errors import Malformed, NotFound
from childcare.outbox import Urgency
from childcare.people import Family
from childcare.stays import State, Stay, WrongState

NO_SHOW_AFTER = timedelta(minutes=30)
OBJECT_WITHIN = timedelta(hours=48)


def at_desk(session: Session, actor: Actor, stay_id: int) -> Stay:
    """A stay of the desk's institution, its family, day and self locked in order."""
    seen = one(session, select(Stay).where(Stay.id == stay_id))
    if not actor.may(seen.institution_id, *DESK):
        raise NotFound
    lock(session, Family, [seen.family_id])
    return stays.locked_one(session, stay_id)


def check_in(session: Session, actor: Actor, *, stay_id: int, now: datetime) -> Stay:
    """A child has come. Twice is once.

    After a no-show or an absence the slots from now on are taken anew, so there must be room.
    Raises `NoPlace`, `ChildElsewhere`, `TooEarly` (another day), `TooLate`, `WrongState`.
    """
    stay = at_desk(session, actor, stay_id)
    if stay.state == State.CHECKED_IN:
        return stay
    if clock.today(now) < stay.on:
        raise TooEarly(from_at=clock.midnight(stay.on))
    if now >= stay.stops_at:
        raise TooLate(closes_at=stay.stops_at)
    if stay.state == State.COMPLETED:
        raise WrongState(state=stay.state)
    if stay.state in (State.NO_SHOW, State.ABSENT):
        first = clock.first_slot_from(stay.on, now)
        stays.take(session, stay, [slot for slot in stay.wished_slots() if slot >= first])
    if stay.state == State.ABSENT:
        stays.become(session, actor, stay, State.EXPECTED, now=now, why="came-after-all")
    stay.checked_in_at = now
    stays.become(session, actor, stay, State.CHECKED_IN, now=now)
    return stay


def check_out(session: Session, actor: Actor, *, stay_id: int, now: datetime) -> Stay:
    """A child has left; what was left of its time is free. Twice is once. Raises `WrongState`."""
    stay = at_desk(session, actor, stay_id)
    if stay.state == State.COMPLETED:
        return stay
    if stay.state != State.CHECKED_IN:
        raise WrongState(state=stay.state)
    _complete(session, actor, stay, now=now, why="")
    return stay


def _complete(session: Session, actor: Actor, stay: Stay, *, now: datetime, why: str) -> None:
    stay.checked_out_at = now
    first = clock.first_slot_from(stay.on, now)
    # Whoever undoes the press takes these again.
    facts = {"slots": [slot for slot in stay.slots() if slot >= first]}
    stays.leave(session, actor, stay, State.COMPLETED, now=now, why=why, facts=facts)
    # A child that was signed out by mistake leaves a second time.
    key = f"{stay.id}:{now.isoformat()}"
    outbox.publish(session, "stay-completed", {"stay_id": stay.id}, key=key, now=now)


def no_show(session: Session, actor: Actor, *, stay_id: int, now: datetime) -> Stay:
    """The desk says that a booked child did not come, 30 minutes after the start or later.

    Frees the remaining slots. Raises `TooEarly`, `WrongState`.
    """
    stay = at_desk(session, actor, stay_id)
    if stay.state == State.NO_SHOW:
        return stay
    from_at = stay.starts_at + NO_SHOW_AFTER
    if now < from_at:
        raise TooEarly(from_at=from_at)
    if stay.source != "booking":
        raise WrongState(state=stay.state)
    _mark(session, actor, stay, now)
    return stay


def mark_no_show(session: Session, *, stay_id: int, now: datetime) -> bool:
    """The tick 30 minutes after a booked start, where the desk checked anybody in that day.

    Whether it marked the stay. Early, late and repeated ticks do nothing.
    """
    seen = session.get(Stay, stay_id)
    if seen is None or seen.source != "booking":
        return False
    if not desk_checks_in(session, seen.institution_id, seen.on):
        return False
    stay = stays.locked_one(session, stay_id)
    if stay.state != State.EXPECTED or now < stay.starts_at + NO_SHOW_AFTER:
        return False
    _mark(session, SYSTEM, stay, now)
    return True


def _mark(session: Session, actor: Actor, stay: Stay, now: datetime) -> None:
    stays.leave(session, actor, stay, State.NO_SHOW, now=now)
    booking_id = session.scalar(select(Booking.id).where(Booking.stay_id == stay.id))
    facts = {"booking_id": booking_id, "by": 0}
    outbox.publish(
        session,
        "booking-no-show",
        facts,
        key=f"{stay.id}:{now.timestamp():.0f}",
        now=now,
        urgency=Urgency.URGENT,
    )


def desk_checks_in(session: Session, institution_id: int, on: date) -> bool:
    """Whether the institution's desk has checked any child in on a day."""
    somebody = select(Stay.id).where(
        Stay.institution_id == institution_id, Stay.on == on, Stay.checked_in_at.is_not(None)
    )
    return session.scalar(somebody.limit(1)) is not None


def object_to_no_show(
    session: Session, actor: Actor, *, booking_id: int, text: str, now: datetime
) -> Booking:
    """The family says the child did come, within 48 hours of the start's day being marked.

    Raises `Malformed` without words, `TooLate`, `WrongState`.
    """
    found = load(session, actor, booking_id)
    actor.own_family()
    if not text.strip():
        raise Malformed("text", "required")
    stay = lock(session, Stay, [found.stay_id])[0]
    if stay.state != State.NO_SHOW:
        raise WrongState(state=stay.state)
    marked_at = stays.events_of(session, stay.id)[-1].at
    if now > marked_at + OBJECT_WITHIN:
        raise TooLate(closes_at=marked_at + OBJECT_WITHIN)
    if found.objected_at is None:
        found.objected_at, found.objection = now, text.strip()[:1000]
        stays.note(session, actor, stay.id, was=stay.state, to=stay.state, now=now, why="objection")
    session.flush()
    return found


def end_of_day(session: Session, *, institution_id: int, on: date, now: datetime) -> int:
    """The tick at closing time: stays of the day become final; how many.

    A child still present is completed and raises an alarm. One that never came is absent (enrolled)
    or a no-show (booked) where the desk checks children in; where it does not, it counts as care.
    """
    open_states = (State.EXPECTED, State.CHECKED_IN)
    seen = session.execute(
        select(Stay.id, Stay.during).where(
            Stay.institution_id == institution_id, Stay.on == on, Stay.state.in_(open_states)
        )
    ).all()
    due = [row.id for row in seen if clock.bounds(row.during)[1] <= now]
    checks_in = desk_checks_in(session, institution_id, on)
    ended = [stay for stay in stays.locked(session, due) if stay.state in open_states]
    for stay in ended:
        _finish(session, stay, checks_in=checks_in, now=now)
    return len(ended)


def _finish(session: Session, stay: Stay, *, checks_in: bool, now: datetime) -> None:
    if stay.state == State.CHECKED_IN:
        key = str(stay.id)
        facts = {"stay_id": stay.id}
        outbox.publish(
            session, "child-still-present", facts, key=key, now=now, urgency=Urgency.URGENT
        )
        _complete(session, SYSTEM, stay, now=now, why="closing-time")
    elif not checks_in:
        _complete(session, SYSTEM, stay, now=now, why="closing-time")
        stay.checked_out_at = None
    elif stay.source == "booking":
        _mark(session, SYSTEM, stay, now)
    else:
        stay.reason = "did-not-come"
        stays.leave(session, SYSTEM, stay, State.ABSENT, now=now, why="did-not-come")
    session.flush()

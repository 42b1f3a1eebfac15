"""How a booking ends or is decided: released, cancelled, approved, rejected, expired."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from childcare import audit, capacity, outbox, stays
from childcare.actors import DESK, SYSTEM, Actor, Kind, Role
from childcare.bookings.holding import announce
from childcare.bookings.models import Booking, FeeChanged, RequestEnded, TooLate
from childcare.bookings.queries import booking as load
from childcare.bookings.queries import fee_now
from childcare.capacity import Scope
from childcare.db import lock, one
from childcare.errors import Malformed
from childcare.outbox import Urgency
from childcare.people import Family
from childcare.stays import MORTAL, State, Stay, WrongState

GRANT_LIVES = timedelta(days=30)
REINSTATE_WITHIN = timedelta(days=7)


def release(session: Session, actor: Actor, *, booking_id: int, now: datetime) -> Booking:
    """Give a hold back without fee. Releasing what is over already changes nothing.

    Raises `WrongState` once it was confirmed.
    """
    found = load(session, actor, booking_id)
    actor.own_family()
    stay = stays.locked_one(session, found.stay_id)
    if stay.state in (State.CANCELLED, State.EXPIRED):
        return found
    if stay.state != State.HELD:
        raise WrongState(state=stay.state)
    stays.leave(session, actor, stay, State.CANCELLED, now=now, why="released")
    _close(session, found, by=actor, reason="released", now=now)
    return found


def cancel(
    session: Session, actor: Actor, *, booking_id: int, reason: str, fee_fen: int, now: datetime
) -> Booking:
    """Cancel a booking, or withdraw a request, for the fee that was shown.

    `reason` "illness" waives the fee while a waiver is left. Cancelling twice answers the same.
    Raises `FeeChanged` where the fee is not what was shown, `WrongState`.
    """
    found = load(session, actor, booking_id)
    # Two cancels at once must not both use a child's last waiver.
    lock(session, Family, [actor.own_family()])
    stay = stays.locked_one(session, found.stay_id)
    if stay.state == State.CANCELLED:
        return found
    if stay.state not in (State.EXPECTED, State.REQUESTED):
        raise WrongState(state=stay.state)
    lock(session, Booking, [found.id])
    fee = fee_now(session, found, now=now, reason=reason)
    if fee.fen != fee_fen:
        raise FeeChanged(fee_fen=fee.fen)
    facts = {"fee_fen": fee.fen, "waived_fen": fee.waived_fen}
    stays.leave(session, actor, stay, State.CANCELLED, now=now, why=reason, facts=facts)
    found.fee_fen += fee.fen
    found.waived_fen = fee.waived_fen
    _close(session, found, by=actor, reason=reason, now=now)
    _tell(session, "booking-cancelled", found, now=now, by=actor.id)
    return found


def _close(session: Session, found: Booking, *, by: Actor, reason: str, now: datetime) -> None:
    found.cancelled_at, found.cancelled_by, found.cancel_reason = now, by.label, reason[:500]
    session.flush()


def _tell(session: Session, kind: str, found: Booking, *, now: datetime, by: int = 0) -> None:
    facts = {"booking_id": found.id, "by": by}
    key = f"{found.id}:{found.version}"
    outbox.publish(session, kind, facts, key=key, now=now, urgency=Urgency.URGENT)


def cancel_by_institution(
    session: Session, actor: Actor, *, booking_id: int, reason: str, now: datetime
) -> Booking:
    """The institution takes a booking back: no fee, and a top-priority grant for 30 days.

    By a director, or the system when the institution closes. Raises `Malformed` without a reason.
    """
    found = load(session, actor, booking_id)
    actor.require(found.institution_id, Role.DIRECTOR)
    if not reason.strip():
        raise Malformed("reason", "required")
    stay = stays.locked_one(session, found.stay_id)
    if stay.state == State.CANCELLED:
        return found
    if stay.state not in (*MORTAL, State.EXPECTED):
        raise WrongState(state=stay.state)
    stays.leave(session, actor, stay, State.CANCELLED, now=now, why=reason)
    found.fee_fen = 0
    found.grant_until = now + GRANT_LIVES
    _close(session, found, by=actor, reason=reason, now=now)
    _tell(session, "booking-cancelled-by-institution", found, now=now)
    return found


def approve(session: Session, actor: Actor, *, booking_id: int, now: datetime) -> Booking:
    """Accept a first visit. Raises `RequestEnded` after the deadline, `WrongState`."""
    found = _requested(session, actor, booking_id, now)
    if found.stay.state == State.EXPECTED:
        return found
    found.stay.ends_at = None
    found.approved_at = now
    stays.become(session, actor, found.stay, State.EXPECTED, now=now, why="approved")
    announce(session, found, now=now, by=0)
    return found


def reject(
    session: Session, actor: Actor, *, booking_id: int, reason: str, now: datetime
) -> Booking:
    """Decline a first visit, with a reason the family reads. Raises as `approve`."""
    if not reason.strip():
        raise Malformed("reason", "required")
    found = _requested(session, actor, booking_id, now)
    if found.stay.state == State.EXPECTED:
        raise WrongState(state=found.stay.state)
    stays.leave(session, actor, found.stay, State.REJECTED, now=now, why=reason)
    found.cancel_reason = reason[:500]
    session.flush()
    _tell(session, "booking-rejected", found, now=now)
    return found


def _requested(session: Session, actor: Actor, booking_id: int, now: datetime) -> Booking:
    """A request, locked, that may be decided now; or one that was approved already."""
    found = load(session, actor, booking_id)
    actor.require(found.institution_id, *DESK)
    stay = stays.locked_one(session, found.stay_id)
    if stay.state == State.EXPECTED and found.approved_at:
        return found
    if stay.state == State.EXPIRED or (stay.state == State.REQUESTED and stay.is_dead(now)):
        raise RequestEnded(ended_at=stay.ends_at)
    if stay.state != State.REQUESTED:
        raise WrongState(state=stay.state)
    return found


def expire(session: Session, *, booking_id: int, now: datetime) -> bool:
    """End a hold or request whose time is over; False where there was nothing to end."""
    stay_id = session.scalar(select(Booking.stay_id).where(Booking.id == booking_id))
    return stay_id is not None and bool(_expire(session, [stay_id], now=now))


def expire_dead(session: Session, scope: Scope, *, now: datetime) -> int:
    """End every dead hold and request of these class days and of this child; how many."""
    dead = select(Stay.id).where(
        or_(Stay.day_id.in_(scope.day_ids), Stay.child_id == scope.child_id),
        Stay.state.in_(MORTAL),
        Stay.ends_at <= now,
    )
    return _expire(session, session.scalars(dead).all(), now=now)


def _expire(session: Session, stay_ids: Iterable[int], *, now: datetime) -> int:
    ended = 0
    for stay in stays.locked(session, stay_ids):
        if not stay.is_dead(now):
            continue
        was = stay.state
        stays.leave(session, SYSTEM, stay, State.EXPIRED, now=now)
        ended += 1
        if was == State.REQUESTED:
            found = one(session, select(Booking).where(Booking.stay_id == stay.id))
            _tell(session, "request-expired", found, now=now)
    return ended


def reinstate_fee(
    session: Session, actor: Actor, *, booking_id: int, reason: str, now: datetime
) -> Booking:
    """Ask a fee again that illness had waived; a director, within 7 days, with a reason."""
    found = load(session, actor, booking_id)
    actor.require(found.institution_id, Role.DIRECTOR)
    if not reason.strip():
        raise Malformed("reason", "required")
    lock(session, Booking, [found.id])
    if not found.waived_fen or found.cancelled_at is None:
        raise WrongState(state=found.stay.state)
    closes_at = found.cancelled_at + REINSTATE_WITHIN
    if now > closes_at:
        raise TooLate(closes_at=closes_at)
    facts = {"fee_fen": found.waived_fen, "reason": reason[:500]}
    audit.record(
        session,
        actor,
        "fee-reinstated",
        "booking",
        found.id,
        now=now,
        institution_id=found.institution_id,
        facts=facts,
    )
    found.fee_fen, found.waived_fen = found.fee_fen + found.waived_fen, 0
    session.flush()
    return found


def release_class_day(
    session: Session, actor: Actor, day_id: int, *, reason: str, now: datetime
) -> int:
    """Cancel every booking of a class day that closes, by the institution; how many.

    Children present stay until check-out. The day is locked by the caller.
    """
    capacity.lock_days(session, [day_id])
    expire_dead(session, Scope(day_ids=(day_id,)), now=now)
    ids = session.scalars(
        select(Booking.id)
        .join(Stay)
        .where(Stay.day_id == day_id, Stay.state.in_((*MORTAL, State.EXPECTED)))
        .order_by(Booking.stay_id)
    ).all()
    system = actor if actor.kind is Kind.STAFF else SYSTEM
    for booking_id in ids:
        cancel_by_institution(session, system, booking_id=booking_id, reason=reason, now=now)
    return len(ids)

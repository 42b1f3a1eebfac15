"""Bookings as people look at them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, contains_eager

from childcare import clock, institutions, pricing
from childcare.actors import DESK, Actor, Kind
from childcare.bookings.models import Booking
from childcare.db import one
from childcare.errors import NotFound
from childcare.stays import State, Stay


def booking(session: Session, actor: Actor, booking_id: int) -> Booking:
    """A booking of the actor's family, or at an institution whose desk the actor serves.

    Raises `NotFound` for what is absent and for what is somebody else's.
    """
    return _visible(actor, one(session, select(Booking).where(Booking.id == booking_id)))


def locked(session: Session, actor: Actor, booking_id: int) -> Booking:
    """The same with its stay locked, for changes that move no places. Raises `NotFound`."""
    found = session.scalars(
        _LOCKED, {"id": booking_id}, execution_options={"populate_existing": True}
    ).one_or_none()
    if found is None:
        raise NotFound
    return _visible(actor, found)


# An update of the booking always comes with its stay's lock, so that one lock serves both.
_LOCKED = (
    select(Booking)
    .join(Booking.stay)
    .options(contains_eager(Booking.stay))
    .where(Booking.id == bindparam("id"))
    .with_for_update(key_share=True, of=Stay)
)


def _visible(actor: Actor, found: Booking) -> Booking:
    is_own = actor.kind is Kind.SYSTEM or actor.is_of_family(found.family_id)
    if not is_own and not actor.may(found.institution_id, *DESK):
        raise NotFound
    return found


def find_by_stay(session: Session, stay_id: int) -> Booking | None:
    return session.scalars(select(Booking).where(Booking.stay_id == stay_id)).one_or_none()


def bookings_of(
    session: Session,
    actor: Actor,
    *,
    states: Sequence[State] = (),
    from_on: date | None = None,
    to_on: date | None = None,
    after: int = 0,
    limit: int = 20,
) -> Sequence[Booking]:
    """The family's bookings by day and id; `after` is the id of the last one seen (a cursor)."""
    query = select(Booking).join(Stay).where(Booking.family_id == actor.own_family())
    if states:
        query = query.where(Stay.state.in_(states))
    if from_on:
        query = query.where(Stay.on >= from_on)
    if to_on:
        query = query.where(Stay.on <= to_on)
    return session.scalars(query.where(Booking.id > after).order_by(Booking.id).limit(limit)).all()


def coming(session: Session, actor: Actor, *, now: datetime, limit: int = 20) -> Sequence[Booking]:
    """What lies ahead or is under way for the family, soonest first; dead holds left out."""
    live = (State.HELD, State.REQUESTED, State.EXPECTED, State.CHECKED_IN)
    query = (
        select(Booking)
        .join(Stay)
        .where(Booking.family_id == actor.own_family(), Stay.state.in_(live))
        .order_by(Stay.during, Booking.id)
    )
    alive = [found for found in session.scalars(query) if not found.stay.is_dead(now)]
    return alive[:limit]


ILLNESS = "illness"

ILLNESS_A_QUARTER = 3


def illness_left(session: Session, child_id: int, *, now: datetime) -> int:
    """How many more fees a child's illness may waive in this calendar quarter (default three)."""
    from_at = clock.quarter_start(now)
    used = session.scalars(
        select(Booking.id).where(
            Booking.child_id == child_id,
            Booking.waived_fen > 0,
            Booking.cancelled_at >= from_at,
        )
    ).all()
    return max(ILLNESS_A_QUARTER - len(used), 0)


@dataclass(frozen=True)
class Fee:
    """What cancelling would cost now, what illness would waive, and until when it is free."""

    fen: int
    waived_fen: int
    free_until: datetime
    illness_left: int


def fee_now(session: Session, found: Booking, *, now: datetime, reason: str = "") -> Fee:
    """The fee for cancelling at `now` for `reason`; illness waives it while any waiver is left.

    A request is withdrawn and a hold released without fee.
    """
    tiers = institutions.tiers_of(session, found.fee_sheet_id)
    starts_at = found.stay.starts_at
    full = 0
    if found.stay.state == State.EXPECTED:
        full = pricing.cancellation_fee(found.price_fen, tiers, starts_at=starts_at, now=now)
    left = illness_left(session, found.child_id, now=now)
    waived = full if reason == ILLNESS and left else 0
    return Fee(
        fen=full - waived,
        waived_fen=waived,
        free_until=pricing.free_until(tiers, starts_at=starts_at),
        illness_left=left,
    )

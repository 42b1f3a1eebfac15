"""Capacity lost while offers are open: the newest that stand in the way are withdrawn."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from childcare import outbox, stays
from childcare.actors import SYSTEM
from childcare.capacity import ClassDay
from childcare.outbox import Urgency
from childcare.stays import State, Stay
from childcare.waitlist import ending
from childcare.waitlist.models import Offer, OfferState


def withdraw_over(session: Session, day: ClassDay, *, now: datetime) -> int:
    """Withdraw offers of a locked class day while one covers a slot that is over; how many.

    Newest first; their families keep their place and are told. What they held and is not over goes
    to the next. Bookings, holds and enrolments are never touched.
    """
    withdrawn = 0
    while day.over and (offer_id := _newest_over(session, day)):
        _withdraw(session, [offer_id], "capacity", now)
        session.refresh(day)
        withdrawn += 1
    return withdrawn


def _newest_over(session: Session, day: ClassDay) -> int | None:
    rows = session.execute(
        select(Offer.id, Stay)
        .join(Stay, _keeps(day.id))
        .where(Offer.state == OfferState.OPEN)
        .order_by(Offer.made_at.desc(), Offer.id.desc())
        .execution_options(populate_existing=True)
    ).all()
    return next((row[0] for row in rows if set(row[1].slots()) & day.over.keys()), None)


def _keeps(day_id: int) -> ColumnElement[bool]:
    return (
        (Stay.day_id == day_id)
        & (Stay.state == State.OFFERED)
        & or_(Stay.id == Offer.stay_id, Stay.enrolment_id == Offer.enrolment_id)
    )


def _withdraw(session: Session, offer_ids: Sequence[int], why: str, now: datetime) -> None:
    together = sorted({one for offer_id in offer_ids for one in ending.together(session, offer_id)})
    held = ending.lock_offers(session, together)
    for offer in held.offers.values():
        if offer.state != OfferState.OPEN:
            continue
        to = OfferState.WITHDRAWN
        ending.end_offer(session, SYSTEM, held, offer, to, now=now, why=why)
        facts = {"offer_id": offer.id}
        key = str(offer.id)
        urgency = Urgency.AT_ONCE
        outbox.publish(session, "offer-withdrawn", facts, key=key, now=now, urgency=urgency)


def withdraw_day(session: Session, day_id: int, *, reason: str, now: datetime) -> None:
    """A class day closes: its offers are withdrawn; an offered enrolment loses that day alone.

    `reason` is what the released stays carry.
    """
    offered = select(Offer.id).join(Stay, Stay.id == Offer.stay_id)
    open_there = offered.where(Stay.day_id == day_id, Offer.state == OfferState.OPEN)
    _withdraw(session, session.scalars(open_there).all(), "closed", now)
    days = select(Stay.id).where(
        Stay.day_id == day_id, Stay.state == State.OFFERED, Stay.enrolment_id.is_not(None)
    )
    for stay in stays.locked(session, session.scalars(days).all()):
        stay.reason = reason
        stays.leave(session, SYSTEM, stay, State.CANCELLED, now=now, why=reason)
        of_enrolment = select(Offer).where(Offer.enrolment_id == stay.enrolment_id)
        for offer in session.scalars(of_enrolment):
            ending.note_free_again(session, offer, [stay])

"""What a wish asks for that is not free now: nothing can be offered to it until it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from childcare import clock
from childcare.capacity import ClassDay
from childcare.waitlist import Wish, lifetimes, queue, wishes


@dataclass(frozen=True)
class Lacking:
    """A day on which it does not fit, with the slots that are full; none where it begins too
    soon to be offered."""

    on: date
    slots: Sequence[int]


def lacking(session: Session, wish: Wish, *, now: datetime) -> Lacking | None:
    """The first day on which a wish does not fit what is free now, None where it fits."""
    return _of_stay(session, wish, now) if wish.on else _of_enrolment(session, wish, now)


def _of_stay(session: Session, wish: Wish, now: datetime) -> Lacking | None:
    if wish.on is None or wish.during is None:
        return None
    if clock.bounds(wish.during)[0] < now + lifetimes.SOONEST:
        return Lacking(wish.on, ())
    day = session.scalars(
        select(ClassDay).where(ClassDay.class_id == wish.class_id, ClassDay.on == wish.on)
    ).one_or_none()
    full = wish.slots & ~(queue.free_mask(day, now=now) if day else 0)
    return Lacking(wish.on, wishes.slots_in(full)) if full else None


def _of_enrolment(session: Session, wish: Wish, now: datetime) -> Lacking | None:
    """Days that are not opened yet have room."""
    if wish.from_on is None:
        return None
    for on, runs, mask in queue.busy(session, wish.institution_id, wish.class_id, now=now):
        full = wish.slots & mask
        if full and on >= wish.from_on and wish.weekdays >> runs & 1:
            return Lacking(on, wishes.slots_in(full))
    return None

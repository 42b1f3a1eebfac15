"""The day by class: who is expected, here, or gone, and how full it is."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, lazyload

from childcare import ages, capacity, institutions, people
from childcare.actors import DESK, Actor
from childcare.bookings import Booking
from childcare.capacity import ClassDay
from childcare.institutions import ClassGroup
from childcare.people import Child
from childcare.stays import State, Stay

# Holds are nobody's business before they are confirmed; what fell away is history.
ON_THE_BOARD = (
    State.REQUESTED,
    State.EXPECTED,
    State.CHECKED_IN,
    State.COMPLETED,
    State.ABSENT,
    State.NO_SHOW,
)


@dataclass(frozen=True)
class BoardStay:
    """A child expected or here; its facts are None where its record is closed to the desk."""

    stay: Stay
    booking: Booking | None
    child: Child | None
    months: int | None


@dataclass(frozen=True)
class BoardClass:
    """One class on one day; `day` is None where the day is not opened."""

    group: ClassGroup
    day: ClassDay | None
    stays: Sequence[BoardStay]


def day_board(session: Session, actor: Actor, *, institution_id: int, on: date) -> list[BoardClass]:
    """The day by class, for the desk; every child shown is written to its family's access log.

    Raises `Forbidden`, `NotFound`.
    """
    institutions.institution(session, institution_id)
    actor.require(institution_id, *DESK)
    groups = institutions.classes_of(session, institution_id)
    days = capacity.days_of(session, [group.id for group in groups], on)
    rows = session.execute(
        select(Stay, Booking)
        .outerjoin(Booking, Booking.stay_id == Stay.id)
        .where(Stay.institution_id == institution_id, Stay.on == on, Stay.state.in_(ON_THE_BOARD))
        .order_by(Stay.during, Stay.id)
        # Joined eagerly, a booking's stay would drop the stays that have no booking.
        .options(lazyload(Booking.stay))
    ).all()
    children = people.children_in_care(
        session,
        actor,
        institution_id=institution_id,
        child_ids={stay.child_id for stay, _ in rows},
    )
    by_class: dict[int, list[BoardStay]] = defaultdict(list)
    for stay, booking in rows:
        child = children.get(stay.child_id)
        months = ages.months_on(child.born_on, on) if child else None
        by_class[stay.class_id].append(BoardStay(stay, booking, child, months))
    return [BoardClass(group, days.get(group.id), by_class[group.id]) for group in groups]

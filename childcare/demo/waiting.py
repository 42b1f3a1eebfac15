"""The sample's waiting families: a published table, a day that is full, what went on there since
yesterday, an offer that is live now. All at the institution of Director Zhou.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from childcare import accounts, ages, bookings, clock, enrolments, waitlist
from childcare.accounts import StaffMember
from childcare.actors import Actor
from childcare.bookings import Booking
from childcare.capacity import ClassDay
from childcare.enrolments import Enrolment
from childcare.institutions import CareForm, ClassGroup, classes_of
from childcare.people import Child, Guardian, GuardianRole
from childcare.stays import State, Stay
from childcare.waitlist import Ask, WaitlistEntry

# Nine to twelve: what the families here book and wait for, in minutes of the day.
MORNING = (540, 720)
SHORT = (540, 660)
SLOTS = range(MORNING[0] // 30, MORNING[1] // 30)
# An offer so far ahead lives eight hours of daytime.
LEAD = timedelta(days=2)
# People act by day, whenever the sample is made; in minutes of the day.
OPENS, SHUTS = 9 * 60, 18 * 60
BEGAN = 9 * 60 + 40
CANCELLED_AGO = timedelta(minutes=25)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
TABLE = (("sibling-enrolled", 100), ("low-income", 60), ("resident-of-street", 30))
NEXT_TABLE = (*TABLE, ("single-parent", 50))


@dataclass(frozen=True)
class Waiting:
    """The class and day at which the families meet, and who they are."""

    group: ClassGroup
    day: ClassDay
    children: Sequence[Child]
    director: Actor
    now: datetime

    @property
    def then(self) -> datetime:
        """When the story of the day began: yesterday morning."""
        return clock.at(clock.today(self.now) - DAY, BEGAN)


def build(session: Session, institution_id: int, *, now: datetime) -> None:
    """Let families wait for the fullest morning of the week; nothing where no day is full."""
    waitlist.promote(session, now=now)
    director = _director(session)
    today = clock.today(now)
    first, next_ = clock.at(today - 60 * DAY, 10 * 60 + 15), clock.at(today - 2 * DAY, 16 * 60 + 20)
    _publish(session, director, institution_id, TABLE, "开园时与街道商定", first)
    _publish(session, director, institution_id, NEXT_TABLE, "照顾单亲家庭", next_)
    found = _meet(session, institution_id, director, now)
    if found is None:
        return
    booked = _fill(session, found)
    _join(session, found, found.children[len(booked) :])
    _yesterday(session, found)
    _today(session, found, booked)


def by_day(at: datetime) -> datetime:
    """That time, or the end of the last day before it at which people still acted."""
    on = clock.today(at)
    if at < clock.at(on, OPENS):
        on -= DAY
    return min(at, clock.at(on, SHUTS) - CANCELLED_AGO)


def _director(session: Session) -> Actor:
    member = session.scalars(select(StaffMember).where(StaffMember.username == "zhou")).one()
    return accounts.actor_of(session, member)


def _publish(
    session: Session,
    director: Actor,
    institution_id: int,
    lines: Sequence[tuple[str, int]],
    reason: str,
    at: datetime,
) -> None:
    waitlist.publish(
        session, director, institution_id=institution_id, lines=lines, reason=reason, now=at
    )


def _meet(session: Session, institution_id: int, director: Actor, now: datetime) -> Waiting | None:
    """The fullest morning far enough ahead, with children of the age who are enrolled nowhere."""
    groups = [one for one in classes_of(session, institution_id) if one.band == "toddler"]
    first = clock.today(now + LEAD) + DAY
    days = session.scalars(
        select(ClassDay).where(ClassDay.class_id.in_([g.id for g in groups]), ClassDay.on >= first)
    ).all()
    worked = [day for day in days if day.capacity[SLOTS[0]]]
    if not worked:
        return None
    day = min(worked, key=lambda one: (one.free(SLOTS), one.on, one.class_id))
    group = next(one for one in groups if one.id == day.class_id)
    children = _free_children(session, group, day.on)
    if len(children) < day.free(SLOTS) + 4:
        return None
    return Waiting(group, day, children, director, now)


def _free_children(session: Session, group: ClassGroup, on: date) -> Sequence[Child]:
    """Toddlers who are enrolled nowhere; not those of the chat sandbox, who begin anew."""
    enrolled = select(Enrolment.child_id)
    in_the_chat = select(Guardian.family_id).where(Guardian.telegram_id.is_not(None))
    reachable = select(Guardian.family_id).where(Guardian.phone.is_not(None))
    children = session.scalars(
        select(Child)
        .where(Child.id.not_in(enrolled), Child.family_id.not_in(in_the_chat))
        .where(Child.family_id.in_(reachable))
        .order_by(Child.id)
    ).all()
    return [
        child
        for child in children
        if group.from_months <= ages.months_on(child.born_on, on) <= group.to_months
    ]


def _parent(session: Session, family_id: int) -> Actor:
    parents = select(Guardian).where(
        Guardian.family_id == family_id, Guardian.role == GuardianRole.GUARDIAN
    )
    return session.scalars(parents.order_by(Guardian.id).limit(1)).one().actor


def _fill(session: Session, found: Waiting) -> list[Booking]:
    """Book the mornings that are left; the last of them is given up today."""
    booked = []
    for number, child in enumerate(found.children[: max(found.day.free(SLOTS), 1)]):
        wish = bookings.Wish(
            child.id, found.group.institution_id, CareForm.HOURLY, found.day.on, *MORNING
        )
        parent, at = _parent(session, child.family_id), found.then - 2 * DAY + number * 53 * MINUTE
        held = bookings.hold(session, parent, wish=wish, now=at)
        booked.append(bookings.confirm(session, parent, booking_id=held.id, now=at))
    return booked


def _join(session: Session, found: Waiting, children: Sequence[Child]) -> list[WaitlistEntry]:
    """One after another; the second for less, the third shows something, the last one pauses."""
    joined = []
    for number, child in enumerate(children):
        at = found.then - DAY + number * 31 * MINUTE
        hours = SHORT if number == 1 else MORNING
        where = (found.group.institution_id,)
        ask = Ask((child.id,), where, CareForm.HOURLY, found.day.on, *hours)
        parent = _parent(session, child.family_id)
        joined += waitlist.join(session, parent, ask=ask, now=at)
        waitlist.promote(session, now=at)
    _write_down(session, found, joined)
    last = joined[-1]
    parent = _parent(session, last.family_id)
    waitlist.pause(session, parent, entry_id=last.id, now=found.then - MINUTE)
    return joined


def _write_down(session: Session, found: Waiting, joined: Sequence[WaitlistEntry]) -> None:
    where, at = found.group.institution_id, found.then - 5 * MINUTE
    director = found.director
    waitlist.prove(
        session,
        director,
        institution_id=where,
        family_id=joined[2].family_id,
        criterion="low-income",
        note="已看低保证",
        now=at,
    )
    text = "妈妈说十点以后来也可以"
    waitlist.note(session, director, institution_id=where, entry_id=joined[1].id, text=text, now=at)


def _yesterday(session: Session, found: Waiting) -> None:
    """A child is ill: the place goes to the first in order, who declines, then to the next."""
    stays = select(Stay).where(
        Stay.day_id == found.day.id, Stay.source == "enrolment", Stay.state == State.EXPECTED
    )
    stay = session.scalars(stays.order_by(Stay.id).limit(1)).one()
    on = found.day.on
    enrolments.declare_absence(
        session,
        _parent(session, stay.family_id),
        child_id=stay.child_id,
        from_on=on,
        to_on=on,
        start=None,
        end=None,
        reason="感冒",
        now=found.then,
    )
    [first] = waitlist.promote(session, now=found.then)
    at = found.then + 38 * MINUTE
    family = _parent(session, first.family_id)
    waitlist.decline(session, family, offer_id=first.id, now=at)
    [second, *_others] = waitlist.promote(session, now=at)
    family, at = _parent(session, second.family_id), at + 21 * MINUTE
    waitlist.accept(session, family, offer_id=second.id, now=at)
    waitlist.promote(session, now=at)


def _today(session: Session, found: Waiting, booked: Sequence[Booking]) -> None:
    """A booking is cancelled, and its place offered to whoever is first now."""
    at = by_day(found.now - CANCELLED_AGO)
    bookings.cancel(
        session,
        _parent(session, booked[-1].family_id),
        booking_id=booked[-1].id,
        reason="illness",
        fee_fen=0,
        now=at,
    )
    waitlist.promote(session, now=at)

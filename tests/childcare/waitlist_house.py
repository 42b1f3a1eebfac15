"""Nurseries with lists, and families who wait: what the plain tests of waiting tell their stories
with.

`Lists.now` is the hour of the story; whatever is done promotes, as every edge does (`app.act`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from childcare import bookings, enrolments, planning, waitlist
from childcare.actors import SYSTEM, Actor
from childcare.bookings import Booking, Wish
from childcare.enrolments import Absence, Enrolment
from childcare.institutions import CareForm, ClassGroup, DayPart, Institution
from childcare.outbox import OutboxRow
from childcare.people import Child
from childcare.schedule import Shift
from childcare.stays import Stay
from childcare.waitlist import (
    Ask,
    Happened,
    Offer,
    OfferState,
    Siblings,
    WaitlistEntry,
    WaitlistEvent,
)
from tests.build import NOON, TODAY, TOMORROW, Build, director, front_desk, slots

EVERY_DAY = (1, 2, 3, 4, 5)
DECEMBER = date(2026, 12, 1)


@dataclass
class Place:
    """A nursery with one class."""

    at: Institution
    group: ClassGroup

    @property
    def id(self) -> int:
        return self.at.id

    @property
    def boss(self) -> Actor:
        return director(self.at.id)

    @property
    def desk(self) -> Actor:
        return front_desk(self.at.id)


@dataclass
class Who:
    """A child with a guardian of its family."""

    actor: Actor
    child: Child


class Lists:
    def __init__(self, session: Session, build: Build) -> None:
        self.session, self.build = session, build
        self.now: datetime = NOON

    # Who and where

    def place(self, places: int = 1, *, days: Sequence[date] = (TOMORROW,), **facts: Any) -> Place:
        """A nursery with a toddler class of so many places; these days are opened."""
        at = self.build.institution()
        made = Place(at, self.build.class_group(at, places=places, **facts))
        for on in days:
            self.open(made, on)
        return made

    def open(self, place: Place, on: date = TOMORROW) -> None:
        planning.open_day(self.session, place.id, on, now=self.now)
        self.promote()

    def family(self, **facts: Any) -> Who:
        family = self.build.family()
        return Who(self.build.guardian(family).actor, self.build.child(family, **facts))

    def sibling(self, of: Who, **facts: Any) -> Who:
        child = Child(
            family_id=of.child.family_id,
            name="苗苗",
            born_on=of.child.born_on,
            created_at=NOON,
            **facts,
        )
        self.session.add(child)
        self.session.flush()
        return Who(of.actor, child)

    def promote(self) -> list[Offer]:
        return waitlist.promote(self.session, now=self.now)

    def later(self, **by: float) -> datetime:
        self.now += timedelta(**by)
        return self.now

    # What families do

    def book(
        self, who: Who, place: Place, start: str = "09:00", end: str = "11:00", on: date = TOMORROW
    ) -> Booking:
        wanted = slots(start, end)
        first, last = wanted[0] * 30, wanted[-1] * 30 + 30
        wish = Wish(who.child.id, place.id, CareForm.HOURLY, on, first, last)
        held = bookings.hold(self.session, who.actor, wish=wish, now=self.now)
        booked = bookings.confirm(self.session, who.actor, booking_id=held.id, now=self.now)
        self.promote()
        return booked

    def full(
        self, place: Place, start: str = "09:00", end: str = "11:00", on: date = TOMORROW
    ) -> tuple[Who, Booking]:
        """Somebody is there already."""
        who = self.family()
        return who, self.book(who, place, start, end, on)

    def cancel(self, booked: tuple[Who, Booking]) -> None:
        who, booking = booked
        fee = bookings.fee_now(self.session, booking, now=self.now).fen
        bookings.cancel(
            self.session,
            who.actor,
            booking_id=booking.id,
            reason="",
            fee_fen=fee,
            now=self.now,
        )
        self.promote()

    def cancel_by_institution(self, booked: tuple[Who, Booking]) -> None:
        bookings.cancel_by_institution(
            self.session, SYSTEM, booking_id=booked[1].id, reason="停水", now=self.now
        )
        self.promote()

    def join(
        self,
        who: Who,
        *places: Place,
        start: str = "09:00",
        end: str = "11:00",
        on: date = TOMORROW,
    ) -> WaitlistEntry:
        """Wait for a span of a day; each join is a second after the one before."""
        wanted = slots(start, end)
        first, last = wanted[0] * 30, wanted[-1] * 30 + 30
        ask = Ask(
            (who.child.id,),
            tuple(place.id for place in places),
            CareForm.HOURLY,
            on=on,
            start=first,
            end=last,
        )
        return self.ask(who, ask)[0]

    def join_all(
        self, who: Sequence[Who], *places: Place, together: Siblings
    ) -> list[WaitlistEntry]:
        ask = Ask(
            tuple(one.child.id for one in who),
            tuple(place.id for place in places),
            CareForm.HOURLY,
            on=TOMORROW,
            start=540,
            end=660,
            together=together,
        )
        return self.ask(who[0], ask)

    def apply(
        self,
        who: Who,
        *places: Place,
        from_month: date = DECEMBER,
        weekdays: Sequence[int] = EVERY_DAY,
    ) -> WaitlistEntry:
        """Wait for a long-term place, the whole day."""
        ask = Ask(
            (who.child.id,),
            tuple(place.id for place in places),
            CareForm.FULL_DAY,
            from_month=from_month,
            weekdays=tuple(weekdays),
        )
        return self.ask(who, ask)[0]

    def ask(self, who: Who, ask: Ask) -> list[WaitlistEntry]:
        self.later(seconds=1)
        made = waitlist.join(self.session, who.actor, ask=ask, now=self.now)
        self.promote()
        return made

    def pause(self, who: Who, entry: WaitlistEntry) -> None:
        waitlist.pause(self.session, who.actor, entry_id=entry.id, now=self.now)
        self.promote()

    def renew(self, who: Who, entry: WaitlistEntry) -> None:
        waitlist.renew(self.session, who.actor, entry_id=entry.id, now=self.now)
        self.promote()

    def leave(self, who: Who, entry: WaitlistEntry) -> None:
        waitlist.leave(self.session, who.actor, entry_id=entry.id, now=self.now)
        self.promote()

    def accept(self, who: Who, offer: Offer) -> Offer:
        made = waitlist.accept(self.session, who.actor, offer_id=offer.id, now=self.now)
        self.promote()
        return made

    def decline(self, who: Who, offer: Offer) -> Offer:
        made = waitlist.decline(self.session, who.actor, offer_id=offer.id, now=self.now)
        self.promote()
        return made

    def expire(self, offer: Offer) -> bool:
        did = waitlist.expire(self.session, offer_id=offer.id, now=self.now)
        self.promote()
        return did

    def enrol(self, who: Who, place: Place, *, from_on: date = TODAY) -> Enrolment:
        made = enrolments.enrol(
            self.session,
            SYSTEM,
            child_id=who.child.id,
            institution_id=place.id,
            form=CareForm.FULL_DAY,
            weekdays=EVERY_DAY,
            day_part=DayPart.FULL,
            from_on=from_on,
            now=self.now,
        )
        self.promote()
        return made

    def away(
        self,
        who: Who,
        *,
        by: Actor | None = None,
        hours: tuple[str, str] | None = None,
        from_on: date = TOMORROW,
        to_on: date | None = None,
    ) -> Absence:
        wanted = slots(*hours) if hours else None
        made = enrolments.declare_absence(
            self.session,
            by or who.actor,
            child_id=who.child.id,
            from_on=from_on,
            to_on=to_on or from_on,
            start=wanted[0] * 30 if wanted else None,
            end=wanted[-1] * 30 + 30 if wanted else None,
            reason="去外婆家",
            now=self.now,
        )
        self.promote()
        return made

    def shift(self, place: Place, *hours: tuple[int, int], on: date = TOMORROW) -> None:
        shifts = [Shift(f"老师{number}", *pair) for number, pair in enumerate(hours)]
        planning.change_shifts(
            self.session, place.boss, class_id=place.group.id, on=on, shifts=shifts, now=self.now
        )
        self.promote()

    def close(self, place: Place, on: date = TOMORROW) -> int:
        closure = planning.close(
            self.session,
            place.boss,
            institution_id=place.id,
            class_id=None,
            from_on=on,
            to_on=on,
            reason="停水",
            now=self.now,
        )
        self.promote()
        return closure.id

    def lift(self, place: Place, closure_id: int) -> None:
        planning.lift(self.session, place.boss, closure_id=closure_id, now=self.now)
        self.promote()

    # What is

    def offer_of(self, entry: WaitlistEntry) -> Offer | None:
        query = select(Offer).where(Offer.entry_id == entry.id, Offer.state == OfferState.OPEN)
        return self.session.scalars(query).one_or_none()

    def offered(self, entry: WaitlistEntry) -> Offer:
        found = self.offer_of(entry)
        assert found is not None
        return found

    def offers(self, entry: WaitlistEntry) -> list[str]:
        """The states of all offers an entry ever had, in order."""
        query = select(Offer.state).where(Offer.entry_id == entry.id).order_by(Offer.id)
        return list(self.session.scalars(query))

    def passes(self, entry: WaitlistEntry) -> list[str]:
        """Why an entry was passed over, each time."""
        query = select(WaitlistEvent.why).where(
            WaitlistEvent.entry_id == entry.id, WaitlistEvent.kind == Happened.PASSED_OVER
        )
        return list(self.session.scalars(query.order_by(WaitlistEvent.id)))

    def stay(self, offer: Offer) -> Stay:
        return self.session.get_one(Stay, offer.stay_id, populate_existing=True)

    def taken(self, place: Place, on: date = TOMORROW) -> dict[int, int]:
        counts = self.build.day(place.group, on).taken
        return {slot: count for slot, count in enumerate(counts) if count}

    def told(self, kind: str) -> list[OutboxRow]:
        query = select(OutboxRow).where(OutboxRow.kind == kind).order_by(OutboxRow.id)
        return list(self.session.scalars(query))

"""A nursery whose lists somebody waits on: five places, taken 09:00-12:00 tomorrow."""

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from childcare import bookings, clock, waitlist
from childcare.app import act, promoting
from childcare.db import reading
from childcare.institutions import CareForm
from childcare.people import Child, Guardian
from childcare.waitlist import Ask, Offer, OfferState, Round, WaitlistEntry
from tests.build import TOMORROW
from tests.webapp.pages.rooms import Morning, guardian_of

FULL = ("安安", "贝贝", "陈晨", "朵朵", "恩恩")


@dataclass
class Lists(Morning):
    """The desk of the lists, today at noon unless the clock is moved."""

    guardians: dict[str, int] = field(default_factory=dict)
    bookings: dict[str, int] = field(default_factory=dict)

    def full(self) -> None:
        """Nothing is free tomorrow from nine to twelve."""
        for name in FULL:
            child_id, guardian_id = self.child(name)
            stay_id = self.book(child_id, guardian_id, (9, 12))
            self.guardians[name] = guardian_id
            with reading() as session:
                found = bookings.find_by_stay(session, stay_id)
                assert found is not None
                self.bookings[name] = found.id

    def waits(
        self, name: str, hours: tuple[int, int] = (9, 12), on: date = TOMORROW, **facts: object
    ) -> int:
        """A child that waits for these hours; its entry."""
        child_id, guardian_id = self.child(name, **facts)
        self.guardians[name] = guardian_id
        where = (self.city.nursery,)
        start, end = hours[0] * 60, hours[1] * 60
        ask = Ask((child_id,), where, CareForm.HOURLY, on, start, end)
        return self.asks(guardian_id, ask)

    def enrols(self, name: str, month: date) -> int:
        """A child that waits for whole days from a month on; its entry."""
        child_id, guardian_id = self.child(name)
        self.guardians[name] = guardian_id
        where, form = (self.city.nursery,), CareForm.FULL_DAY
        ask = Ask((child_id,), where, form, from_month=month, weekdays=(1, 2, 3, 4, 5))
        return self.asks(guardian_id, ask)

    def asks(self, guardian_id: int, ask: Ask) -> int:
        with promoting() as session:
            actor = guardian_of(session, guardian_id)
            return waitlist.join(session, actor, ask=ask, now=clock.now(session))[0].id

    def cancels(self, name: str) -> int:
        """That family gives its place up, its child being ill; the round this opens."""

        def cancel(session: Session) -> None:
            bookings.cancel(
                session,
                guardian_of(session, self.guardians[name]),
                booking_id=self.bookings[name],
                reason="illness",
                fee_fen=0,
                now=clock.now(session),
            )

        act(cancel)
        return last_round()

    def pauses(self, name: str) -> None:
        def paused(session: Session) -> None:
            actor, now = guardian_of(session, self.guardians[name]), clock.now(session)
            [entry] = waitlist.live_entries_of(session, actor)
            waitlist.pause(session, actor, entry_id=entry.id, now=now)

        act(paused)

    def answers(self, name: str, answer: str) -> None:
        """That family accepts or declines what it is offered."""

        def answered(session: Session) -> None:
            actor, now = guardian_of(session, self.guardians[name]), clock.now(session)
            [offer] = waitlist.open_offers_of(session, actor, now=now)
            does = waitlist.accept if answer == "accepts" else waitlist.decline
            does(session, actor, offer_id=offer.id, now=now)

        act(answered)

    def family(self, session: Session, name: str) -> int:
        return session.get_one(Guardian, self.guardians[name]).family_id

    def entries(self, entry_id: int, more: str = "") -> str:
        return self.room("waitlist", f"/entries/{entry_id}{more}")


def last_round() -> int:
    with reading() as session:
        return session.scalars(select(func.max(Round.id))).one()


def state_of_entry(entry_id: int) -> str:
    with reading() as session:
        return session.get_one(WaitlistEntry, entry_id).state


def offered_to() -> list[str]:
    """Children who have an open offer, by deadline."""
    with reading() as session:
        names = select(Child.name).join(Offer, Offer.child_id == Child.id)
        is_open = Offer.state == OfferState.OPEN
        return list(session.scalars(names.where(is_open).order_by(Offer.id)))

"""A morning at the nursery: children who are expected, and staff before the panel."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from childcare import accounts, bookings, clock, enrolments
from childcare.actors import SYSTEM, Actor
from childcare.app import promoting
from childcare.bookings import Wish
from childcare.db import reading
from childcare.institutions import CareForm, DayPart
from childcare.people import Family, Guardian
from childcare.stays import Stay
from tests.build import NOON, TOMORROW, Build, FakeClock
from tests.webapp.conftest import City
from tests.webapp.pages.conftest import Browser, Page

STAFF = ("director", "desk", "finance", "wu")


@dataclass
class Morning:
    """The nursery at some hour of tomorrow, which is today then."""

    web: Flask
    city: City
    clock: FakeClock

    def at(self, hhmm: str, on: date = TOMORROW) -> datetime:
        self.clock.now = clock.at(on, clock.parse_hhmm(hhmm))
        return self.clock.now

    def room(self, room: str = "today", query: str = "") -> str:
        return f"/panel/{self.city.nursery}/{room}{query}"

    def browser(self, who: str = "desk", **more: Any) -> Browser:
        """Somebody's browser, signed in at this hour."""
        client = self.web.test_client()
        with promoting() as session:
            token = accounts.open_session(
                session, self.city.people[who].actor, label="test", address="", now=self.clock.now
            )
        client.set_cookie("staff_session", token)
        return Browser(client, **more)

    def child(self, name: str, **facts: Any) -> tuple[int, int]:
        """A child of a family of its own; its id and the family's."""
        with promoting() as session:
            build = Build(session)
            lin = build.guardian(name=f"{name}妈妈", phone=None)
            made = build.child(session.get_one(Family, lin.family_id), name=name, **facts)
            return made.id, lin.id

    def booked(self, name: str, hours: tuple[int, int] = (9, 12), **facts: Any) -> int:
        """The stay of a child that is booked."""
        child_id, guardian_id = self.child(name, **facts)
        return self.book(child_id, guardian_id, hours)

    def book(self, child_id: int, guardian_id: int, hours: tuple[int, int]) -> int:
        with promoting() as session:
            actor = guardian_of(session, guardian_id)
            wish = Wish(
                child_id, self.city.nursery, CareForm.HOURLY, TOMORROW, hours[0] * 60, hours[1] * 60
            )
            held = bookings.hold(session, actor, wish=wish, now=NOON)
            return bookings.confirm(session, actor, booking_id=held.id, now=NOON).stay_id

    def enrolled(self, name: str) -> int:
        """The stay of a child that comes every morning, 08:00-12:00."""
        child_id, _ = self.child(name)
        with promoting() as session:
            made = enrolments.enrol(
                session,
                SYSTEM,
                child_id=child_id,
                institution_id=self.city.nursery,
                form=CareForm.HALF_DAY,
                weekdays=[1, 2, 3, 4, 5],
                day_part=DayPart.MORNING,
                from_on=TOMORROW,
                now=NOON,
            )
            return stay_of_enrolment(session, made.id)


def guardian_of(session: Session, guardian_id: int) -> Actor:
    return session.get_one(Guardian, guardian_id).actor


def stay_of_enrolment(session: Session, enrolment_id: int) -> int:
    query = select(Stay.id).where(Stay.enrolment_id == enrolment_id, Stay.on == TOMORROW)
    return session.scalars(query).one()


def state_of(stay_id: int) -> str:
    with reading() as session:
        return session.get_one(Stay, stay_id).state


def row(page: Page, stay_id: int) -> str:
    """The HTML of one child's row."""
    after = page.html.split(f'id="stay-{stay_id}"', 1)
    assert len(after) == 2, f"stay {stay_id} is not on the page"
    return after[1].split('<li class="child', 1)[0]

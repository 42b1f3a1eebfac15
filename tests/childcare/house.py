"""A house with classes that a test chooses, and families who come one after the other."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from childcare import bookings, enrolments, planning
from childcare.actors import SYSTEM, Actor
from childcare.bookings import Booking, Wish
from childcare.capacity import ClassDay
from childcare.enrolments import Absence, Enrolment
from childcare.institutions import CareForm, ClassGroup, DayPart, Institution, Offering
from childcare.outbox import OutboxRow
from childcare.people import Child
from childcare.schedule import Closure, Shift
from childcare.stays import Stay
from tests.build import NOON, TODAY, TOMORROW, Build, director, slots


class House:
    def __init__(self, session: Session, build: Build) -> None:
        self.session, self.build = session, build
        self.at: Institution = build.institution()

    def group(self, band: str = "toddler", **facts: Any) -> ClassGroup:
        return self.build.class_group(self.at, band=band, **facts)

    def open(self, on: date = TOMORROW) -> None:
        planning.open_day(self.session, self.at.id, on, now=NOON)

    def shift(self, group: ClassGroup, *hours: tuple[int, int]) -> ClassDay:
        shifts = [Shift(f"老师{number}", *pair) for number, pair in enumerate(hours)]
        boss = director(self.at.id)
        day = planning.change_shifts(
            self.session, boss, class_id=group.id, on=TOMORROW, shifts=shifts, now=NOON
        )
        assert day is not None
        return day

    def family(self, **facts: Any) -> tuple[Actor, Child]:
        family = self.build.family()
        return self.build.guardian(family).actor, self.build.child(family, **facts)

    def hold(
        self, start: str = "09:00", end: str = "11:00", on: date = TOMORROW, **facts: Any
    ) -> Booking:
        actor, child = self.family(**facts)
        wanted = slots(start, end)
        first, last = wanted[0] * 30, wanted[-1] * 30 + 30
        wish = Wish(child.id, self.at.id, CareForm.HOURLY, on, first, last)
        return bookings.hold(self.session, actor, wish=wish, now=NOON)

    def book(self, *span: str, who: tuple[Actor, Child], **facts: Any) -> Booking:
        held = bookings.hold(
            self.session, who[0], wish=self.wish(*span, who=who, **facts), now=NOON
        )
        return bookings.confirm(self.session, who[0], booking_id=held.id, now=NOON)

    def wish(
        self,
        start: str = "09:00",
        end: str = "11:00",
        *,
        who: tuple[Actor, Child],
        on: date = TOMORROW,
        form: CareForm = CareForm.HOURLY,
    ) -> Wish:
        wanted = slots(start, end)
        return Wish(who[1].id, self.at.id, form, on, wanted[0] * 30, wanted[-1] * 30 + 30)

    def enrol(
        self,
        who: tuple[Actor, Child],
        *,
        weekdays: Sequence[int] = (1, 2, 3, 4, 5),
        part: DayPart = DayPart.FULL,
        from_on: date = TODAY,
        now: datetime = NOON,
    ) -> Enrolment:
        return enrolments.enrol(
            self.session,
            SYSTEM,
            child_id=who[1].id,
            institution_id=self.at.id,
            form=CareForm.FULL_DAY if part is DayPart.FULL else CareForm.HALF_DAY,
            weekdays=weekdays,
            day_part=part,
            from_on=from_on,
            now=now,
        )

    def away(
        self,
        who: tuple[Actor, Child],
        from_on: date = TOMORROW,
        to_on: date | None = None,
        hours: tuple[str, str] | None = None,
        now: datetime = NOON,
    ) -> Absence:
        wanted = slots(*hours) if hours else None
        return enrolments.declare_absence(
            self.session,
            who[0],
            child_id=who[1].id,
            from_on=from_on,
            to_on=to_on or from_on,
            start=wanted[0] * 30 if wanted else None,
            end=wanted[-1] * 30 + 30 if wanted else None,
            reason="去外婆家",
            now=now,
        )

    def close(
        self,
        from_on: date = TOMORROW,
        to_on: date | None = None,
        *,
        group: ClassGroup | None = None,
        now: datetime = NOON,
    ) -> Closure:
        return planning.close(
            self.session,
            director(self.at.id),
            institution_id=self.at.id,
            class_id=group.id if group else None,
            from_on=from_on,
            to_on=to_on or from_on,
            reason="停水",
            now=now,
        )

    def stay(self, of: Enrolment, on: date = TOMORROW) -> Stay:
        """The enrolled child's latest stay of a day."""
        query = select(Stay).where(Stay.enrolment_id == of.id, Stay.on == on)
        return self.session.scalars(query.order_by(Stay.id.desc())).all()[0]

    def taken(self, group: ClassGroup, on: date = TOMORROW) -> dict[int, int]:
        counts = self.build.day(group, on).taken
        return {slot: count for slot, count in enumerate(counts) if count}

    def told(self, kind: str) -> list[dict[str, Any]]:
        query = select(OutboxRow.payload).where(OutboxRow.kind == kind).order_by(OutboxRow.id)
        return list(self.session.scalars(query))

    def sell(self, form: CareForm, **facts: Any) -> None:
        """Sell another form by half hours, on the terms of hourly care but for `facts`."""
        hourly = self.session.scalars(
            select(Offering).where(
                Offering.institution_id == self.at.id, Offering.form == CareForm.HOURLY
            )
        ).one()
        same = {c.key: getattr(hourly, c.key) for c in Offering.__table__.columns if c.key != "id"}
        self.session.add(Offering(**{**same, "form": form, **facts}))
        self.session.flush()

"""What befalls the two nurseries: each step is done at random, in the model and in earnest."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from childcare import bookings, enrolments, planning
from childcare.actors import SYSTEM
from childcare.bookings import Booking, Move, Wish
from childcare.institutions import CareForm, DayPart
from childcare.schedule import Shift
from childcare.workdays import CalendarDay, DayKind
from tests.childcare.capacity_model import Visit
from tests.childcare.capacity_town import AHEAD, Town

MORNING, WHOLE_DAY = range(16, 24), range(16, 35)

# How often what is done, in a hundred or so.
WEIGHTS = {
    "hold": 22,
    "confirm": 16,
    "release": 3,
    "cancel": 6,
    "approve": 4,
    "reject": 2,
    "reschedule": 12,
    "expire": 3,
    "check_in": 8,
    "check_out": 5,
    "undo_check_in": 3,
    "undo_check_out": 3,
    "no_show": 4,
    "mark_no_show": 3,
    "end_of_day": 1,
    "declare_absence": 5,
    "take_back": 4,
    "enrol": 4,
    "end": 2,
    "change_shifts": 5,
    "close": 2,
    "lift": 3,
    "open_on": 2,
    "keep_calendar": 1,
    "pass_time": 14,
}


class Days(Town):
    """A town in which things happen."""

    def step(self) -> str:
        [name] = self.random.choices(list(WEIGHTS), list(WEIGHTS.values()))
        getattr(self, name)()
        return name

    def hold(self) -> None:
        kid, at, on = self.any_kid(), self.random.choice(self.institutions), self.any_day()
        slots = self.any_slots()
        wish = Wish(kid.id, at, CareForm.HOURLY, on, slots[0] * 30, slots[-1] * 30 + 30)
        made = self.both(
            lambda: self.model.hold(kid, at, on, slots),
            lambda s: bookings.hold(s, self.actor(kid), wish=wish, now=self.clock.now).stay,
        )
        if made:
            made[0].ref = made[1]

    def _of_family(self, name: str, *states: str, **facts: Any) -> None:
        """A booking command of a family: the same name in both worlds."""
        visit = self.any_visit(*states)
        if visit:
            actor, command = self.actor(visit.kid), getattr(bookings, name)
            self._on_booking(visit, name, lambda s, i: command(s, actor, booking_id=i, **facts))

    def _of_desk(self, name: str, *states: str, **facts: Any) -> None:
        visit = self.any_visit(*states)
        if visit:
            command = getattr(bookings, name)
            self._on_booking(visit, name, lambda s, i: command(s, SYSTEM, booking_id=i, **facts))

    def _on_booking(self, visit: Visit, name: str, real: Callable[[Session, int], Any]) -> None:
        def ours(session: Session) -> Any:
            found = bookings.find_by_stay(session, visit.ref)
            assert found is not None
            return real(session, found.id)

        self.both(lambda: getattr(self.model, name)(visit), ours)

    def confirm(self) -> None:
        self._of_family("confirm", "held", now=self.clock.now)

    def release(self) -> None:
        self._of_family("release", "held", now=self.clock.now)

    def approve(self) -> None:
        self._of_desk("approve", "requested", now=self.clock.now)

    def reject(self) -> None:
        self._of_desk("reject", "requested", reason="满员", now=self.clock.now)

    def cancel(self) -> None:
        visit = self.any_visit("expected", "requested")
        if not visit:
            return
        now, actor = self.clock.now, self.actor(visit.kid)

        def ours(session: Session, booking_id: int) -> Booking:
            fee = bookings.fee_now(session, session.get_one(Booking, booking_id), now=now).fen
            return bookings.cancel(
                session, actor, booking_id=booking_id, reason="", fee_fen=fee, now=now
            )

        self._on_booking(visit, "cancel", ours)

    def expire(self) -> None:
        visit = self.any_visit("held", "requested")
        if visit:
            now = self.clock.now
            ours = bookings.expire
            self._on_booking(visit, "expire", lambda s, i: ours(s, booking_id=i, now=now))

    def reschedule(self) -> None:
        visit = self.any_visit("expected")
        if not visit:
            return
        on = visit.on if self.random.random() < 0.5 else self.any_day()
        slots, actor, now = self.any_slots(), self.actor(visit.kid), self.clock.now
        move = Move(on, slots[0] * 30, slots[-1] * 30 + 30)

        def ours(session: Session) -> Booking:
            found = bookings.find_by_stay(session, visit.ref)
            assert found is not None
            return bookings.reschedule(
                session, actor, booking_id=found.id, version=found.version, move=move, now=now
            )

        self.both(lambda: self.model.reschedule(visit, on, slots), ours)

    def _at_door(self, name: str, *states: str) -> None:
        visit = self.any_visit(*states, is_booked=False)
        if visit:
            self._press(name, visit)

    def _press(self, name: str, visit: Visit) -> None:
        command, now = getattr(bookings, name), self.clock.now
        self.both(
            lambda: getattr(self.model, name)(visit),
            lambda s: command(s, SYSTEM, stay_id=visit.ref, now=now),
        )

    def check_in(self) -> None:
        self._at_door("check_in", "expected", "no_show", "absent")

    def check_out(self) -> None:
        self._at_door("check_out", "checked_in")

    def undo_check_in(self) -> None:
        self._undo("undo_check_in", "came_at")

    def undo_check_out(self) -> None:
        self._undo("undo_check_out", "left_at")

    def _undo(self, name: str, pressed_at: str) -> None:
        """A slip is noticed soon, as a rule."""
        soon = self.model.now - timedelta(minutes=25)
        recent = [v for v in self.model.visits if (getattr(v, pressed_at) or soon) > soon]
        if not recent or self.random.random() < 0.2:
            self._at_door(name, "checked_in", "completed")
        else:
            self._press(name, self.random.choice(recent))

    def no_show(self) -> None:
        self._at_door("no_show", "expected")

    def mark_no_show(self) -> None:
        visit = self.any_visit("expected", is_booked=False)
        if visit:
            now = self.clock.now
            self.both(
                lambda: self.model.mark_no_show(visit),
                lambda s: bookings.mark_no_show(s, stay_id=visit.ref, now=now),
            )

    def end_of_day(self) -> None:
        at, on, now = self.random.choice(self.institutions), self.model.now.date(), self.clock.now
        self.both(
            lambda: self.model.end_of_day(at, on),
            lambda s: bookings.end_of_day(s, institution_id=at, on=on, now=now),
        )

    def enrol(self) -> None:
        kid, at, now = self.any_kid(), self.random.choice(self.institutions), self.clock.now
        from_on = self.model.now.date() + timedelta(days=self.random.choice((0, 1, 2, 5, 9)))
        weekdays = sorted(self.random.sample(range(1, 6), self.random.randrange(1, 6)))
        is_whole = self.random.random() < 0.4
        form = CareForm.FULL_DAY if is_whole else CareForm.HALF_DAY
        part = DayPart.FULL if is_whole else DayPart.MORNING
        slots = WHOLE_DAY if is_whole else MORNING
        made = self.both(
            lambda: self.model.enrol(kid, at, weekdays, slots, from_on),
            lambda s: enrolments.enrol(
                s,
                SYSTEM,
                child_id=kid.id,
                institution_id=at,
                form=form,
                weekdays=weekdays,
                day_part=part,
                from_on=from_on,
                now=now,
            ),
        )
        if made:
            made[0].id = made[1]
            for visit in self.model.visits:
                visit.enrolment = made[1] if visit.enrolment == -1 else visit.enrolment

    def end(self) -> None:
        if not self.model.enrolled:
            return
        entry, now = self.random.choice(self.model.enrolled), self.clock.now
        on = self.any_day()
        self.both(
            lambda: self.model.end(entry, on),
            lambda s: enrolments.end(s, SYSTEM, enrolment_id=entry.id, on=on, now=now),
        )

    def declare_absence(self) -> None:
        enrolled = [entry.kid for entry in self.model.enrolled if entry.ends_on is None]
        kid = self.random.choice(enrolled or [self.any_kid()])
        from_on, now = self.any_day(), self.clock.now
        to_on = from_on + timedelta(days=self.random.choice((0, 0, 1, 4)))
        part = self.any_slots() if self.random.random() < 0.6 else None
        hours = {"start": part[0] * 30, "end": part[-1] * 30 + 30} if part else {}
        made = self.both(
            lambda: self.model.declare_absence(kid, from_on, to_on, part or range(48)),
            lambda s: enrolments.declare_absence(
                s,
                self.actor(kid),
                child_id=kid.id,
                from_on=from_on,
                to_on=to_on,
                reason="去外婆家",
                now=now,
                **hours,
            ),
        )
        if made:
            self.absences.append(made)

    def take_back(self) -> None:
        if not self.absences:
            return
        (away, absence_id), now = self.random.choice(self.absences[-8:]), self.clock.now
        self.both(
            lambda: self.model.take_back(away),
            lambda s: enrolments.take_back(s, SYSTEM, absence_id=absence_id, now=now),
        )

    def change_shifts(self) -> None:
        group, on, now = self.any_group(), self.any_day(), self.clock.now
        usual = ((480, 1080), (480, 1080), (480, 720), (600, 1080), (495, 1065))
        hours = self.random.choices(usual, k=self.random.randrange(4))
        shifts = [Shift(f"老师{n}", *pair) for n, pair in enumerate(hours)]
        self.both(
            lambda: self.model.change_shifts(group, on, hours),
            lambda s: planning.change_shifts(
                s, SYSTEM, class_id=group.id, on=on, shifts=shifts, now=now
            ),
        )

    def close(self) -> None:
        group, from_on, now = self.any_group(), self.any_day(), self.clock.now
        class_id = self.random.choice((None, group.id))
        to_on = from_on + timedelta(days=self.random.choice((0, 0, 1, 6)))
        made = self.both(
            lambda: self.model.close(group.institution, class_id, from_on, to_on),
            lambda s: planning.close(
                s,
                SYSTEM,
                institution_id=group.institution,
                class_id=class_id,
                from_on=from_on,
                to_on=to_on,
                reason="停水",
                now=now,
            ),
        )
        if made:
            self.closings.append(made)

    def lift(self) -> None:
        live = [pair for pair in self.closings if not pair[0].lifted]
        if live:
            (closing, closure_id), now = self.random.choice(live), self.clock.now
            self.both(
                lambda: self.model.lift(closing),
                lambda s: planning.lift(s, SYSTEM, closure_id=closure_id, now=now),
            )

    def open_on(self) -> None:
        at, on, now = self.random.choice(self.institutions), self.any_day(), self.clock.now
        opens, closes = self.random.choice(((480, 1080), (540, 960), (480, 720)))
        self.both(
            lambda: self.model.open_on(at, on, opens, closes),
            lambda s: planning.open_on(
                s, SYSTEM, institution_id=at, on=on, opens=opens, closes=closes, reason="", now=now
            ),
        )

    def keep_calendar(self) -> None:
        on, now = self.any_day(), self.clock.now
        runs = self.random.choice((None, 1, 3))
        kind = DayKind.MAKEUP_WORKDAY if runs else DayKind.PUBLIC_HOLIDAY
        day = CalendarDay(on, kind, "演练", runs_weekday=runs)

        def ours(session: Session) -> None:
            planning.keep_calendar(session, SYSTEM, [day], now=now, source="test")
            for at in self.institutions:
                planning.replan(session, at, [on], now=now)

        self.both(lambda: self.model.keep_calendar(on, runs, self.institutions), ours)

    def pass_time(self) -> None:
        was = self.model.now
        night = datetime.combine(was.date() + timedelta(days=1), datetime.min.time())
        later = was + timedelta(minutes=self.random.choice((4, 10, 25, 30, 95)))
        self.set_time(night if was.hour >= 18 or later > night else later)
        if self.model.now.date() > was.date():
            self.open_day(self.model.now.date() + timedelta(days=AHEAD))
            self.set_time(self.model.now + timedelta(hours=self.random.choice((6, 7, 8))))

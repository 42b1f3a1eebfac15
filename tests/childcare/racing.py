"""People at once: threads that really commit, and a look that counts everything again."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql.ranges import MultiRange
from sqlalchemy.orm import Session

from childcare import bookings, clock, enrolments, planning
from childcare.actors import SYSTEM, Actor
from childcare.app import act, promoting
from childcare.bookings import Booking, Move, Wish
from childcare.capacity import ClassDay
from childcare.db import reading
from childcare.errors import DomainError
from childcare.institutions import CareForm, ClassGroup, DayPart, Institution
from childcare.people import Child
from childcare.schedule import Shift
from childcare.stays import State, Stay
from tests.build import NOON, TOMORROW, Build, slots

Command = Callable[[Session], Any]
PATIENCE = 30


def together(app: Flask, *runs: Callable[[], Any]) -> list[Any]:
    """What each answered, or the refusal it got, when all began at the same moment."""
    start = threading.Barrier(len(runs), timeout=PATIENCE)

    def one(run: Callable[[], Any]) -> Any:
        with app.app_context():
            start.wait()
            try:
                return run()
            except DomainError as refusal:
                return refusal

    with ThreadPoolExecutor(len(runs)) as pool:
        return list(pool.map(one, runs))


def acting(*commands: Command) -> list[Callable[[], Any]]:
    """Each command through `act`, as every edge does; its answer is the record's id, if any."""
    return [_acting(command) for command in commands]


def _acting(command: Command) -> Callable[[], Any]:
    return lambda: act(lambda session: getattr(made := command(session), "id", made))


def done(command: Command) -> int:
    """The id of what a command made, through `act`."""
    return int(_acting(command)())


def codes(answers: Sequence[Any]) -> list[str]:
    """The refusals among answers, by code, in order."""
    return sorted(answer.code for answer in answers if isinstance(answer, DomainError))


def recount() -> dict[tuple[int, date], tuple[list[int], list[int], list[int]]]:
    """(capacity, taken, taken as the stays have it) of every class day."""
    with reading() as session:
        days = session.scalars(select(ClassDay)).all()
        stays = session.scalars(select(Stay)).all()
        held = {day.id: [0] * 48 for day in days}
        for stay in stays:
            for slot in stay.slots():
                held[stay.day_id][slot] += 1
        return {(d.class_id, d.on): (d.capacity, d.taken, held[d.id]) for d in days}


def faults(**found: bool) -> set[str]:
    """The names of what is so; each names something that must never be."""
    return {name for name, is_so in found.items() if is_so}


def unsound() -> set[str]:
    """What is wrong with the counts, and whether a child is in two places."""
    days = list(recount().values())
    return faults(
        miscounted=any(taken != held for _, taken, held in days),
        oversold=any(max(t, h) > c for day in days for c, t, h in zip(*day, strict=True)),
        in_two_places=bool(children_in_two_places()),
    )


def require_sound() -> None:
    """Nothing oversold, nothing miscounted, no child in two places."""
    assert unsound() == set()


def children_in_two_places() -> list[tuple[int, date, int]]:
    with reading() as session:
        stays = session.scalars(select(Stay).where(Stay.state != "offered")).all()
        places = [(stay.child_id, stay.on, slot) for stay in stays for slot in stay.slots()]
    return sorted({place for place in places if places.count(place) > 1})


@dataclass
class Nursery:
    """A nursery with one toddler class, some days opened, and families who want to come."""

    institution: Institution
    group: ClassGroup
    parents: list[tuple[Actor, Child]] = field(default_factory=list)

    @classmethod
    def founded(
        cls, *, families: int = 2, days: Sequence[date] = (TOMORROW,), **facts: Any
    ) -> "Nursery":
        with promoting() as session:
            build = Build(session)
            made = build.institution()
            nursery = cls(made, build.class_group(made, **{"places": 1, **facts}))
            for on in days:
                planning.open_day(session, made.id, on, now=NOON)
            for _ in range(families):
                family = build.family()
                nursery.parents.append((build.guardian(family).actor, build.child(family)))
            session.flush()
            session.expunge_all()
        return nursery

    def wish(
        self, child: Child, start: str = "09:00", end: str = "11:00", on: date = TOMORROW
    ) -> Wish:
        wanted = slots(start, end)
        first, last = wanted[0] * 30, wanted[-1] * 30 + 30
        return Wish(child.id, self.institution.id, CareForm.HOURLY, on, first, last)


# What they do: each answers a command, for `act` or for `together`


def holding(
    nursery: Nursery, who: int, start: str = "09:00", end: str = "11:00", on: date = TOMORROW
) -> Command:
    actor, child = nursery.parents[who]
    wish = nursery.wish(child, start, end, on)
    return lambda s: bookings.hold(s, actor, wish=wish, now=NOON)


def booked(
    nursery: Nursery,
    who: int = 0,
    start: str = "09:00",
    end: str = "11:00",
    on: date = TOMORROW,
) -> int:
    held = done(holding(nursery, who, start, end, on))
    return done(confirming(nursery, who, held))


def cancelling(nursery: Nursery, booking_id: int, who: int = 0) -> Command:
    actor, _ = nursery.parents[who]

    def cancel(session: Session) -> Booking:
        fee = bookings.fee_now(session, session.get_one(Booking, booking_id), now=NOON).fen
        return bookings.cancel(
            session, actor, booking_id=booking_id, reason="", fee_fen=fee, now=NOON
        )

    return cancel


def confirming(nursery: Nursery, who: int, booking_id: int, now: datetime = NOON) -> Command:
    actor, _ = nursery.parents[who]
    return lambda s: bookings.confirm(s, actor, booking_id=booking_id, now=now)


def releasing(nursery: Nursery, who: int, booking_id: int) -> Command:
    actor, _ = nursery.parents[who]
    return lambda s: bookings.release(s, actor, booking_id=booking_id, now=NOON)


def moving(nursery: Nursery, who: int, booking_id: int, version: int, on: date) -> Command:
    actor, _ = nursery.parents[who]
    move = Move(on, 540, 660)
    return lambda s: bookings.reschedule(
        s, actor, booking_id=booking_id, version=version, move=move, now=NOON
    )


def enrolling(nursery: Nursery, who: int, from_on: date = TOMORROW) -> Command:
    _, child = nursery.parents[who]
    return lambda s: enrolments.enrol(
        s,
        SYSTEM,
        child_id=child.id,
        institution_id=nursery.institution.id,
        form=CareForm.FULL_DAY,
        weekdays=[1, 2, 3, 4, 5],
        day_part=DayPart.FULL,
        from_on=from_on,
        now=NOON,
    )


def staying_away(nursery: Nursery, who: int, on: date = TOMORROW) -> Command:
    actor, child = nursery.parents[who]
    return lambda s: enrolments.declare_absence(
        s, actor, child_id=child.id, from_on=on, to_on=on, reason="", now=NOON
    )


def taking_back(nursery: Nursery, who: int, absence_id: int) -> Command:
    actor, _ = nursery.parents[who]
    return lambda s: enrolments.take_back(s, actor, absence_id=absence_id, now=NOON)


def shifting(nursery: Nursery, *, carers: int, on: date = TOMORROW) -> Command:
    shifts = [Shift(f"老师{number}", 480, 1080) for number in range(carers)]
    return lambda s: planning.change_shifts(
        s, SYSTEM, class_id=nursery.group.id, on=on, shifts=shifts, now=NOON
    )


# For controls


def sabotage(*statements: str) -> None:
    with promoting() as session:
        for statement in statements:
            session.execute(text(statement))


NINE_TO_TEN = clock.span(TOMORROW, 18, 20)


def a_stay(nursery: Nursery, day: ClassDay) -> Stay:
    """The first child's stay of one hour, as a careless insert would write it."""
    _, child = nursery.parents[0]
    return Stay(
        institution_id=day.institution_id,
        class_id=day.class_id,
        day_id=day.id,
        on=day.on,
        family_id=child.family_id,
        child_id=child.id,
        source="booking",
        state=State.EXPECTED,
        during=NINE_TO_TEN,
        holds=MultiRange([NINE_TO_TEN]),
        created_at=NOON,
    )

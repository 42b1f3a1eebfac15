"""Families who wait for one place each, and a family with very many chats: for `offer_latency`."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from childcare import bookings, clock, enrolments, people, planning, waitlist
from childcare.actors import SYSTEM, Actor
from childcare.bookings import Wish
from childcare.institutions import CareForm, ClassGroup, DayPart, FeeSheet, Institution, Offering
from childcare.outbox import OutboxRow
from childcare.people import Child, Family, Guardian
from childcare.schedule import WeeklyHours, WeeklyShift
from childcare.waitlist import Ask
from workers import ticks

AWAY, WAITS, OTHERS = 80_000, 81_000, 82_000  # chats, by the number of the sample
CHATS = 240
DAY = 24 * 60
# So near that the lists' clock does not rest at night: a bench runs at any hour.
LEAD, LASTS = timedelta(hours=4), 120


@dataclass(frozen=True)
class Hours:
    """What is waited for: minutes of a local day, some hours ahead."""

    on: date
    start: int

    @property
    def end(self) -> int:
        return self.start + LASTS


def hours_ahead(now: datetime) -> Hours:
    soon = now + LEAD
    on = clock.today(soon)
    start = -(-clock.minutes_of(on, soon) // 30) * 30
    return Hours(on, start) if start + LASTS <= DAY else Hours(on + timedelta(days=1), 0)


def _family(session: Session, chat_id: int, now: datetime) -> tuple[Actor, Child]:
    family = Family(created_at=now)
    session.add(family)
    session.flush()
    guardian = _guardian(family.id, chat_id, now)
    born_on = clock.today(now) - timedelta(days=600)
    child = Child(family_id=family.id, name="豆豆", born_on=born_on, created_at=now)
    session.add_all([guardian, child])
    session.flush()
    return guardian.actor, child


def _guardian(family_id: int, chat_id: int, now: datetime) -> Guardian:
    return Guardian(
        family_id=family_id,
        name="家长",
        telegram_id=chat_id,
        quiet_from=0,
        quiet_until=0,
        consent_version=people.CONSENT_VERSION,
        consented_at=now,
        created_at=now,
    )


def _nursery(session: Session, wanted: Hours, number: int, places: int, now: datetime) -> int:
    """An institution that is open round the clock, with one class whose day is opened."""
    at = Institution(
        registration_no=f"L{number:05d}",
        name=f"测试托育园{number}",
        name_en=f"Nursery {number}",
        kind="community_embedded",
        inclusive=True,
        lat=39.884,
        lng=116.461,
        opened_at=now,
        created_at=now,
    )
    session.add(at)
    session.flush()
    group = ClassGroup(
        institution_id=at.id,
        name="托小班",
        name_en="Toddlers",
        band="toddler",
        from_months=12,
        to_months=35,
        ratio=5,
        places=places,
    )
    session.add(group)
    session.flush()
    for weekday in range(1, 6):
        shift = {"weekday": weekday, "carer": "老师", "starts": 0, "ends": DAY}
        session.add(WeeklyHours(institution_id=at.id, weekday=weekday, opens=0, closes=DAY))
        session.add(WeeklyShift(class_id=group.id, **shift))
    _fees(session, at.id, now)
    planning.open_day(session, at.id, wanted.on, now=now)
    return at.id


def _fees(session: Session, institution_id: int, now: datetime) -> None:
    since = date(2020, 1, 1)
    sheet = FeeSheet(institution_id=institution_id, version=1, effective_from=since, created_at=now)
    session.add(sheet)
    session.flush()
    terms = {"starts": 0, "ends": DAY, "price_fen": 2000, "longest": DAY}
    for form, unit, part, shortest in (
        ("hourly", "half_hour", None, 30),
        ("full_day", "month", "full", DAY),
    ):
        sold = {"form": form, "unit": unit, "day_part": part, "shortest": shortest}
        belongs = {"fee_sheet_id": sheet.id, "institution_id": institution_id}
        session.add(Offering(**belongs, **sold, **terms))
    session.flush()


def write_sample(session: Session, wanted: Hours, number: int) -> None:
    """A class with one place, the family that has it, and one that waits for it."""
    now = clock.now(session)
    institution_id = _nursery(session, wanted, number, 1, now)
    _, enrolled = _family(session, AWAY + number, now)
    enrolments.enrol(
        session,
        SYSTEM,
        child_id=enrolled.id,
        institution_id=institution_id,
        form=CareForm.FULL_DAY,
        weekdays=[1, 2, 3, 4, 5],
        day_part=DayPart.FULL,
        from_on=wanted.on,
        now=now,
    )
    actor, child = _family(session, WAITS + number, now)
    ask = Ask((child.id,), (institution_id,), CareForm.HOURLY, wanted.on, wanted.start, wanted.end)
    waitlist.join(session, actor, ask=ask, now=now)


def write_others(session: Session, wanted: Hours) -> int:
    """A booking of a family with very many chats, to have messages about; its stay's id."""
    now = clock.now(session)
    institution_id = _nursery(session, wanted, 99_999, 5, now)
    actor, child = _family(session, OTHERS, now)
    session.add_all(_guardian(child.family_id, OTHERS + number, now) for number in range(1, CHATS))
    wish = Wish(child.id, institution_id, CareForm.HOURLY, wanted.on, wanted.start, wanted.end)
    held = bookings.hold(session, actor, wish=wish, now=now)
    bookings.confirm(session, actor, booking_id=held.id, now=now)
    return held.stay_id


def calm(session: Session) -> None:
    """Nothing is due: neither what was written so far, nor what the date asks for."""
    now = clock.now(session)
    for ahead in range(2):
        ticks.write_day(session, clock.today(now) + timedelta(days=ahead), now=now)
    session.execute(update(OutboxRow).values(done_at=now, outcome="bench"))

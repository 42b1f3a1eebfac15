"""A nursery on a morning: two classes, twenty children from half past eight, three staff."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from playwright.sync_api import Browser, Page
from sqlalchemy import select

from childcare import accounts, bookings, clock, enrolments, planning
from childcare.actors import SYSTEM, Actor, Role
from childcare.app import promoting
from childcare.bookings import Wish
from childcare.db import reading
from childcare.i18n import Tongue
from childcare.institutions import CareForm, DayPart
from childcare.people import Family
from childcare.stays import Stay
from tests.browser.desks import signed_in
from tests.build import NOON, TOMORROW, Build, FakeClock

# As they are typed, and as they are written: no two begin alike.
CHILDREN = {
    "anan": "安安",
    "beib": "贝贝",
    "chen": "陈晨",
    "duod": "朵朵",
    "enen": "恩恩",
    "feif": "菲菲",
    "guog": "果果",
    "haoh": "浩浩",
    "jiaj": "佳佳",
    "keke": "可可",
    "lele": "乐乐",
    "mimi": "米米",
    "nuon": "诺诺",
    "pang": "胖胖",
    "qiqi": "琪琪",
    "ruir": "瑞瑞",
    "sisi": "思思",
    "tian": "甜甜",
    "wenw": "文文",
    "xiao": "晓晓",
}


@dataclass(frozen=True)
class Furnished:
    """The nursery as written into one database."""

    database: str
    institution_id: int = 0
    staff: dict[str, Actor] = field(default_factory=dict)
    stays: dict[str, int] = field(default_factory=dict)


@dataclass
class House:
    """The nursery on a morning, served to real browsers."""

    address: str
    clock: FakeClock
    built: Furnished

    @property
    def stays(self) -> dict[str, int]:
        return self.built.stays

    def room(self, room: str = "today") -> str:
        return f"{self.address}/panel/{self.built.institution_id}/{room}"

    def states(self) -> list[str]:
        with reading() as session:
            wanted = select(Stay.state).where(Stay.id.in_(self.stays.values()))
            return list(session.scalars(wanted))

    def comes_too(self, name: str, number: int, hours: tuple[int, int] = (510, 720)) -> int:
        """One child more, who is booked; its stay."""
        with promoting() as session:
            return come(Build(session), self.built.institution_id, name, number, hours)

    def desk(
        self, browser: Browser, who: str, *, size: str = "wide", tongue: Tongue = "zh"
    ) -> Page:
        """Somebody's own browser, signed in."""
        return signed_in(browser, self.address, self.built.staff[who], size=size, tongue=tongue)


def at(hhmm: str) -> datetime:
    return clock.at(TOMORROW, clock.parse_hhmm(hhmm))


def furnish(house: Furnished, build: Build) -> Furnished:
    """Two classes, twenty children from half past eight, three staff."""
    nursery = build.institution(name="小小松果托育园", name_en="Little Pinecone")
    build.class_group(nursery, places=15)
    build.class_group(nursery, band="older", places=15, name="托大班", name_en="Older ones")
    planning.open_days(build.session, nursery.id, now=NOON)
    for username, name, role in (
        ("zhou", "周园长", Role.DIRECTOR),
        ("li", "李老师", Role.FRONT_DESK),
        ("wang", "王老师", Role.FRONT_DESK),
    ):
        member = accounts.create_staff(
            build.session,
            username=username,
            name=name,
            password_hash="unused",
            roles={nursery.id: role},
            now=NOON,
        )
        house.staff[username] = accounts.actor_of(build.session, member)
    for number, (typed, name) in enumerate(CHILDREN.items()):
        house.stays[typed] = come(build, nursery.id, name, number)
    return replace(house, institution_id=nursery.id)


def come(
    build: Build,
    institution_id: int,
    name: str,
    number: int,
    hours: tuple[int, int] = (510, 720),
) -> int:
    """A child that is expected, every fourth by enrolment; its stay's id."""
    parent = build.guardian(name=f"{name}妈妈", phone=f"+86138000001{number:02d}")
    build.relative(build.session.get_one(Family, parent.family_id), name=f"{name}外婆")
    child = build.child(
        build.session.get_one(Family, parent.family_id),
        name=name,
        months=16 if number % 2 else 28,
        allergies="花生" if number % 7 == 0 else "",
        care_notes="午睡要抱小熊" if number % 5 == 0 else "",
    )
    session = build.session
    if number % 4 == 0:
        made = enrolments.enrol(
            session,
            SYSTEM,
            child_id=child.id,
            institution_id=institution_id,
            form=CareForm.HALF_DAY,
            weekdays=[1, 2, 3, 4, 5],
            day_part=DayPart.MORNING,
            from_on=TOMORROW,
            now=NOON,
        )
        wanted = select(Stay.id).where(Stay.enrolment_id == made.id, Stay.on == TOMORROW)
        return session.scalars(wanted).one()
    wish = Wish(child.id, institution_id, CareForm.HOURLY, TOMORROW, *hours)
    held = bookings.hold(session, parent.actor, wish=wish, now=NOON)
    return bookings.confirm(session, parent.actor, booking_id=held.id, now=NOON).stay_id

"""The morning at the desk in a real browser: two desks, twenty children, the keyboard alone."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

import pytest
from playwright.sync_api import Browser, Page, expect
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
from tests import servers
from tests.browser.desks import served, signed_in
from tests.browser.eyes import PICTURES, Eyes
from tests.build import NOON, TOMORROW, Build, FakeClock
from tests.stage import Stage

pytestmark = pytest.mark.browser

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

    def desk(
        self, browser: Browser, who: str, *, size: str = "wide", tongue: Tongue = "zh"
    ) -> Page:
        """Somebody's own browser, signed in."""
        return signed_in(browser, self.address, self.built.staff[who], size=size, tongue=tongue)


@pytest.fixture(scope="module")
def built_house(template: str, panel: Stage) -> Iterator[Furnished]:
    """The nursery, written once; each test works on a clone of its database."""
    made = Furnished(f"house_{secrets.token_hex(6)}")
    with (
        panel.on(servers.create_database(made.database, template), FakeClock()),
        promoting() as session,
    ):
        made = furnish(made, Build(session))
    yield made
    servers.drop_database(made.database)


@pytest.fixture
def house(built_house: Furnished, panel: Stage, clock: FakeClock) -> Iterator[House]:
    name = f"t_{secrets.token_hex(6)}"
    url = servers.create_database(name, built_house.database)
    clock.now = at("08:31")
    with panel.on(url, clock) as app, served(app) as address:
        yield House(address, clock, built_house)
    servers.drop_database(name)


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


def come(build: Build, institution_id: int, name: str, number: int) -> int:
    """A child that is expected at half past eight, every fourth by enrolment; its stay's id."""
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
    wish = Wish(child.id, institution_id, CareForm.HOURLY, TOMORROW, 510, 720)
    held = bookings.hold(session, parent.actor, wish=wish, now=NOON)
    return bookings.confirm(session, parent.actor, booking_id=held.id, now=NOON).stay_id


def check_in(page: Page, typed: str) -> None:
    """With the keyboard alone, wherever it stands now."""
    page.keyboard.press("/") if not page.evaluate("document.activeElement.id === 'find'") else None
    page.keyboard.type(typed)
    page.keyboard.press("Enter")


def is_here(page: Page, stay_id: int) -> None:
    expect(page.locator(f"#stay-{stay_id}")).to_have_class("child present")


def test_twenty_children_are_checked_in_at_two_desks_that_agree(
    house: House, browser: Browser
) -> None:
    desks = [house.desk(browser, who) for who in ("li", "wang")]
    for desk in desks:
        desk.goto(house.room())
    for number, (typed, stay_id) in enumerate(house.stays.items()):
        check_in(desks[number % 2], typed)
        is_here(desks[number % 2], stay_id)
    for desk in desks:
        expect(desk.locator(".counts .present b")).to_have_text("20")
        expect(desk.locator(".child.present")).to_have_count(20)
        expect(desk.locator(".child")).to_have_count(20)
    assert set(house.states()) == {"checked_in"}
    Eyes(desks[0], "rush").picture("done")


def test_both_desks_press_for_one_child_and_the_second_reads_who_was_first(
    house: House, browser: Browser
) -> None:
    first, second = (house.desk(browser, who) for who in ("li", "wang"))
    first.goto(house.room())
    second.goto(house.room())
    # The second desk's page stands still, as on a slow line.
    second.route("**/today?*", lambda route: route.abort())
    stay_id = house.stays["guog"]
    check_in(first, "guog")
    is_here(first, stay_id)
    check_in(second, "guog")
    expect(second.locator(f"#stay-{stay_id} .notice")).to_have_text(
        "08:31 李老师 已经先操作了：签到。"
    )
    is_here(second, stay_id)


def test_arrows_choose_among_several_and_what_is_typed_outlives_news(
    house: House, browser: Browser
) -> None:
    mine, other = (house.desk(browser, who) for who in ("li", "wang"))
    mine.goto(house.room())
    other.goto(house.room())
    mine.keyboard.type("妈")
    expect(mine.locator(".child:visible")).to_have_count(0)
    mine.keyboard.press("Escape")
    mine.keyboard.type("en")
    expect(mine.locator(".child:visible")).to_have_count(3)
    check_in(other, "guog")
    expect(mine.locator(".counts .present b")).to_have_text("1")
    expect(mine.locator("#find")).to_have_value("en")
    expect(mine.locator(".child:visible")).to_have_count(3)
    mine.keyboard.press("ArrowDown")
    chosen = mine.locator(".child.chosen")
    expect(chosen).to_have_count(1)
    name = chosen.locator("h3").inner_text()
    mine.keyboard.press("Enter")
    here = mine.locator(".child.present h3", has_text=name)
    expect(here).to_have_count(1)
    expect(mine.locator("#find")).to_have_value("")


# Each size once, each language once; with pictures wanted, all of them.
WALKS: list[tuple[str, Tongue]] = [("wide", "zh"), ("phone", "en")]
ALL_WALKS: list[tuple[str, Tongue]] = [*WALKS, ("wide", "en"), ("phone", "zh")]


@pytest.mark.parametrize(("size", "tongue"), ALL_WALKS if PICTURES else WALKS)
def test_the_rooms_can_be_used_by_everybody(
    house: House, browser: Browser, size: str, tongue: Tongue
) -> None:
    page = house.desk(browser, "zhou", size=size, tongue=tongue)
    eyes = Eyes(page, f"rooms-{size}-{tongue}")
    page.goto(house.room())
    check_in(page, "guog")
    is_here(page, house.stays["guog"])
    house.clock.now = at("08:50")
    for name, room in rooms_of(house).items():
        page.goto(house.room(room))
        eyes.look(name)
    assert eyes.problems == []


def test_what_a_shift_would_overfill_is_shown_while_it_is_typed(
    house: House, browser: Browser
) -> None:
    page = house.desk(browser, "zhou")
    eyes = Eyes(page, "over")
    page.goto(house.room("carers"))
    names = page.locator("section").first.get_by_label("老师", exact=False)
    for number in range(3):
        names.nth(number).fill("")
    names.nth(0).press("Tab")
    preview = page.locator("[id^=preview-]").first
    expect(preview).to_contain_text("多出 5 个孩子")
    eyes.picture("preview")
    page.locator("section").first.get_by_role("button", name="保存").click()
    expect(page.locator("#notices")).to_have_text("排班已保存。")
    expect(page.locator("section").first.locator(".notice.alarm")).to_contain_text("多出 5 个孩子")
    page.goto(house.room())
    eyes.picture("today")


def rooms_of(house: House) -> dict[str, str]:
    """Every room worth a look, by the name of its picture."""
    return {
        # Nineteen rows closed, one open.
        "today": f"today?stay={house.stays['anan']}",
        "carers": "carers",
        "log": "log",
    }


def test_what_is_written_in_an_open_row_outlives_what_others_do(
    house: House, browser: Browser
) -> None:
    mine, other = (house.desk(browser, who) for who in ("li", "wang"))
    stay_id = house.stays["anan"]
    mine.goto(house.room())
    row = mine.locator(f"#stay-{stay_id}")
    row.get_by_role("link", name="安安").click()
    reason = row.get_by_label("原因")
    reason.fill("感冒")
    other.goto(house.room())
    other.locator(f"#stay-{house.stays['guog']}").get_by_role("button", name="签到").click()
    expect(mine.locator(".counts .present b")).to_have_text("1")
    expect(reason).to_have_value("感冒")
    expect(reason).to_be_focused()
    mine.keyboard.press("Enter")
    expect(row).to_contain_text("请假")
    expect(row.locator(".state")).to_contain_text("感冒")
    assert mine.url.endswith(f"stay={stay_id}")

"""The waitlist desk in a real browser: a complaint is answered, and a freed place is watched."""

import os
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import psycopg
import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlalchemy import select
from werkzeug.serving import make_server

from childcare import accounts, clock, enrolments, waitlist
from childcare.actors import SYSTEM, Actor, Role
from childcare.app import promoting
from childcare.db import transaction
from childcare.institutions import CareForm, DayPart
from childcare.people import Family
from childcare.stays import Stay
from childcare.waitlist import Ask
from devstack import process
from tests import chromium
from tests.bot.running import Stack, until, working_day
from tests.build import NOON, Build, FakeClock
from tests.conftest import settings_for
from tests.devstack.sandbox.running import Sandbox
from tests.webapp.conftest import City
from tests.webapp.pages.lists import Lists
from webapp import create_app, limits

pytestmark = pytest.mark.browser

MILLISECONDS = 40_000
# Where to leave pictures, for people to look at.
PICTURES = os.environ.get("PANEL_PICTURES", "")
SIZES = {"wide": (1280, 800), "phone": (390, 844)}


@pytest.fixture
def app(database: str, clock: FakeClock) -> Iterator[Flask]:
    app = create_app(settings_for(database), tick=clock, rates=limits.UNLIMITED)
    with app.app_context():
        yield app
        app.extensions["sqlalchemy"].engine.dispose()


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    port = process.free_port()
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium.path(), args=[*chromium.FLAGS])
        yield opened
        opened.close()


def staff(institution_id: int) -> Actor:
    """周园长."""
    with transaction() as session:
        member = accounts.create_staff(
            session,
            username="zhou",
            name="周园长",
            password_hash="unused",
            roles={institution_id: Role.DIRECTOR},
            now=session.info["now"],
        )
        return accounts.actor_of(session, member)


def desk(
    browser: Browser, address: str, who: Actor, *, size: str = "wide", locale: str = "zh"
) -> Page:
    """The director's own browser, signed in."""
    width, height = SIZES[size]
    # The checker is a script that the page's own policy refuses.
    context = browser.new_context(viewport={"width": width, "height": height}, bypass_csp=True)
    with transaction() as session:
        accounts.choose_language(session, who, "en" if locale == "en" else "zh")
        now = session.info["now"]
        token = accounts.open_session(session, who, label="test", address="", now=now)
    context.add_cookies([{"name": "staff_session", "value": token, "url": address}])
    page = context.new_page()
    page.set_default_timeout(MILLISECONDS)
    return page


@pytest.fixture
def lists(app: Flask, clock: FakeClock) -> Lists:
    """A nursery with a published table, five children booked, four families waiting."""
    with promoting() as session:
        nursery, group = Build(session).nursery(name="小小松果托育园", name_en="Little Pinecone")
        ids = {"nursery": nursery.id, "toddlers": group.id}
    made = Lists(app, City({}, ids), clock)
    made.full()
    return made


def happen(lists: Lists, zhou: Actor) -> None:
    """A morning: a table, families that join, a place that goes on in order, one chosen."""
    where = lists.city.nursery
    with promoting() as session:
        waitlist.publish(
            session,
            zhou,
            institution_id=where,
            lines=[("sibling-enrolled", 100), ("low-income", 50), ("resident-of-street", 30)],
            reason="与街道商定",
            now=NOON,
        )
    for name, hours in (("糖糖", (9, 12)), ("果果", (9, 11)), ("朵儿", (9, 12)), ("乐乐", (9, 12))):
        lists.clock.forward(timedelta(minutes=7))
        lists.waits(name, hours)
    lists.enrols("小满", date(2027, 1, 1))
    lists.waits("圆圆", (9, 11))
    lists.pauses("圆圆")
    shows_low_income(lists, zhou, "朵儿")
    lists.clock.forward(timedelta(minutes=20))
    lists.cancels("安安")
    lists.clock.forward(timedelta(minutes=9))
    lists.answers("朵儿", "accepts")
    lists.clock.forward(timedelta(minutes=3))
    lists.cancels("贝贝")
    lists.clock.forward(timedelta(minutes=2))
    lists.answers("糖糖", "declines")
    lists.clock.forward(timedelta(minutes=1))


def shows_low_income(lists: Lists, zhou: Actor, name: str) -> None:
    with promoting() as session:
        where = lists.city.nursery
        family = lists.family(session, name)
        waitlist.prove(
            session,
            zhou,
            institution_id=where,
            family_id=family,
            criterion="low-income",
            note="看过低保证",
            now=session.info["now"],
        )


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"waitlist-{name}.png", full_page=True)


def problems(page: Page) -> list[object]:
    found = [
        (one["id"], [node["target"] for node in one["nodes"]])
        for one in Axe().run(page).response["violations"]
    ]
    across = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [*found, *([f"{across} px too wide"] if across > 0 else [])]


@pytest.mark.parametrize(("size", "locale"), [("wide", "zh"), ("phone", "en")])
def test_a_complaint_is_answered_from_the_log_in_three_clicks(
    lists: Lists, address: str, browser: Browser, size: str, locale: str
) -> None:
    zhou = staff(lists.city.nursery)
    happen(lists, zhou)
    page = desk(browser, address, zhou, size=size, locale=locale)
    found: list[object] = []

    def look(at: str) -> None:
        picture(page, f"{size}-{locale}-{at}")
        found.extend(problems(page))

    room = f"{address}/panel/{lists.city.nursery}/waitlist"
    page.goto(room)
    look("lists")
    # Why did 朵儿 get the place and not 果果?
    page.get_by_role("link", name="果果").first.click()
    look("story")
    page.locator(".went", has_text="朵儿").get_by_role("link").click()
    expect(page).to_have_url(re.compile(r"/rounds/\d+$"))
    expect(page.locator("h2").first).to_contain_text("朵儿")
    won = page.locator(".turn.next", has_text="朵儿").first
    expect(won).to_contain_text("低收入家庭" if locale == "zh" else "Low income")
    look("round")
    imagined = f"group={lists.city.toddlers}&day=2026-11-24&start=09:00&end=11:00"
    for path in ("log", "priorities", f"if-free?{imagined}"):
        page.goto(f"{room}/{path}")
        look(path.partition("?")[0])
    assert found == []


@pytest.fixture
def stack(app: Flask, database: str, tmp_path: Path) -> Iterator[Stack]:
    """A bot, a worker and a dispatcher, really running beside the panel, by the real clock."""
    app.extensions["clock"] = clock.database_clock
    sandbox = Sandbox(tmp_path, process.free_port())
    made = Stack(sandbox, database, tmp_path)
    for module in ("bot", "workers", "workers.dispatcher"):
        made.start(module)
    yield made
    made.end()
    sandbox.end()


@dataclass(frozen=True)
class Full:
    """A nursery with one place, which is 果果's; Emma's Mia waits for it."""

    institution_id: int
    on: date
    stay_id: int


def full_house() -> Full:
    """As of the real today."""
    with promoting() as session:
        now = clock.now(session)
        on, build = working_day(clock.today(now)), Build(session, now=now)
        nursery, _group = build.nursery(places=1, name="小小松果托育园", name_en="Little Pinecone")
        lan = build.guardian(telegram_id=70001, locale="zh", name="林岚")
        emma = build.guardian(
            telegram_id=70003, locale="en", name="Emma Clarke", quiet_from=0, quiet_until=0
        )
        guoguo, mia = (
            build.child(session.get_one(Family, one.family_id), name=name, born_on=born)
            for born in [clock.today(now) - timedelta(days=600)]
            for one, name in ((lan, "果果"), (emma, "Mia"))
        )
        made = enrolments.enrol(
            session,
            SYSTEM,
            child_id=guoguo.id,
            institution_id=nursery.id,
            form=CareForm.HALF_DAY,
            weekdays=[1, 2, 3, 4, 5],
            day_part=DayPart.MORNING,
            from_on=on,
            now=now,
        )
        wanted = select(Stay.id).where(Stay.enrolment_id == made.id, Stay.on == on)
        ask = Ask((mia.id,), (nursery.id,), CareForm.HOURLY, on, 540, 720)
        waitlist.join(session, emma.actor, ask=ask, now=now)
        return Full(nursery.id, on, session.scalars(wanted).one())


def the_morning_comes(database: str) -> None:
    """At night families sleep and hear of offers at eight; make that hour now."""
    due = "UPDATE outbox SET due_at = now() WHERE kind = 'offer-made' RETURNING id"

    def is_written() -> bool:
        with psycopg.connect(database) as connection:
            return connection.execute(due).fetchone() is not None

    until(is_written)


def emmas_phone(browser: Browser, stack: Stack) -> Page:
    """Her chat, in which she said hello: a bot may write to nobody else."""
    phone = browser.new_page(viewport={"width": 390, "height": 844}, locale="en-GB")
    phone.set_default_timeout(MILLISECONDS)
    phone.goto(stack.sandbox.address)
    phone.get_by_role("button", name="You are").click()
    phone.get_by_role("dialog").get_by_role("button", name="Emma Clarke").click()
    phone.get_by_role("button", name="Start", exact=True).click()
    expect(phone.get_by_role("log")).to_contain_text("What can I do for you?", timeout=MILLISECONDS)
    return phone


def test_an_absence_at_the_desk_becomes_a_place_for_the_next_family_while_the_desk_watches(
    app: Flask, stack: Stack, address: str, browser: Browser, database: str
) -> None:
    full = full_house()
    zhou = staff(full.institution_id)
    at_the_door, watching = (desk(browser, address, zhou) for _ in range(2))
    phone = emmas_phone(browser, stack)
    chat = phone.get_by_role("log")
    panel = f"{address}/panel/{full.institution_id}"

    watching.goto(f"{panel}/waitlist")
    expect(watching.locator(".queue")).to_contain_text("Mia")
    expect(watching.locator(".live")).to_have_count(0)
    watching.evaluate("window.stayed = true")
    at_the_door.goto(f"{panel}/today?date={full.on}&stay={full.stay_id}")
    form = at_the_door.locator(f"#stay-{full.stay_id} form[action$=absence]")
    form.get_by_label("原因").fill("发烧")
    form.get_by_role("button").click()

    expect(watching.locator(".live")).to_contain_text("Mia", timeout=MILLISECONDS)
    picture(watching, "journey-1-offered")
    the_morning_comes(database)
    expect(chat).to_contain_text("Little Pinecone", timeout=MILLISECONDS)
    chat.get_by_role("button", name=re.compile("Yes, book it")).click()
    expect(chat).to_contain_text("Booked", timeout=MILLISECONDS)
    picture(phone, "journey-2-booked")

    expect(watching.locator(".live")).to_have_count(0, timeout=MILLISECONDS)
    expect(watching.locator("#lists")).to_contain_text("这里没有候补家庭")
    assert watching.evaluate("window.stayed")
    watching.goto(f"{panel}/waitlist/log")
    watching.get_by_role("link", name="本轮经过").first.click()
    expect(watching.locator("h1")).to_have_text("有孩子请假")
    expect(watching.locator("h2").first).to_contain_text("名额给了Mia")
    expect(watching.locator(".steps")).to_contain_text("果果")
    picture(watching, "journey-3-round")

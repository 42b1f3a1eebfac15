"""What the product is for, as parents and the desk do it: chats in a browser, everything running.

Six taps to a place and the reminder that arrives; and a child that stays home, whose place the next
family accepts by one tap while the desk watches.
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from childcare import accounts, clock, enrolments, waitlist
from childcare.actors import SYSTEM, Actor, Role
from childcare.app import promoting
from childcare.institutions import CareForm, DayPart
from childcare.people import Family
from childcare.waitlist import Ask
from devstack import process
from tests import servers
from tests.bot.running import Stack, settle, until
from tests.browser.desks import served, signed_in
from tests.browser.eyes import Eyes
from tests.browser.phones import Phone
from tests.build import Build
from tests.devstack.sandbox.running import Sandbox
from tests.stage import Stage

pytestmark = pytest.mark.browser

# The sandbox's people.
LAN, EMMA, CHEN, SAM = 70001, 70003, 70004, 70006
FAR_AWAY: dict[str, Any] = {"lat": 39.99, "lng": 116.47}


@dataclass(frozen=True)
class Town:
    """Everything running, by the real clock; each test has its own parents and nursery."""

    app: Flask
    database: str
    panel: str
    chat: str
    # The next working day.
    on: date


@pytest.fixture(scope="module")
def town(template: str, panel: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    name, folder = f"town_{secrets.token_hex(6)}", tmp_path_factory.mktemp("town")
    database = servers.create_database(name, template)
    stack = Stack(Sandbox(folder, process.free_port()), database, folder)
    for module in ("bot", "workers", "workers.dispatcher"):
        stack.start(module)
    with panel.on(database, clock.database_clock) as app, served(app) as address:
        yield Town(app, database, address, stack.sandbox.address, settle(app))
    stack.end()
    stack.sandbox.end()
    servers.drop_database(name)


MAKE_DUE = """
    UPDATE outbox SET due_at = now() WHERE kind = %(kind)s AND (%(user)s::bigint IS NULL
        OR recipient_id IN (SELECT id FROM guardian WHERE telegram_id = %(user)s)) RETURNING id
"""


def its_hour_comes(town: Town, kind: str, user: int | None = None) -> None:
    """What is to be said at some hour, to somebody or at all, was written; make that hour now."""

    def is_written() -> bool:
        with psycopg.connect(town.database) as connection:
            due = connection.execute(MAKE_DUE, {"kind": kind, "user": user})
            return due.fetchone() is not None

    until(is_written)


def test_six_taps_and_the_reminder_arrives(town: Town, browser: Browser) -> None:
    phone = Phone(browser, town.chat, LAN)
    phone.starts()
    phone.taps("🔍 找托位")
    phone.taps("1. 小小松果")
    phone.taps(f"^{town.on.day}○")
    phone.taps(r"^14:00 \(")
    phone.taps("^17:00 ·")
    phone.reads("¥120 = ¥20/半小时 × 6")
    phone.taps("✅ 确认预约")
    phone.reads("🎉 订好啦！")
    its_hour_comes(town, "remind-2h", LAN)
    phone.reads("果果要去小小松果托育园啦")


def test_the_same_in_english_by_one_line(town: Town, browser: Browser) -> None:
    phone = Phone(browser, town.chat, LAN)
    phone.page.get_by_role("button", name="Switch to English").click()
    phone.page.get_by_role("button", name="You are").click()
    phone.page.get_by_role("dialog").get_by_role("button", name="Emma Clarke").click()
    phone.page.get_by_role("button", name="Start", exact=True).click()
    phone.reads("What can I do for you?")
    phone.page.get_by_label("Message", exact=True).fill(f"{town.on:%A} 9-12 near Jinsong")
    phone.page.get_by_role("button", name="Send message").click()
    phone.taps("1. Little Pinecone")
    phone.taps("✅ Confirm")
    phone.reads("🎉 Booked!")
    its_hour_comes(town, "remind-2h", EMMA)
    phone.reads("Mia goes to Little Pinecone.")


@dataclass(frozen=True)
class Full:
    """A nursery with one place, which is 小石头's; Sam's Leo waits for it."""

    institution_id: int
    director: Actor


def full_house(on: date) -> Full:
    with promoting() as session:
        now = clock.now(session)
        build = Build(session, now=now)
        nursery, _group = build.nursery(
            places=1, name="大树托育园", name_en="Big Tree Nursery", **FAR_AWAY
        )
        awake: dict[str, Any] = {"quiet_from": 0, "quiet_until": 0}
        chen = build.guardian(telegram_id=CHEN, locale="zh", name="陈浩", **awake)
        sam = build.guardian(telegram_id=SAM, locale="en", name="Sam Taylor", **awake)
        stone, leo = (
            build.child(session.get_one(Family, one.family_id), name=name, born_on=born)
            for born in [clock.today(now) - timedelta(days=600)]
            for one, name in ((chen, "小石头"), (sam, "Leo"))
        )
        enrolments.enrol(
            session,
            SYSTEM,
            child_id=stone.id,
            institution_id=nursery.id,
            form=CareForm.HALF_DAY,
            weekdays=[1, 2, 3, 4, 5],
            day_part=DayPart.MORNING,
            from_on=on,
            now=now,
        )
        ask = Ask((leo.id,), (nursery.id,), CareForm.HOURLY, on, 540, 720)
        waitlist.join(session, sam.actor, ask=ask, now=now)
        member = accounts.create_staff(
            session,
            username="zhou",
            name="周园长",
            password_hash="unused",
            roles={nursery.id: Role.DIRECTOR},
            now=now,
        )
        return Full(nursery.id, accounts.actor_of(session, member))


def opened(page: Page, address: str) -> None:
    """Open it, marked so that a reload would show."""
    page.goto(address)
    page.evaluate("window.stayed = true")


def greeted(browser: Browser, town: Town, user: int, words: str) -> Phone:
    """A chat in which a parent said hello: a bot may write to nobody else."""
    phone = Phone(browser, town.chat, user)
    phone.starts()
    phone.reads(words)
    return phone


def test_an_absence_in_one_chat_becomes_a_place_in_the_next_while_the_desk_watches(
    town: Town, browser: Browser
) -> None:
    full = full_house(town.on)
    room = f"{town.panel}/panel/{full.institution_id}"
    lists, today = (signed_in(browser, town.panel, full.director) for _ in range(2))
    eyes = Eyes(lists, "journey-lists"), Eyes(today, "journey-today")
    opened(lists, f"{room}/waitlist")
    expect(lists.locator(".queue")).to_contain_text("Leo")
    expect(lists.locator(".live")).to_have_count(0)
    opened(today, f"{room}/today?date={town.on}")
    stone = today.locator(".child", has_text="小石头")
    expect(stone).to_have_class("child expected")
    sam = greeted(browser, town, SAM, "What can I do for you?")
    chen = greeted(browser, town, CHEN, "想做什么？")

    chen.says(f"小石头{town.on.month}月{town.on.day}日不来了")
    chen.reads("给小石头请假")
    chen.taps("🤒 病假")
    chen.reads("已为小石头请假")
    expect(stone).to_have_class("child absent")
    expect(stone.locator(".state")).to_contain_text("生病")
    expect(lists.locator(".live")).to_contain_text("Leo")
    accepts(town, sam)

    expect(today.locator(".child", has_text="Leo")).to_have_class("child expected")
    expect(lists.locator(".live")).to_have_count(0)
    expect(lists.locator("#lists")).to_contain_text("这里没有候补家庭")
    assert [page.evaluate("window.stayed") for page in (lists, today)] == [True, True]
    its_hour_comes(town, "remind-2h", SAM)
    sam.reads("Leo goes to Big Tree Nursery.")
    can_be_explained(lists, room)
    for one in eyes:
        one.picture("end")
        assert one.problems == []


def accepts(town: Town, sam: Phone) -> None:
    # At night families sleep and hear of offers at eight.
    its_hour_comes(town, "offer-made")
    sam.reads("Big Tree Nursery")
    sam.taps("Yes, book it")
    sam.reads("Booked")


def can_be_explained(lists: Page, room: str) -> None:
    """The log leads to the round: what freed the place, and who got it."""
    lists.goto(f"{room}/waitlist/log")
    lists.get_by_role("link", name="本轮经过").first.click()
    expect(lists.locator("h1")).to_have_text("有孩子请假")
    expect(lists.locator("h2").first).to_contain_text("名额给了Leo")
    expect(lists.locator(".steps")).to_contain_text("小石头")

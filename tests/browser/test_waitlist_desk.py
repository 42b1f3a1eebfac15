"""The waitlist desk in a real browser: a complaint is answered from the log."""

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from playwright.sync_api import Browser, expect

from childcare import accounts, waitlist
from childcare.actors import Actor, Role
from childcare.app import promoting
from childcare.db import transaction
from childcare.i18n import Tongue
from tests import servers
from tests.browser.desks import served, signed_in
from tests.browser.eyes import Eyes
from tests.build import NOON, Build, FakeClock
from tests.stage import Stage
from tests.webapp.conftest import City
from tests.webapp.pages.lists import Lists

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Complaint:
    """A nursery after a morning about which a family asks, before its director's browser."""

    address: str
    institution_id: int
    # For the page that says who would be asked if a place were free.
    imagined: str
    zhou: Actor

    @property
    def room(self) -> str:
        return f"{self.address}/panel/{self.institution_id}/waitlist"


@pytest.fixture(scope="module")
def complaint(template: str, panel: Stage) -> Iterator[Complaint]:
    """Only looked at, so one for all."""
    name, clock = f"complaint_{secrets.token_hex(6)}", FakeClock()
    with panel.on(servers.create_database(name, template), clock) as app, served(app) as address:
        with promoting() as session:
            nursery, group = Build(session).nursery(
                name="小小松果托育园", name_en="Little Pinecone"
            )
            ids = {"nursery": nursery.id, "toddlers": group.id}
        lists, zhou = Lists(app, City({}, ids), clock), staff(ids["nursery"])
        lists.full()
        happen(lists, zhou)
        imagined = f"group={ids['toddlers']}&day=2026-11-24&start=09:00&end=11:00"
        yield Complaint(address, ids["nursery"], imagined, zhou)
    servers.drop_database(name)


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


@pytest.mark.parametrize(("size", "tongue"), [("wide", "zh"), ("phone", "en")])
def test_a_complaint_is_answered_from_the_log_in_three_clicks(
    complaint: Complaint, browser: Browser, size: str, tongue: Tongue
) -> None:
    page = signed_in(browser, complaint.address, complaint.zhou, size=size, tongue=tongue)
    eyes = Eyes(page, f"waitlist-{size}-{tongue}")
    page.goto(complaint.room)
    eyes.look("lists")
    # Why did 朵儿 get the place and not 果果?
    page.get_by_role("link", name="果果").first.click()
    eyes.look("story")
    page.locator(".went", has_text="朵儿").get_by_role("link").click()
    expect(page).to_have_url(re.compile(r"/rounds/\d+$"))
    expect(page.locator("h2").first).to_contain_text("朵儿")
    won = page.locator(".turn.next", has_text="朵儿").first
    expect(won).to_contain_text("低收入家庭" if tongue == "zh" else "Low income")
    eyes.look("round")
    for path in ("log", "priorities", f"if-free?{complaint.imagined}"):
        page.goto(f"{complaint.room}/{path}")
        eyes.look(path.partition("?")[0])
    assert eyes.problems == []

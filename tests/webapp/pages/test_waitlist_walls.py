"""Who may do what on the lists; what leaves as a file; what a page of many costs."""

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from childcare import institutions, waitlist
from childcare.audit import AuditRow
from childcare.db import reading
from childcare.people import Family
from childcare.reports import waiting
from childcare.waitlist import Ask
from tests.build import NOON, TOMORROW, Build, FakeClock, front_desk
from tests.webapp.conftest import City
from tests.webapp.pages.conftest import Browser, Page
from tests.webapp.pages.lists import Lists
from webapp.pages import sheets


@pytest.fixture
def lists(web: Flask, city: City, clock: FakeClock) -> Lists:
    made = Lists(web, city, clock)
    made.clock.now = NOON
    made.full()
    return made


def routes(web: Flask) -> list[tuple[Rule, str]]:
    """Every address of the room, with every method it takes."""
    return [
        (rule, method)
        for rule in web.url_map.iter_rules()
        for method in sorted((rule.methods or set()) & {"GET", "POST"})
        if rule.rule.startswith("/panel/<int:institution_id>/waitlist")
    ]


def addresses(lists: Lists) -> list[tuple[str, str]]:
    """Every route with an entry, a round and a class that are really there."""
    entry_id = lists.waits("果果")
    ids = {"entry_id": entry_id, "round_id": lists.cancels("安安")}
    found = []
    for rule, method in routes(lists.web):
        path = str(rule).replace("<int:institution_id>", str(lists.city.nursery))
        for name, value in ids.items():
            path = path.replace(f"<int:{name}>", str(value))
        kinds = ("csv", "xlsx") if "<any" in path else ("",)
        found += [(method, re.sub(r"<any[^>]*>", kind, path)) for kind in kinds]
    return found


FILLED = {
    "of_group": "1",
    "group": "1",
    "reason": "x",
    "text": "x",
    "criterion": "low-income",
    "find": "果",
    "low_income": "5",
}
FIELDS = {
    "/offers": ("of_group",),
    "/find": ("find",),
    "/priorities": ("low_income", "reason"),
    "/offer": ("group", "reason"),
    "/notes": ("text",),
    "/removal": ("reason",),
    "/proofs": ("criterion",),
    "/proofs/withdraw": ("criterion",),
}


def sent(browser: Browser, method: str, path: str) -> Page:
    """A well-formed request, so that only who asks can be what is wrong."""
    if method == "GET":
        return browser.get(path, follow=False)
    token = browser.get("/panel/account").forms[0].fields["csrf_token"][0]
    end = max((one for one in FIELDS if path.endswith(one)), key=len)
    data = {"csrf_token": token, **{name: FILLED[name] for name in FIELDS[end]}}
    return browser.open(method, path, data=data, follow=False)


@pytest.mark.parametrize(("who", "status"), [("wu", 404), ("finance", 403)])
def test_no_page_and_no_form_is_open_to_strangers_and_to_finance(
    lists: Lists, who: str, status: int
) -> None:
    somebody = lists.browser(who)
    answers = {(m, path): sent(somebody, m, path) for m, path in addresses(lists)}
    assert len(answers) >= 16
    assert {key: page.status for key, page in answers.items() if page.status != status} == {}
    assert not [key for key, page in answers.items() if "果果" in page.text]


def test_another_places_entry_round_and_class_are_not_there(lists: Lists) -> None:
    entry_id = lists.waits("果果")
    round_id = lists.cancels("安安")
    wu = lists.browser("wu")
    elsewhere = f"/panel/{lists.city.other_nursery}/waitlist"
    group = lists.city.toddlers
    paths = [
        f"entries/{entry_id}",
        f"rounds/{round_id}",
        f"log?entry={entry_id}",
        f"if-free?group={group}&day={TOMORROW}&start=09:00&end=12:00",
    ]
    assert [wu.get(f"{elsewhere}/{path}").status for path in paths] == [404] * 4
    token = wu.get(elsewhere).forms[0].fields["csrf_token"][0]
    forms = [("offers", {"of_group": group}), (f"entries/{entry_id}/notes", {"text": "x"})]
    for path, data in forms:
        given = {"csrf_token": token, **data}
        assert wu.open("POST", f"{elsewhere}/{path}", data=given).status == 404
    found = wu.open("POST", f"{elsewhere}/find", data={"csrf_token": token, "find": str(entry_id)})
    assert "没有找到" in found.text


def test_the_desk_may_neither_publish_nor_export_nor_pass_anybody_over(lists: Lists) -> None:
    lists.waits("果果")
    second = lists.waits("朵儿")
    desk = lists.browser()
    assert "lists.csv" not in desk.get(lists.room("waitlist")).html
    for path in ("/lists.csv", "/lists.xlsx", "/log.csv"):
        assert desk.get(lists.room("waitlist", path)).status == 403
    token = desk.get(lists.room("waitlist")).forms[0].fields["csrf_token"][0]
    lists.cancels("安安")
    lists.answers("果果", "declines")
    lists.answers("朵儿", "declines")
    given = {"csrf_token": token, "group": lists.city.toddlers, "reason": "x"}
    assert desk.open("POST", lists.entries(second, "/offer"), data=given).status == 403
    table = {"csrf_token": token, "low_income": "5", "reason": "x"}
    assert desk.open("POST", lists.room("waitlist", "/priorities"), data=table).status == 403


def test_the_lists_leave_as_files_in_which_nothing_is_a_formula(lists: Lists) -> None:
    lists.waits('=HYPERLINK("evil")')
    lists.waits("果果")
    lists.cancels("安安")
    director = lists.browser("director")
    page = director.get(lists.room("waitlist", "/lists.csv"))
    assert page.html.startswith("\ufeff班级,日期,排位")
    rows = list(csv.reader(io.StringIO(page.html.removeprefix("\ufeff"))))
    assert [row[3] for row in rows[1:]] == ['\'=HYPERLINK("evil")', "果果"]
    assert page.headers["Content-Disposition"] == 'attachment; filename="waitlist-2026-11-23.csv"'
    with lists.web.test_request_context():
        assert b"<f>" not in opened(sheets.as_xlsx(["a"], [["=1+1"]]))
    log = director.get(lists.room("waitlist", "/log.csv"))
    assert "发出名额：托小班" in log.html
    with reading() as session:
        taken = session.scalars(select(AuditRow.action).where(AuditRow.action.startswith("export")))
        assert set(taken) == {"exported-waitlist", "exported-waitlist-log"}


@pytest.mark.parametrize(
    "cell",
    ["=1", "+1", "-1", "@x", "\tx", "＝1", "＋1", "－1", "＠x", " =1", "\u200b=1", "\u3000＝1"],
)
def test_what_a_spreadsheet_would_compute_is_shown_as_written(cell: str) -> None:
    assert sheets.harmless(cell) == f"'{cell}"


@pytest.mark.parametrize(
    ("number", "said"),
    [("+8613912345678", "86 139 1234 5678"), ("+4915112345678", "491 511 234 567 8")],
)
def test_a_phone_is_text_without_an_apostrophe(number: str, said: str) -> None:
    assert sheets.harmless(sheets.phone(number)) == said


def opened(workbook: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(workbook)) as kept:
        return kept.read("xl/worksheets/sheet1.xml")


def test_an_export_tells_the_families_that_their_record_was_looked_at(lists: Lists) -> None:
    lists.waits("果果")
    lists.browser("director").get(lists.room("waitlist", "/lists.csv"))
    with reading() as session:
        looks = select(AuditRow).where(AuditRow.action == "read", AuditRow.subject == "child")
        assert len(session.scalars(looks).all()) == 1


@contextmanager
def counted(session: Session) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_: Connection, __: object, statement: str, *___: object) -> None:
        statements.append(statement)

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", note)
    yield statements
    event.remove(connection, "before_cursor_execute", note)


def test_a_page_of_a_hundred_costs_as_many_queries_as_one_of_five(
    session: Session, build: Build
) -> None:
    nursery, _group = build.nursery(places=1)
    desk = front_desk(nursery.id)
    counts = []
    for crowd in (5, 95):
        for number in range(crowd):
            join(build, nursery.id, f"豆豆{number}")
        session.expire_all()
        with counted(session) as statements:
            read = waiting.board(session, desk, institution_id=nursery.id, now=NOON)
        counts.append(len(statements))
        assert sum(len(one.lines) for one in read.lists) >= crowd
    assert counts[0] == counts[1]
    assert counts[0] < 40


def join(build: Build, institution_id: int, name: str) -> None:
    parent = build.guardian(name=f"{name}妈妈")
    child = build.child(build.session.get_one(Family, parent.family_id), name=name)
    where, form = (institution_id,), institutions.CareForm.HOURLY
    ask = Ask((child.id,), where, form, TOMORROW, 540, 720)
    waitlist.join(build.session, parent.actor, ask=ask, now=NOON)

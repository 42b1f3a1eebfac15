"""The room Log, in a browser without scripts."""

import ast
from pathlib import Path

import pytest
from flask import Flask

import childcare
from childcare import clock as clocks
from childcare import waitlist
from childcare.app import promoting
from childcare.institutions import CareForm
from childcare.waitlist import Ask
from tests.build import TOMORROW, FakeClock
from tests.webapp.conftest import City
from tests.webapp.pages.conftest import Page
from tests.webapp.pages.rooms import Morning, guardian_of
from webapp.pages.panel import log_words


@pytest.fixture
def morning(web: Flask, city: City, clock: FakeClock) -> Morning:
    made = Morning(web, city, clock)
    made.at("09:00")
    return made


def lines(page: Page) -> list[str]:
    """The text of each line."""
    days = [day.split("</ol>")[0] for day in page.html.split('<ol class="lines">')[1:]]
    return [line for day in days for line in day.split("<li>") if line.strip()]


def test_a_line_tells_who_what_when_and_why_in_words(morning: Morning) -> None:
    stay_id = morning.enrolled("果果")
    desk = morning.browser()
    page = desk.get(morning.room(query=f"?stay={stay_id}"))
    desk.press(page, f"stays/{stay_id}/absence", how="day", reason="感冒")
    first = lines(desk.get(morning.room("log")))[0]
    for said in ("09:00</time>", "Li", "请假", "感冒", "果果", "08:00–12:00"):
        assert said in first, first


def test_lines_are_found_by_day_kind_person_and_child(morning: Morning) -> None:
    here, other = morning.booked("果果"), morning.booked("朵朵")
    desk, director = morning.browser(), morning.browser("director")
    desk.press(desk.get(morning.room()), f"stays/{here}/check-in")
    director.press(director.get(morning.room()), f"stays/{other}/check-in")
    log = morning.room("log")
    assert len(lines(desk.get(f"{log}?kind=door"))) == 2
    [mine] = lines(desk.get(f"{log}?kind=door&by=staff:{morning.city.people['desk'].actor.id}"))
    assert "果果" in mine
    assert all("家长" in line for line in lines(desk.get(f"{log}?by=family")))
    assert "没有相关记录" in desk.get(f"{log}?from_date=2026-11-01&to_date=2026-11-02").text
    page = desk.press(desk.get(log), "log/children", find="duoduo")
    assert page.address.startswith(f"{log}?child=")
    assert all("朵朵" in line for line in lines(page))
    assert "只看朵朵" in page.text


def test_of_several_children_of_one_name_the_desk_chooses(morning: Morning) -> None:
    for name in ("安安", "安宁"):
        morning.booked(name)
    desk = morning.browser()
    page = desk.press(desk.get(morning.room("log")), "log/children", find="an")
    assert "是哪个孩子" in page.text
    assert len([link for link in page.links if "?child=" in link and "&" not in link]) >= 2
    page = desk.press(desk.get(morning.room("log")), "log/children", find="不存在")
    assert "没有这个名字" in page.text


def test_older_lines_follow_on_pages_of_their_own(morning: Morning) -> None:
    for number in range(26):
        morning.booked(f"孩{number}", (9 + number % 8, 10 + number % 8))
    desk = morning.browser()
    first = desk.get(morning.room("log", "?kind=bookings"))
    [older] = [link for link in first.links if "before=" in link]
    second = desk.get(older)
    assert (len(lines(first)), len(lines(second))) == (50, 2)
    assert not set(lines(first)) & set(lines(second))
    assert not [link for link in second.links if "before=" in link]


def test_who_waits_stands_in_the_log_with_the_way_to_its_story(morning: Morning) -> None:
    child_id, guardian_id = morning.child("果果")
    ask = Ask(
        child_ids=(child_id,),
        institution_ids=(morning.city.nursery,),
        form=CareForm.HOURLY,
        on=TOMORROW,
        start=14 * 60,
        end=16 * 60,
    )
    with promoting() as session:
        who = guardian_of(session, guardian_id)
        [entry] = waitlist.join(session, who, ask=ask, now=clocks.now(session))
        entry_id = entry.id
    desk = morning.browser()
    said = lines(desk.get(morning.room("log", "?kind=waitlist")))
    assert "候补：登记" in said[-1]
    assert '<span class="name">果果</span>' in said[-1]
    assert f"/waitlist/entries/{entry_id}" in said[-1]


def test_the_days_of_enrolled_children_do_not_drown_what_people_did(morning: Morning) -> None:
    morning.enrolled("果果")
    desk = morning.browser()
    assert "应到" not in desk.get(morning.room("log")).html
    assert len(lines(desk.get(morning.room("log", "?kind=routine")))) > 10


def test_who_opened_a_record_is_shown_when_asked_for(morning: Morning) -> None:
    morning.booked("果果")
    desk = morning.browser()
    desk.get(morning.room())
    assert "查看了孩子的档案" not in desk.get(morning.room("log")).html
    assert "查看了孩子的档案" in lines(desk.get(morning.room("log", "?kind=looks")))[0]


def test_finance_reads_what_was_done_without_a_childs_name(morning: Morning) -> None:
    stay_id = morning.booked("果果")
    finance = morning.browser("finance")
    page = finance.get(morning.room("log"))
    assert page.status == 200
    assert "果果" not in page.html
    assert "一个孩子" in page.html
    assert not [form for form in page.forms if "children" in form.action]
    assert finance.get(morning.room("log", f"?child={stay_id}")).status == 403


@pytest.mark.parametrize(
    "query", ["?from_date=gestern", "?kind=secrets", "?before=x", "?by=wu", "?child=-1", "?what=1"]
)
def test_an_odd_question_is_answered_with_a_sentence(morning: Morning, query: str) -> None:
    page = morning.browser().get(morning.room("log", query))
    assert page.status == 422
    assert 'role="alert"' in page.html


def test_a_child_of_another_place_is_not_there(morning: Morning) -> None:
    other = morning.city.other_child
    assert morning.browser().get(morning.room("log", f"?child={other}")).status == 404


def audited() -> set[str]:
    """Every action that the domain writes to the audit with its subject in the same call."""
    found: set[str] = set()
    for path in Path(childcare.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "record":
                words = [str(arg.value) for arg in node.args[2:4] if isinstance(arg, ast.Constant)]
                if len(words) == 2 and "institution_id" in {k.arg for k in node.keywords}:
                    found.add(f"{words[1]}.{words[0]}")
    return found


def test_every_act_that_is_written_down_has_words() -> None:
    assert len(audited()) >= 5
    assert audited() - log_words.SAID.keys() == set()


def test_a_closing_stands_in_the_log_with_its_days_and_its_reason(morning: Morning) -> None:
    director = morning.browser("director")
    page = director.get(morning.room("carers"))
    for _ in range(2):
        page = director.press(page, "carers/closures", from_date=str(TOMORROW), reason="停水")
    said = lines(director.get(morning.room("log", "?kind=planning")))[0]
    assert "停托：全园，11月24日 周二" in said
    assert "停水" in said

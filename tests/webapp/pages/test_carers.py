"""The room Carers, in a browser without scripts."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from childcare import capacity
from childcare.db import reading
from childcare.schedule import Closure, DatedShift
from tests.build import TOMORROW, FakeClock
from tests.webapp.conftest import City
from tests.webapp.pages.conftest import Browser, Page
from tests.webapp.pages.rooms import Morning, state_of

DAY = f"?date={TOMORROW}"


@pytest.fixture
def morning(web: Flask, city: City, clock: FakeClock) -> Morning:
    made = Morning(web, city, clock)
    made.at("07:00")
    return made


def shifts(morning: Morning, page: Page, browser: Browser, do: str, **filled: Any) -> Page:
    action = f"classes/{morning.city.toddlers}/shifts"
    return browser.press(page, action, do=do, **filled)


def saved() -> list[tuple[str, int, int]]:
    with reading() as session:
        rows = session.scalars(select(DatedShift).order_by(DatedShift.starts, DatedShift.id))
        return [(row.carer, row.starts, row.ends) for row in rows]


def one_carer(until: str) -> dict[str, list[str]]:
    return {"carer": ["李老师", ""], "start": ["08:00", ""], "end": [until, ""]}


def closures() -> list[int]:
    with reading() as session:
        return list(session.scalars(select(Closure.id).order_by(Closure.id)))


def test_the_day_shows_who_cares_for_whom_and_what_is_usual(morning: Morning) -> None:
    page = morning.browser("director").get(morning.room("carers", DAY))
    form = page.form(f"classes/{morning.city.toddlers}/shifts")
    assert form.fields["carer"] == ["老师1", "老师2", "老师3", "老师4", ""]
    assert form.fields["start"][:4] == ["08:00"] * 4
    assert "平时：老师1 08:00–18:00、老师2" in page.text
    assert "4 位老师，孩子 0/5" in page.text


def test_what_a_change_would_overfill_is_shown_before_and_after_and_moves_nobody(
    morning: Morning,
) -> None:
    stays = [morning.booked(f"孩{number}", (9, 12)) for number in range(4)]
    director = morning.browser("director")
    page = director.get(morning.room("carers", DAY))
    before = shifts(morning, page, director, "preview", **one_carer("11:00"))
    assert "11:00–12:00 多出 4 个孩子" in before.text
    assert saved() == []
    after = shifts(morning, before, director, "save", **one_carer("11:00"))
    assert saved() == [("李老师", 480, 660)]
    assert "11:00–12:00 多出 4 个孩子" in after.text
    assert [state_of(one) for one in stays] == ["expected"] * 4


def test_a_change_that_harms_nobody_says_so(morning: Morning) -> None:
    director = morning.browser("director")
    page = director.get(morning.room("carers", DAY))
    page = shifts(morning, page, director, "preview", **one_carer("18:00"))
    assert "每个孩子都有托位" in page.text


def test_a_carer_is_added_and_the_usual_ones_come_back_without_scripts(morning: Morning) -> None:
    director = morning.browser("director")
    page = director.get(morning.room("carers", DAY))
    page = shifts(morning, page, director, "add", **one_carer("18:00"))
    form = page.form(f"classes/{morning.city.toddlers}/shifts")
    assert form.fields["carer"] == ["李老师", "", ""]
    page = shifts(morning, page, director, "save", **one_carer("18:00"))
    assert "与平时不同" in page.text
    page = shifts(morning, page, director, "usual")
    assert page.form(f"classes/{morning.city.toddlers}/shifts").fields["carer"][0] == "老师1"
    assert saved() == [("李老师", 480, 1080)]


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ("11:00", "09:00", "要晚于"),
        ("", "12:00", "时间"),
        ("25:00", "26:00", "时间"),
    ],
)
def test_odd_hours_are_told_with_what_was_typed_left_in_place(
    morning: Morning, start: str, end: str, said: str
) -> None:
    director = morning.browser("director")
    page = director.get(morning.room("carers", DAY))
    typed = {"carer": ["李老师"], "start": [start], "end": [end]}
    page = shifts(morning, page, director, "save", **typed)
    assert page.status == 422
    assert "李老师：" in page.text
    assert said in page.text
    form = page.form(f"classes/{morning.city.toddlers}/shifts")
    assert (form.fields["carer"], form.fields["start"]) == (["李老师"], [start])
    assert saved() == []


def test_midnight_is_the_end_of_a_day(morning: Morning) -> None:
    director = morning.browser("director")
    page = director.get(morning.room("carers", DAY))
    shifts(morning, page, director, "save", **one_carer("00:00"))
    assert saved() == [("李老师", 480, 1440)]


def test_where_a_script_asks_only_the_preview_is_answered(morning: Morning) -> None:
    director = morning.browser("director")
    page = director.get(morning.room("carers", DAY))
    form = page.form(f"classes/{morning.city.toddlers}/shifts")
    sent = director.open(
        "POST", form.action, data=form.fields, headers={"HX-Request-Type": "partial"}
    )
    assert "尚未保存" in sent.text
    assert "<form" not in sent.html


def test_the_front_desk_sees_the_carers_and_cannot_change_them(morning: Morning) -> None:
    director, desk = morning.browser("director"), morning.browser("desk")
    forms = director.get(morning.room("carers", DAY)).forms
    page = desk.get(morning.room("carers", DAY))
    assert "老师1" in page.text
    assert [form.action for form in page.forms if "carers" in form.action] == [
        morning.room("carers")
    ]
    token = page.forms[0].fields["csrf_token"]
    for form in (one for one in forms if "/carers/" in one.action):
        typed: dict[str, Any] = {**one_carer("09:00"), "do": "save", "reason": "停水"}
        sent = desk.send(page, form, csrf_token=token, sure="yes", **typed)
        assert sent.status in (403, 422)
    assert (saved(), closures()) == ([], [])
    assert morning.browser("finance").get(morning.room("carers")).status == 403


def test_closing_counts_what_it_does_and_does_it_at_the_second_press(morning: Morning) -> None:
    booked, enrolled = morning.booked("果果"), morning.enrolled("朵朵")
    director = morning.browser("director")
    page = director.get(morning.room("carers", DAY))
    asked = director.press(
        page, "carers/closures", from_date=str(TOMORROW), to_date=str(TOMORROW), reason="停水"
    )
    assert "1 个预约由机构免费取消" in asked.text
    assert "共 1 人次停托" in asked.text
    assert "马上通知 2 个家庭" in asked.text
    assert (closures(), state_of(booked)) == ([], "expected")
    director.press(asked, "carers/closures")
    assert len(closures()) == 1
    assert (state_of(booked), state_of(enrolled)) == ("cancelled", "cancelled")


def test_a_closed_day_is_opened_again_with_its_places(morning: Morning) -> None:
    director = morning.browser("director")
    page = director.get(morning.room("carers", DAY))
    page = director.press(
        page, "carers/closures", from_date=str(TOMORROW), to_date=str(TOMORROW), reason="停水"
    )
    page = director.press(page, "carers/closures")
    assert places(morning) == 0
    page = director.press(page, f"closures/{closures()[0]}/lift")
    assert "已恢复开放" in page.text
    assert places(morning) == 5


def places(morning: Morning) -> int:
    with reading() as session:
        return capacity.days_of(session, [morning.city.toddlers], TOMORROW)[
            morning.city.toddlers
        ].capacity[20]


@pytest.mark.parametrize(
    ("filled", "field"),
    [
        ({"reason": ""}, "f-reason"),
        ({"to_date": "2026-11-01"}, "f-to_date"),
        ({"from_date": "gestern"}, "f-from_date"),
    ],
)
def test_a_closing_that_lacks_something_is_told_at_its_field(
    morning: Morning, filled: dict[str, str], field: str
) -> None:
    director = morning.browser("director")
    page = director.get(morning.room("carers", DAY))
    typed: dict[str, Any] = {"reason": "停水", **filled}
    page = director.press(page, "carers/closures", **typed)
    assert page.status == 422
    assert 'aria-invalid="true"' in page.html.split(f'id="{field}"')[1].split(">")[0]


def test_a_class_or_a_closure_of_another_place_is_not_there(morning: Morning) -> None:
    director = morning.browser("director")
    page = director.get(morning.room("carers", DAY))
    token = page.forms[0].fields["csrf_token"]
    other = morning.city.toddlers + 1000
    for path in (f"classes/{other}/shifts", "closures/1000/lift"):
        data = {"csrf_token": token, "date": str(TOMORROW), "do": "save"}
        assert director.open("POST", f"{morning.room('carers')}/{path}", data=data).status == 404

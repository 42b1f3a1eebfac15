"""Two people change the carers of one class: nobody overwrites what they have not seen."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from childcare.db import reading
from childcare.schedule import DatedShift
from tests.build import TOMORROW, FakeClock
from tests.webapp.conftest import City
from tests.webapp.pages.conftest import Browser, Page
from tests.webapp.pages.rooms import Morning

DAY = f"?date={TOMORROW}"
PART = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture
def morning(web: Flask, city: City, clock: FakeClock) -> Morning:
    made = Morning(web, city, clock)
    made.at("07:00")
    return made


def save(morning: Morning, page: Page, browser: Browser, carer: str, until: str) -> Page:
    typed: dict[str, Any] = {"carer": [carer, ""], "start": ["08:00", ""], "end": [until, ""]}
    return browser.press(page, f"classes/{morning.city.toddlers}/shifts", do="save", **typed)


def saved() -> list[tuple[str, int]]:
    with reading() as session:
        rows = session.scalars(select(DatedShift).order_by(DatedShift.id))
        return [(row.carer, row.ends) for row in rows]


def test_who_saves_second_is_told_what_it_is_now_and_loses_nothing_typed(morning: Morning) -> None:
    first, second = (morning.browser("director") for _ in range(2))
    one, other = (who.get(morning.room("carers", DAY)) for who in (first, second))
    save(morning, one, first, "李老师", "11:00")
    told = save(morning, other, second, "王老师", "16:00")
    assert told.status == 409
    assert "Zhou在11月24日 周二 07:00改过这个班的老师，现在是：李老师 08:00–11:00。" in told.text
    form = told.form(f"classes/{morning.city.toddlers}/shifts")
    assert (form.fields["carer"][0], form.fields["end"][0]) == ("王老师", "16:00")
    assert saved() == [("李老师", 660)]
    after = second.send(told, form, do="save")
    assert after.status == 200
    assert saved() == [("王老师", 960)]


def test_the_same_press_twice_is_no_quarrel(morning: Morning) -> None:
    director = morning.browser("director")
    page = director.get(morning.room("carers", DAY))
    for _ in range(2):
        assert save(morning, page, director, "李老师", "11:00").status == 200
    assert saved() == [("李老师", 660)]


def test_another_day_of_the_class_is_another_matter(morning: Morning) -> None:
    director = morning.browser("director")
    today = director.get(morning.room("carers", DAY))
    after = director.get(morning.room("carers", "?date=2026-11-25"))
    save(morning, today, director, "李老师", "11:00")
    assert save(morning, after, director, "王老师", "16:00").status == 200


def test_a_page_that_shows_what_is_so_is_answered_with_nothing(morning: Morning) -> None:
    looker, changer = morning.browser("desk"), morning.browser("director")
    page = looker.get(morning.room("carers", DAY))
    stamp = page.html.split('name="stamp" value="', 1)[1].split('"', 1)[0]
    poll = morning.room("carers", f"{DAY}&stamp={stamp}")
    assert looker.get(poll, headers=PART).status == 204
    save(morning, changer.get(morning.room("carers", DAY)), changer, "李老师", "11:00")
    again = looker.get(poll, headers=PART)
    assert again.status == 200
    assert "李老师" in again.text
    assert "<html" not in again.html


@pytest.mark.parametrize("do", ["preview", "add", "usual"])
def test_a_second_look_at_what_was_typed_is_no_look_at_what_others_saved(
    morning: Morning, do: str
) -> None:
    first, second = (morning.browser("director") for _ in range(2))
    one, other = (who.get(morning.room("carers", DAY)) for who in (first, second))
    save(morning, one, first, "李老师", "11:00")
    typed: dict[str, Any] = {"carer": ["王老师", ""], "start": ["08:00", ""], "end": ["16:00", ""]}
    address = f"classes/{morning.city.toddlers}/shifts"
    shown = second.press(other, address, do=do, **typed)
    assert 'class="notice look since" role="status">' in shown.html
    refused = second.send(shown, shown.form(address), do="save")
    assert (refused.status, saved()) == (409, [("李老师", 660)])


def test_a_slip_of_the_pen_hides_no_news(morning: Morning) -> None:
    first, second = (morning.browser("director") for _ in range(2))
    one, other = (who.get(morning.room("carers", DAY)) for who in (first, second))
    save(morning, one, first, "李老师", "11:00")
    refused = save(morning, other, second, "王老师", "07:00")
    assert refused.status == 422
    assert 'class="notice look since" role="status">' in refused.html
    assert save(morning, refused, second, "王老师", "16:00").status == 409
    assert saved() == [("李老师", 660)]

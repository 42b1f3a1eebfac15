"""A slip of the finger at the door: Undo in the row, for ten minutes after the press."""

import pytest
from flask import Flask

from childcare import bookings, clock
from childcare.app import act
from tests.build import TOMORROW, FakeClock
from tests.webapp.conftest import City
from tests.webapp.pages.conftest import Browser, Page
from tests.webapp.pages.rooms import Morning, row, state_of

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture
def morning(web: Flask, city: City, clock: FakeClock) -> Morning:
    made = Morning(web, city, clock)
    made.at("09:00")
    return made


@pytest.fixture
def stay_id(morning: Morning) -> int:
    return morning.booked("果果")


def checked_in(morning: Morning, stay_id: int) -> tuple[Browser, Page]:
    desk = morning.browser()
    return desk, desk.press(desk.get(morning.room()), f"stays/{stay_id}/check-in")


def undo_of(page: Page) -> list[str]:
    """The presses that the page offers to take back."""
    return [form.action.rsplit("/", 1)[1] for form in page.forms if "/undo-" in form.action]


def test_a_child_checked_in_by_mistake_is_expected_again(morning: Morning, stay_id: int) -> None:
    desk, page = checked_in(morning, stay_id)
    assert undo_of(page) == ["undo-check-in"]
    assert 'aria-label="撤销 果果"' in row(page, stay_id)
    page = desk.press(page, f"stays/{stay_id}/undo-check-in")
    assert (page.status, state_of(stay_id), undo_of(page)) == (200, "expected", [])
    assert page.form(f"stays/{stay_id}/check-in").method == "POST"


def test_a_child_checked_out_by_mistake_is_here_again(morning: Morning, stay_id: int) -> None:
    desk, page = checked_in(morning, stay_id)
    morning.at("10:00")
    page = desk.press(page, f"stays/{stay_id}/check-out")
    assert undo_of(page) == ["undo-check-out"]
    page = desk.press(page, f"stays/{stay_id}/undo-check-out")
    assert (state_of(stay_id), undo_of(page)) == ("checked_in", [])
    opened = row(desk.get(morning.room(query=f"?stay={stay_id}")), stay_id)
    assert "撤销了离园" in opened


def test_in_english_it_is_undo(morning: Morning, stay_id: int) -> None:
    desk, page = checked_in(morning, stay_id)
    page = desk.send(page, page.form("/panel/account/language"), language="en")
    page = desk.get(morning.room())
    assert 'aria-label="Undo 果果"' in row(page, stay_id)
    page = desk.press(page, f"stays/{stay_id}/undo-check-in")
    opened = row(desk.get(morning.room(query=f"?stay={stay_id}")), stay_id)
    assert "check-in undone" in opened


def test_with_a_script_the_board_comes_back_alone(morning: Morning, stay_id: int) -> None:
    desk, page = checked_in(morning, stay_id)
    form = page.form(f"stays/{stay_id}/undo-check-in")
    answer = desk.open("POST", form.action, data=form.fields, headers=HTMX)
    assert answer.html.startswith('<div id="today"')
    assert state_of(stay_id) == "expected"


def test_after_ten_minutes_it_is_offered_no_more_and_refused_in_the_row(
    morning: Morning, stay_id: int
) -> None:
    desk, page = checked_in(morning, stay_id)
    morning.at("09:10")
    assert undo_of(desk.get(morning.room())) == ["undo-check-in"]
    morning.at("09:11")
    assert undo_of(desk.get(morning.room())) == []
    late = desk.press(page, f"stays/{stay_id}/undo-check-in")
    assert late.status == 409
    assert "来不及了" in row(late, stay_id)
    assert state_of(stay_id) == "checked_in"


def test_a_press_undone_at_two_desks_tells_the_second_who_was_quicker(
    morning: Morning, stay_id: int
) -> None:
    desk, page = checked_in(morning, stay_id)
    director = morning.browser("director")
    seen_by_both = director.get(morning.room())
    desk.press(page, f"stays/{stay_id}/undo-check-in")
    morning.at("09:02")
    second = director.press(seen_by_both, f"stays/{stay_id}/undo-check-in")
    assert "09:00 Li 已经先操作了：撤销了签到" in row(second, stay_id)


def test_undoing_a_check_in_never_undoes_the_check_out_of_another_desk(
    morning: Morning, stay_id: int
) -> None:
    desk, page = checked_in(morning, stay_id)
    director = morning.browser("director")
    director.press(director.get(morning.room()), f"stays/{stay_id}/check-out")
    refused = desk.press(page, f"stays/{stay_id}/undo-check-in")
    assert refused.status == 409
    assert "Zhou 已经先操作了：离园" in row(refused, stay_id)
    assert state_of(stay_id) == "completed"


def test_a_day_that_the_clock_ended_offers_nothing_to_undo(morning: Morning, stay_id: int) -> None:
    morning.at("11:58")
    desk, _ = checked_in(morning, stay_id)
    morning.at("12:00")
    act(
        lambda session: bookings.end_of_day(
            session, institution_id=morning.city.nursery, on=TOMORROW, now=clock.now(session)
        )
    )
    assert undo_of(desk.get(morning.room())) == []


def test_the_log_counts_a_slip_among_coming_and_going(morning: Morning, stay_id: int) -> None:
    desk, page = checked_in(morning, stay_id)
    desk.press(page, f"stays/{stay_id}/undo-check-in")
    log = desk.get(morning.room("log", "?kind=door"))
    assert "撤销了签到" in log.text


def test_another_institution_undoes_nothing(morning: Morning, stay_id: int) -> None:
    _, page = checked_in(morning, stay_id)
    wu = morning.browser("wu")
    token = wu.get(f"/panel/{morning.city.other_nursery}/today").forms[0].fields["csrf_token"]
    form = page.form(f"stays/{stay_id}/undo-check-in")
    assert wu.send(page, form, csrf_token=token).status == 404
    own = form.action.replace(f"/{morning.city.nursery}/", f"/{morning.city.other_nursery}/")
    form.action = own
    assert wu.send(page, form, csrf_token=token).status == 404
    assert state_of(stay_id) == "checked_in"

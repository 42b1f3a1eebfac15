"""The room Today, in a browser without scripts."""

from typing import Any

import pytest
from flask import Flask

from childcare import bookings, clock, planning, reports
from childcare.actors import SYSTEM
from childcare.app import promoting
from childcare.people import Guardian
from childcare.schedule import Shift
from tests.build import TODAY, TOMORROW, FakeClock
from tests.webapp.conftest import City
from tests.webapp.pages.conftest import Browser
from tests.webapp.pages.rooms import Morning, row, state_of


@pytest.fixture
def morning(web: Flask, city: City, clock: FakeClock) -> Morning:
    made = Morning(web, city, clock)
    made.at("09:00")
    return made


def test_the_desk_sees_whom_to_expect_what_to_heed_and_who_may_collect(morning: Morning) -> None:
    stay_id = morning.booked("果果", allergies="花生", care_notes="午睡要抱小熊")
    desk = morning.browser()
    closed = row(desk.get(morning.room()), stay_id)
    assert "20个月" in closed
    assert "09:00–12:00" in closed
    assert "过敏：花生" in closed
    assert "第一次来" in closed
    assert "午睡" not in closed
    opened = row(desk.get(morning.room(query=f"?stay={stay_id}")), stay_id)
    assert "午睡要抱小熊" in opened
    assert "果果妈妈" in opened
    assert "预约" in opened


def test_a_child_comes_and_goes_home_by_forms_alone(morning: Morning) -> None:
    stay_id = morning.booked("果果")
    desk = morning.browser()
    page = desk.press(desk.get(morning.room()), f"stays/{stay_id}/check-in")
    assert page.status == 200
    assert "09:00 Li" in row(page, stay_id)
    morning.at("11:00")
    page = desk.press(page, f"stays/{stay_id}/check-out")
    assert "11:00 Li" in row(page, stay_id)
    assert state_of(stay_id) == "completed"


def test_the_second_press_tells_who_was_quicker(morning: Morning) -> None:
    stay_id = morning.booked("果果")
    desk, director = morning.browser(), morning.browser("director")
    seen_by_both = director.get(morning.room())
    desk.press(desk.get(morning.room()), f"stays/{stay_id}/check-in")
    morning.at("09:02")
    second = director.press(seen_by_both, f"stays/{stay_id}/check-in")
    assert "09:00 Li 已经先操作了：签到" in row(second, stay_id)
    assert state_of(stay_id) == "checked_in"


def test_a_refusal_stands_in_the_row_it_is_about(morning: Morning) -> None:
    stay_id = morning.booked("果果")
    morning.at("12:00")
    desk = morning.browser()
    page = desk.press(desk.get(morning.room()), f"stays/{stay_id}/check-in")
    assert page.status == 409
    assert "来不及了" in row(page, stay_id)
    assert 'role="alert"' in row(page, stay_id)


def test_typing_part_of_a_name_checks_in_the_only_child_it_can_mean(morning: Morning) -> None:
    guoguo, duoduo = morning.booked("果果"), morning.booked("朵朵")
    desk = morning.browser()
    desk.press(desk.get(morning.room()), "today/arrivals", find="guog")
    assert (state_of(guoguo), state_of(duoduo)) == ("checked_in", "expected")


def test_of_several_the_number_says_which_also_when_one_came_meanwhile(morning: Morning) -> None:
    stays = [morning.booked(name) for name in ("安宁", "安安", "安琪")]
    desk, other = morning.browser(), morning.browser("director")
    page = desk.press(desk.get(morning.room()), "today/arrivals", find="an")
    assert "3 个孩子" in page.text
    other.press(other.get(morning.room()), f"stays/{stays[0]}/check-in")
    desk.press(page, "today/arrivals", find="an 2")
    assert [state_of(one) for one in stays] == ["checked_in", "checked_in", "expected"]


def test_nobody_is_checked_in_by_a_name_that_is_not_expected(morning: Morning) -> None:
    morning.booked("果果")
    desk = morning.browser()
    page = desk.press(desk.get(morning.room()), "today/arrivals", find="乐乐")
    assert "这一天没有叫这个名字的孩子" in page.text
    assert 'class="child' not in page.html


def test_a_code_at_the_door_finds_its_child(morning: Morning) -> None:
    stay_id = morning.booked("果果")
    with promoting() as session:
        found = bookings.find_by_stay(session, stay_id)
        assert found is not None
        code = found.code.lower().replace("-", "")
    desk = morning.browser()
    desk.press(desk.get(morning.room()), "today/arrivals", find=code)
    assert state_of(stay_id) == "checked_in"


@pytest.mark.parametrize(
    ("how", "state", "free"),
    [
        ({"how": "day"}, "absent", [0, 0]),
        ({"how": "rest"}, "absent", [0, 0]),
        ({"how": "hours", "start": "10:00", "end": "11:00"}, "expected", [1, 0]),
    ],
)
def test_an_absence_frees_the_places_and_can_be_taken_back(
    morning: Morning, how: dict[str, Any], state: str, free: list[int]
) -> None:
    morning.at("07:30")
    stay_id = morning.enrolled("果果")
    desk = morning.browser()
    page = desk.get(morning.room(query=f"?stay={stay_id}"))
    page = desk.press(page, f"stays/{stay_id}/absence", reason="感冒", **how)
    assert state_of(stay_id) == state
    assert [taken(morning, slot) for slot in (19, 20)] == free
    assert "感冒" in row(page, stay_id)
    [back] = [form for form in page.forms if form.action.endswith("take-back")]
    desk.send(page, back)
    assert state_of(stay_id) == "expected"
    assert taken(morning, 20) == 1


def taken(morning: Morning, slot: int) -> int:
    with promoting() as session:
        day = reports.desk_day(
            session,
            SYSTEM,
            institution_id=morning.city.nursery,
            on=TOMORROW,
            now=clock.now(session),
        )
        return next(one.taken for one in day.classes[0].slots if one.slot == slot)


def test_hours_that_make_no_sense_are_told_at_the_field(morning: Morning) -> None:
    morning.at("07:30")
    stay_id = morning.enrolled("果果")
    desk = morning.browser()
    page = desk.get(morning.room(query=f"?stay={stay_id}"))
    page = desk.press(page, f"stays/{stay_id}/absence", how="hours", start="11:00", end="10:00")
    assert page.status == 422
    assert 'id="end-' in row(page, stay_id)
    assert 'aria-invalid="true"' in row(page, stay_id)
    assert page.form(f"stays/{stay_id}/absence").fields["start"] == ["11:00"]


def requested(morning: Morning) -> int:
    from_scratch = morning.booked("新新")
    with promoting() as session:
        found = bookings.find_by_stay(session, from_scratch)
        assert found is not None
        found.stay.state, found.stay.ends_at = "requested", clock.at(TOMORROW, 12 * 60)
    return from_scratch


def test_a_first_visit_is_accepted_with_one_press(morning: Morning) -> None:
    morning.at("08:00")
    stay_id = requested(morning)
    desk = morning.browser()
    page = desk.press(desk.get(morning.room()), f"stays/{stay_id}/approve")
    assert state_of(stay_id) == "expected"
    assert page.status == 200


def test_a_first_visit_is_declined_with_a_reason_and_not_without(morning: Morning) -> None:
    morning.at("08:00")
    stay_id = requested(morning)
    desk = morning.browser()
    page = desk.get(morning.room(query=f"?stay={stay_id}"))
    page = desk.press(page, f"stays/{stay_id}/reject", reason=" ")
    assert page.status == 422
    assert state_of(stay_id) == "requested"
    desk.press(page, f"stays/{stay_id}/reject", reason="老师请假，照顾不过来")
    assert state_of(stay_id) == "rejected"


def test_half_an_hour_late_the_desk_may_say_that_nobody_came_and_undo_it(morning: Morning) -> None:
    stay_id = morning.booked("果果")
    morning.at("09:20")
    desk = morning.browser()
    page = desk.get(morning.room(query=f"?stay={stay_id}"))
    refused = desk.press(page, f"stays/{stay_id}/no-show")
    assert refused.status == 409
    morning.at("09:31")
    page = desk.press(page, f"stays/{stay_id}/no-show")
    assert state_of(stay_id) == "no_show"
    desk.press(page, f"stays/{stay_id}/check-in")
    assert state_of(stay_id) == "checked_in"


def test_only_a_director_may_cancel_a_booking(morning: Morning) -> None:
    morning.at("08:00")
    stay_id = morning.booked("果果")
    query = f"?stay={stay_id}"
    desk, director = morning.browser(), morning.browser("director")
    assert f"stays/{stay_id}/cancel" not in desk.get(morning.room(query=query)).html
    form = director.get(morning.room(query=query)).form(f"stays/{stay_id}/cancel")
    own = desk.get(morning.room())
    token = own.form("today/arrivals").fields["csrf_token"]
    assert desk.send(own, form, csrf_token=token, reason="停水").status == 403
    director.send(director.get(morning.room(query=query)), form, reason="停水")
    assert state_of(stay_id) == "cancelled"


def test_too_many_children_for_the_carers_are_shown_loudly(morning: Morning) -> None:
    for number in range(3):
        desk = morning.browser()
        stay_id = morning.booked(f"孩{number}")
        desk.press(desk.get(morning.room()), f"stays/{stay_id}/check-in")
    assert "over" not in morning.browser().get(morning.room()).html.split('class="ratio')[1][:9]
    with promoting() as session:
        reports.class_here(
            session, SYSTEM, institution_id=morning.city.nursery, class_id=morning.city.toddlers
        ).ratio = 2
    set_carers(morning, 1)
    page = morning.browser().get(morning.room())
    assert "3 个孩子 : 1 位老师" in page.text
    assert "现在多了 1 个" in page.text


def set_carers(morning: Morning, carers: int) -> None:
    shifts = [Shift(f"老师{number}", 480, 1080) for number in range(carers)]
    with promoting() as session:
        planning.change_shifts(
            session,
            morning.city.people["director"].actor,
            class_id=morning.city.toddlers,
            on=TOMORROW,
            shifts=shifts,
            now=clock.now(session),
        )


def part(desk: Browser, path: str) -> tuple[int, str]:
    page = desk.get(path, headers={"HX-Request": "true", "HX-Request-Type": "partial"})
    return page.status, page.html


def stamp(html: str) -> str:
    return html.split('name="stamp" value="')[1].split('"')[0]


def test_a_page_that_asks_again_is_answered_only_when_something_changed(morning: Morning) -> None:
    stay_id = morning.booked("果果")
    desk, other = morning.browser(), morning.browser("director")
    status, html = part(desk, morning.room())
    assert "<html" not in html
    again = morning.room(query=f"?stamp={stamp(html)}")
    assert part(desk, again) == (204, "")
    other.press(other.get(morning.room()), f"stays/{stay_id}/check-in")
    status, html = part(desk, again)
    assert status == 200
    assert "09:00 Zhou" in html


def test_the_same_press_answers_the_board_alone_where_a_script_asks(morning: Morning) -> None:
    stay_id = morning.booked("果果")
    desk = morning.browser()
    page = desk.get(morning.room())
    form = page.form(f"stays/{stay_id}/check-in")
    answer = desk.open(
        "POST", form.action, data=form.fields, headers={"HX-Request-Type": "partial"}
    )
    assert answer.html.startswith('<div id="today"')
    assert "09:00 Li" in row(answer, stay_id)


def test_an_absence_is_taken_back_only_through_the_row_of_its_child(morning: Morning) -> None:
    morning.at("07:30")
    away, other = morning.enrolled("果果"), morning.booked("朵朵")
    desk = morning.browser()
    page = desk.get(morning.room(query=f"?stay={away}"))
    page = desk.press(page, f"stays/{away}/absence", how="day", reason="")
    [back] = [form for form in page.forms if form.action.endswith("take-back")]
    back.action = back.action.replace(f"stays/{away}/", f"stays/{other}/")
    assert desk.send(page, back).status == 404
    assert state_of(away) == "absent"


def test_the_door_is_todays_while_absences_and_requests_are_for_days_to_come(
    morning: Morning,
) -> None:
    stay_id = morning.enrolled("果果")
    morning.at("09:00", TODAY)
    desk = morning.browser()
    page = desk.get(morning.room(query=f"?date={TOMORROW}&stay={stay_id}"))
    assert [form.action.rsplit("/", 1)[1] for form in page.forms if "stays" in form.action] == [
        "absence"
    ]
    desk.press(page, f"stays/{stay_id}/absence", how="day", reason="回老家")
    assert state_of(stay_id) == "absent"


def test_finance_has_no_business_at_the_desk(morning: Morning) -> None:
    assert morning.browser("finance").get(morning.room()).status == 403


def test_names_never_stand_in_an_address(morning: Morning) -> None:
    morning.booked("果果")
    desk = morning.browser()
    page = desk.press(desk.get(morning.room()), "today/arrivals", find="果")
    found = [link for link in page.links if "果" in link or "%E6%9E%9C" in link]
    assert found == []
    assert page.form("today/arrivals").method == "POST"


def test_what_may_be_shown_of_a_day_can_be_narrowed(morning: Morning) -> None:
    here, away = morning.booked("果果"), morning.booked("朵朵", (14, 16))
    desk = morning.browser()
    desk.press(desk.get(morning.room()), f"stays/{here}/check-in")
    page = desk.get(morning.room(query="?show=present"))
    assert f'id="stay-{here}"' in page.html
    assert f'id="stay-{away}"' not in page.html


def test_a_record_that_is_closed_to_the_desk_shows_no_name(morning: Morning) -> None:
    stay_id = morning.booked("果果")
    with promoting() as session:
        session.connection().exec_driver_sql("DELETE FROM care_relation")
        assert session.query(Guardian).count() > 0
    html = row(morning.browser().get(morning.room(query=f"?stay={stay_id}")), stay_id)
    assert "果果" not in html
    assert "妈妈" not in html

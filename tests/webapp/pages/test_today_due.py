"""Who should be here by now, in one press; what Today says before and after the hours."""

import pytest
from flask import Flask

from tests.build import FakeClock
from tests.webapp.conftest import City
from tests.webapp.pages.rooms import Morning


@pytest.fixture
def morning(web: Flask, city: City, clock: FakeClock) -> Morning:
    made = Morning(web, city, clock)
    made.at("08:35")
    return made


def test_due_are_those_late_and_those_expected_within_half_an_hour(morning: Morning) -> None:
    morning.booked("果果", (9, 12))
    morning.booked("朵朵", (8, 12))
    morning.booked("安安", (10, 12))
    page = morning.browser().get(morning.room(query="?show=due"))
    assert "现在该到 2" in page.text
    assert ("果果" in page.text, "朵朵" in page.text, "安安" in page.text) == (True, True, False)
    morning.at("08:29")
    assert "现在该到 1" in morning.browser().get(morning.room()).text


def test_outside_of_the_hours_no_ratio_alarms_unless_a_child_is_still_here(
    morning: Morning,
) -> None:
    stay_id = morning.booked("果果", (9, 12))
    desk = morning.browser()
    morning.at("07:59")
    early = desk.get(morning.room()).text
    assert ("还没开园，08:00 开始" in early, "位老师" in early) == (True, False)
    morning.at("18:00")
    assert "已闭园" in desk.get(morning.room()).text
    morning.at("09:00")
    desk.press(desk.get(morning.room()), f"/stays/{stay_id}/check-in")
    morning.at("18:00")
    late = desk.get(morning.room()).text
    assert "1 个孩子 : 0 位老师" in late

"""Whose days are not all alike: an absence in the chat never frees more or less than was said."""

from datetime import date, timedelta

from sqlalchemy import select

from childcare import clock, enrolments
from childcare.actors import SYSTEM
from childcare.app import act
from childcare.db import reading
from childcare.enrolments import Absence
from childcare.institutions import CareForm, DayPart
from tests.bot.conftest import World
from tests.bot.neighbours import enrols
from tests.bot.talk import Person
from tests.build import TODAY, FakeClock

MONDAY = date(2026, 11, 30)
WEDNESDAY = date(2026, 12, 2)
FORMS = {DayPart.MORNING: CareForm.HALF_DAY, DayPart.FULL: CareForm.FULL_DAY}


def has_place(
    world: World,
    part: DayPart,
    weekdays: list[int],
    from_on: date = TODAY,
    to_on: date | None = None,
) -> None:
    """果果 has a place by the month: mornings 8:00-12:00, whole days 8:00-17:30."""
    made = act(
        lambda s: (
            enrolments.enrol(
                s,
                SYSTEM,
                child_id=world.child_id,
                institution_id=world.institution_id,
                form=FORMS[part],
                weekdays=weekdays,
                day_part=part,
                from_on=from_on,
                now=clock.now(s),
            ).id
        )
    )
    if to_on:
        act(lambda s: enrolments.end(s, SYSTEM, enrolment_id=made, on=to_on, now=clock.now(s)).id)


def declared() -> list[tuple[date, date, int | None, int | None]]:
    with reading() as session:
        rows = session.scalars(select(Absence).order_by(Absence.id))
        return [(row.from_on, row.to_on, row.starts, row.ends) for row in rows]


def test_a_part_of_several_days_stays_a_part_where_the_hours_change_between_them(
    lan: Person, world: World
) -> None:
    has_place(world, DayPart.MORNING, [1, 2, 3, 4, 5], to_on=MONDAY)
    has_place(world, DayPart.FULL, [1, 2, 3, 4, 5], from_on=MONDAY + timedelta(days=1))
    shown = lan.says("果果下周一到周三上午请假")
    lan.sends(shown.addresses[0])
    lan.presses("✅ 请假")
    assert declared() == [(MONDAY, WEDNESDAY, 480, 720)]


def test_a_day_between_that_is_longer_keeps_its_other_part(lan: Person, world: World) -> None:
    has_place(world, DayPart.MORNING, [1, 3])
    has_place(world, DayPart.FULL, [2])
    shown = lan.says("果果下周一到周三上午请假")
    assert shown.labels[0] == "果果 · 11月30日 周一 – 12月2日 周三 08:00–12:00"
    lan.sends(shown.addresses[0])
    lan.presses("✅ 请假")
    assert declared() == [(MONDAY, WEDNESDAY, 480, 720)]


def test_the_hours_are_those_of_that_weekday(lan: Person, world: World) -> None:
    has_place(world, DayPart.MORNING, [2, 4])
    has_place(world, DayPart.FULL, [1, 3, 5])
    shown = lan.says("果果明天下午不来")
    assert "11月24日 周二果果在园的时间是 08:00–12:00" in shown.text
    assert "✅ 请假" not in shown.labels
    assert "11月25日 周三 12:00–17:30，对吗？" in lan.says("果果后天下午不来").text
    assert "明天 12:00–17:30" not in lan.says("果果下午不来").labels


def test_a_part_in_which_the_child_is_never_there_is_answered_with_when_it_is(
    lan: Person, world: World
) -> None:
    has_place(world, DayPart.MORNING, [1, 2, 3, 4, 5])
    shown = lan.says("果果下午不来")
    assert "11月23日 周一果果在园的时间是 08:00–12:00" in shown.text
    assert "明天" in shown.labels
    assert "哪段时间不来" in lan.presses("明天").text
    assert "在园的时间是 08:00–12:00" in lan.says("果果下周一到周三下午请假").text


def test_a_part_of_today_that_is_over_is_not_offered_and_frees_nothing(
    lan: Person, world: World, clock: FakeClock
) -> None:
    enrols(world, world.child_id)
    lan.says("果果上午不来")
    clock.forward(timedelta(hours=2))
    assert not any(label.startswith("今天") for label in lan.says("果果上午不来").labels)
    lan.sends(f"away-on:{world.child_id}:{TODAY.toordinal()}:{TODAY.toordinal()}:480:720:0")
    assert "没有变动" in lan.screen.text
    clock.forward(timedelta(hours=3, minutes=40))
    assert "过了" in lan.says("果果今天下午不来").text
    assert declared() == []

"""What callback data says is not believed: forged, broken and ancient buttons."""

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import func, select

from bot import routes
from childcare.app import promoting
from childcare.bookings import Booking
from childcare.db import reading
from childcare.people import Child
from childcare.stays import State, Stay
from tests.bot.conftest import World
from tests.bot.talk import Person
from tests.build import TOMORROW, Build

DAY = TOMORROW.toordinal()
MONTH = date(2026, 12, 1).toordinal()


@pytest.fixture
def emma(stranger: Person) -> Person:
    """A mother of another family."""
    with promoting() as session:
        build = Build(session)
        family = build.family()
        build.guardian(family, telegram_id=3, locale="en")
        build.child(family, name="Mia")
    return stranger


@pytest.fixture
def booking_id(lan: Person) -> int:
    """A booking of 林岚's family."""
    lan.says("明天下午2点到5点 劲松附近")
    lan.presses("1. 小小松果")
    lan.presses("✅ 确认预约")
    with reading() as session:
        return session.scalars(select(Booking.id)).one()


def everything() -> tuple[object, ...]:
    """What may not change: bookings with their state, children with their names."""
    with reading() as session:
        bookings = session.execute(select(Booking.version, Stay.state, Stay.during).join(Stay))
        children = session.scalars(select(Child.name).order_by(Child.id))
        return (*bookings.all(), *children.all())


def forged(world: World, booking: int) -> Iterator[str]:
    child, place = world.child_id, world.institution_id
    yield from (f"booking:{booking}:1", f"booking:{booking}", f"ics:{booking}")
    yield from (f"cancel-ask:{booking}:1", f"cancelled:{booking}:0:0:1", f"object:{booking}")
    yield from (f"confirm:{booking}:1", f"release:{booking}:1")
    yield from (f"move:{booking}", f"move-day:{booking}:{DAY}", f"move-start:{booking}:{DAY}:840")
    yield f"move-quote:{booking}:1:{DAY}:0:540:660"
    yield f"moved:{booking}:1:{DAY}:0:540:660:8000:0"
    yield from (f"kid:{child}", f"kid-edit:{child}:0", f"elsewhere:{child}")
    yield f"near:{child}:0:0:15:0:0:0:0:0:0"
    yield f"on-day:{child}:0:0:15:0:0:0:0:0:0"
    yield from (f"inst:{place}:{child}:0", f"inst:{place}:{child}:{DAY}")
    yield f"ends:{place}:{child}:{DAY}:840"
    yield f"hold:{child}:{place}:{DAY}:0:840:1020"
    yield from (f"away-days:{child}", f"away-day:{child}:{DAY}", f"away-on:{child}:{DAY}")
    yield from (f"away-from:{child}", f"away-to:{child}:{DAY}", f"away-part:{child}:{DAY}")
    yield f"away-ask:{child}:{DAY}:{DAY}:0:0"
    yield from (f"away-on:{child}:{DAY}:{DAY}:0:0:1", f"away-why:{child}:{DAY}:{DAY}:0:0")
    yield f"wait:{child}:{place}:{DAY}:0:840:1020:0"
    yield f"queue:{child}:0:0:15:0:{DAY}:0:840:1020:0:0"
    yield from (f"wait-day:{place}:{child}:{DAY}", f"wait-from:{place}:{child}:{DAY}:840")
    yield from (f"long:{place}:{child}", f"long-month:{place}:{child}:{MONTH}")
    yield f"long-days:{place}:{child}:{MONTH}:1:31"
    yield f"long-join:{place}:{child}:{MONTH}:1:31:0"


def test_a_forged_button_shows_and_changes_nothing_of_another_family(
    lan: Person, emma: Person, world: World, booking_id: int
) -> None:
    before = everything()
    emma.says("/start")
    for data in forged(world, booking_id):
        shown = emma.sends(data)
        assert "果果" not in shown.text, data
        assert "14:00" not in shown.text, data
        assert "Another name" not in emma.says("Another name").text, data
    assert everything() == before


BROKEN = [
    "",
    ":",
    "hold",
    "hold:1",
    "hold:1:1:1:1:1:1:1",
    "hold:a:1:739944:0:840:1020",
    "hold:１:1:739944:0:840:1020",
    "hold:1:1:739944:0:841:1020",
    "hold:1:1:739944:0:1020:840",
    "hold:1:1:739944:9:0:0",
    "hold:1:1:99999999:0:840:1020",
    "hold:1:1:-5:0:840:1020",
    "hold:1:999999999999999:739944:0:840:1020",
    "inst:1:1:0:0",
    "inst:1:1:99999999999",
    "near:1:0:0:15:0:0:0:840:1020:0",
    "near:1:0:0:9999:0:0:0:0:0:0",
    "near:1:99999999:0:15:0:0:0:0:0:0",
    "near:1:0:0:15:7:0:0:0:0:0",
    "near:1:0:0:15:0:739944:0:0:0:-1",
    "cancelled:1:7:0:1",
    "quiet-set:99",
    "switch:0:5",
    "switch:-1:0",
    "place-set:17",
    "lang:99",
    "consent:0",
    "consent:-1",
    "home-here:99999999999:0",
    "home-here:0:99999999999",
    "wait:1:1:739944:0:840:1020:9",
    "wait:1:1:739944:0:0:0:0",
    "wait:1:1:739944:9:0:0:0",
    "wait:1:999999999999999:739944:0:840:1020:0",
    "queue:1:0:0:15:0:739944:0:840:1020:0:9",
    "queue:1:0:0:15:0:0:0:0:0:0:0",
    "long-month:1:1:739944",
    "long-days:1:1:739951:1:0",
    "long-days:1:1:739951:1:255",
    "long-days:1:1:739951:7:31",
    "long-join:1:1:739951:1:31:9",
    "entry:0",
    "entry-pause:1:1:1",
    "offer-accept:999999999999999",
    "offer-decline:-1",
    "away-on:1:739944:739944:0:0:9",
    "away-on:1:739944:739943:0:0:0",
    "away-on:1:739944:739944:600:540:0",
    "away-on:1:739944:739944:601:660:0",
    "away-part:1:739944",
    "away-back:0",
    "fill:0:0",
    "fill:99:99",
    "menu:1",
    "__class__",
    "nothing:1:2",
    "drop table booking",
    "🙂:🙂",
    "1" * 64,
]


def test_a_broken_button_is_answered_and_changes_nothing(lan: Person) -> None:
    first = lan.says("/start")
    for data in BROKEN:
        before = len(lan.talk.border.calls)
        lan.sends(data, on=first)
        called = [name for name, _given in lan.talk.border.calls[before:]]
        assert "answerCallbackQuery" in called, data
        # The apology for what broke on our side.
        assert "没有改动" not in lan.screen.text, data
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Booking)) == 0


def test_every_button_of_a_screen_leads_somewhere(lan: Person, booking_id: int) -> None:
    """Wherever a button is shown, its address is one that is understood."""
    for data in ("menu", "find", "mine", "settings", "kids", f"booking:{booking_id}:1"):
        for address in lan.sends(data).addresses:
            verb, numbers = routes.read(address)
            if verb not in ("nothing", "fill", "leave"):
                assert routes.route(verb, numbers)


def test_a_hold_of_the_past_is_refused_with_a_sentence(lan: Person) -> None:
    lan.says("/start")
    shown = lan.sends(f"hold:1:1:{DAY - 5}:0:840:1020")
    assert "小小松果" in shown.text
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Booking)) == 0


def test_an_expired_request_is_told_as_it_is(lan: Person, booking_id: int) -> None:
    with promoting() as session:
        session.scalars(select(Stay)).one().state = State.COMPLETED
    shown = lan.sends(f"cancelled:{booking_id}:0:0:1")
    assert "状态：已完成" in shown.text

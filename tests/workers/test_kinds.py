"""Every kind of row that the product writes is known to the workers."""

import re
from pathlib import Path

from childcare import accounts
from childcare.app import promoting
from childcare.outbox import OutboxRow
from childcare.reminders import Kind
from childcare.reminders.waiting import Topic
from tests.fake_chat import FakeChat
from tests.workers.city import City, open_rows
from workers.equipment import Equipment
from workers.handlers import DELIVERIES, EFFECTS
from workers.jobs import perform

ROOT = Path(__file__).resolve().parents[2]
PHONE = "+8613800000001"
PUBLISHED = re.compile(r'(?:publish|tell)\(\s*session,\s*"([a-z0-9-]+)"')
# Written in a loop.
OF_AN_OFFER = {"offer-made", "offer-ending", "expire-offer"}


def published() -> set[str]:
    """The kinds that stand in the code as words."""
    sources = (
        path for folder in ("childcare", "workers") for path in (ROOT / folder).rglob("*.py")
    )
    return {kind for path in sources for kind in PUBLISHED.findall(path.read_text("utf-8"))}


def test_whatever_is_published_is_known_to_the_workers() -> None:
    assert {"expire-hold", "booking-rescheduled", "booking-no-show", "send-sms"} <= published()
    assert {"offer-withdrawn", "entry-renewal", "promote-day", "enrolled"} <= published()
    assert published() | OF_AN_OFFER <= EFFECTS.keys() | DELIVERIES.keys()


def test_every_message_to_a_family_can_be_sent() -> None:
    assert {*map(str, Kind), *map(str, Topic)} <= DELIVERIES.keys()
    assert not EFFECTS.keys() & DELIVERIES.keys()


def asked(city: City) -> OutboxRow:
    """The row of a code that somebody asked for."""
    with promoting() as session:
        accounts.ask_code(
            session,
            phone=PHONE,
            purpose=accounts.Purpose.SIGN_IN,
            address="here",
            locale="zh",
            now=city.clock.now,
        )
    return open_rows("send-sms")[0]


def test_a_code_to_sign_in_arrives_as_a_text_message(
    city: City, equipment: Equipment, chat: FakeChat
) -> None:
    waiting = asked(city)
    assert perform(equipment, waiting.id, 0) == "sent"
    [message] = chat.sms
    assert message["phone"] == PHONE
    assert re.search(r"\b\d{6}\b", message["text"])


def test_a_code_that_is_over_is_not_sent(city: City, equipment: Equipment, chat: FakeChat) -> None:
    waiting = asked(city)
    city.clock.forward(accounts.CODE_LIVES)
    assert perform(equipment, waiting.id, 0) == "dropped"
    assert chat.sms == []

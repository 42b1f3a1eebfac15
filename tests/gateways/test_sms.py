"""Text messages through the city's gateway."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from gateways.failures import Permanent, Temporary
from gateways.sms import SmsGateway
from tests.fake_chat import Answer, FakeChat

PHONE = "+8613800000001"


@pytest.fixture
def chat() -> Iterator[FakeChat]:
    with FakeChat() as running:
        yield running


def test_a_message_arrives_as_it_was_written(chat: FakeChat) -> None:
    SmsGateway(f"{chat.url}/sms").send(PHONE, "验证码 123456")
    assert chat.sms == [{"phone": PHONE, "text": "验证码 123456"}]


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [(Answer(400), Permanent), (Answer(500), Temporary), (Answer(cut="before"), Temporary)],
)
def test_a_failure_means_never_or_later(
    chat: FakeChat, answer: Answer, meaning: type[Exception]
) -> None:
    chat.will(answer)
    with pytest.raises(meaning):
        SmsGateway(f"{chat.url}/sms").send(PHONE, "x")


def test_a_gateway_that_is_away_is_temporary() -> None:
    with FakeChat() as gone:
        url = gone.url
    with pytest.raises(Temporary) as caught:
        SmsGateway(f"{url}/sms").send(PHONE, "x")
    assert caught.value.retry_after is None


def test_a_gateway_s_wish_to_wait_without_a_time_is_plainly_temporary(chat: FakeChat) -> None:
    chat.will(Answer(429))
    with pytest.raises(Temporary) as caught:
        SmsGateway(f"{chat.url}/sms").send(PHONE, "x")
    assert caught.value.retry_after != timedelta()


def test_without_an_address_nothing_is_sent() -> None:
    with pytest.raises(Permanent):
        SmsGateway("").send(PHONE, "x")

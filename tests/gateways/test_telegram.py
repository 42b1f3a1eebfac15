"""The neutral message as Telegram's, and what Telegram's failures mean."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from childcare.i18n import speaking
from childcare.messages import Ask, Button, Document, Message, Venue
from gateways.failures import Blocked, Permanent, Temporary
from gateways.telegram import Telegram, request, to_telegram
from tests.fake_chat import TOKEN, Answer, FakeChat

LAN = 70001


@pytest.fixture
def chat() -> Iterator[FakeChat]:
    with FakeChat() as running:
        yield running


@pytest.fixture
def telegram(chat: FakeChat) -> Iterator[Telegram]:
    gateway = Telegram(TOKEN, chat.url, answer_seconds=0.3)
    yield gateway
    gateway.close()


def test_buttons_are_addresses_in_their_rows() -> None:
    buttons = [[Button("A", "booking:7:1"), Button("B", url="https://example.org/x")], []]
    parts = to_telegram(Message("Hello", buttons))
    assert parts.inline is not None
    rows = parts.inline.inline_keyboard
    assert [[(b.text, b.callback_data, b.url) for b in row] for row in rows] == [
        [("A", "booking:7:1", None), ("B", None, "https://example.org/x")]
    ]
    assert parts.reply is None


@pytest.mark.parametrize(
    ("tongue", "label"), [("zh", "📍 发送我的位置"), ("en", "📍 Share my location")]
)
def test_share_buttons_speak_the_reader_s_language(tongue: str, label: str) -> None:
    with speaking("zh" if tongue == "zh" else "en"):
        parts = to_telegram(Message("Where?", asks=(Ask.LOCATION, Ask.CONTACT)))
    assert parts.reply is not None
    location, contact = (row[0] for row in parts.reply.keyboard)
    assert (location.text, location.request_location) == (label, True)
    assert contact.request_contact


def test_a_message_with_a_file_is_one_message_with_a_caption(
    chat: FakeChat, telegram: Telegram
) -> None:
    file = Document("childcare-K7WX-3MPA.ics", b"BEGIN:VCALENDAR")
    telegram.deliver(LAN, Message("约好了", [[Button("看", "booking:1:1")]], document=file))
    [message] = chat.sent
    assert (message.method, message.chat_id, message.text) == ("sendDocument", LAN, "约好了")
    assert message.buttons == ["booking:1:1"]
    assert list(message.files.values()) == [("childcare-K7WX-3MPA.ics", b"BEGIN:VCALENDAR")]


def test_a_text_too_long_for_a_caption_follows_its_file(chat: FakeChat, telegram: Telegram) -> None:
    long = "👶" * 513
    telegram.deliver(LAN, Message(long, document=Document("a.ics", b"x")))
    assert [message.method for message in chat.sent] == ["sendDocument", "sendMessage"]
    assert [message.text for message in chat.sent] == ["", long]


def test_a_pin_comes_before_the_words_and_their_buttons(chat: FakeChat, telegram: Telegram) -> None:
    venue = Venue(39.884, 116.461, "小小松果", "")
    telegram.deliver(LAN, Message("怎么走", [[Button("看", "booking:1:1")]], venue=venue))
    assert [message.method for message in chat.sent] == ["sendVenue", "sendMessage"]
    assert chat.sent[0].fields["address"] == "小小松果"
    assert chat.sent[1].buttons == ["booking:1:1"]


def test_buttons_and_share_buttons_come_in_two_messages(chat: FakeChat, telegram: Telegram) -> None:
    message = Message("Where?", [[Button("No", "menu")]], asks=(Ask.LOCATION,))
    telegram.deliver(LAN, message)
    assert len(chat.sent) == 2
    assert "request_location" in chat.sent[0].fields["reply_markup"]
    assert chat.sent[1].buttons == ["menu"]


def test_one_connection_serves_many_messages_and_opens_again_after_closing(
    chat: FakeChat, telegram: Telegram
) -> None:
    telegram.deliver(LAN, Message("1"))
    telegram.close()
    telegram.deliver(LAN, Message("2"))
    assert chat.texts(LAN) == ["1", "2"]


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [
        (Answer(403, "Forbidden: bot was blocked by the user"), Blocked),
        (Answer(403, "Forbidden: user is deactivated"), Blocked),
        (Answer(400, "Bad Request: chat not found"), Blocked),
        (Answer(400, "Bad Request: message text is empty"), Permanent),
        (Answer(401, "Unauthorized"), Temporary),
        (Answer(500), Temporary),
        (Answer(502), Temporary),
        (Answer(cut="before"), Temporary),
        (Answer(cut="after"), Temporary),
        (Answer(silent_seconds=0.6), Temporary),
    ],
)
def test_a_failure_means_never_or_later(
    chat: FakeChat, telegram: Telegram, answer: Answer, meaning: type[Exception]
) -> None:
    chat.will(answer)
    with pytest.raises(meaning) as caught:
        telegram.deliver(LAN, Message("hello"))
    assert type(caught.value) is meaning
    telegram.deliver(LAN, Message("again"))
    assert chat.texts(LAN)[-1] == "again"


def test_the_wait_that_the_server_asks_for_is_told(chat: FakeChat, telegram: Telegram) -> None:
    chat.will(Answer(429, retry_after=7))
    with pytest.raises(Temporary) as caught:
        telegram.deliver(LAN, Message("hello"))
    assert caught.value.retry_after == timedelta(seconds=7)


def test_nobody_listening_is_temporary(chat: FakeChat) -> None:
    with FakeChat() as gone:
        url = gone.url
    gateway = Telegram(TOKEN, url)
    with pytest.raises(Temporary):
        gateway.deliver(LAN, Message("hello"))
    gateway.close()


def test_without_a_token_nothing_is_tried() -> None:
    with pytest.raises(Permanent):
        Telegram("", "http://127.0.0.1:1").deliver(LAN, Message("hello"))


def test_a_server_on_this_machine_is_not_asked_through_a_proxy(
    chat: FakeChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    gateway = Telegram(TOKEN, chat.url)
    gateway.deliver(LAN, Message("hello"))
    gateway.close()
    assert chat.texts(LAN) == ["hello"]


def test_the_proxy_of_the_surroundings_is_used_for_the_real_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    client = request("https://api.example.org")
    assert client._client._mounts

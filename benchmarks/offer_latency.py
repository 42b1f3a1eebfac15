"""From the absence message in one chat to the offer in another, through the running system.

A strict chat sandbox, the bot, the dispatcher and one worker, as `make run` starts them. Every
sample is a class of its own with one place: the family that has it presses the button, another
waits for it.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import psycopg

from benchmarks import offer_town
from benchmarks.offer_town import AWAY, CHATS, OTHERS, WAITS
from benchmarks.stack import Stack, settle
from childcare import clock
from childcare.app import promoting
from devstack import process

SAMPLES, OTHERS_DUE = 45, 200
# Slower than the sandbox allows, so that nobody is told to wait before the bench begins.
GREETINGS_A_SECOND = 15
TOKEN = "100000:bench"
PATIENCE_SECONDS = 20.0


def measure(stack: Stack) -> list[dict[str, object]]:
    """Seconds from press to arrival, on an idle system and while 200 other messages are due."""
    core = stack.core()
    with core.app_context():
        with promoting() as session:
            wanted = offer_town.hours_ahead(clock.now(session))
        if wanted.on.isoweekday() > 5:
            return [{"bench": "offer latency", "skipped": "no day of care within twelve hours"}]
        for number in range(2 * SAMPLES):
            with promoting() as session:
                offer_town.write_sample(session, wanted, number)
        with promoting() as session:
            other = offer_town.write_others(session, wanted)
            offer_town.calm(session)
        core.extensions["sqlalchemy"].engine.dispose()
    with _chat(stack) as chat:
        chat.greet([*range(WAITS, WAITS + 2 * SAMPLES), *range(OTHERS, OTHERS + CHATS)])
        idle = [chat.sample(number, lambda: None) for number in range(SAMPLES)]
        busy = [
            chat.sample(number, lambda: _top_up(stack, other))
            for number in range(SAMPLES, 2 * SAMPLES)
        ]
        return [_figure(0, idle), _figure(OTHERS_DUE, busy)]


def _figure(others_due: int, samples: list[tuple[float, int]]) -> dict[str, object]:
    late = sorted(seconds for seconds, _ in samples)
    return {
        "bench": "offer latency",
        "goal": "the offer does not wait behind 200 other messages that are due",
        "others_due": others_due,
        "samples": len(late),
        "median_ms": round(late[len(late) // 2] * 1000),
        "p95_ms": round(late[int(len(late) * 0.95)] * 1000),
        "most_ms": round(late[-1] * 1000),
        "others_sent_between_at_most": max(between for _, between in samples),
    }


# A message that is urgent itself, to as many chats, each waiting least of all for its turn.
OTHER_MESSAGES = """
INSERT INTO outbox (kind, payload, urgency, recipient_id, dedupe_key, created_at, due_at,
    is_waiting, attempts)
SELECT 'remind-2h', jsonb_build_object('stay_id', %(stay)s::bigint, 'version', 1,
    'guardian_id', g.id), 2, g.id, 'bench:' || gen_random_uuid(), now(), now(), false, 0
FROM guardian g WHERE g.telegram_id >= %(first)s AND NOT EXISTS (SELECT FROM outbox o
    WHERE o.recipient_id = g.id AND o.done_at IS NULL)
ORDER BY (SELECT max(o.done_at) FROM outbox o WHERE o.recipient_id = g.id) NULLS FIRST
LIMIT greatest(0, %(most)s - (SELECT count(*) FROM outbox o
    WHERE o.done_at IS NULL AND o.dedupe_key LIKE 'bench:%%'))
"""


def _top_up(stack: Stack, stay_id: int) -> None:
    """Have 200 messages due."""
    values = {"stay": stay_id, "first": OTHERS, "most": OTHERS_DUE}
    with psycopg.connect(stack.database_url, autocommit=True) as connection:
        connection.execute(OTHER_MESSAGES, values)


class Chat:
    """The sandbox, as the people in it and a clock beside it see it."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def sample(self, number: int, prepare: Callable[[], None]) -> tuple[float, int]:
        """Seconds from one family's press to the offer with the other, and what else was sent."""
        self._control("send", user=AWAY + number, text="请假")
        self._press(AWAY + number, self._button(AWAY + number, "away-day:"))
        declare = self._button(AWAY + number, "away-on:")
        prepare()
        seen = self._calls(0)[-1]["number"]
        began = time.time()
        self._press(AWAY + number, declare)
        offer = self._await_offer(WAITS + number, seen)
        others = [
            call
            for call in self._calls(seen)
            if int(call["chat_id"] or 0) >= OTHERS
            and call["status"] == httpx.codes.OK
            and began < call["at"] < offer["at"]
        ]
        return offer["at"] + offer["ms"] / 1000 - began, len(others)

    def greet(self, users: list[int]) -> None:
        """Have everybody begin a chat, without which nothing can be sent to them."""
        for user in users:
            self._control("send", user=user, text="/help")
            time.sleep(1 / GREETINGS_A_SECOND)
        for user in users:
            self._until(lambda user=user: self._messages(user)[1:], f"no answer to {user}")
        settle()

    def _await_offer(self, chat_id: int, seen: int) -> dict[str, Any]:
        def found() -> list[dict[str, Any]]:
            calls = self._calls(seen)
            sent = [call for call in calls if call["status"] == httpx.codes.OK]
            return [call for call in sent if call["chat_id"] == str(chat_id)]

        first: dict[str, Any] = self._until(found, f"no offer in chat {chat_id}")[0]
        return first

    def _button(self, chat_id: int, prefix: str) -> str:
        """The address of a button that begins so, on the newest message that has one."""

        def found() -> list[str]:
            return [
                button["callback_data"]
                for message in reversed(self._messages(chat_id))
                for row in message.get("inline_keyboard", [])
                for button in row
                if button.get("callback_data", "").startswith(prefix)
            ]

        address: str = self._until(found, f"no button {prefix} in chat {chat_id}")[0]
        return address

    def _until(self, look: Any, otherwise: str) -> Any:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (found := look()):
            if time.monotonic() > deadline:
                raise RuntimeError(otherwise)
            time.sleep(0.05)
        return found

    def _press(self, user: int, address: str) -> None:
        self._control("press", user=user, data=address)

    def _control(self, action: str, **facts: object) -> None:
        self._client.post(f"/control/{action}", json=facts).raise_for_status()

    def _messages(self, user: int) -> list[dict[str, Any]]:
        found = self._client.get("/control/messages", params={"user": user}).json()
        return list(found["messages"])

    def _calls(self, after: int) -> list[dict[str, Any]]:
        wanted: dict[str, str | int] = {"method": "sendMessage", "after": after}
        return list(self._client.get("/control/calls", params=wanted).json()["calls"])


@contextmanager
def _chat(stack: Stack) -> Iterator[Chat]:
    port = process.free_port()
    address = f"http://127.0.0.1:{port}"
    surroundings = {
        "SANDBOX_PORT": str(port),
        "SANDBOX_TOKEN": TOKEN,
        "DATA_DIR": str(stack.home / "sandbox"),
        "TELEGRAM_BOT_TOKEN": TOKEN,
        "TELEGRAM_API_URL": address,
        "SMS_GATEWAY_URL": f"{address}/sms",
    }
    with httpx.Client(base_url=address, timeout=10, trust_env=False) as client:
        stack.start("sandbox", "-m", "devstack.sandbox", **surroundings)
        process.wait_until(lambda: _answers(client), 30, pause=0.1)
        for name, module in (
            ("bot", "bot"),
            ("dispatcher", "workers.dispatcher"),
            ("worker", "workers"),
        ):
            stack.start(name, "-m", module, **surroundings)
        settle(4)
        yield Chat(client)


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/healthz").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False

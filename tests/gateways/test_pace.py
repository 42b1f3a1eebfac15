"""The pace of messages: in one process's memory, and in Valkey for all; the same rules for both."""

import secrets
from collections.abc import Iterator
from datetime import timedelta

import pytest
import redis

from gateways.limiter import Limiter, limiter
from gateways.pace import LocalPacer, Pace, Pacer, SharedPacer
from tests import servers

LAN, GRANDMA, STRANGER = 70001, 70002, 70003
# So slow that the test's own time does not matter: a message in 100 s, a chat's in 1000 s.
SLOW = Pace(overall=0.01, per_chat=0.001, burst=2)
CHAT = timedelta(seconds=1000)


@pytest.fixture
def client() -> Iterator[redis.Redis]:
    with redis.Redis.from_url(servers.redis_url()) as client:
        yield client


@pytest.fixture(params=["in memory", "in Valkey"])
def pacer(request: pytest.FixtureRequest, client: redis.Redis) -> Pacer:
    if request.param == "in memory":
        return LocalPacer(SLOW)
    return SharedPacer(client, SLOW, prefix=f"test:{secrets.token_hex(6)}")


def about(span: timedelta) -> object:
    return pytest.approx(span, abs=timedelta(seconds=30))


def test_a_chat_gets_one_message_and_then_waits_its_time(pacer: Pacer) -> None:
    assert pacer.claim(LAN) is None
    wait = pacer.claim(LAN)
    assert wait is not None
    assert wait.is_busy
    assert wait.time == about(CHAT)


def test_a_busy_chat_does_not_keep_others_waiting(pacer: Pacer) -> None:
    pacer.claim(LAN)
    for _ in range(20):
        pacer.claim(LAN)
    assert pacer.claim(GRANDMA) is None


def test_only_a_small_burst_leaves_at_once(pacer: Pacer) -> None:
    answers = [pacer.claim(chat_id) for chat_id in range(1, 6)]
    assert answers[:3] == [None] * 3
    late = answers[3]
    assert late is not None
    assert not late.is_busy
    assert late.time == about(timedelta(seconds=100))


def test_a_claim_refused_to_all_costs_the_chat_nothing(pacer: Pacer) -> None:
    for chat_id in range(1, 5):
        pacer.claim(chat_id)
    assert pacer.claim(STRANGER) is not None
    again = pacer.claim(STRANGER)
    assert again is not None
    assert not again.is_busy


def test_what_leaves_anyhow_is_counted(pacer: Pacer) -> None:
    pacer.spend(LAN)
    wait = pacer.claim(LAN)
    assert wait is not None
    assert wait.is_busy


def test_what_goes_first_passes_the_others_who_then_wait_for_it(pacer: Pacer) -> None:
    waited = None
    for chat_id in range(1, 5):
        waited = pacer.claim(chat_id)
    assert waited is not None
    assert [pacer.claim_first(chat_id) for chat_id in (LAN, GRANDMA)] == [None, None]
    after = pacer.claim(STRANGER)
    assert after is not None
    assert after.time - waited.time == about(2 * timedelta(seconds=100))


def test_no_more_than_a_few_go_first(pacer: Pacer) -> None:
    answers = [pacer.claim_first(chat_id) for chat_id in range(1, 20)]
    # The burst, and the few that may go ahead of the pace.
    assert answers.index(next(filter(None, answers))) == SLOW.burst + 1 + SLOW.ahead


@pytest.mark.parametrize("claim", ["claim", "claim_first"])
def test_a_rest_of_all_stops_everybody(pacer: Pacer, claim: str) -> None:
    pacer.rest(timedelta(seconds=500))
    wait = getattr(pacer, claim)(STRANGER)
    assert wait is not None
    assert wait.time == about(timedelta(seconds=500))


def test_a_rest_of_one_chat_stops_that_chat_alone(pacer: Pacer) -> None:
    pacer.rest_chat(LAN, timedelta(seconds=300))
    wait = pacer.claim(LAN)
    assert wait is not None
    assert wait.time == about(timedelta(seconds=300))
    assert pacer.claim(GRANDMA) is None


def test_a_second_chat_that_is_told_to_wait_is_noticed(pacer: Pacer) -> None:
    told = [pacer.rest_chat(chat_id, CHAT) for chat_id in (LAN, LAN, GRANDMA)]
    assert told == [False, False, True]


def test_failures_are_counted_until_something_arrives(pacer: Pacer) -> None:
    assert [pacer.count_failure() for _ in range(3)] == [1, 2, 3]
    pacer.forget_failures()
    assert pacer.count_failure() == 1


@pytest.mark.parametrize("where", ["in memory", "in Valkey"])
def test_a_busy_chat_s_messages_come_back_one_after_the_other(
    where: str, client: redis.Redis
) -> None:
    pace = Pace(overall=1000, per_chat=0.1, burst=3)
    prefix = f"test:{secrets.token_hex(6)}"
    pacer: Pacer = (
        LocalPacer(pace) if where == "in memory" else SharedPacer(client, pace, prefix=prefix)
    )
    pacer.claim(LAN)
    waits = [pacer.claim(LAN) for _ in range(3)]
    # What goes first waits for the chat, but stands in no line and moves nobody in it.
    waits += [pacer.claim_first(LAN), pacer.claim(LAN)]
    seconds = [round(wait.time.total_seconds() / 10) for wait in waits if wait]
    assert seconds == [1, 2, 3, 1, 4]


def test_processes_share_the_pace_in_valkey(client: redis.Redis) -> None:
    prefix = f"test:{secrets.token_hex(6)}"
    one, other = (SharedPacer(client, SLOW, prefix=prefix) for _ in range(2))
    assert one.claim(LAN) is None
    assert other.claim(LAN) is not None


def test_a_wiped_valkey_is_a_fresh_start(client: redis.Redis) -> None:
    prefix = f"test:{secrets.token_hex(6)}"
    pacer = SharedPacer(client, SLOW, prefix=prefix)
    pacer.claim(LAN)
    client.script_flush()
    for key in client.scan_iter(f"{prefix}:*"):
        client.delete(key)
    assert pacer.claim(LAN) is None


def test_without_valkey_a_process_keeps_the_pace_by_itself() -> None:
    alone = limiter("redis://127.0.0.1:1/0", SLOW)
    assert alone.claim(LAN) is None
    assert alone.claim(LAN) is not None


def test_everybody_rests_once_two_chats_were_told_to_wait() -> None:
    own = LocalPacer(SLOW)
    pace = Limiter(own, own)
    pace.obey(LAN, timedelta(seconds=40))
    assert pace.claim(STRANGER) is None
    pace.obey(GRANDMA, timedelta(seconds=400))
    wait = pace.claim(9)
    assert wait is not None
    assert not wait.is_busy
    assert wait.time == about(timedelta(seconds=400))


def test_everybody_rests_longer_and_longer_while_nothing_arrives() -> None:
    now = [0]
    pace = Pace(overall=1000, per_chat=1000, burst=3)
    own = LocalPacer(pace, clock=lambda: now[0])
    shared = Limiter(own, own)
    rests = []
    for chat_id in range(12):
        shared.failed()
        wait = shared.claim(chat_id)
        rests.append(round(wait.time.total_seconds()) if wait else 0)
        now[0] += 1_000_000 * (rests[-1] + 1)
    assert rests == [0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60]
    shared.arrived()
    shared.failed()
    assert shared.claim(99) is None

"""R2: the same request ten times at once, some answers lost on the way."""

import itertools
import json
import logging
import uuid
from collections.abc import Callable

from tests.faults import booking
from tests.faults.callers import Answer, Caller, Crowd
from tests.faults.conftest import Town
from tests.faults.scale import sizes

log = logging.getLogger(__name__)
TIMES, LOST = 10, 4
Facts = dict[str, object]


def ten_times(
    port: int, path: str, facts: Facts, *, family: int, key: Callable[[], str]
) -> list[Answer]:
    """Send a request ten times at once, four times without waiting for the answer; what came."""
    answers: list[Answer] = []

    def work(caller: Caller, number: int) -> None:
        if number < LOST:
            caller.send_and_leave(path, facts, family=family, key=key())
            return
        answer = caller.post(path, facts, family=family, key=key())
        while answer.code == "busy":
            answer = caller.post(path, facts, family=family, key=key())
        answers.append(answer)

    Crowd(port, TIMES, work).start().finish()
    return answers


def same_key() -> Callable[[], str]:
    key = uuid.uuid4().hex
    return lambda: key


def another_key() -> str:
    return uuid.uuid4().hex


def bookings_of(town: Town, family: int) -> int:
    return booking.count(town.database, "SELECT count(*) FROM booking WHERE family_id = %s", family)


def children_of(town: Town, family: int) -> int:
    return booking.count(town.database, "SELECT count(*) FROM child WHERE family_id = %s", family)


@sizes("rounds", short=8, soak=1_000)
def test_ten_times_the_same_hold_is_one_hold_and_one_answer(town: Town, rounds: int) -> None:
    institutions = itertools.cycle(town.institutions(5, places=20))
    port = town.web.port
    for family, institution in zip(town.families(min(rounds, 100)), institutions, strict=False):
        for number in range(max(rounds // 100, 1)):
            key = same_key()
            wish = booking.wish(family, institution, town.days[0], start=18 + number, slots=1)
            answers = ten_times(port, "/bookings", wish, family=family, key=key)
            assert {answer.status for answer in answers} == {201}
            assert len({json.dumps(answer.body, sort_keys=True) for answer in answers}) == 1
            release = f"/bookings/{answers[0].body['id']}/release"
            released = ten_times(port, release, {}, family=family, key=same_key())
            assert len({json.dumps(answer.body, sort_keys=True) for answer in released}) == 1
            assert bookings_of(town, family) == number + 1
    log.info("repeats: %d rounds, %d requests", rounds, rounds * 2 * TIMES)
    assert booking.wrong_slots(town.database) == 0


CHILD: Facts = {"name": "果果", "born_on": "2025-03-10"}


@sizes("rounds", short=4, soak=100)
def test_ten_times_the_same_child_is_one_child(town: Town, rounds: int) -> None:
    for family in town.families(rounds):
        had = children_of(town, family)
        answers = ten_times(town.web.port, "/children", CHILD, family=family, key=same_key())
        assert {answer.status for answer in answers} == {201}
        assert len({answer.body["id"] for answer in answers}) == 1
        assert children_of(town, family) == had + 1


def test_without_the_key_the_same_child_is_kept_again_and_again(town: Town) -> None:
    """That a family may have twins called the same is why the key is needed."""
    [family] = town.families(1)
    had = children_of(town, family)
    ten_times(town.web.port, "/children", CHILD, family=family, key=another_key)
    assert children_of(town, family) > had + 1


def test_a_lost_answer_is_given_again_and_another_request_under_its_key_is_refused(
    town: Town,
) -> None:
    [institution] = town.institutions(1, places=5)
    [family] = town.families(1)
    wish = booking.wish(family, institution, town.days[0])
    other = booking.wish(family, institution, town.days[1])
    caller = Caller(town.web.port)
    caller.send_and_leave("/bookings", wish, family=family, key="k1")
    first = caller.post("/bookings", wish, family=family, key="k1")
    again = caller.post("/bookings", wish, family=family, key="k1")
    reused = caller.post("/bookings", other, family=family, key="k1")
    caller.close()
    assert (first.status, first.body) == (again.status, again.body)
    assert first.status == 201
    assert (reused.status, reused.code) == (409, "idempotency-key-reused")
    assert bookings_of(town, family) == 1

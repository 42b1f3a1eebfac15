"""R14: whatever a stranger types or forges is answered, never a crash."""

import string
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from bot import dialogue, routes
from bot.forms import OldButton
from bot.heard import Heard, Press, Spot, Words
from childcare import clock, imports, messages
from childcare.ages import parse_birth_date
from childcare.errors import DomainError, Malformed
from childcare.imports.reading import headings
from tests.build import TODAY, TOMORROW, Build
from tests.faults.scale import sizes
from webapp import paging
from webapp.fields import MOST

CHAT = 1
BOUNDED = settings(
    deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
DAY = TOMORROW.toordinal()
numbers = st.sampled_from(
    [0, 1, 2, 3, 15, 540, 720, 1440, DAY, DAY + 40, -1, 10**9, 2**31, 10**15 - 1, 1 - 10**15]
) | st.integers(-(10**15) + 1, 10**15 - 1)
verbs = st.sampled_from([*routes.ROUTES, "fill", "leave", "nothing"])
addresses = st.builds(
    lambda verb, args: ":".join([verb, *map(str, args)]), verbs, st.lists(numbers, max_size=11)
)
fitting = verbs.flatmap(
    lambda verb: st.sampled_from(sorted(takes(verb))).flatmap(
        lambda many: st.lists(numbers, min_size=many, max_size=many).map(
            lambda args: ":".join([verb, *map(str, args)])
        )
    )
)


def takes(verb: str) -> frozenset[int]:
    return routes.ROUTES[verb].takes if verb in routes.ROUTES else frozenset({0, 2})


heard = (
    (fitting | addresses | st.text(max_size=64)).map(Press)
    | st.text(max_size=200).map(Words)
    | st.sampled_from(["/start", "/cancel", "/", "/\0", "/find@x", "小宝", "25.3.1"]).map(Words)
    | st.builds(Spot, st.floats(-90, 90), st.floats(-180, 180))
)


@pytest.fixture
def parent(session: Session, build: Build) -> Session:
    """林岚's chat, with a child and a nursery."""
    family = build.family()
    build.guardian(family, telegram_id=CHAT)
    build.child(family)
    build.nursery()
    session.info["secret"] = "a-throw-away-key-that-signs-only-tests"
    return session


@sizes("examples", short=150, soak=20_000)
def test_whatever_is_pressed_or_said_is_answered(parent: Session, examples: int) -> None:
    @settings(BOUNDED, max_examples=examples)
    @given(said=st.lists(heard, min_size=1, max_size=3))
    def run(said: list[Press | Words | Spot]) -> None:
        with parent.begin_nested() as undone:
            for one in said:
                answer(parent, Heard(CHAT, "林岚", "zh-hans", one))
            undone.rollback()
        parent.expire_all()

    run()


def answer(session: Session, heard: Heard) -> None:
    """As the bot does it: what the domain refuses is rolled back and told with its sentence."""
    with session.begin_nested() as attempt:
        try:
            dialogue.answer(session, heard)
        except DomainError as refusal:
            attempt.rollback()
            reason = refusal
        else:
            return
    dialogue.refused(session, heard, reason)


@sizes("examples", short=300, soak=50_000)
def test_any_text_is_an_address_and_only_plain_numbers_are_arguments(examples: int) -> None:
    @settings(BOUNDED, max_examples=examples)
    @given(data=st.text(max_size=80) | addresses)
    def run(data: str) -> None:
        verb, args = messages.read_address(data)
        assert ":".join([verb, *args]) == data
        try:
            read, found = routes.read(data)
        except OldButton:
            return
        assert read == verb
        assert all(abs(number) < 10**15 for number in found)

    run()


@sizes("examples", short=300, soak=50_000)
def test_a_cursor_is_one_of_ours_or_refused(examples: int) -> None:
    alphabet = string.ascii_letters + string.digits + "-_=+/ \0é"

    @settings(BOUNDED, max_examples=examples)
    @given(text=st.text(alphabet, max_size=40) | st.integers(-9, 2**70).map(paging.cursor))
    def run(text: str) -> None:
        try:
            found = paging.after(text)
        except Malformed:
            return
        assert 0 <= found <= MOST
        assert text in ("", paging.cursor(found))

    run()


@sizes("examples", short=200, soak=50_000)
def test_birth_dates_and_times_of_day_are_possible_or_refused(examples: int) -> None:
    pieces = st.sampled_from(
        [*"年月日岁半个天周零一二三十廿./- ", "2025", "12", "31", "May", "\0", "３"]
    )

    @settings(BOUNDED, max_examples=examples)
    @given(text=st.text(max_size=30) | st.lists(pieces, max_size=9).map("".join))
    def run(text: str) -> None:
        parse_birth_date(text, TODAY)
        with suppress(ValueError):
            assert 0 <= clock.parse_hhmm(text) <= 1440

    run()


@sizes("examples", short=100, soak=20_000)
def test_any_bytes_are_a_registry_or_refused_with_a_reason(examples: int) -> None:
    heading = ",".join(headings().values()).encode()
    cells = st.lists(st.text(max_size=20) | st.sampled_from(["是", "116.4", "39.9", '"', "\n"]))

    @settings(BOUNDED, max_examples=examples)
    @given(
        content=st.binary(max_size=300)
        | st.lists(cells, max_size=4).map(
            lambda rows: b"\n".join([heading, *(",".join(row).encode() for row in rows)])
        )
    )
    def run(content: bytes) -> None:
        draft = imports.read(content)
        assert draft.rows or draft.problems
        for row in draft.rows:
            assert row.places > 0
            assert -90 <= row.point.lat <= 90

    run()

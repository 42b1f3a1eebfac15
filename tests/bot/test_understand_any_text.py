"""Whatever people type: an answer comes, and what it holds is possible."""

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.understand import LONGEST_TEXT, Wish, is_emergency, understand
from childcare import geo

CORPUS = json.loads(Path(__file__).with_name("utterances.json").read_text(encoding="utf-8"))
WORDS = sorted({word for told in CORPUS["utterances"] for word in told["text"].split()})
PIECES = sorted({*WORDS, *(char for word in WORDS for char in word if not char.isascii())})

sentences = st.lists(st.sampled_from(PIECES), max_size=14).flatmap(
    lambda pieces: st.sampled_from(["", " "]).map(lambda gap: gap.join(pieces))
)
days = st.dates(date(2024, 1, 1), date(2035, 12, 31))


def holds_only_what_is_possible(wish: Wish, today: date) -> None:
    assert wish.on is None or wish.on >= today
    ends = [minute for minute in (wish.start, wish.end) if minute is not None]
    assert all(0 <= minute <= 1440 and minute % 30 == 0 for minute in ends)
    assert ends == sorted(set(ends))
    assert wish.day_part is None or not ends
    assert wish.length is None or wish.length > 0
    for asked in wish.unclear:
        assert all(0 <= minute <= 1440 for minute in asked.minutes)
        assert all(day >= today for day in asked.days)
    # Nothing understood and nothing asked would leave the person without an answer.
    assert wish.is_clear or wish.unclear or wish.intent


@settings(max_examples=400, deadline=None)
@given(text=sentences, today=days, now=st.integers(0, 1439))
def test_any_sentence_of_known_words_has_a_possible_answer(
    text: str, today: date, now: int
) -> None:
    wish = understand(text, today=today, now_minutes=now, places=geo.gazetteer())
    holds_only_what_is_possible(wish, today)


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=LONGEST_TEXT + 20), now=st.integers(0, 1439))
def test_any_text_at_all_has_a_possible_answer(text: str, now: int) -> None:
    today = date(2026, 11, 24)
    wish = understand(text, today=today, now_minutes=now, places=geo.gazetteer())
    holds_only_what_is_possible(wish, today)
    is_emergency(text)


@pytest.mark.parametrize("gap", ["", " "])
def test_a_piece_repeated_to_the_limit_is_read_to_its_end(gap: str) -> None:
    """A regex that backtracks without bound would run into the time limit of the tests."""
    today = date(2026, 11, 24)
    for piece in (*PIECES, "\x00", "\n", "1", "a ", "1.", "1:", "点到", "不要不"):
        line = ((piece + gap) * LONGEST_TEXT)[:LONGEST_TEXT]
        wish = understand(line, today=today, now_minutes=600, places=geo.gazetteer())
        holds_only_what_is_possible(wish, today)
        is_emergency(line)

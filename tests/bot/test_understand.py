"""The labelled corpus, and the rules that depend on what day and time it is."""

import json
import sys
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.understand import Wish, understand
from childcare import clock, geo

CORPUS = json.loads(Path(__file__).with_name("utterances.json").read_text(encoding="utf-8"))
TODAY = date.fromisoformat(CORPUS["today"])
NOW = clock.parse_hhmm(CORPUS["now"])
TUESDAY = date(2026, 11, 24)
PLACES = geo.gazetteer()


def read(text: str, *, today: date = TUESDAY, now: str = "10:00") -> Wish:
    minutes = clock.parse_hhmm(now)
    return understand(text, today=today, now_minutes=minutes, places=PLACES)


def hhmm(minutes: int | None) -> str | None:
    return None if minutes is None else f"{minutes // 60:02d}:{minutes % 60:02d}"


def codes(wish: Wish) -> list[str]:
    return [question.code for question in wish.unclear]


def label(wish: Wish) -> dict[str, Any]:
    """A wish as the corpus writes it: only what is there. Days offered unasked are left out."""
    days = [day.isoformat() for asked in wish.unclear for day in asked.days if asked.said]
    minutes = [hhmm(minute) for asked in wish.unclear for minute in asked.minutes]
    labelled = {
        "on": wish.on and wish.on.isoformat(),
        "start": hhmm(wish.start),
        "end": hhmm(wish.end),
        "day_part": wish.day_part,
        "length": wish.length,
        "saved_place": wish.saved_place,
        "walk_minutes": wish.walk_minutes,
        "care_form": wish.care_form,
        "intent": wish.intent,
        "places": [place.zh for place in wish.places],
        "ask": codes(wish),
        "offer": [*days, *minutes],
        "assumed": list(wish.assumed),
        "rest": wish.rest,
    }
    return {key: value for key, value in labelled.items() if value}


def wrong(utterances: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """What was understood instead, by text."""
    read_as = {
        told["text"]: label(understand(told["text"], today=TODAY, now_minutes=NOW, places=PLACES))
        for told in utterances
    }
    return {
        told["text"]: read_as[told["text"]]
        for told in utterances
        if {"text": told["text"]} | read_as[told["text"]] != told
    }


def test_every_utterance_of_the_corpus_is_understood_as_labelled() -> None:
    utterances = CORPUS["utterances"]
    misread = wrong(utterances)
    sys.stdout.write(f"understood: {len(utterances) - len(misread)} of {len(utterances)}\n")
    assert misread == {}


def test_the_corpus_speaks_both_languages_and_holds_no_text_twice() -> None:
    texts = [told["text"] for told in CORPUS["utterances"]]
    chinese = [text for text in texts if any("\u3400" <= char <= "\u9fff" for char in text)]
    assert len(texts) == len(set(texts)) >= 90
    assert len(chinese) >= len(texts) / 2
    assert len(texts) - len(chinese) >= len(texts) / 3


def test_a_clear_wish_needs_no_question() -> None:
    assert read("明天下午2点到5点 双井附近").is_clear
    assert read("周五上午半天 劲松").is_clear
    assert read("tomorrow 9–12 near Jinsong").is_clear
    assert not read("明天下午2点").is_clear
    assert not read("下午2点到5点").is_clear


@pytest.mark.parametrize(
    ("today", "text", "on"),
    [
        ("2026-11-24", "周二下午", "2026-11-24"),
        ("2026-11-27", "周五下午", "2026-11-27"),
        ("2026-11-28", "周五下午", "2026-12-04"),
        ("2026-11-29", "下周三上午", "2026-12-02"),
        ("2026-11-30", "下周三上午", "2026-12-09"),
        ("2026-11-29", "周日下午", "2026-11-29"),
        ("2026-12-31", "明天上午", "2027-01-01"),
        ("2026-12-31", "1月2号上午", "2027-01-02"),
        ("2026-12-20", "3号上午", "2027-01-03"),
        ("2027-01-30", "30号下午", "2027-01-30"),
        ("2027-01-31", "30号下午", "2027-03-30"),
        ("2028-01-15", "2月29号上午", "2028-02-29"),
        ("2026-11-27", "next Friday 2-4pm", "2026-12-04"),
        ("2026-11-28", "next Friday 2-4pm", "2026-12-04"),
        ("2026-11-28", "this Saturday afternoon", "2026-11-28"),
    ],
)
def test_a_day_is_the_next_one_that_is_not_past(today: str, text: str, on: str) -> None:
    wish = read(text, today=date.fromisoformat(today), now="08:00")
    assert (wish.on, codes(wish)) == (date.fromisoformat(on), [])


@pytest.mark.parametrize(
    ("now", "text"),
    [
        ("12:00", "今天上午"),
        ("18:00", "今天下午"),
        ("18:00", "today all day"),
        ("14:01", "今天下午2点到5点"),
        ("23:50", "today 9-12"),
        ("17:00", "今天到5点"),
    ],
)
def test_hours_of_today_that_are_over_are_asked_about(now: str, text: str) -> None:
    wish = read(text, now=now)
    assert wish.on is None
    assert codes(wish)[0] == "in-the-past"


def test_a_stay_that_begins_this_minute_is_not_past() -> None:
    assert read("今天下午2点到5点", now="14:00").is_clear


def test_a_weekday_whose_hours_are_over_today_means_the_next_and_says_so() -> None:
    wish = read("周二上午", now="15:00")
    assert wish.on == date(2026, 12, 1)
    assert wish.assumed == ("a-week-later",)


def test_now_begins_with_the_next_half_hour() -> None:
    wish = read("现在到5点", now="10:01")
    assert (wish.on, hhmm(wish.start), hhmm(wish.end)) == (TUESDAY, "10:30", "17:00")
    assert "from-now" in wish.assumed
    assert codes(read("现在两个小时", now="23:10")) == ["which-time"]


def test_hours_alone_offer_the_days_on_which_they_are_still_ahead() -> None:
    [asked] = read("9点到11点", now="10:00").unclear
    assert asked.days == (date(2026, 11, 25), date(2026, 11, 26))
    [asked] = read("下午2点到5点", now="10:00").unclear
    assert asked.days == (TUESDAY, date(2026, 11, 25))


def test_a_time_off_the_half_hour_is_asked_with_its_neighbours_and_never_rounded() -> None:
    wish = read("明天2点15到5点10分")
    assert (wish.start, wish.end) == (None, None)
    assert [(asked.about, asked.minutes) for asked in wish.unclear] == [
        ("start", (840, 870)),
        ("end", (1020, 1050)),
    ]


def test_a_street_of_an_institution_is_understood_like_a_known_place() -> None:
    row = {"zh": "六里桥", "pinyin": "liu li qiao", "lat": "39.88", "lng": "116.31"}
    larger = geo.gazetteer().with_rows([row])
    for text in ("明天上午六里桥", "tomorrow morning near liuliqiao", "明天上午 llq"):
        wish = understand(text, today=TUESDAY, now_minutes=600, places=larger)
        assert [place.zh for place in wish.places] == ["六里桥"]
        assert wish.is_clear


def test_a_text_too_long_to_be_one_line_is_not_read() -> None:
    assert codes(read("明天下午2点到5点" * 40)) == ["too-long"]


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("我的", "mine"),
        ("Mine", "mine"),
        ("取消", "cancel"),
        ("CANCEL!", "cancel"),
        ("改期", "reschedule"),
        ("reschedule", "reschedule"),
        ("帮助", "help"),
        ("幫助", "help"),
        ("help?", "help"),
        ("找", "find"),
        ("find", "find"),
        ("语言", "language"),
        ("Language", "language"),
        ("孩子", "children"),
        ("我家", "home"),
        ("设置", "settings"),
        ("/start", "start"),
        ("你好👋", "greeting"),
        ("谢谢！", "thanks"),
    ],
)
def test_one_word_opens_its_screen(text: str, intent: str) -> None:
    wish = read(text)
    assert (wish.intent, wish.unclear) == (intent, ())

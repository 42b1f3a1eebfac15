"""Every screen in both languages: translated, short enough, with buttons that fit."""

import ast
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from bot import routes
from childcare.app import promoting
from childcare.i18n import catalogue
from tests.bot.conftest import World
from tests.bot.neighbours import enrols
from tests.bot.talk import Person, Shown, Talk
from tests.build import Build

BOT = Path(routes.__file__).parent
PLACE = re.compile(r"\{(\w+)[^}]*\}")
# Words that are the same in every language.
NEUTRAL = re.compile(
    r"Little Pinecone|Toddlers|English|Language|childcare-[\w-]+|T\d{6}|[A-Z0-9]{4}-[A-Z0-9]{4}"
    r"|https?://\S+|/cancel|/start|[A-Z0-9]{8}"
)
MOST_SCREENS = 160


def said_in(folder: Path) -> Iterator[str]:
    """Every text that a package says, in English; they are constants, so that they can be found."""
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id in ("_", "ngettext"):
                assert isinstance(node.args[0], ast.Constant), f"{path.name}:{node.lineno}"
                yield str(node.args[0].value)


def test_every_text_of_the_chat_has_its_chinese_with_the_same_facts() -> None:
    chinese = catalogue("zh")
    texts = set(said_in(BOT))
    assert len(texts) > 150
    assert {text for text in texts if text not in chinese} == set()
    for text in texts:
        said = chinese[text]
        words = said if isinstance(said, str) else said[-1]
        assert set(PLACE.findall(words)) == set(PLACE.findall(text)), text


def walk(person: Person) -> Iterator[Shown]:
    """Press every button that can be reached, each kind of it a few times."""
    person.says("/start")
    seen: set[str] = set()
    often: dict[str, int] = {}
    waiting = deque(person.screen.addresses)
    while waiting and len(seen) < MOST_SCREENS:
        data = waiting.popleft()
        verb = data.split(":")[0]
        if data in seen or often.get(verb, 0) >= 6 or verb in ("lang", "nothing"):
            continue
        seen.add(data)
        often[verb] = often.get(verb, 0) + 1
        # As it stands now: the message changes with the next press.
        shown = replace(person.sends(data))
        yield shown
        waiting.extend(shown.addresses)


def lines(person: Person, texts: list[str]) -> Iterator[Shown]:
    for text in texts:
        yield replace(person.says(text))


CHINESE = [
    "/start",
    "/find",
    "/mine",
    "/language",
    "/cancel",
    "/help",
    "你好",
    "天气怎么样",
    "孩子发烧了",
    "明天下午2点到5点 双井附近",
    "明天下午 劲松",
    "下午三点",
    "周五2点 劲松",
    "明天2点15分到5点",
    "火星附近 明天上午",
    "2月30日上午",
    "昨天下午2点到5点",
    "明天下午2点到5点 离我最近",
    "明天请假",
    "果果周三不来了",
    "明天晚上6点到8点",
    "1月5日下午2点到5点 劲松",
    "/waiting",
]
ENGLISH = [
    "/start",
    "/find",
    "/mine",
    "/language",
    "/cancel",
    "/help",
    "hi",
    "what a day",
    "my child has a fever",
    "tomorrow 2-5pm near Shuangjing",
    "tomorrow afternoon Jinsong",
    "3 pm",
    "Friday from 2 Jinsong",
    "tomorrow 2:15 to 5",
    "near Mars Street tomorrow morning",
    "30 February morning",
    "yesterday 2-5 pm",
    "tomorrow 2-5pm near me",
    "not coming tomorrow",
    "果果 is sick on Wednesday",
    "tomorrow 6-8pm",
    "5 Jan from 2pm to 5pm Jinsong",
    "/waiting",
]


@pytest.mark.parametrize("tongue", ["zh", "en"])
def test_every_screen_is_in_the_language_spoken_and_fits(
    talk: Talk, app: Flask, world: World, tongue: str
) -> None:
    with promoting() as session:
        tree = {"name": "大树托育园", "name_en": "Big Tree", "stars": 4, "inclusive": False}
        Build(session).nursery(places=0, **tree)
    enrols(world, world.child_id, [3])
    person = Person(talk, 1, "林岚" if tongue == "zh" else "Lin Lan")
    person.says("/start")
    person.sends(f"lang:{int(tongue == 'en')}")
    shown = [*walk(person), *lines(person, CHINESE if tongue == "zh" else ENGLISH)]
    assert len({screen.text for screen in shown}) > 100
    for screen in shown:
        check(screen, tongue)


def check(screen: Shown, tongue: str) -> None:
    assert 0 < len(screen.text.encode("utf-16-le")) // 2 <= 4096
    for button in screen.buttons:
        assert button["text"].strip(), screen.text
        assert len(button["text"]) <= 60, button
        assert "url" in button or 1 <= len(button["callback_data"].encode()) <= 64
    assert len(screen.buttons) <= 100
    assert "{" not in screen.text, screen.text
    for words in (screen.text, *screen.labels):
        words = NEUTRAL.sub("", words)
        if tongue == "zh":
            assert not re.search(r"[A-Za-z]{3,}", words), words
        else:
            assert not re.search("[一-鿿]", NAMES.sub("", words)), words


NAMES = re.compile("果果|劲松|三区 301 号|中文|小小松果托育园|大树托育园|我的位置|水杯、换洗衣服")

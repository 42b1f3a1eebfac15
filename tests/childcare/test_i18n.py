"""Words: every text has its Chinese, every refusal its words in both languages."""

import ast
import re
from datetime import date, datetime
from pathlib import Path

import jinja2
import pytest
from babel.messages.pofile import read_po
from jinja2 import nodes

from childcare import i18n
from childcare.capacity import NoPlace
from childcare.errors import every_error
from tests.build import NOON

ROOT = Path(__file__).resolve().parents[2]
LOCALE = ROOT / "childcare" / "locale"
SPEAKERS = ("childcare", "bot", "workers", "gateways", "webapp")
MARKERS = {"_", "gettext", "ngettext", "N_"}
FIELD = re.compile(r"\{(\w+)")


def said_in_the_code() -> dict[str, str]:
    """Every literal given to a marker: text → where it stands."""
    found: dict[str, str] = {}
    for package in SPEAKERS:
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and _name(node.func) in MARKERS:
                    for text in _texts(node):
                        found[text] = f"{path.relative_to(ROOT)}:{node.lineno}"
    return found


TEMPLATES = ROOT / "webapp" / "templates"


def said_in_templates() -> dict[str, str]:
    """Every literal given to a marker in a template: text → where it stands."""
    parser = jinja2.Environment(autoescape=True)
    found: dict[str, str] = {}
    for path in sorted(TEMPLATES.rglob("*.html")):
        for call in parser.parse(path.read_text(encoding="utf-8")).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name in MARKERS:
                for text in call.args[:1]:
                    assert isinstance(text, nodes.Const), f"{path.name}:{call.lineno}"
                    found[text.value] = f"{path.relative_to(ROOT)}:{call.lineno}"
    return found


def said() -> dict[str, str]:
    return {**said_in_the_code(), **said_in_templates()}


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Name):
        return function.id
    return function.attr if isinstance(function, ast.Attribute) else ""


def _texts(call: ast.Call) -> list[str]:
    wanted = call.args[:1]  # of ngettext the singular is the key
    return [a.value for a in wanted if isinstance(a, ast.Constant) and isinstance(a.value, str)]


def entries(path: Path) -> list[tuple[list[str], list[str], bool]]:
    """What a part of a catalogue says: (sources, texts, whether somebody must look again)."""
    with path.open("rb") as part:
        return [
            (_forms(message.id), _forms(message.string), message.fuzzy)
            for message in read_po(part)
            if message.id
        ]


def _forms(text: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return [text] if isinstance(text, str) else list(text or [])


CHINESE = sorted((LOCALE / "zh_Hans").glob("*.po"))


def test_every_text_has_its_chinese() -> None:
    chinese = i18n.catalogue("zh")
    missing = [
        f"{where} {text!r}" for text, where in said().items() if text and text not in chinese
    ]
    assert missing == []


def test_no_translation_is_left_of_a_text_that_is_gone() -> None:
    known = set(said()) | {kind.code for kind in every_error()}
    stale = [
        f"{path.name}: {sources[0]!r}"
        for path in CHINESE
        if path.name != "errors.po"
        for sources, _texts, _fuzzy in entries(path)
        if sources[0] not in known
    ]
    assert stale == []


@pytest.mark.parametrize("path", sorted(LOCALE.rglob("*.po")), ids=lambda path: path.name)
def test_a_translation_keeps_its_facts_and_is_whole(path: Path) -> None:
    for sources, texts, is_fuzzy in entries(path):
        assert texts, sources
        assert all(texts), sources
        assert not is_fuzzy, sources
        if path.name == "errors.po":
            continue  # the msgid is a code; which facts it has is the error's own business
        wanted = {field for source in sources for field in FIELD.findall(source)}
        assert {field for text in texts for field in FIELD.findall(text)} <= wanted, sources


@pytest.mark.parametrize("tongue", i18n.TONGUES)
def test_every_refusal_has_words(tongue: i18n.Tongue) -> None:
    said = i18n.catalogue(tongue)
    assert [kind.code for kind in every_error() if kind.code not in said] == []


def test_no_text_is_said_in_two_ways() -> None:
    seen: dict[str, list[str]] = {}
    twice = [
        f"{path.name}: {sources[0]!r}"
        for path in CHINESE
        for sources, texts, _fuzzy in entries(path)
        if seen.setdefault(sources[0], texts) != texts
    ]
    assert twice == []


def test_a_refusal_is_a_sentence_in_the_language_spoken() -> None:
    refused = NoPlace(
        on=date(2026, 11, 24),
        start="10:00",
        end="10:30",
        class_id=7,
        class_name="托小班",
        class_name_en="Toddlers",
        reason="carer",
        carers=3,
    )
    with i18n.speaking("zh"):
        chinese = i18n.sentence(refused)
    with i18n.speaking("en"):
        english = i18n.sentence(refused)
    assert "10:00" in chinese
    assert "托小班" in chinese
    assert "10:00" in english
    assert "托" not in english


def test_days_hours_and_money_are_written_as_people_write_them() -> None:
    with i18n.speaking("zh"):
        assert i18n.day(date(2026, 12, 3)) == "12月3日 周四"
        assert i18n.moment(NOON) == "11月23日 周一 12:00"
    with i18n.speaking("en"):
        assert i18n.day(date(2026, 12, 3)) == "Thu 3 Dec"
    assert [i18n.yuan(fen) for fen in (0, 4500, 4550, 123456789)] == [
        "¥0",
        "¥45",
        "¥45.50",
        "¥1,234,567.89",
    ]


@pytest.mark.parametrize(
    ("wanted", "tongue"),
    [
        (None, "zh"),
        ("", "zh"),
        ("zh-TW,en;q=0.5", "zh"),
        ("zh_hans", "zh"),
        ("en-GB", "en"),
        ("fr", "en"),
        ("fr,zh;q=0.5", "zh"),
    ],
)
def test_the_language_is_the_best_of_what_was_asked(wanted: str | None, tongue: str) -> None:
    assert i18n.best_tongue(wanted) == tongue


def test_a_moment_of_another_zone_is_shown_in_the_citys() -> None:
    with i18n.speaking("en"):
        assert i18n.moment(datetime.fromisoformat("2026-11-23T23:30:00-05:00")).endswith("12:30")

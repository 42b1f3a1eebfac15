"""How an institution's name is spelt for searching.

Imports pypinyin (0.2 s, 50 MB), so only those who write names import this module.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from pypinyin import Style, lazy_pinyin, load_phrases_dict, pinyin

from childcare.search import names

# Read wrongly by default, and frequent in names of places and nurseries.
load_phrases_dict(
    {
        "劲松": [["jìn"], ["sōng"]],
        "长宁": [["cháng"], ["níng"]],
        "长乐": [["cháng"], ["lè"]],
        "长安": [["cháng"], ["ān"]],
        "长营": [["cháng"], ["yíng"]],
        "朝阳": [["cháo"], ["yáng"]],
        "朝外": [["cháo"], ["wài"]],
        "朝内": [["cháo"], ["nèi"]],
        "乐乐": [["lè"], ["lè"]],
        "乐园": [["lè"], ["yuán"]],
        "乐享": [["lè"], ["xiǎng"]],
        "欢乐": [["huān"], ["lè"]],
        "大兴": [["dà"], ["xīng"]],
        "将台": [["jiàng"], ["tái"]],
        "行知": [["xíng"], ["zhī"]],
        "六里屯": [["liù"], ["lǐ"], ["tún"]],
    }
)

_MOST_SPELLINGS = 24


@dataclass(frozen=True)
class Spelling:
    """`pinyin` sorts, with a space between syllables; `terms` are found."""

    pinyin: str
    terms: list[str]


@lru_cache(maxsize=4096)
def _readings(char: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(pinyin(char, style=Style.NORMAL, heteronym=True)[0]))


@lru_cache(maxsize=4096)
def _spellings(text: str) -> tuple[tuple[str, ...], ...]:
    """The usual reading by syllables, then each other reading of each character of several."""
    usual = tuple(_syllables(text))
    chars = [char for token in names.tokens(text) for char in _units(token)]
    if len(chars) != len(usual):
        return (usual,)
    found = {usual: None}
    for char in dict.fromkeys(char for char in chars if char >= "\u3400"):
        for reading in _readings(char):
            other = (reading if at == char else said for at, said in zip(chars, usual, strict=True))
            found[tuple(other)] = None
    return tuple(found)[:_MOST_SPELLINGS]


def _syllables(text: str) -> Iterator[str]:
    for token in names.tokens(text):
        yield from lazy_pinyin(token)


def _units(token: str) -> Iterable[str]:
    return token if token[0] >= "\u3400" else [token]


def _latin(words: Iterable[str]) -> Iterator[str]:
    """Three-letter grams of the words run together and of their initials; how each word begins."""
    words = list(words)
    initials = "".join(word[0] for word in words)
    for text in ("".join(words), initials):
        yield from (text[at : at + 3] for at in range(len(text) - 2))
    yield from (initials[at : at + 2] for at in range(len(initials) - 1))
    yield from initials
    yield from (word[:2] for word in words)


def spell(name: str, name_en: str = "", street: str = "") -> Spelling:
    """The pinyin and search terms of an institution's names and street; every reading is found."""
    whole = [names.folded(text) for text in (name, street, name_en) if text]
    found: dict[str, None] = {}
    for text in (name, street):
        for syllables in _spellings(text):
            whole += ["".join(syllables), "".join(word[0] for word in syllables)]
            found.update(dict.fromkeys(_latin(syllables)))
        found.update(dict.fromkeys(_chinese(text)))
    english = names.tokens(name_en)
    found.update(dict.fromkeys(_latin(english)))
    whole += ["".join(english), "".join(word[0] for word in english)]
    # First the text by which hits are checked: see `names`.
    checked = "|".join(dict.fromkeys(text for text in whole if text))
    usual = " ".join(_spellings(name)[0])
    return Spelling(usual, [checked, *found])


def _chinese(text: str) -> Iterator[str]:
    for token in names.tokens(text):
        if token[0] >= "\u3400":
            yield from token
            yield from (token[at : at + 2] for at in range(len(token) - 1))

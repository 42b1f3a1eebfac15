"""Places people know by name, as they write them: 双井, Shuangjing, shuang jing, sj.

The table in `gazetteer.csv` is a start (positions approximate, not surveyed); a city adds the
streets of its institutions with `Gazetteer.with_rows`.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from childcare import writing
from childcare.geo.points import Point

PlaceRow = Mapping[str, str]
"""Columns ``zh en pinyin kind lat lng street aliases``; all but zh, lat and lng may be empty."""

# Said after a name, and no more precise than the name itself.
_SUFFIX = "(?:地铁站|街道办事处|街道|地区|路口|小区|车站|站|桥)?"
_HAN = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Place:
    """A neighbourhood, street or landmark. `pinyin` has a space between syllables."""

    zh: str
    en: str
    pinyin: str
    kind: str
    point: Point
    street: str
    aliases: tuple[str, ...] = ()

    @classmethod
    def from_row(cls, row: PlaceRow) -> "Place":
        """Raises KeyError for a missing column, ValueError for a position that is none."""
        return cls(
            zh=row["zh"].strip(),
            en=row.get("en", "").strip(),
            pinyin=" ".join(row.get("pinyin", "").split()).casefold(),
            kind=row.get("kind") or "street",
            point=Point(float(row["lat"]), float(row["lng"])),
            street=row.get("street", "").strip(),
            aliases=tuple(filter(None, map(str.strip, row.get("aliases", "").split("|")))),
        )

    def names(self) -> Iterator[str]:
        """Every folded spelling of the whole name."""
        spelt = (self.zh, self.en, self.en.replace(" ", ""), *self.aliases)
        syllables = (self.pinyin, self.pinyin.replace(" ", ""))
        yield from filter(None, map(writing.fold, (*spelt, *syllables)))

    def initials(self) -> str:
        return "".join(syllable[0] for syllable in self.pinyin.split())


@dataclass(frozen=True, slots=True)
class Mention:
    """Where a folded text names a place, and which places it may mean."""

    start: int
    end: int
    places: tuple[Place, ...]


class Gazetteer:
    """Places by every spelling of their names."""

    def __init__(self, places: Iterable[Place]) -> None:
        self.places = tuple(places)
        self._named = _by_key((name, place) for place in self.places for name in place.names())
        self._initialled = _by_key((place.initials(), place) for place in self.places)
        self._pattern = _any_of(self._named)

    def with_rows(self, rows: Iterable[PlaceRow]) -> "Gazetteer":
        """A larger gazetteer; a row that repeats a Chinese name and position adds nothing."""
        known = {(place.zh, place.point) for place in self.places}
        more = [
            place for place in map(Place.from_row, rows) if (place.zh, place.point) not in known
        ]
        return Gazetteer((*self.places, *dict.fromkeys(more)))

    def mentions(self, text: str) -> list[Mention]:
        """Every place a sentence names, the longest name at each spot; if none, by initials.

        Positions count in ``writing.fold(text)``.
        """
        folded = writing.fold(text)
        return self.named(folded) or self.initialled(folded)

    def named(self, folded: str) -> list[Mention]:
        """Places that a folded text names in full."""
        return [
            Mention(match.start(), match.end(), self._named[match["name"]])
            for match in self._pattern.finditer(folded)
        ]

    def initialled(self, folded: str) -> list[Mention]:
        """Places whose initials stand alone in a folded text."""
        return [
            Mention(word.start(), word.end(), self._initialled[word[0]])
            for word in re.finditer(r"(?<![a-z0-9])[a-z]{2,6}(?![a-z0-9])", folded)
            # Two letters are a word in English too (hm, gm, db), so they need a sign.
            if word[0] in self._initialled
            and (len(word[0]) > 2 or _stands_for_a_place(folded, word))
        ]


def _by_key(pairs: Iterable[tuple[str, Place]]) -> dict[str, tuple[Place, ...]]:
    grouped: dict[str, dict[Place, None]] = {}
    for key, place in pairs:
        grouped.setdefault(key, {})[place] = None
    return {key: tuple(places) for key, places in grouped.items() if key}


def _any_of(names: Iterable[str]) -> re.Pattern[str]:
    # A regex alternation takes the first that fits, so the longest stand first.
    chinese: list[str] = []
    latin: list[str] = []
    for name in sorted(names, key=lambda name: (-len(name), name)):
        (chinese if _HAN.search(name) else latin).append(re.escape(name))
    whole_words = rf"(?<![a-z])(?:{'|'.join(latin)})(?![a-z])" if latin else r"(?!)"
    anywhere = "|".join(chinese) if chinese else r"(?!)"
    return re.compile(rf"(?P<name>{anywhere}|{whole_words}){_SUFFIX}")


def _stands_for_a_place(folded: str, word: re.Match[str]) -> bool:
    alone = word[0] == folded
    among_chinese = _HAN.search(folded) is not None
    after_near = re.search(r"\b(?:near|around|in|at)\s*$", folded[: word.start()]) is not None
    return alone or among_chinese or after_near


def read_rows(text: str) -> list[PlaceRow]:
    """Rows of a gazetteer as CSV with a heading line."""
    return list(csv.DictReader(text.splitlines()))


@cache
def gazetteer() -> Gazetteer:
    """The places that come with the product."""
    text = resources.files("childcare.geo").joinpath("gazetteer.csv").read_text(encoding="utf-8")
    return Gazetteer(map(Place.from_row, read_rows(text)))


def places_like(text: str, among: Gazetteer) -> tuple[Place, ...]:
    """The places a text may mean, in the order they are named; several when it is ambiguous."""
    found = (place for mention in among.mentions(text) for place in mention.places)
    return tuple(dict.fromkeys(found))

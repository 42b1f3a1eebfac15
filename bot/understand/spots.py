"""Which place is meant: a name of the gazetteer, a saved place, or a name nobody knows here."""

import re
from dataclasses import dataclass

from bot.understand.line import NOT_AFTER, NOT_BEFORE, TAKEN, Line
from bot.understand.wish import Question, SavedPlace
from childcare.geo import Gazetteer, Mention, Place

_RULED_OUT = re.compile(NOT_BEFORE.removesuffix("?") + "$")
_RULED_OUT_AFTER = re.compile(NOT_AFTER.removesuffix("?"))
_NEARBY = "(?:这?附近|周边|旁边|一带|那边|这边|那儿|周围)"

_SAVED: dict[SavedPlace, re.Pattern[str]] = {
    "grandparents": re.compile(
        rf"(?:奶奶|姥姥|外婆|爷爷|姥爷|外公|老人)(?:家|那儿|那边){_NEARBY}?"
        r"|(?:\bnear\s+|\bat\s+)?\bgrand(?:ma|pa|mother|father|parents?)'?s?'?(?:\s+(?:place|home|house))?\b"
    ),
    "work": re.compile(
        rf"(?:我们?)?(?:公司|单位|办公室|上班的地方){_NEARBY}?"
        r"|\b(?:near|at|around|by)\s+(?:my\s+|the\s+)?(?:work(?:place)?|office)\b"
    ),
    "home": re.compile(
        rf"(?:离|在)?(?:我们?家|咱家|家里|家){_NEARBY}|(?:离|在)(?:我们?|咱)?家(?:里)?(?:最?近)?"
        r"|我们?家里?|\b(?:near|at|around|by)\s+(?:my\s+|our\s+)?(?:home|house|place)\b"
    ),
    "here": re.compile(
        rf"(?:离我(?:最?近)?|这里|这儿|我这儿?|我们?(?=的?附近)的?){_NEARBY}?"
        rf"|(?<![^\s{TAKEN},.;、。，])附近的?"
        r"|\bnear (?:me|here)\b|\baround here\b|\bnearby\b"
    ),
}
_WORD = rf"[^\s{TAKEN},.;:!?、。，]"
_UNKNOWN = re.compile(
    rf"(?P<zh>{_WORD}{{1,12}}?){_NEARBY}"
    rf"|\b(?:near|around|close to)\s+(?P<en>{_WORD}+(?:\s+[^\s{TAKEN},.;:!?0-9]+)?)"
)


@dataclass(frozen=True, slots=True)
class Spot:
    """Candidates among known places, or a saved place, or a question about a name."""

    places: tuple[Place, ...] = ()
    saved: SavedPlace | None = None
    questions: tuple[Question, ...] = ()


def take_names(line: Line, places: Gazetteer) -> list[Mention]:
    """Places named in full; first of all, because 三里屯 and 十里河 hold numerals."""
    return _take(line, places.named(line.text))


def take_initials(line: Line, places: Gazetteer) -> list[Mention]:
    """Places by initials; last of all, because am and fri are letters too."""
    return _take(line, places.initialled(line.text))


def _take(line: Line, mentions: list[Mention]) -> list[Mention]:
    """Take out the mentions; 除了双井 stays, to be shown as not understood."""
    wanted = [
        mention
        for mention in mentions
        if not _RULED_OUT.search(line.text, 0, mention.start)
        and not _RULED_OUT_AFTER.match(line.text, mention.end)
    ]
    for mention in reversed(wanted):
        line.cut(mention.start, mention.end)
    return wanted


def take_saved(line: Line) -> SavedPlace | None:
    """The family's own place that the line speaks of, if any."""
    found = [saved for saved, pattern in _SAVED.items() if line.take(pattern)]
    return found[0] if found else None


def settle(line: Line, mentions: list[Mention], saved: SavedPlace | None) -> Spot:
    """The place meant; several candidates and unknown names are asked about."""
    places = tuple(dict.fromkeys(place for mention in mentions for place in mention.places))
    if len(places) > 1:
        return Spot(places, questions=(Question("which-place", places=places),))
    if places or saved:
        return Spot(places, None if places else saved)
    unknown = line.take(_UNKNOWN)
    if not unknown:
        return Spot()
    said = unknown[0]["zh"] or unknown[0]["en"]
    return Spot(questions=(Question("which-place", said),))

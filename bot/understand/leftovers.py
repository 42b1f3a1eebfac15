"""What is left of a line when all that is understood is out, without words that say nothing."""

import re

from bot.understand import words
from bot.understand.line import TAKEN

_CHINESE_FILLERS = sorted(words.table("fillers")["zh"], key=len, reverse=True)
_ENGLISH_FILLERS = frozenset(words.table("fillers")["en"])
_EDGES = " \t,.;:!?'\"()[]{}<>/\\|-+*=~#@&^%$`、。，；：！？…·「」『』《》"
# Ages of a child say nothing of when or where.
_AGE = re.compile(
    r"[0-9]{1,2}(?:\.5)?\s*(?:个半?月|周?岁半?)大?"
    r"|\b[0-9]{1,2}(?:\.5)?\s*-?\s*(?:months?|years?|yrs?|mos?)(?:[ -]olds?)?\b"
)


def of(text: str) -> str:
    """The pieces that mean something and were not understood, a space between them."""
    without_ages = _AGE.sub(TAKEN, text)
    pieces = re.split(rf"[{TAKEN},;、，。；!?！？\n]+", without_ages)
    return " ".join(filter(None, map(_bare, pieces)))


def _bare(piece: str) -> str:
    """The piece without fillers at its ends, symbols and emoji."""
    spoken = "".join(char if _speaks(char) else " " for char in piece)
    bare = [_without_chinese_fillers(word.strip(_EDGES)) for word in spoken.split()]
    whole = [word for word in bare if word]
    said = list(whole)
    while said and said[0] in _ENGLISH_FILLERS:
        said.pop(0)
    while said and said[-1] in _ENGLISH_FILLERS:
        said.pop()
    # 2 kids says more than 2.
    return " ".join(whole if all(word.isdecimal() for word in said) and said else said)


def _speaks(char: str) -> bool:
    return char.isalnum() or char in "'-.:/"


def _without_chinese_fillers(word: str) -> str:
    bare = word
    while filler := next((filler for filler in _CHINESE_FILLERS if bare.startswith(filler)), ""):
        bare = bare.removeprefix(filler).strip(_EDGES)
    while filler := next((filler for filler in _CHINESE_FILLERS if bare.endswith(filler)), ""):
        bare = bare.removesuffix(filler).strip(_EDGES)
    return word if bare.isdecimal() else bare

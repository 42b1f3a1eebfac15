"""A child among those of a day, as the desk types: part of a name, its pinyin or initials, a code.

Names travel in forms and never in an address.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from childcare.reports import DeskRow, Standing
from childcare.search import names, terms

_CHOICE = re.compile(r"^(.*\S)\s+([1-9][0-9]?)$")
WAITING = frozenset({Standing.LATE, Standing.EXPECTED})


@lru_cache(maxsize=8192)
def spelled(name: str) -> str:
    """Everything a name may be typed as: ``果果|guoguo|gg``."""
    return terms.spell(name).terms[0] if name else ""


def marks(row: DeskRow) -> str:
    """What a part of is enough: the name with its pinyin and initials, the code at the door."""
    return "|".join(part for part in (spelled(row.name), *codes(row)) if part)


def wholes(row: DeskRow) -> str:
    """What is meant where it is typed wholly, though it is a part of other names too."""
    return "|".join(part for part in (names.folded(row.name), *codes(row)) if part)


def codes(row: DeskRow) -> tuple[str, ...]:
    """The code at the door as it may be typed: with its dash and without."""
    code = names.folded(row.board.booking.code) if row.board.booking else ""
    return (code, code.replace("-", ""))


def matching(rows: Sequence[DeskRow], text: str) -> list[DeskRow]:
    """The rows that hold every word typed; a whole name or code counts before a part of others."""
    typed = names.folded(text)
    found = [row for row in rows if all(word in marks(row) for word in typed.split())]
    whole = [row for row in found if typed in wholes(row).split("|")]
    return whole if len(whole) == 1 else found


def choice(text: str) -> tuple[str, int | None]:
    """``guo 2`` is the second that is found by ``guo``."""
    found = _CHOICE.match(text.strip())
    return (found[1], int(found[2])) if found else (text.strip(), None)


def is_named(name: str, text: str) -> bool:
    """Whether a name holds every word typed."""
    words = names.folded(text).split()
    return bool(words) and all(word in spelled(name) for word in words)

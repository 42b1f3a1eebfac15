"""Which minutes of a day a line says a child misses; what is uncertain is asked, never widened."""

from dataclasses import dataclass

from bot.aims import DAY_MINUTES
from bot.forms import OldButton
from bot.understand import Wish

NOON = 12 * 60
_HOURS_ASKED = frozenset({"which-time", "which-half", "which-end", "not-half-hour"})
_PARTS = {"morning": (0, NOON), "afternoon": (NOON, DAY_MINUTES)}


@dataclass(frozen=True)
class Missed:
    """Minutes of the day as they were said; `is_known` is false where a part is meant, not which.

    A start alone reaches to the end of the day, an end alone from its beginning.
    """

    start: int = 0
    end: int = DAY_MINUTES
    is_known: bool = True

    @classmethod
    def travelled(cls, start: int, end: int) -> "Missed":
        """What a button carries. Raises `OldButton` for what no button of ours says."""
        if start == end == 0:
            return cls(is_known=False)
        if not 0 <= start < end <= DAY_MINUTES or start % 30 or end % 30:
            raise OldButton
        return cls(start, end)

    @property
    def numbers(self) -> tuple[int, int]:
        """As a button carries it: 0, 0 for a part nobody knows yet."""
        return (self.start, self.end) if self.is_known else (0, 0)

    @property
    def is_part(self) -> bool:
        return not self.is_known or (self.start, self.end) != (0, DAY_MINUTES)

    def of(self, starts: int, ends: int) -> tuple[int, int]:
        """What of these hours is missed; nothing where the second number is not the greater."""
        return max(self.start, starts), min(self.end, ends)

    def touches(self, starts: int, ends: int) -> bool:
        """Whether some of these hours are, or may be, missed."""
        first, last = self.of(starts, ends)
        return not self.is_known or first < last


def read(said: Wish) -> Missed:
    """The part of the day that a line speaks of; all of it where it speaks of none."""
    if said.length or any(question.code in _HOURS_ASKED for question in said.unclear):
        return Missed(is_known=False)
    if said.start is not None or said.end is not None:
        return Missed(said.start or 0, said.end or DAY_MINUTES)
    return Missed(*_PARTS.get(said.day_part or "", (0, DAY_MINUTES)))

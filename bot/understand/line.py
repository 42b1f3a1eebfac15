"""One line while it is read: what a reader has understood is taken out, the rest stays."""

import re
from collections.abc import Callable

from childcare import writing

TAKEN = "\x00"
_HAN = re.compile(r"[\u3400-\u9fff]")

# A negation before or after what it rules out: 不要明天, 明天不行, not Friday.
NOT_BEFORE = r"(?P<not_before>(?:不要|不是|不想|不用|除了|别|except|but not|not|no)\s*(?:on\s+)?)?"
NOT_AFTER = r"(?P<not_after>\s*(?:不行|不可以|不去|没空|不方便|除外|以外|doesn't work|won't work))?"


class Line:
    """Folded text; each piece taken leaves a mark, so that what stood on both sides stays apart."""

    def __init__(self, text: str) -> None:
        self.text = writing.fold(text.replace(TAKEN, " "))
        self.is_chinese = _HAN.search(self.text) is not None

    def take(
        self,
        pattern: re.Pattern[str],
        accept: Callable[[re.Match[str]], object] = bool,
    ) -> list[re.Match[str]]:
        """Take out every match that `accept` approves."""
        found = [match for match in pattern.finditer(self.text) if accept(match)]
        for match in reversed(found):
            self.cut(match.start(), match.end())
        return found

    def cut(self, start: int, end: int) -> None:
        self.text = self.text[:start] + TAKEN + self.text[end:]

    def rewrite(self, pattern: re.Pattern[str], into: str | Callable[[re.Match[str]], str]) -> None:
        """Say the same in another way, that fewer rules read."""
        self.text = pattern.sub(into, self.text)


def is_ruled_out(match: re.Match[str]) -> bool:
    return bool(match["not_before"] or match["not_after"])

"""What is wrong with a registry, line by line."""

import unicodedata
from dataclasses import dataclass

from childcare.i18n import gettext as _

# A spreadsheet takes what begins so for a formula.
_FORMULA = ("=", "+", "-", "@")
_LONGEST_ECHO = 40


class Unreadable(ValueError):
    """A cell is not what its column needs; the text is the code of the reason."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def shown(value: str) -> str:
    """A cell fit to be echoed: one line, short, and no formula to a spreadsheet."""
    plain = "".join(
        " " if unicodedata.category(char).startswith("C") else char for char in value
    ).strip()
    if len(plain) > _LONGEST_ECHO:
        plain = plain[: _LONGEST_ECHO - 1] + "…"
    return "'" + plain if plain.startswith(_FORMULA) else plain


@dataclass(frozen=True)
class Problem:
    """One fault: the line in the file (the heading is 1), the column by its Chinese heading, a
    kebab-case code, the cell, and another line where that matters (a duplicate)."""

    line: int
    column: str
    code: str
    value: str = ""
    other_line: int = 0

    @property
    def sentence(self) -> str:
        """Why, in the language being spoken."""
        facts = {"column": self.column, "value": shown(self.value), "line": self.other_line}
        return _sentences().get(self.code, self.code).format(**facts)


def _sentences() -> dict[str, str]:
    return {
        "missing": _("{column} is missing."),
        "too-long": _("{column} is too long."),
        "not-a-number": _("{column} “{value}” is not a number."),
        "not-above-zero": _("{column} “{value}” is not a whole number above 0."),
        "not-an-amount": _("{column} “{value}” is not an amount in yuan."),
        "not-stars": _("{column} “{value}” is not a rating from 1 to 5."),
        "unknown-kind": _("{column} “{value}” is not a known kind of institution."),
        "not-yes-or-no": _("{column} “{value}” is neither yes nor no."),
        "unknown-datum": _("{column} “{value}” is none of WGS-84, GCJ-02, BD-09."),
        "not-a-phone": _("{column} “{value}” is not a phone number."),
        "not-on-the-globe": _("{column} “{value}” is beyond the globe."),
        "swapped": _("Longitude and latitude seem to be swapped."),
        "outside-china": _("The position is not in China."),
        "duplicate": _("{column} “{value}” stands in line {line} already."),
        "too-many-cells": _("The row has more cells than the heading."),
        "missing-column": _("The column {column} is missing."),
        "column-twice": _("The column {column} stands there twice."),
        "not-text": _("The file is not text in UTF-8 or GB 18030."),
        "not-csv": _("The row cannot be read as CSV."),
        "too-large": _("The file is larger than 20 MB."),
        "empty": _("The file has no rows."),
    }

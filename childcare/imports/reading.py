"""From the bytes of a file to rows that may be kept and problems that must be told."""

import csv
import io
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from childcare.imports.problems import Problem, Unreadable
from childcare.imports.rows import COLUMNS, Column, RegistryRow, key, point

LARGEST = 20 * 1024 * 1024
DELIMITERS = ",;\t"
_BY_HEADING = {
    key(heading): column for column in COLUMNS for heading in (column.heading, *column.others)
}


@dataclass(frozen=True)
class Draft:
    """A registry as read: good rows, every problem by line, headings that are not used."""

    rows: Sequence[RegistryRow]
    problems: Sequence[Problem]
    ignored_columns: Sequence[str] = ()

    @property
    def bad_lines(self) -> int:
        return len({problem.line for problem in self.problems})


class _Whole(Exception):
    """The file as a whole cannot be read."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__()
        self.problems = problems


def read(content: bytes) -> Draft:
    """Judge a registry: UTF-8 or GB 18030, commas, semicolons or tabs, columns in any order.

    Never raises for what a file may hold: the draft has the problems.
    """
    try:
        lines = _lines(_decoded(content))
        headings = next(lines, None)
        if headings is None:
            raise _Whole(Problem(1, "", "empty"))
        columns, ignored = _columns(headings[1])
        return _judged(lines, columns, ignored)
    except _Whole as faults:
        return Draft((), faults.problems)


def _decoded(content: bytes) -> str:
    if len(content) > LARGEST:
        raise _Whole(Problem(1, "", "too-large"))
    # GB 18030 reads almost anything, so it comes last; Excel's "Unicode text" is UTF-16.
    is_utf16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if is_utf16 else ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise _Whole(Problem(1, "", "not-text"))


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not empty, with the line each begins on."""
    heading = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=heading.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begins = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise _Whole(Problem(begins, "", "not-csv")) from None
        if any(cell.strip() for cell in cells):
            yield begins, cells
        begins = reader.line_num + 1


def _columns(headings: Sequence[str]) -> tuple[list[Column | None], list[str]]:
    """Which column each cell belongs to, and the headings that are ignored."""
    found = [_BY_HEADING.get(key(heading)) for heading in headings]
    known = [column for column in found if column]
    problems = [
        Problem(1, column.heading, "missing-column")
        for column in COLUMNS
        if column not in known and not column.is_optional
    ]
    twice = {column.heading for column in known if known.count(column) > 1}
    problems += [Problem(1, heading, "column-twice") for heading in sorted(twice)]
    if problems:
        raise _Whole(*problems)
    ignored = [
        heading.strip()
        for heading, column in zip(headings, found, strict=True)
        if column is None and heading.strip()
    ]
    return found, ignored


@dataclass
class _Judge:
    """Reads rows one by one and remembers the registration numbers seen."""

    columns: Sequence[Column | None]
    seen: dict[str, int] = field(default_factory=dict)

    def row(self, line: int, cells: Sequence[str]) -> RegistryRow | list[Problem]:
        if any(cell.strip() for cell in cells[len(self.columns) :]):
            return [Problem(line, "", "too-many-cells")]
        values: dict[str, Any] = {"stars": None, "monthly_fee_fen": None}
        problems: list[Problem] = []
        for column, cell in itertools.zip_longest(self.columns, cells[: len(self.columns)]):
            if column is None:
                continue
            try:
                values[column.field] = _value(column, cell or "")
            except Unreadable as reason:
                problems.append(Problem(line, column.heading, reason.code, cell or ""))
        problems += self._together(line, values)
        if problems:
            return problems
        del values["lat"], values["lng"]
        return RegistryRow(line=line, **values)

    def _together(self, line: int, values: dict[str, Any]) -> list[Problem]:
        """What only several cells, or several rows, can tell."""
        problems: list[Problem] = []
        number = values.get("registration_no")
        if number:
            first = self.seen.setdefault(number, line)
            if first != line:
                problems.append(Problem(line, "备案编号", "duplicate", number, first))
        if {"lat", "lng", "datum"} <= values.keys():
            try:
                values["point"] = point(values["lat"], values["lng"], values["datum"])
            except Unreadable as reason:
                problems.append(Problem(line, "经度", reason.code))
        return problems


def _value(column: Column, cell: str) -> object:
    if cell.strip():
        return column.read(cell)
    if column.is_optional:
        return None
    raise Unreadable("missing")


def _judged(
    lines: Iterator[tuple[int, list[str]]],
    columns: Sequence[Column | None],
    ignored: Sequence[str],
) -> Draft:
    judge = _Judge(columns)
    judged = [judge.row(line, cells) for line, cells in lines]
    if not judged:
        raise _Whole(Problem(1, "", "empty"))
    problems = [problem for outcome in judged if isinstance(outcome, list) for problem in outcome]
    rows = [outcome for outcome in judged if isinstance(outcome, RegistryRow)]
    return Draft(rows, problems, ignored)


def headings() -> Mapping[str, str]:
    """The Chinese headings by field, as a template of a registry would have them."""
    return {column.field: column.heading for column in COLUMNS}

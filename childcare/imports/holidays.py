"""A year's public holidays and make-up workdays as a person enters them: CSV with a heading line
``on,kind,name,name_en,runs_weekday``."""

import csv
from collections.abc import Sequence
from datetime import date

from childcare.workdays import CalendarDay, DayKind


class BadCalendar(ValueError):
    """The file is not a calendar; the text says where and why, in English."""


def read_calendar(content: bytes) -> Sequence[CalendarDay]:
    """The rows of a calendar, dates as ``2027-02-06``. Raises `BadCalendar`."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadCalendar("The file is not UTF-8 text.") from None
    reader = csv.DictReader(text.splitlines())
    if not {"on", "kind", "name"} <= set(reader.fieldnames or ()):
        raise BadCalendar("The heading line needs the columns on, kind and name.")
    rows = [_row(row, line) for line, row in enumerate(reader, start=2)]
    if not rows:
        raise BadCalendar("The file has no rows.")
    if len({row.on for row in rows}) < len(rows):
        raise BadCalendar("A date stands there twice.")
    return rows


def _row(row: dict[str, str], line: int) -> CalendarDay:
    try:
        weekday = (row.get("runs_weekday") or "").strip()
        runs = int(weekday) if weekday else None
        if runs is not None and not 1 <= runs <= 7:
            raise ValueError(weekday)
        return CalendarDay(
            on=date.fromisoformat((row["on"] or "").strip()),
            kind=DayKind((row["kind"] or "").strip()),
            name=(row["name"] or "").strip(),
            name_en=(row.get("name_en") or "").strip(),
            runs_weekday=runs,
        )
    except ValueError:
        kinds = ", ".join(DayKind)
        wanted = f"a date like 2027-02-06, a kind ({kinds}), a weekday 1-7 or none"
        raise BadCalendar(f"Line {line} needs {wanted}.") from None

"""Rows of text as a file for a spreadsheet, in which nothing a person wrote is ever a formula."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence
from enum import StrEnum

import xlsxwriter
from flask import Response

Row = Sequence[str]
# What a spreadsheet takes for the beginning of a formula; full width too, where Chinese is typed.
FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
# Kinds of characters that stand before it unseen: spaces, controls, those without width.
UNSEEN = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf"})
CONTROLS = ("\t", "\r", "\n")


class Format(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"


TYPES = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def sheet(name: str, heading: Row, rows: Iterable[Row], wanted: Format) -> Response:
    """A download called ``name.csv`` or ``name.xlsx``; a spreadsheet opens both as they are."""
    body = as_csv(heading, rows) if wanted is Format.CSV else as_xlsx(heading, rows)
    made = Response(body, content_type=TYPES[wanted])
    made.headers["Content-Disposition"] = f'attachment; filename="{name}.{wanted}"'
    made.headers["Cache-Control"] = "no-store"
    return made


def as_csv(heading: Row, rows: Iterable[Row]) -> bytes:
    """UTF-8 with a byte order mark, by which spreadsheets know it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(heading)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def harmless(cell: str) -> str:
    """A cell that is shown as it was written."""
    is_dangerous = cell.startswith(CONTROLS) or _seen(cell).startswith(FORMULA)
    return f"'{cell}" if is_dangerous else cell


def _seen(cell: str) -> str:
    """A cell from the first character that can be seen."""
    first = (at for at, one in enumerate(cell) if unicodedata.category(one) not in UNSEEN)
    return cell[next(first, len(cell)) :]


def phone(number: str) -> str:
    """A number in E.164 as groups of digits: text to a spreadsheet, and no formula."""
    digits = number.removeprefix("+")
    if digits.startswith("86") and len(digits) == 13:
        return f"86 {digits[2:5]} {digits[5:9]} {digits[9:]}"
    return " ".join(digits[at : at + 3] for at in range(0, len(digits), 3))


def as_xlsx(heading: Row, rows: Iterable[Row]) -> bytes:
    """A workbook with one sheet of text cells, the heading kept in sight."""
    kept = io.BytesIO()
    with xlsxwriter.Workbook(kept, {"in_memory": True}) as book:
        page = book.add_worksheet()
        bold = book.add_format({"bold": True})
        wraps = book.add_format({"text_wrap": True, "valign": "top"})
        for column, said in enumerate(heading):
            page.write_string(0, column, said, bold)
        for number, row in enumerate(rows, start=1):
            for column, said in enumerate(row):
                page.write_string(number, column, said, wraps)
        page.freeze_panes(1, 0)
        page.set_column(0, len(heading) - 1, 18)
    return kept.getvalue()

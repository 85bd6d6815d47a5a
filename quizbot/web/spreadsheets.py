"""Tables to take away, as CSV and XLSX. What a person typed never becomes a formula.

A cell that begins with = + - @, a tab or a carriage return would be calculated by a spreadsheet
(OWASP, "CSV Injection"): it gets an apostrophe in front. In XLSX texts are written as texts too.
"""

import csv
import io
from collections.abc import Sequence
from datetime import date
from typing import Any

import xlsxwriter

from quizbot.web.visits import Cell, Download

FORMS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_BOM = "\ufeff"  # without it Excel takes UTF-8 for something else
_LONGEST_SHEET = 31
_NOT_IN_A_SHEET_NAME = str.maketrans("", "", "[]:*?/\\'")


def written(download: Download) -> bytes:
    """The file."""
    return _csv(download) if download.form == "csv" else _xlsx(download)


def defused(cell: Cell) -> Cell:
    """Numbers stay numbers, a text that would be a formula becomes one that is none."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_DANGEROUS) else cell


def _csv(download: Download) -> bytes:
    out = io.StringIO(newline="")
    out.write(_BOM)
    writer = csv.writer(out)
    writer.writerow([defused(cell) for cell in download.head])
    writer.writerows([_plain(defused(cell)) for cell in row] for row in download.rows)
    return out.getvalue().encode()


def _plain(cell: Cell) -> str | int | float:
    if cell is None:
        return ""
    return cell.isoformat() if isinstance(cell, date) else cell


def _xlsx(download: Download) -> bytes:
    out = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(out, options) as book:
        sheet = book.add_worksheet(download.title.translate(_NOT_IN_A_SHEET_NAME)[:_LONGEST_SHEET])
        bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
        _size(sheet, download)
        for column, name in enumerate(download.head):
            sheet.write_string(0, column, str(defused(name)), bold)
        for place, row in enumerate(download.rows, start=1):
            for column, cell in enumerate(row):
                _write(sheet, place, column, defused(cell), day)
        sheet.freeze_panes(1, 0)
    return out.getvalue()


def _size(sheet: Any, download: Download) -> None:
    for column, name in enumerate(download.head):
        cells = [name, *(str(row[column]) for row in _some(download.rows))]
        sheet.set_column(column, column, min(max(map(len, cells)) + 2, 60))


def _some(rows: Sequence[tuple[Cell, ...]]) -> Sequence[tuple[Cell, ...]]:
    return rows[:100]


def _write(sheet: Any, row: int, column: int, cell: Cell, day: Any) -> None:
    if isinstance(cell, str):
        sheet.write_string(row, column, cell)
    elif isinstance(cell, date):
        sheet.write_datetime(row, column, cell, day)
    elif cell is not None:
        sheet.write_number(row, column, cell)

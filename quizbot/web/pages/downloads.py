"""Tables as CSV and XLSX: members, boards, questions, days. Each download is in the audit log.

Nothing that a person typed becomes a formula: spreadsheets calculate cells that start with = + - @,
a tab or a carriage return, so these get a leading apostrophe (OWASP, "CSV Injection"). In XLSX they
are also written as text.
"""

import csv
import io
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import xlsxwriter
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from quizbot.programmes import audit_log, boards, members
from quizbot.programmes.audit_log import Action
from quizbot.programmes.members import Order
from quizbot.programmes.reports import figures, overview
from quizbot.web.guard import check_link
from quizbot.web.page_context import Answer, File, NotFoundError, PageContext
from quizbot.web.pages.boards import read_choice
from quizbot.web.pages.items import flag_names

FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_BOM = "\ufeff"  # without it, Excel does not read the file as UTF-8
_LONGEST_SHEET_NAME = 31
_NOT_IN_SHEET_NAMES = str.maketrans("", "", "[]:*?/\\'")
_MEASURED_ROWS = 100  # rows that set the column widths
_WIDEST_COLUMN = 60  # characters

Cell = str | int | float | date | None


@dataclass(frozen=True)
class Table:
    head: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]


async def show(context: PageContext, session: AsyncSession) -> Answer:
    """Returns a table in the format of the URL. HEAD downloads nothing, so it is not logged."""
    check_link(context.request)
    name, extension = context.path_part("what"), context.path_part("form")
    make = _TABLES.get(name)
    if make is None or extension not in FORMATS:
        raise NotFoundError
    if context.request.method == "HEAD":
        return Response(media_type=FORMATS[extension])
    table = await make(context, session)
    if context.programme.demo:
        demo = context.words._("Made-up data")
        table = Table((*table.head, demo), [(*row, demo) for row in table.rows])
    audit_log.record(
        session,
        context.actor_id,
        Action.DOWNLOADED,
        context.now,
        context.programme.id,
        f"{name}.{extension}",
    )
    day = context.today.isoformat()
    write = to_csv if extension == "csv" else partial(to_xlsx, sheet_name=f"{name} {day}")
    return File(f"{name}-{day}.{extension}", FORMATS[extension], partial(write, table))


def without_formula(cell: Cell) -> Cell:
    """Returns the cell, with an apostrophe before a text that would be a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS) else cell


def to_csv(table: Table) -> bytes:
    out = io.StringIO(newline="")
    out.write(_BOM)
    writer = csv.writer(out)  # writes None as an empty cell, and dates in ISO format
    writer.writerows([without_formula(cell) for cell in row] for row in (table.head, *table.rows))
    return out.getvalue().encode()


def to_xlsx(table: Table, sheet_name: str) -> bytes:
    out = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(out, options) as book:
        sheet = book.add_worksheet(sheet_name.translate(_NOT_IN_SHEET_NAMES)[:_LONGEST_SHEET_NAME])
        bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
        for column, name in enumerate(table.head):
            cells = [name, *(str(row[column]) for row in table.rows[:_MEASURED_ROWS])]
            sheet.set_column(column, column, min(max(map(len, cells)) + 2, _WIDEST_COLUMN))
            sheet.write_string(0, column, str(without_formula(name)), bold)
        for number, row in enumerate(table.rows, start=1):
            for column, cell in enumerate(row):
                _write_cell(sheet, number, column, without_formula(cell), day)
        sheet.freeze_panes(1, 0)
    return out.getvalue()


def _write_cell(sheet: Any, row: int, column: int, cell: Cell, date_format: Any) -> None:
    if isinstance(cell, str):
        sheet.write_string(row, column, cell)
    elif isinstance(cell, date):
        sheet.write_datetime(row, column, cell, date_format)
    elif cell is not None:
        sheet.write_number(row, column, cell)


async def _members(context: PageContext, session: AsyncSession) -> Table:
    _ = context.words._
    hidden = _("hidden")
    found = await members.list_members(session, context.programme, order=Order.NAME)
    return Table(
        (_("Name"), _("Team"), _("Points"), _("Days taken part")),
        [
            (
                each.name,
                each.team,
                hidden if each.points is None else each.points,
                hidden if each.days is None else each.days,
            )
            for each in found
        ],
    )


async def _board(context: PageContext, session: AsyncSession) -> Table:
    _, choice = context.words._, await read_choice(context, session)
    board = await boards.member_board(
        session, context.programme, choice.period, context.today, team=choice.team, part=slice(None)
    )
    return Table(
        (_("Rank"), _("Name"), _("Points")),
        [(place.rank, place.name, place.points) for place in board.top],
    )


async def _teams(context: PageContext, session: AsyncSession) -> Table:
    _, choice = context.words._, await read_choice(context, session)
    found = await boards.team_board(session, context.programme, choice.period, context.today)
    return Table(
        (_("Rank"), _("Team"), _("Members shown"), _("Points per member")),
        [
            (place.rank, place.team.name, place.members, _rounded(place.average, 2))
            for place in found
        ],
    )


async def _questions(context: PageContext, session: AsyncSession) -> Table:
    _, names = context.words._, flag_names(context.words)
    found = await figures.all_item_figures(session, context.programme, context.dashboard.topic)
    return Table(
        (
            _("Question"),
            _("Right answer"),
            _("Revision"),
            _("First attempts"),
            _("Difficulty p"),
            _("Discrimination"),
            _("Paired people"),
            _("To look at"),
        ),
        [
            (
                each.item.stem,
                each.item.key,
                each.revision,
                each.n,
                _rounded(each.difficulty),
                _rounded(each.discrimination),
                each.paired,
                ", ".join(names[flag] for flag in each.flags),
            )
            for each in found
        ],
    )


async def _days(context: PageContext, session: AsyncSession) -> Table:
    _ = context.words._
    found = await overview.daily_figures(session, context.programme)
    return Table(
        (
            _("Day"),
            _("Enrolled"),
            _("Asked"),
            _("Answered"),
            _("Share right"),
            _("Late"),
            _("Unconfirmed"),
            _("Blocked"),
            _("Not sent"),
            _("Reminders"),
        ),
        [
            (
                each.day,
                each.enrolled,
                each.asked,
                each.answered,
                _rounded(each.accuracy),
                each.late,
                each.unconfirmed,
                each.refused,
                each.not_sent,
                each.reminded,
            )
            for each in found
        ],
    )


def _rounded(value: float | None, digits: int = 4) -> float | None:
    return None if value is None else round(value, digits)


_TABLES: dict[str, Callable[[PageContext, AsyncSession], Awaitable[Table]]] = {
    "members": _members,
    "board": _board,
    "teams": _teams,
    "questions": _questions,
    "days": _days,
}

"""Tables as CSV and XLSX: members, boards, learning, questions, days, teams by week, all audited.

Nothing that a person typed becomes a formula: CSV guards it, XLSX has it as text.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from questions import guarded
from quizbot.programmes import audit_log, boards, definitions, members
from quizbot.programmes.audit_log import Action
from quizbot.programmes.boards import Period
from quizbot.programmes.definitions import Term
from quizbot.programmes.members import Order
from quizbot.programmes.reports import figures, learning, overview, teams
from quizbot.programmes.reports.gain import Gain
from quizbot.programmes.reports.overview import Range
from quizbot.quiz.answers.streaks import week_of
from quizbot.telegram.messages.words import key_point_label
from quizbot.web import charts
from quizbot.web.app import XLSX
from quizbot.web.guard import check_link
from quizbot.web.page_context import Answer, File, NotFoundError, PageContext
from quizbot.web.pages.boards import read_choice
from quizbot.web.pages.items import sentences

FORMATS = {"csv": "text/csv; charset=utf-8", "xlsx": XLSX}

_BOM = "\ufeff"  # without it, Excel does not read the file as UTF-8
_LONGEST_SHEET_NAME = 31
_NOT_IN_SHEET_NAMES = str.maketrans("", "", "[]:*?/\\'")
_MEASURED_ROWS = 100  # rows that set the column widths
_WIDEST_COLUMN = 60  # characters

_OF_A_RANGE = ("days", "participation")  # tables of the weeks that the URL names

_NO_SLUG = re.compile("[^a-z0-9]+")


class Share(float):
    """A share from 0 to 1. Files have it in percent with one decimal: CSV as a number, 83.3."""


Notes = tuple[str, ...]
Cell = str | int | float | date | None
T = TypeVar("T")


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
        demo = context.words._("Demo data")
        table = Table((*table.head, demo), [(*row, demo) for row in table.rows])
    audit_log.record(
        session,
        context.actor_id,
        Action.DOWNLOADED,
        context.now,
        context.programme.id,
        f"{name}.{extension}",
    )
    period = await _period(context, session, name)
    notes = _notes(context, has_definitions=name in _OF_A_RANGE)
    write = to_csv if extension == "csv" else partial(to_xlsx, name=f"{name} {period}", notes=notes)
    slug = slug_of(context.programme.name, context.programme.id)
    file = f"{slug}-{name}-{period}.{extension}"
    return File(file, FORMATS[extension], partial(write, table))


def slug_of(name: str, programme_id: int) -> str:
    """Returns a programme's name in small Latin letters, or its number if it has none of them."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return _NO_SLUG.sub("-", plain.lower()).strip("-") or f"programme-{programme_id}"


def _notes(context: PageContext, *, has_definitions: bool) -> Notes:
    """Returns what a spreadsheet says about itself on a second sheet; CSV has no place for it."""
    w, of = context.words, context.programme
    names, meanings = definitions.names(w._), definitions.meanings(w._)
    return (
        of.name,
        w._("Downloaded on {moment}, {zone}").format(
            moment=w.timestamp(context.now, of.timezone), zone=of.timezone
        ),
        definitions.about_hidden(w._),
        *(f"{names[term]}: {meanings[term]}" for term in Term if has_definitions),
    )


async def _period(context: PageContext, session: AsyncSession, table: str) -> str:
    """Returns the dates that the table is about, for its file's name; today's if of no others."""
    today = context.today
    if table in _OF_A_RANGE:
        first, last = _range(context).dates(context.programme, today)
        return f"{min(first, today)}-to-{min(last, today)}"
    if table not in ("board", "teams"):
        return today.isoformat()
    choice = await read_choice(context, session)
    match choice.period:
        case Period.WEEK:
            return f"week-of-{week_of(choice.day)}"
        case Period.MONTH:
            return f"{choice.day:%Y-%m}"
        case Period.PROGRAMME:
            return f"{min(context.programme.starts_on, choice.day)}-to-{choice.day}"
        case Period.ALL_TIME:
            return f"all-time-{today}"


def cell_of_csv(cell: Cell) -> Cell:
    """Returns the cell as CSV has it: no text is a formula, and a share is in percent."""
    if isinstance(cell, Share):
        return round(100 * cell, 1)
    return guarded(cell) if isinstance(cell, str) else cell


def to_csv(table: Table) -> bytes:
    out = io.StringIO(newline="")
    out.write(_BOM)
    writer = csv.writer(out)  # writes None as an empty cell, and dates in ISO format
    writer.writerows([cell_of_csv(cell) for cell in row] for row in (table.head, *table.rows))
    return out.getvalue().encode()


def to_xlsx(table: Table, name: str, notes: Notes = ()) -> bytes:
    out = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    import xlsxwriter  # noqa: PLC0415 -- 2 MB that most processes never need

    with xlsxwriter.Workbook(out, options) as book:
        sheet = book.add_worksheet(name.translate(_NOT_IN_SHEET_NAMES)[:_LONGEST_SHEET_NAME])
        bold = book.add_format({"bold": True})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        percent = book.add_format({"num_format": "0.0%"})
        for column, heading in enumerate(table.head):
            cells = [heading, *(str(row[column]) for row in table.rows[:_MEASURED_ROWS])]
            sheet.set_column(column, column, min(max(map(len, cells)) + 2, _WIDEST_COLUMN))
            sheet.write_string(0, column, heading, bold)
        for number, row in enumerate(table.rows, start=1):
            for column, cell in enumerate(row):
                _write_cell(sheet, number, column, cell, day, percent)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, len(table.rows), len(table.head) - 1)
        if notes:
            about = book.add_worksheet("Notes")
            about.set_column(0, 0, _WIDEST_COLUMN, book.add_format({"text_wrap": True}))
            about.write_column(0, 0, notes)
    return out.getvalue()


def _write_cell(
    sheet: Any, row: int, column: int, cell: Cell, date_format: Any, percent: Any
) -> None:
    if isinstance(cell, Share):
        sheet.write_number(row, column, cell, percent)
    elif isinstance(cell, str):
        sheet.write_string(row, column, cell)
    elif isinstance(cell, date):
        sheet.write_datetime(row, column, cell, date_format)
    elif cell is not None:
        sheet.write_number(row, column, cell)


def _table(entries: Sequence[T], *columns: tuple[str, Callable[[T], Cell]]) -> Table:
    """Returns a row for each entry; a column is its head, and what it shows of an entry."""
    head = tuple(name for name, _ in columns)
    return Table(head, [tuple(cell(each) for _, cell in columns) for each in entries])


async def _members(context: PageContext, session: AsyncSession) -> Table:
    _ = context.words._
    hidden = _("hidden")
    return _table(
        await members.list_members(session, context.programme, order=Order.NAME),
        (_("Name"), lambda each: each.name),
        (_("Team"), lambda each: each.team),
        (_("Joined"), lambda each: each.enrolled_on),
        (_("Points"), lambda each: hidden if each.points is None else each.points),
        (_("Days taken part"), lambda each: hidden if each.days is None else each.days),
    )


async def _board(context: PageContext, session: AsyncSession) -> Table:
    _, choice = context.words._, await read_choice(context, session)
    board = await boards.member_board(
        session, context.programme, choice.period, choice.day, team=choice.team, part=slice(None)
    )
    return _table(
        board.top,
        (_("Rank"), lambda place: place.rank),
        (_("Name"), lambda place: place.name),
        (_("Points"), lambda place: place.points),
    )


async def _teams(context: PageContext, session: AsyncSession) -> Table:
    _, choice = context.words._, await read_choice(context, session)
    return _table(
        await boards.team_board(session, context.programme, choice.period, choice.day),
        (_("Rank"), lambda place: place.rank),
        (_("Team"), lambda place: place.team.name),
        (_("Members shown"), lambda place: place.members),
        (_("Points per member"), lambda place: _rounded(place.average)),
    )


async def _questions(context: PageContext, session: AsyncSession) -> Table:
    _, said = context.words._, sentences(context.words)
    return _table(
        await figures.all_item_figures(session, context.programme, context.dashboard.topic),
        (_("Question"), lambda each: each.item.stem),
        (_("Right answer"), lambda each: each.item.key),
        (_("Revision"), lambda each: each.revision),
        (_("First attempts"), lambda each: None if each.difficulty is None else each.n),
        (_("Right at once (%)"), lambda each: _share(each.difficulty)),
        (_("With related questions (%)"), lambda each: _share(each.pooled)),
        (_("In words"), lambda each: "" if each.difficulty is None else said[each.verdict]),
        (_("Needs a look"), lambda each: _("yes") if each.needs_a_look else ""),
    )


async def _days(context: PageContext, session: AsyncSession) -> Table:
    _, of = context.words._, context.programme
    every = await overview.daily_figures(session, of)
    return _table(
        overview.figures_of(every, _range(context), of, context.today).days,
        (_("Day"), lambda day: day.day),
        (definitions.names(_)[Term.ENROLLED], lambda day: day.enrolled),
        (_("Active in its week"), lambda day: day.active_in_week),
        (_("Asked"), lambda day: day.asked),
        (_("Answered"), lambda day: day.answered),
        (_("Right (%)"), lambda day: _share(day.accuracy)),
        (_("Days counted together"), lambda day: day.pool and day.pool.days),
        (_("Late"), lambda day: day.late),
        (_("Unconfirmed"), lambda day: day.unconfirmed),
        (_("Blocked"), lambda day: day.refused),
        (_("Not sent"), lambda day: day.not_sent),
        (_("Reminders"), lambda day: day.reminded),
    )


def _range(context: PageContext) -> Range:
    """Returns the range in the URL, or the whole programme."""
    return context.chosen_range or Range.PROGRAMME


async def _participation(context: PageContext, session: AsyncSession) -> Table:
    _, of = context.words._, context.programme
    every = await overview.daily_figures(session, of)
    days = overview.figures_of(every, _range(context), of, context.today).days
    rows: list[tuple[Cell, ...]] = []
    for team in await teams.team_weeks(session, of, days):
        name = _("Others") if team.name is None else team.name
        for monday, week in team.weeks.items():
            told = (week.asked, week.answered, _share(week.share)) if week else (None, None, None)
            rows.append((name, monday, *told))
    head = _("Team"), _("Week of"), _("Asked"), _("Answered"), _("Answered (%)")
    return Table(head, rows)


async def _learning(context: PageContext, session: AsyncSession) -> Table:
    w, _ = context.words, context.words._
    topic = context.dashboard.topic
    gains = await learning.learning_gain(session, context.programme, topic)
    head = (
        _("Key point, or days since the first meeting"),
        _("Random reviews"),
        _("People"),
        _("Right in random reviews (%)"),
        _("Right at a first meeting (%)"),
        _("Learning gain (points)"),
        _("95% interval from (points)"),
        _("95% interval to (points)"),
    )
    rows = [
        (_("All"), gains.total),
        *((key_point_label(w, point), gain) for point, gain in gains.key_points),
        *zip(charts.band_labels(w), gains.bands, strict=True),
    ]
    return Table(head, [(label, *_cells_of(gain)) for label, gain in rows])


def _cells_of(gain: Gain | None) -> tuple[Cell, ...]:
    """Returns the cells of a gain, which itself is told where the page tells it."""
    if gain is None:
        return (None,) * 7
    correct, expected, low, high = (
        Share(round(each, 2)) for each in (gain.correct, gain.expected, gain.low, gain.high)
    )
    told = None if gain.is_too_early else Share(round(gain.gain, 2))
    return gain.reviews, gain.people, correct, expected, told, low, high


def _share(value: float | None) -> Share | None:
    return None if value is None else Share(round(value, 4))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


_TABLES: dict[str, Callable[[PageContext, AsyncSession], Awaitable[Table]]] = {
    "members": _members,
    "board": _board,
    "teams": _teams,
    "questions": _questions,
    "learning": _learning,
    "days": _days,
    "participation": _participation,
}

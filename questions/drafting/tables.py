"""Questions from tables: what holds for a feature in one column but not in the others."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from questions.article import Article
from questions.drafting.draft import Draft, Wrong, label
from questions.drafting.phrases import (
    Pool,
    as_option,
    capital,
    differing,
    explanation,
    padded,
    stands_out,
)
from questions.statements import Statement, StatementKind
from questions.wording import overlap


@dataclass(frozen=True)
class Row:
    """A feature and its value in each column."""

    statement: Statement
    cells: dict[str, str]


def table_rows(article: Article) -> Iterator[list[Row]]:
    """Yields the rows of each table. Their statements are numbered across all tables."""
    statements = (
        statement
        for statement in article.statements.values()
        if statement.kind is StatementKind.TABLE_ROW
    )
    for table in article.tables:
        names = table.head[1:]
        rows = [
            Row(next(statements), dict(zip(names, cells[1:], strict=True))) for cells in table.rows
        ]
        if len(set(names)) == len(names):
            yield rows


def table_drafts(rows: Sequence[Row]) -> Iterator[tuple[Draft, ...]]:
    """Yields for each row the drafts about its columns."""
    columns = list(rows[0].cells) if rows else []
    pools = {column: Pool(_cells(rows, column)) for column in columns}
    for row in rows:
        if len(columns) > 2:
            found = [_which_column(row, column) for column in columns]
        else:
            found = [_what_holds(row, column, pools) for column in columns]
        yield tuple(draft for draft in found if draft is not None)


def _cells(rows: Sequence[Row], column: str) -> Iterator[Wrong]:
    for row in rows:
        if text := _option(row.cells[column]):
            why = f"The table says that of {label(row.statement)} under “{column}”."
            yield Wrong(text, why, row.statement.id)


def _option(cell: str) -> str | None:
    """Returns the cell as an option; None for a dash and the like, which mean an empty cell."""
    return as_option(cell) if any(map(str.isalnum, cell)) else None


def _what_holds(row: Row, column: str, pools: dict[str, Pool]) -> Draft | None:
    """Contrasts the cell with the row's other cell and with similar cells of other rows."""
    key = _option(row.cells[column])
    wrong = _contrary(row, column, key, pools) if key else ()
    if key is None or len(wrong) < 2 or stands_out(key, wrong):
        return None
    return Draft(
        kind="table",
        subject=f"{column} {row.statement.title}",
        cites=(row.statement.id,),
        evidence=(row.cells[column],),
        level="understand",
        difficulty="medium",
        stem=f"Which of these describes {label(row.statement)} under “{column}”?",
        key=key,
        wrong=wrong,
        explanation=explanation(
            _row_sentence(row.cells), _row_sentence({column: row.cells[column]})
        ),
    )


def _contrary(row: Row, column: str, key: str, pools: dict[str, Pool]) -> tuple[Wrong, ...]:
    """Returns distractors such that each column has two options, and no key is the only gloomy one.

    Other rows are about other things, so they give only similar cells: numbers with the same unit,
    or phrases of the same form. If these are too few, notes ask a person for the rest. A table
    with one column needs no balance.
    """

    def of_its_class(wrong: Wrong) -> bool:
        return same_class(wrong.text, key)

    same = pools[column].near(key, row.statement.id, suits=of_its_class)
    other = next((name for name in row.cells if name != column), None)
    opposite = _option(row.cells[other]) if other else None
    if other is None or opposite is None or opposite.casefold() == key.casefold():
        return same
    first = Wrong(opposite, f"That holds for “{other}”, not for “{column}”.")
    chosen = (first, *differing(key, same, 1, besides=(opposite,)))
    balance = pools[other].near(key, row.statement.id, suits=of_its_class)
    besides = tuple(wrong.text for wrong in chosen)
    return padded((*chosen, *differing(key, balance, 3 - len(chosen), besides)))


def _row_sentence(cells: dict[str, str]) -> str:
    return "; ".join(f"{column}: {cell.rstrip(' .')}" for column, cell in cells.items()) + "."


def _which_column(row: Row, column: str) -> Draft | None:
    """With three columns or more, the columns are the options."""
    cell, key = row.cells[column].rstrip(" ."), capital(column)
    others = {name: text for name, text in row.cells.items() if name != column}
    wrong = [
        Wrong(capital(name), f"There the table says: {text.rstrip(' .')}.")
        for name, text in others.items()
        if text.rstrip(" .").casefold() != cell.casefold()
    ]
    # A column with the same entry would be a second correct answer if somebody added it.
    unsure = not _option(cell) or len(wrong) < len(others)
    if unsure or overlap(key, cell) or stands_out(key, wrong):
        return None
    return Draft(
        kind="column",
        subject=f"{column} {row.statement.title}",
        cites=(row.statement.id,),
        evidence=(f"{column}: {row.cells[column]}",),
        level="understand",
        difficulty="medium",
        stem=f"Which of these has this entry for {label(row.statement)}: {cell}?",
        key=key,
        wrong=tuple(wrong),
        explanation=explanation(
            _row_sentence(row.cells), _row_sentence({column: row.cells[column]})
        ),
    )


# "about 50 %", "17 to 19 °C", "1,5 mg": a number or a range, and its unit.
_NUMBER = re.compile(r"\d[\d.,\s]*(?:(?:[–—-]|\bto\b)\s*\d[\d.,\s]*)?")
_ROUGHLY = re.compile(
    r"^(?:(?:about|around|roughly|nearly|almost|over|under|up to|at least|at most|more than|"
    r"less than|[<>≤≥~≈±])\s*)+",
    re.IGNORECASE,
)
_UNIT_WORDS = 4
# "It is easy" fits one thing, "They are easy" several, and "Easy" any.
_OPENINGS = ("it", "they", "there", "he", "she", "yes", "no")
# The longer of two like phrases: at most this times as long, or this many letters longer.
_LONGER = 1.6
_LETTERS = 6


def same_class(cell: str, other: str) -> bool:
    """Returns whether both are numbers with one unit, or phrases alike in opening and length."""
    units = _unit(cell), _unit(other)
    if units != (None, None):
        return units[0] == units[1]
    shorter, longer = sorted((len(cell), len(other)))
    return _opening(cell) == _opening(other) and (
        longer <= _LONGER * shorter or longer - shorter <= _LETTERS
    )


def _unit(cell: str) -> str | None:
    """Returns what is counted ("" for a bare number), or None if the cell is not a number."""
    text = _ROUGHLY.sub("", cell.strip().rstrip("."))
    found = _NUMBER.match(text)
    unit = text[found.end() :].strip() if found else ""
    return unit.casefold() if found and len(unit.split()) <= _UNIT_WORDS else None


def _opening(cell: str) -> str:
    first = re.split(r"[^\w’']+", cell.casefold(), maxsplit=1)[0].split("'")[0].split("’")[0]
    return first if first in _OPENINGS else ""

"""Questions from tables: what holds for a feature in one column, as against the others."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from questions.article import Article
from questions.drafting.classes import same_class
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
    """The rows of each table; their statements are numbered through all tables."""
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
    """For each row a draft a column, where there is one."""
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
    """The cell as an option; None for a dash and the like, which says that nothing stands there."""
    return as_option(cell) if any(map(str.isalnum, cell)) else None


def _what_holds(row: Row, column: str, pools: dict[str, Pool]) -> Draft | None:
    """The cell against the row's other cell, and against like cells of other rows."""
    key = _option(row.cells[column])
    wrong = _contrary(row, column, key, pools) if key else ()
    if key is None or len(wrong) < 2 or stands_out(key, wrong):
        return None
    return Draft(
        kind="table",
        subject=f"{column} {row.statement.title}",
        cites=(row.statement.id,),
        evidence=(row.cells[column],),
        objective=f"Say what holds for {label(row.statement)} under “{column}”.",
        level="understand",
        difficulty="medium",
        stem=f"Which of these describes {label(row.statement)} under “{column}”?",
        key=key,
        wrong=wrong,
        explanation=explanation(_told(row.cells), _told({column: row.cells[column]})),
    )


def _contrary(row: Row, column: str, key: str, pools: dict[str, Pool]) -> tuple[Wrong, ...]:
    """Two options of each column, so that being the only gloomy or cheerful one marks no key.

    Other rows are about other things, so only what is alike comes from there: numbers beside
    numbers of the same unit, phrases beside phrases of like form. Where that leaves too little,
    notes ask a person for the rest. In a table of one column there is nothing to balance.
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


def _told(cells: dict[str, str]) -> str:
    return "; ".join(f"{column}: {cell.rstrip(' .')}" for column, cell in cells.items()) + "."


def _which_column(row: Row, column: str) -> Draft | None:
    """With three columns or more, the columns themselves are the options."""
    cell, key = row.cells[column].rstrip(" ."), capital(column)
    others = {name: text for name, text in row.cells.items() if name != column}
    wrong = [
        Wrong(capital(name), f"There the table says: {text.rstrip(' .')}.")
        for name, text in others.items()
        if text.rstrip(" .").casefold() != cell.casefold()
    ]
    # A column that has the same entry would be a second right answer, if somebody added it.
    unsure = not _option(cell) or len(wrong) < len(others)
    if unsure or overlap(key, cell) or stands_out(key, wrong):
        return None
    return Draft(
        kind="column",
        subject=f"{column} {row.statement.title}",
        cites=(row.statement.id,),
        evidence=(f"{column}: {row.cells[column]}",),
        objective=f"Tell apart by {label(row.statement)}: {', '.join(row.cells)}.",
        level="understand",
        difficulty="medium",
        stem=f"Which of these has this entry for {label(row.statement)}: {cell}?",
        key=key,
        wrong=tuple(wrong),
        explanation=explanation(_told(row.cells), _told({column: row.cells[column]})),
    )

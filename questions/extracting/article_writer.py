"""Writes an article as `article.md`, which `parse_article` reads back unchanged."""

from collections.abc import Iterable, Iterator

from questions.article import (
    COMPARISON,
    DISCLAIMER,
    FACT_SOURCE,
    SECTIONS,
    SOURCES,
    Article,
    Source,
    Table,
)
from questions.statements import Statement, StatementKind

_WIDTH = 100


def article_markdown(article: Article) -> str:
    """Returns the text of `article.md`. Empty sections are left out."""
    parts = [f"# {article.title}\n"]
    for heading, kind in SECTIONS.items():
        if body := "\n".join(_body(article, heading, kind)):
            parts.append(f"## {heading}\n\n{body}")
    return "\n".join(parts)


def _body(article: Article, heading: str, kind: StatementKind | None) -> Iterator[str]:
    if heading == SOURCES:
        if article.sources:
            yield "".join(_source(each) for each in article.sources)
    elif heading == DISCLAIMER:
        yield _text(article.disclaimer)
    elif heading == COMPARISON:
        yield from _tables(article.tables)
    else:
        for statement in article.statements.values():
            if statement.kind is kind:
                yield _statement(statement)


def _statement(statement: Statement) -> str:
    written = f"### {statement.id} {statement.title}\n{_text(statement.text)}"
    return f"{written}\n{FACT_SOURCE}{statement.source}\n" if statement.source else written


def _source(source: Source) -> str:
    licence = f" ({source.licence})" if source.licence else ""
    return f"- [{source.title}]({source.url}){licence}\n"


def _text(text: str) -> str:
    """Returns a statement's text, hard-wrapped, with the entries of a list together."""
    written: list[str] = []
    listed = True
    for part in text.split("\n"):
        entry = part.startswith("- ")
        if written and not (entry and listed):
            written.append("")
        written.extend(_wrapped(part, "  " if entry else ""))
        listed = entry
    return "\n".join(written) + "\n"


def _wrapped(part: str, indent: str) -> Iterator[str]:
    """Wraps lines, but never before a word that would make a heading or an entry."""
    line = " " if part.startswith("#") else ""  # indented, it is not a heading
    empty = True
    for word in part.split(" "):
        if not empty and len(line) + 1 + len(word) > _WIDTH and not _marks_a_line(word):
            yield line
            line = indent + word
        else:
            line += word if empty else f" {word}"
        empty = False
    yield line


def _marks_a_line(word: str) -> bool:
    return word.startswith(("#", "-", "*", "+", ">", "|")) or word.rstrip(".)").isdigit()


def _tables(tables: Iterable[Table]) -> Iterator[str]:
    number = 0
    for table in tables:
        lines = [_row(("No.", *table.head)), "|---" * (len(table.head) + 1) + "|"]
        for row in table.rows:
            number += 1
            lines.append(_row((f"{StatementKind.TABLE_ROW}{number}", *row)))
        yield "\n".join(lines) + "\n"


def _row(cells: Iterable[str]) -> str:
    escaped = (cell.replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(escaped)} |"

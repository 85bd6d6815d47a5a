"""`extract`: from the text of an article to `article.md`."""

import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from questions.commands.common import Json, WorkshopError, as_json, errors
from questions.extracting import (
    Extraction,
    ExtractionError,
    UnmatchedText,
    article_markdown,
    decode,
    extract,
    read_article_file,
)
from questions.statements import StatementKind

# How many unmatched texts are listed; --json lists all.
LISTED = 100
_KINDS = {
    StatementKind.KEY_POINT: "key points",
    StatementKind.FAQ: "questions with answers",
    StatementKind.TABLE_ROW: "rows of tables",
    StatementKind.LIST: "lists",
    StatementKind.BACKGROUND: "paragraphs of background",
}


def extract_article(
    article: Annotated[
        str, typer.Argument(metavar="ARTICLE", help="Text, Markdown or HTML; - is standard input.")
    ],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write article.md here.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the output.")] = False,
    json: Json = False,
) -> None:
    """Turn the text of an article into article.md, its statements numbered.

    Takes text copied from a web page, Markdown, a saved HTML page, or a list
    of questions with answers. Key points become KP1, KP2 and so on, questions
    FAQ1, rows of tables T1, lists L1, other paragraphs B1. Text that has no
    place in the article is listed as unmatched, so that nothing is lost.

    Example: [b]python -m questions extract iron.txt -o questions/iron/article.md[/b]
    """
    if output is not None:
        _refuse_to_overwrite(output, force=force)
    extraction = read_and_extract(article)
    markdown = article_markdown(extraction.article)
    if output is not None:
        _write(output, markdown)
    if json:
        as_json(_document(extraction, markdown))
        return
    if output is None:
        typer.echo(markdown.encode(), nl=False)
    summarise(extraction, errors())


def read_and_extract(article: str) -> Extraction:
    """Extracts from a file, or from standard input for '-'. Raises WorkshopError."""
    try:
        if article == "-":
            return extract(decode(sys.stdin.buffer.read(), "Standard input"))
        return extract(read_article_file(Path(article)))
    except ExtractionError as error:
        raise WorkshopError(str(error)) from None


def summarise(extraction: Extraction, console: Console) -> None:
    """Prints what was found, what is unmatched, and what to do next."""
    counts = Counter(statement.kind for statement in extraction.article.statements.values())
    console.print(f"[b]{escape(extraction.article.title)}[/b]", soft_wrap=True)
    for kind, name in _KINDS.items():
        console.print(f"{counts[kind]:5} {name}")
    console.print(f"{len(extraction.article.sources):5} sources")
    for note in extraction.notes:
        console.print(f"[yellow]![/] {escape(note)}", soft_wrap=True)
    if extraction.not_understood:
        console.print(_unmatched_table(extraction.not_understood))
    console.print(
        "These are still the source's words. Restate every statement in your own before you "
        "publish it; [b]lint --source ARTICLE[/b] names the sentences that are still too close.",
        soft_wrap=True,
    )


def _unmatched_table(unmatched: tuple[UnmatchedText, ...]) -> Table:
    shown = unmatched[:LISTED]
    title = f"Unmatched text: {len(unmatched)}"
    if len(shown) < len(unmatched):
        title += f" (the first {len(shown)}; --json lists all)"
    table = Table(title=title, title_justify="left")
    table.add_column("Line", justify="right")
    table.add_column("Text", overflow="fold")
    table.add_column("Why")
    for each in shown:
        text = each.text if len(each.text) <= 200 else f"{each.text[:200]} …"
        table.add_row(str(each.line), escape(text), each.reason)
    return table


def _refuse_to_overwrite(output: Path, *, force: bool) -> None:
    if output.is_dir():
        raise WorkshopError(f"'{output}' is a folder: name the file, as in {output}/article.md.")
    if output.exists() and not force:
        raise WorkshopError(f"'{output}' exists: take another name, or add --force to replace it.")


def _write(output: Path, markdown: str) -> None:
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(markdown, encoding="utf-8", newline="\n")
    except OSError as error:
        problem = f"'{output}' cannot be written ({error.strerror})"
        raise WorkshopError(f"{problem}: choose another place.") from None


def _document(extraction: Extraction, markdown: str) -> dict[str, Any]:
    article = extraction.article
    return {
        "title": article.title,
        "statements": [
            {"id": statement.id, "title": statement.title, "text": statement.text}
            for statement in article.statements.values()
        ],
        "sources": [{"title": each.title, "url": each.url} for each in article.sources],
        "disclaimer": article.disclaimer,
        "notes": list(extraction.notes),
        "unmatched": _as_dicts(extraction.unmatched),
        "article": markdown,
    }


def _as_dicts(unmatched: Iterable[UnmatchedText]) -> list[dict[str, Any]]:
    return [{"line": each.line, "text": each.text, "reason": each.reason} for each in unmatched]

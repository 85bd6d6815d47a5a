"""`report`: writes the bank as a page for reviewers without a terminal."""

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from questions.commands.common import (
    Json,
    TopicName,
    WorkshopError,
    as_json,
    counted,
    errors,
    load,
    screen,
)
from questions.linting import lint
from questions.reviewing.page import edition_of, page

_START = "<!doctype html>"


def report(
    topic: TopicName,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Where to write it: TOPIC.html."),
    ] = None,
    as_document: Json = False,
) -> None:
    """Write the bank as one HTML page, for a medical reviewer who has no terminal.

    The page shows every question with its evidence marked in the article's statements, then the
    coverage, what `lint` finds, and how blind guessers do. It can be printed and marked. It is
    self-contained, so you can send it by mail.

    Example: python -m questions report vitamin-b12-blood-flow -o review.html
    """
    folder, loaded = load(topic)
    path = output or Path(f"{loaded.slug}.html")
    _refuse_other_files(path)
    today = dt.datetime.now().astimezone().date()
    with errors().status("Drawing the page"):
        text = page(loaded, lint(loaded), today, edition_of(folder))
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise WorkshopError(
            f"The page cannot be written to {path} ({error.strerror}): name another file with -o."
        ) from None
    if as_document:
        as_json({"file": str(path), "items": len(loaded.items), "edition": edition_of(folder)})
        return
    number = counted(len(loaded.items), "question")
    screen().print(f"{path}: {number}. Open it in a browser.", markup=False, soft_wrap=True)


def _refuse_other_files(path: Path) -> None:
    """Raises WorkshopError if the path is a file other than an older page."""
    if not path.is_file():
        return
    with path.open(encoding="utf-8", errors="replace") as file:
        start = file.read(len(_START))
    if start and start != _START:
        raise WorkshopError(f"{path} exists and is not a report: name another file with -o.")

"""`new`: a second topic from an article, in one go."""

import shlex
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from questions import article, bank
from questions.commands.draft import drafting_progress, summary, told_as_workshop_errors
from questions.commands.output import WorkshopError, errors, screen, this_program
from questions.drafting import Drafted
from questions.drafting.into_bank import checked_slug, draft_into, new_topic
from questions.extracting import (
    Extraction,
    ExtractionError,
    article_markdown,
    extract,
    read_article_file,
)

_TOPICS = Path(__file__).parent.parent
_LEFTOVERS_SHOWN = 10


def new(
    topic: Annotated[
        str,
        typer.Argument(
            metavar="TOPIC",
            help="Name of the new topic, such as iron-and-tiredness: it becomes a folder in "
            "questions/. With a path, the folder is made there.",
        ),
    ],
    source: Annotated[
        Path, typer.Argument(metavar="ARTICLE", help="The article: text, Markdown or HTML.")
    ],
    title: Annotated[
        str | None, typer.Option(metavar="TEXT", help="The topic's title, if not the article's.")
    ] = None,
) -> None:
    """Make a topic from an article: extract its claims, draft questions, and say what comes next.

    If anything fails, nothing is left behind.

    Example: python -m questions new iron-and-tiredness ~/iron.txt --title "Iron and tiredness"
    """
    with drafting_progress() as progress, told_as_workshop_errors():
        folder = _folder(topic)
        with new_topic(folder) as workplace:
            extraction = _extracted(source, title)
            text = article_markdown(extraction.article)
            (workplace / article.FILE).write_text(text, encoding="utf-8", newline="\n")
            drafted = draft_into(workplace, progress=progress)
    _tell(folder, topic, source, extraction, drafted)


def _folder(topic: str) -> Path:
    path = Path(topic)
    return path if path.name != topic else _TOPICS / checked_slug(topic)


def _extracted(source: Path, title: str | None) -> Extraction:
    try:
        extraction = extract(read_article_file(source))
    except ExtractionError as error:
        raise WorkshopError(str(error)) from None
    if title is None:
        return extraction
    line = " ".join(title.split())
    if not line:
        raise WorkshopError("The title is empty: give it some words, or leave --title out.")
    return replace(extraction, article=replace(extraction.article, title=line))


def _tell(folder: Path, topic: str, source: Path, extraction: Extraction, drafted: Drafted) -> None:
    console = screen()
    told = [
        f"{folder}: {len(extraction.article.claims)} claims in {article.FILE}, {summary(drafted)}",
        *extraction.notes,
        "",
        "What comes next:",
        *(f"{number}. {step}" for number, step in enumerate(_steps(folder, topic, source), 1)),
    ]
    for line in told:
        console.print(line, markup=False, soft_wrap=True)
    _tell_leftovers(extraction)


def _steps(folder: Path, topic: str, source: Path) -> list[str]:
    name, file = shlex.quote(topic), shlex.quote(str(folder / bank.FILE))
    program = this_program()
    steps = [
        f"Read {folder / article.FILE} against the article; restate every claim in your own words.",
        f"The drafts quote the words before: delete {file}, then {program} draft {name}",
        "In the bank, delete the drafts that are no good, and in the others write what says TODO.",
        f"{program} lint {name} --source {shlex.quote(str(source))}",
        f"{program} review {name}",
    ]
    setting = folder.name if folder.parent == _TOPICS else shlex.quote(str(folder))
    return [*steps, f"QUIZBOT_TOPIC={setting} make run"]


def _tell_leftovers(extraction: Extraction) -> None:
    leftovers = extraction.leftovers
    if not leftovers:
        return
    console = errors()
    console.print(f"\nNot understood, and left out ({len(leftovers)}):", markup=False)
    for leftover in leftovers[:_LEFTOVERS_SHOWN]:
        told = f"- line {leftover.line}: {leftover.text[:80]} ({leftover.reason})"
        console.print(told, markup=False, soft_wrap=True)
    if len(leftovers) > _LEFTOVERS_SHOWN:
        console.print(f"- ... all of them: {this_program()} extract", markup=False)

"""`new`: makes a topic from an article in one step."""

import shlex
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer

from questions import article, load_topic
from questions.commands.common import (
    ROLE,
    TOPICS,
    Json,
    WorkshopError,
    as_json,
    errors,
    screen,
    this_program,
)
from questions.commands.draft import as_workshop_errors, drafting_progress, summary
from questions.commands.extract import LISTED
from questions.drafting import Drafted
from questions.drafting.bank_update import checked_slug, draft_into, new_topic
from questions.extracting import (
    Extraction,
    ExtractionError,
    UnmatchedText,
    article_markdown,
    extract,
    read_article_file,
)
from questions.items import UNFINISHED

_UNMATCHED_SHOWN = 15


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
    as_document: Json = False,
) -> None:
    """Make a topic from an article: number its statements, draft questions, and say what is next.

    If anything fails, nothing is left behind.

    Example: python -m questions new iron-and-tiredness ~/iron.txt --title "Iron and tiredness"
    """
    with drafting_progress() as progress, as_workshop_errors():
        folder = _folder(topic)
        with new_topic(folder) as workplace:
            extraction = _extracted(source, title)
            text = article_markdown(extraction.article)
            (workplace / article.FILE).write_text(text, encoding="utf-8", newline="\n")
            drafted = draft_into(workplace, progress=progress)
    if as_document:
        as_json(_document(folder, topic, source, extraction))
    else:
        _print(folder, topic, source, extraction, drafted)


def _document(folder: Path, topic: str, source: Path, extraction: Extraction) -> dict[str, object]:
    return {
        "folder": str(folder),
        "statements": list(extraction.article.statements),
        "drafts": [item.id for item in load_topic(folder).items],
        "notes": list(extraction.notes),
        "not_understood": [asdict(each) for each in extraction.not_understood],
        "next": _steps(folder, topic, source),
    }


def _folder(topic: str) -> Path:
    path = Path(topic)
    return path if path.name != topic else TOPICS / checked_slug(topic)


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


def _print(
    folder: Path, topic: str, source: Path, extraction: Extraction, drafted: Drafted
) -> None:
    console = screen()
    statements = len(extraction.article.statements)
    lines = [
        f"{folder}: {statements} statements in {article.FILE}, {_summary(drafted, extraction)}",
        *extraction.notes,
        "",
        "What comes next:",
        *(f"{number}. {step}" for number, step in enumerate(_steps(folder, topic, source), 1)),
    ]
    for line in lines:
        console.print(line, markup=False, soft_wrap=True)
    _print_unmatched(extraction.not_understood, source)


def _summary(drafted: Drafted, extraction: Extraction) -> str:
    """Prints the summary, without missing titles that the extraction's notes mention."""
    statements = extraction.article.statements
    noted = {name for name in drafted.untitled if UNFINISHED in statements[name].title}
    bare, untitled = (
        tuple(name for name in names if name not in noted)
        for names in (drafted.bare, drafted.untitled)
    )
    return summary(replace(drafted, bare=bare, untitled=untitled))


def _steps(folder: Path, topic: str, source: Path) -> list[str]:
    name = shlex.quote(topic)
    program = this_program()
    restate = (
        f"Read {folder / article.FILE} against the article: restate every statement in your own "
        "words, give each key point a short title, and replace each TODO."
    )
    steps = [
        restate,
        f"Draft again from your words: {program} draft {name} --fresh",
        "In the bank, word the objectives, delete bad drafts, and replace each TODO in the others.",
        f"{program} lint {name} --source {shlex.quote(str(source))}",
        f"{program} review {name} --reviewer {ROLE}",
    ]
    setting = folder.name if folder.parent == TOPICS else shlex.quote(str(folder))
    return [*steps, f"QUIZBOT_TOPIC={setting} make run"]


def _print_unmatched(unmatched: Sequence[UnmatchedText], source: Path) -> None:
    if not unmatched:
        return
    console = errors()
    console.print(f"\nNot understood, and left out ({len(unmatched)}):", markup=False)
    for each in unmatched[:_UNMATCHED_SHOWN]:
        line = f"- line {each.line}: {each.text[:80]} ({each.reason})"
        console.print(line, markup=False, soft_wrap=True)
    if len(unmatched) > _UNMATCHED_SHOWN:
        whole = " --json" if len(unmatched) > LISTED else ""
        command = f"{this_program()} extract {shlex.quote(str(source))}{whole}"
        console.print(f"- ... all of them:\n{command}", markup=False, soft_wrap=True)

"""`import`: adds questions from another program's file as drafts."""

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from questions.bank import FILE, parse_bank
from questions.bank_file import BankFile
from questions.commands.common import (
    FAILED,
    FOUND,
    Json,
    TopicName,
    WorkshopError,
    as_json,
    counted,
    errors,
    load,
    screen,
)
from questions.formats import files
from questions.formats.drafts import Drafts, make_drafts
from questions.formats.reading import FormatError
from questions.items import UNFINISHED, Item
from questions.topic import Topic

ReaderName = StrEnum("ReaderName", list(files.READERS))  # type: ignore[misc]


def import_(
    topic: TopicName,
    file: Annotated[Path, typer.Argument(help="A GIFT, Aiken or CSV text.")],
    kind: Annotated[
        ReaderName | None, typer.Option("--format", help="What FILE is, if it is not clear.")
    ] = None,
    cites: Annotated[
        str,
        typer.Option(help="Statements to cite, such as KP1,FAQ2; by default those that fit best."),
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Report, and write nothing.")] = False,
    json: Json = False,
) -> None:
    """Add the single-choice questions of a file to the bank, as drafts.

    Each draft cites the statement that shares most words with it, and says TODO where a person
    must write. What cannot be imported is listed with its line, the reason and a remedy; the rest
    is imported. The exit code is 1 if something was refused, 2 if nothing could be imported.

    Example: [b]python -m questions import vitamin-b12-blood-flow quiz.gift --dry-run[/b]
    """
    folder, loaded = load(topic)
    try:
        reading = files.read(file, kind.value if kind else None)
    except FormatError as error:
        raise WorkshopError(str(error)) from None
    drafts = make_drafts(reading, loaded, _statements(cites, loaded))
    if drafts.items and not dry_run:
        _append(folder / FILE, drafts, loaded)
    if json:
        as_json(_document(drafts, loaded, dry_run))
    else:
        _print(drafts, dry_run)
    if reading.faults:
        raise typer.Exit(FOUND if drafts.items else FAILED)


def _statements(cites: str, topic: Topic) -> list[str]:
    names = [name.strip() for name in cites.split(",") if name.strip()]
    for name in names:
        if name not in topic.statements:
            known = ", ".join(topic.statements)
            raise WorkshopError(f"{topic.slug} has no statement {name}; --cites takes {known}.")
    return list(dict.fromkeys(names))


def _append(path: Path, drafts: Drafts, topic: Topic) -> None:
    bank = BankFile.read(path)
    bank.add_objectives(drafts.objectives)
    bank.append(drafts.items)
    # A last check: nothing that makes the whole bank unreadable may be saved.
    if faults := parse_bank(bank.text(), topic.slug, topic.statements).faults:
        raise WorkshopError(f"Nothing was imported: the bank would be refused. {faults[0]}")
    bank.save(path)


def _todo(item: Item, drafts: Drafts) -> list[str]:
    """Returns the fields in which a person must still write."""
    texts = {
        "objective": UNFINISHED if item.id in drafts.guessed else "",
        "why": " ".join(option.why or "" for option in item.options),
        "explanation": item.explanation,
        "more": item.more,
    }
    return [name for name, text in texts.items() if UNFINISHED in text]


def _document(drafts: Drafts, topic: Topic, dry_run: bool) -> dict[str, object]:
    return {
        "topic": topic.slug,
        "file": drafts.reading.file,
        "dry_run": dry_run,
        "imported": [
            {
                "id": item.id,
                "line": drafts.lines[item.id],
                "stem": item.stem,
                "cites": item.cites,
                "todo": _todo(item, drafts),
            }
            for item in drafts.items
        ],
        "refused": [asdict(fault) for fault in drafts.reading.faults],
        "notes": drafts.reading.notes,
    }


def _print(drafts: Drafts, dry_run: bool) -> None:
    reading = drafts.reading
    imported = "imported as a draft" if len(drafts.items) == 1 else "imported as drafts"
    verb = "can be imported" if dry_run else imported
    number = counted(len(drafts.items), "question")
    screen().print(f"{number} of {escape(reading.file)} {verb}.")
    if drafts.items:
        table = Table("line", "id", "cites", "still to write")
        for item in drafts.items:
            todo = ", ".join(_todo(item, drafts))
            table.add_row(str(drafts.lines[item.id]), item.id, " ".join(item.cites), todo)
        screen().print(table)
    for note in reading.notes:
        screen().print(escape(note), soft_wrap=True)
    if reading.faults:
        refused = len({fault.line for fault in reading.faults})
        errors().print(f"[bold red]{refused} not imported:[/]")
        for fault in reading.faults:
            errors().print(escape(str(fault)), soft_wrap=True)
    elif drafts.items and not dry_run:
        screen().print("Next: replace each TODO, then lint and review.")

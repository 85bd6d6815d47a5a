"""`export`: a bank as a file for another program."""

import datetime as dt
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from questions.commands.output import TopicName, WorkshopError, errors, topic_folder
from questions.formats.found import FormatError
from questions.formats.registry import FORMATS, Export, Format
from questions.items import Item
from questions.topic import Topic, load_topic

FormatName = StrEnum("FormatName", list(FORMATS))  # type: ignore[misc]


def export(
    topic: TopicName,
    kind: Annotated[FormatName, typer.Option("--format", help="What to write.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file; by default the terminal.")
    ] = None,
    drafts: Annotated[bool, typer.Option("--drafts", help="Drafts too.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
) -> None:
    """Write the approved items for another program: Moodle, Canvas, Anki, a spreadsheet.

    What the format cannot hold is listed. QTI and Anki go to a file named like the topic unless
    [b]-o[/b] names another. Whoever imports a newer Anki package gets changed notes, not second
    ones.

    Example: [b]python -m questions export vitamin-b12-blood-flow --format anki[/b]
    """
    wanted = FORMATS[kind.value]
    loaded = load_topic(topic_folder(topic))
    items = _chosen(loaded, drafts)
    path = output or (Path(f"{loaded.slug}{wanted.suffix}") if wanted.binary else None)
    if path and path.exists() and not force:
        raise WorkshopError(f"{path} exists; overwrite it with --force, or name another with -o.")
    try:
        data = wanted.write(Export(loaded, items, dt.datetime.now(dt.UTC)))
    except FormatError as error:
        raise WorkshopError(str(error)) from None
    if path:
        _save(path, data)
    else:
        typer.echo(data.decode("utf-8-sig").replace("\r\n", "\n"), nl=False)
    errors().print(f"{len(items)} items as {wanted.title}{f' in {path}' if path else ''}.")
    _tell_lost(wanted, items)


def _chosen(topic: Topic, drafts: bool) -> tuple[Item, ...]:
    statuses = ("approved", "draft") if drafts else ("approved",)
    items = tuple(item for item in topic.items if item.status in statuses)
    if not items:
        remedy = "write some first" if drafts else "approve some with review, or add --drafts"
        raise WorkshopError(f"{topic.slug} has no item to export: {remedy}.")
    return items


def _save(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise WorkshopError(
            f"{path} cannot be written ({error.strerror}); name another file with -o."
        ) from None


def _tell_lost(wanted: Format, items: tuple[Item, ...]) -> None:
    lost = wanted.lost(items)
    if not lost:
        errors().print(f"{wanted.title} holds every field.")
        return
    errors().print(f"{wanted.title} cannot hold: {', '.join(lost)}.", soft_wrap=True)
    table = Table()
    table.add_column("field left out")
    table.add_column("items that have it", justify="right")
    for name, number in lost.items():
        table.add_row(name, f"{number} of {len(items)}")
    errors().print(table)

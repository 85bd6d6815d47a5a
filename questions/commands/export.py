"""`export`: writes a bank for another program."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from questions.commands.common import Json, TopicName, WorkshopError, as_json, counted, errors, load
from questions.formats.reading import FormatError
from questions.formats.registry import FORMATS, Export, Format
from questions.items import Item
from questions.topic import Topic

FormatName = StrEnum("FormatName", list(FORMATS))  # type: ignore[misc]


def export(
    topic: TopicName,
    kind: Annotated[FormatName, typer.Option("--format", help="What to write.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file; by default the terminal.")
    ] = None,
    drafts: Annotated[bool, typer.Option("--drafts", help="Drafts too.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
    as_document: Json = False,
) -> None:
    """Write the approved items for another program: Moodle, Canvas, Anki, a spreadsheet.

    Counts the items left out, and names the fields that the format cannot hold. QTI and Anki go
    to a file named after the topic unless [b]-o[/b] names another. Importing a newer Anki package
    updates the notes that are there.

    Example: [b]python -m questions export vitamin-b12-blood-flow --format anki[/b]
    """
    wanted = FORMATS[kind.value]
    _, loaded = load(topic)
    items = _chosen(loaded, drafts)
    path = output or (Path(f"{loaded.slug}{wanted.suffix}") if wanted.binary else None)
    if as_document and not path:
        raise WorkshopError("--json describes what was written: name the file with -o.")
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
    if as_document:
        left_out = [item.id for item in loaded.items if item not in items]
        lost = {name: number for name, number in wanted.lost(items).items() if number}
        as_json({"file": str(path), "items": len(items), "left_out": left_out, "lost": lost})
        return
    for line in _summary(loaded, items, wanted, path):
        errors().print(line, markup=False, soft_wrap=True)


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


def _summary(
    topic: Topic, items: tuple[Item, ...], wanted: Format, path: Path | None
) -> Iterator[str]:
    """Yields what was written, what was left out, and the fields that the format lacks."""
    place = f" in {path}" if path else ""
    written = f"{len(items)} of {counted(len(topic.items), 'item')} as {wanted.title}{place}"
    yield "; ".join([written, *_left_out(topic, items)]) + "."
    lost = [name for name, number in wanted.lost(items).items() if number]
    if lost:
        yield f"{wanted.title} cannot hold {', '.join(lost)}: they stay in bank.yaml."
    else:
        yield f"{wanted.title} holds every field in use."


def _left_out(topic: Topic, items: tuple[Item, ...]) -> Iterator[str]:
    statuses = Counter(item.status for item in topic.items if item not in items)
    if drafts := statuses["draft"]:
        fallen = len(topic.fallen_back)
        fell = f" ({fallen} fell back to draft)" if fallen else ""
        yield f"{counted(drafts, 'draft')} left out{fell}, --drafts adds {_them(drafts)}"
    if statuses["retired"]:
        yield f"{statuses['retired']} retired left out"


def _them(number: int) -> str:
    return "it" if number == 1 else "them"

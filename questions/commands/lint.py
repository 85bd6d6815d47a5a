"""`lint`: names the flaws of a topic's questions."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from questions.commands.common import (
    FOUND,
    Json,
    TopicName,
    WorkshopError,
    as_json,
    load,
    screen,
)
from questions.extracting import ExtractionError, read_article_file
from questions.linting import Report, document
from questions.linting import lint as lint_topic
from questions.linting.terminal import bank_summary, compared, guessers_table, listing, verdict
from questions.topic import Topic


@dataclass(frozen=True)
class _Output:
    """Options of the output. `drafts` is the number of drafts judged as if approved."""

    everything: bool
    drafts: int
    source: Path | None


def lint(
    topic: TopicName,
    item: Annotated[
        str | None, typer.Option(metavar="ID", help="Judge this item alone, draft or not.")
    ] = None,
    source: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The article that the topic restates: names runs of 8 words or more from it.",
        ),
    ] = None,
    drafts: Annotated[
        bool, typer.Option("--drafts", help="Judge drafts as if all of them were approved.")
    ] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="Name every item and every guesser.")
    ] = False,
    json: Json = False,
) -> None:
    """Name the flaws of a topic's questions, and what to do about each.

    A flaw [b]blocks[/b] or [b]warns[/b]. An item can waive a rule, with a reason:
    waivers: {negative-stem: "the exception is what matters"}.
    docs/lint.md explains every rule.

    Each rule lists up to five items, one line each, drafts last; --all lists
    every item, with complete lines.

    The exit code is 1 if something blocks: in an approved item, in the bank as
    a whole (guessers, coverage, recall), in the article once an item is
    approved, or in the item that --item names. Otherwise it is 0. Blocking
    flaws of other drafts are listed and do not count yet. Retired items are
    not judged. --drafts shows how the bank would do if its drafts were
    approved.

    A bank that blocks still runs: lint is a measure, not a lock.

    Example: python -m questions lint vitamin-b12-blood-flow --drafts
    """
    _, loaded = load(topic)
    waiting = sum(each.status == "draft" for each in loaded.items) if drafts else 0
    if drafts:
        loaded = _all_approved(loaded)
    report = lint_topic(loaded, _known(item, loaded), _read(source))
    if json:
        as_json(document(report))
    else:
        _print(report, loaded, _Output(everything, waiting, source))
    if not report.passed:
        raise typer.Exit(FOUND)


def _known(item: str | None, topic: Topic) -> str | None:
    if item is not None:
        held = topic.item(item)
        if held is None:
            raise WorkshopError(f"The topic has no item '{item}': give an id from its bank.yaml.")
        if held.status == "retired":
            raise WorkshopError(f"The item '{item}' is retired: retired items are not judged.")
    return item


def _all_approved(topic: Topic) -> Topic:
    items = (
        item.model_copy(update={"status": "approved"}) if item.status == "draft" else item
        for item in topic.items
    )
    return replace(topic, items=tuple(items))


def _read(source: Path | None) -> str | None:
    try:
        return read_article_file(source) if source else None
    except ExtractionError as error:
        raise WorkshopError(str(error)) from None


def _print(report: Report, topic: Topic, output: _Output) -> None:
    console = screen()
    for line in listing(report, console, everything=output.everything):
        console.print(line, soft_wrap=True)
    if report.item is None:
        console.print(*bank_summary(report, len(topic.fallen_back), output.drafts), sep="\n")
        if output.everything and (table := guessers_table(report)):
            console.print(table)
    if output.source is not None:
        console.print(compared(report, output.source))
    console.print(*verdict(report), sep="\n")

"""`lint`: names the flaws of a topic's questions."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from questions.commands.output import (
    FOUND,
    Json,
    TopicName,
    WorkshopError,
    as_json,
    screen,
    topic_folder,
)
from questions.extracting import ExtractionError, read_article_file
from questions.linting import Finding, Report, document
from questions.linting import lint as lint_topic
from questions.topic import Topic, load_topic

_STYLES = {"block": "bold red", "warn": "yellow", "waived": "dim"}


def lint(
    topic: TopicName,
    item: Annotated[
        str | None, typer.Option(metavar="ID", help="Judge this item alone, draft or not.")
    ] = None,
    source: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The article that the topic restates: runs of 8 words or more from it are named.",
        ),
    ] = None,
    drafts: Annotated[
        bool, typer.Option("--drafts", help="Judge drafts as if all of them were approved.")
    ] = False,
    json: Json = False,
) -> None:
    """Name the flaws of a topic's questions, and what to do about each.

    A flaw [b]blocks[/b] or [b]warns[/b]. An item can waive a rule, with a reason:
    waivers: {negative-stem: "the exception is what matters"}. docs/lint.md explains every rule.

    The exit code is 1 if something blocks: in an approved item, in the bank as a whole (guessers,
    coverage, recall), or in the item that --item names. Blocking flaws of other drafts are listed
    and do not count yet; retired items are not judged. Otherwise it is 0. With --drafts you see
    beforehand how the bank would fare once its drafts are approved.

    Example: python -m questions lint vitamin-b12-blood-flow --item b12-helper-vitamins
    """
    loaded = load_topic(topic_folder(topic))
    if drafts:
        loaded = _all_approved(loaded)
    report = lint_topic(loaded, _known(item, loaded), _read(source))
    if json:
        as_json(document(report))
    else:
        _tell(report, loaded)
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


def _tell(report: Report, topic: Topic) -> None:
    console = screen()
    if report.findings:
        console.print(_findings_table(report))
    if report.item is None:
        console.print(_summary(report, topic))
    if report.item is None and report.statuses["approved"]:
        console.print(_guessers_table(report))
    console.print(_verdict(report))


def _findings_table(report: Report) -> Table:
    table = Table("severity", box=SIMPLE_HEAD, show_lines=True)
    table.add_column("rule, item", overflow="fold", max_width=40)
    table.add_column("what is wrong, what to do", overflow="fold", ratio=1)
    for finding in report.findings:
        table.add_row(*_cells(finding))
    return table


def _cells(finding: Finding) -> tuple[Text, ...]:
    # Text and not str: square brackets in an item are no markup.
    severity = "waived" if finding.waived else str(finding.severity)
    told = Text(_sentence(finding.problem))
    told.append(
        f"\nWaived: {finding.waived}" if finding.waived else f"\n→ {finding.remedy}.", "dim"
    )
    where = Text(finding.rule, "bold")
    where.append(f"\n{finding.item or 'the bank'}", "not bold")
    if finding.status == "draft":
        where.append(" (draft)", "dim not bold")
    return Text(severity, _STYLES[severity]), where, told


def _sentence(problem: str) -> str:
    return f"{problem[:1].upper()}{problem[1:]}."


def _summary(report: Report, topic: Topic) -> Text:
    text = Text()
    counts = ", ".join(f"{count} {status}" for status, count in report.statuses.items())
    text.append(f"Items: {counts}.\n")
    if topic.fallen_back:
        fallen = f"{len(topic.fallen_back)} fell back to draft, as a claim has changed.\n"
        text.append(fallen, "yellow")
    if not report.statuses["approved"]:
        return text.append("The bank as a whole is judged once items are approved.")
    text.append("Levels: " + ", ".join(f"{n} {name}" for name, n in report.levels.items()) + ".\n")
    covered = ", ".join(f"{claim} {count}" for claim, count in report.coverage.items())
    text.append(f"Coverage (approved items that cite it): {covered}.\n")
    return text.append("Blind guessers:")


def _guessers_table(report: Report) -> Table:
    table = Table("guesser", "right", "by chance", "z", box=None, padding=(0, 2))
    for guess in report.guesses:
        style = "green" if guess.within_chance else _STYLES["block" if guess.required else "warn"]
        figures = (f"{guess.hits:.1f}", f"{guess.expected:.1f}", f"{guess.z:+.2f}")
        table.add_row(guess.name, *figures, style=style)
    return table


def _verdict(report: Report) -> Text:
    warned = sum(not each.waived and each.severity == "warn" for each in report.findings)
    waived = sum(bool(each.waived) for each in report.findings)
    drafts = sum(each.blocks for each in report.findings) - len(report.failures)
    parts = [f"{len(report.failures)} blocking", f"{warned} to look at"]
    parts += [f"{drafts} blocking in drafts"] if drafts else []
    parts += [f"{waived} waived"] if waived else []
    return Text(", ".join(parts) + ".", "bold green" if report.passed else "bold red")

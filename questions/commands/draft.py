"""`draft`: questions from an article, for people to finish."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.progress import Progress as ProgressBar
from rich.text import Text

from questions.commands.output import (
    Json,
    TopicName,
    WorkshopError,
    as_json,
    errors,
    screen,
    this_program,
    topic_folder,
)
from questions.drafting import Drafted, Progress
from questions.drafting.into_bank import DraftingError, draft_into
from questions.items import Item

# What is done sooner needs no bar.
_PATIENCE_SECONDS = 1.0


def draft(
    topic: TopicName,
    limit: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="At most so many; the best kinds first.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show them, write nothing.")] = False,
    json: Json = False,
) -> None:
    """Draft questions from article.md and put them at the end of bank.yaml.

    Rules look for definitions, tables, lists that contrast, questions with their answers, and key
    points. Each draft quotes its evidence and says TODO where a person must write or check;
    nothing drafted is sent before [b]review[/b] has approved it. Drafts that the bank holds are
    skipped, so the command may be run again after the article has grown. The same article gives
    the same drafts.

    Example: python -m questions draft vitamin-b12-blood-flow --limit 10 --dry-run
    """
    folder = topic_folder(topic)
    with drafting_progress() as progress, told_as_workshop_errors():
        drafted = draft_into(folder, limit, save=not dry_run, progress=progress)
    if json:
        as_json(_document(drafted, dry_run))
    else:
        _tell(drafted, topic, dry_run)


@contextmanager
def drafting_progress() -> Iterator[Progress]:
    """Tells of progress on standard error; shows a bar once it takes longer than a second."""
    started = time.monotonic()
    with ProgressBar(console=errors(), transient=True, disable=not errors().is_terminal) as bar:
        task = bar.add_task("Drafting", total=None, visible=False)

        def progress(done: int, total: int) -> None:
            late = time.monotonic() - started > _PATIENCE_SECONDS
            bar.update(task, completed=done, total=total, visible=late)

        yield progress


@contextmanager
def told_as_workshop_errors() -> Iterator[None]:
    try:
        yield
    except DraftingError as error:
        raise WorkshopError(str(error)) from None


def summary(drafted: Drafted) -> str:
    """How many of each kind, as the drafts' ids tell it, and what is still bare."""
    parts = [f"{len(drafted.items)} drafts"]
    if drafted.skipped:
        parts.append(f"{len(drafted.skipped)} skipped, as the bank holds them already")
    text = ", ".join(parts) + "."
    if drafted.bare:
        text += f" Nothing yet on {', '.join(drafted.bare)}: write those by hand."
    return text


def _tell(drafted: Drafted, topic: str, dry_run: bool) -> None:
    console = screen()
    for item in drafted.items:
        console.print(_shown(item))
    console.print(summary(drafted), markup=False)
    if dry_run:
        console.print("Nothing was written. Without --dry-run they go into bank.yaml.")
    elif drafted.items:
        console.print(
            f"Next: finish what says TODO in bank.yaml, then {this_program()} lint {topic}, "
            f"then {this_program()} review {topic}",
            markup=False,
            soft_wrap=True,
        )


def _shown(item: Item) -> Text:
    text = Text(item.id, style="bold cyan")
    text.append(f"  {', '.join(item.cites)}\n", style="dim")
    text.append(f"  {item.stem}\n", style="none")
    for option in item.options:
        text.append("  ✓ " if option.correct else "  · ", style="green" if option.correct else "")
        text.append(f"{option.text}\n", style="none")
    return text


def _document(drafted: Drafted, dry_run: bool) -> dict[str, Any]:
    return {
        "written": not dry_run,
        "drafts": [item.model_dump(mode="json", exclude_defaults=True) for item in drafted.items],
        "skipped": drafted.skipped,
        "bare": drafted.bare,
    }

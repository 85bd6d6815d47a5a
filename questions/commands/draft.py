"""`draft`: drafts questions from an article, for people to finish."""

import shlex
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.progress import Progress as ProgressBar
from rich.text import Text

from questions.commands.common import (
    ROLE,
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
from questions.drafting.bank_update import DraftingError, draft_into
from questions.items import Item
from questions.statements import StatementKind

# Shorter work needs no bar.
_PATIENCE_SECONDS = 1.0
_LISTED = 12


def draft(
    topic: TopicName,
    limit: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="At most N drafts, best kinds first.")
    ] = None,
    fresh: Annotated[
        bool,
        typer.Option(
            "--fresh",
            help="Replace older drafts that nobody has changed or finished.",
        ),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show them, write nothing.")] = False,
    json: Json = False,
) -> None:
    """Draft questions from article.md and put them at the end of bank.yaml.

    Rules look for definitions, tables, lists that contrast, questions with answers, and key
    points. Each draft quotes its evidence and says TODO where a person must write or check.
    Nothing is sent before [b]review[/b] has approved it. Drafts that the bank already has are
    skipped, so you can run the command again after adding to the article. The same article gives
    the same drafts.

    After changes to the article's words, use --fresh. It replaces drafts, and keeps everything
    that somebody has changed, finished, approved or commented on.

    Example: python -m questions draft vitamin-b12-blood-flow --limit 10 --dry-run
    """
    folder = topic_folder(topic)
    with drafting_progress() as progress, as_workshop_errors():
        drafted = draft_into(folder, limit, save=not dry_run, progress=progress, fresh=fresh)
    if json:
        as_json(_document(drafted, dry_run))
    else:
        _print(drafted, topic, dry_run)


@contextmanager
def drafting_progress() -> Iterator[Progress]:
    """Shows a progress bar on standard error after a second."""
    started = time.monotonic()
    with ProgressBar(console=errors(), transient=True, disable=not errors().is_terminal) as bar:
        task = bar.add_task("Drafting", total=None, visible=False)

        def progress(done: int, total: int) -> None:
            late = time.monotonic() - started > _PATIENCE_SECONDS
            bar.update(task, completed=done, total=total, visible=late)

        yield progress


@contextmanager
def as_workshop_errors() -> Iterator[None]:
    try:
        yield
    except DraftingError as error:
        raise WorkshopError(str(error)) from None


def summary(drafted: Drafted) -> str:
    """Counts new, replaced and skipped drafts, and names statements without a draft."""
    parts = [f"{len(drafted.items)} drafts"]
    if drafted.replaced:
        parts.append(f"in place of {len(drafted.replaced)} older ones")
    if drafted.skipped:
        parts.append(f"{len(drafted.skipped)} skipped, as the bank already has them")
    text = ", ".join(parts) + "."
    return " ".join([text, *_still_bare(drafted)])


def _still_bare(drafted: Drafted) -> Iterator[str]:
    key_points = [name for name in drafted.untitled if not name.startswith(StatementKind.FAQ)]
    lost = [name for name in drafted.untitled if name.startswith(StatementKind.FAQ)]
    others = [name for name in drafted.bare if name not in drafted.untitled]
    for names, one, several in (
        (key_points, "give it a short title", "give them short titles"),
        (lost, "restore its question", "restore their questions"),
        (others, "write that by hand", "write those by hand"),
    ):
        if names:
            yield f"Nothing yet on {', '.join(names)}: {one if len(names) == 1 else several}."


def _print(drafted: Drafted, topic: str, dry_run: bool) -> None:
    console = screen()
    if dry_run:
        for item in drafted.items:
            console.print(_shown(item))
    else:
        for row in _listed(drafted.items):
            console.print(row, no_wrap=True, overflow="ellipsis")
    lines = [summary(drafted)]
    program, name = this_program(), shlex.quote(topic)
    if drafted.outdated:
        several = len(drafted.outdated) > 1
        older = f"{len(drafted.outdated)} older drafts quote" if several else "1 older draft quotes"
        command = f"{program} draft {name} --fresh replaces {'them' if several else 'it'}"
        lines.append(f"{older} words that are no longer in article.md: {command}.")
    if dry_run:
        lines.append("Nothing was written. Without --dry-run they go into bank.yaml.")
    elif drafted.items:
        lines += [
            "What comes next:",
            "1. In bank.yaml, word the objectives, delete bad drafts, and replace each TODO.",
            f"2. {program} lint {name} --drafts --source ARTICLE",
            f"3. {program} review {name} --reviewer {ROLE}",
        ]
    for line in lines:
        console.print(line, markup=False, soft_wrap=True)


def _listed(items: Sequence[Item]) -> Iterator[Text]:
    """Yields one line for each of the first drafts; the bank has all of them in full."""
    for item in items[:_LISTED]:
        text = Text("  ").append(", ".join(item.cites), style="dim")
        yield text.append(f"  {' '.join(item.stem.split())}")
    if len(items) > _LISTED:
        yield Text(f"  ... {len(items) - _LISTED} more", style="dim")


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
        "untitled": drafted.untitled,
        "replaced": drafted.replaced,
        "outdated": drafted.outdated,
    }

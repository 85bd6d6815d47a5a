"""`review`: approve, return or edit items, one after the other."""

import datetime as dt
import difflib
import sys
from typing import Annotated

import typer

from questions.commands.common import Json, TopicName, WorkshopError, as_json, load, screen
from questions.reviewing.approval import flaws_of, waiting
from questions.reviewing.session import Session, is_name
from questions.topic import Topic

_EXAMPLE = '"Ana Silva (nurse)"'


def review(
    topic: TopicName,
    item: Annotated[
        str | None, typer.Option(metavar="ID", help="Only this item, approved ones included.")
    ] = None,
    reviewer: Annotated[
        str | None,
        typer.Option(metavar="NAME", help='Who reviews, as the record says it: "Name (role)".'),
    ] = None,
    as_document: Json = False,
) -> None:
    """Read drafts beside their evidence, and approve, return or edit them.

    Includes items that fell back to draft because a statement changed. An approval records who
    read the item, the day, and a fingerprint of the statements. It is refused as long as a
    blocking flaw is neither corrected nor waived. Decisions are saved at once: stop at any time.

    Be honest about your role: readers of the report see it.

    With --json it asks nothing, and lists the items that wait and what blocks them.

    Example: python -m questions review vitamin-b12-blood-flow --reviewer "Ana Silva (dietitian)"
    """
    folder, loaded = load(topic)
    ids = [_reviewable(loaded, item)] if item else [each.id for each in waiting(loaded)]
    if as_document:
        as_json([_document(loaded, item_id) for item_id in ids])
        return
    console = screen()
    if not ids:
        console.print("Nothing waits for review. To look at an item again: --item ID")
        return
    if not _at_a_terminal():
        raise WorkshopError(
            f"`review` asks questions, so it needs a terminal ({len(ids)} items wait). Without "
            "one, `report` makes a page to read, print and mark."
        )
    name = _reviewer(reviewer)
    if name is None:
        return
    console.print(f"Reviewer on the record: {name}", markup=False)
    today = dt.datetime.now().astimezone().date()
    Session(folder, name, today, console).run(ids)


def _document(topic: Topic, item_id: str) -> dict[str, object]:
    item = topic.item(item_id)
    assert item is not None  # noqa: S101 -- one of the topic's
    flaws = [f"{flaw.rule}: {flaw.problem}" for flaw in flaws_of(topic, item) if flaw.blocks]
    return {"id": item_id, "status": item.status, "revision": item.revision, "blocking": flaws}


def _reviewer(given: str | None) -> str | None:
    """Returns the reviewer's name; None if the person quits.

    It signs the approvals, so it is always typed: there is no default that Enter could take.
    """
    if given is not None and not is_name(given):
        raise WorkshopError(f"'{given}' is not a name: write it like --reviewer {_EXAMPLE}.")
    if given:
        return given
    try:
        while True:
            asked = f"Your name and role, such as {_EXAMPLE}; q quits"
            answer: str = typer.prompt(asked, default="", show_default=False).strip()
            if answer.lower() in {"q", "quit"}:
                return None
            if is_name(answer):
                return answer.strip('"')
            screen().print("It goes on the record: write your name in full.", style="yellow")
    except typer.Abort:
        return None


def _reviewable(topic: Topic, item_id: str) -> str:
    item = topic.item(item_id)
    if item is not None and item.status == "retired":
        raise WorkshopError(
            f"The item '{item_id}' is retired: put it into bank.yaml as a draft first."
        )
    if item is not None:
        return item_id
    near = difflib.get_close_matches(item_id, [item.id for item in topic.items], n=3)
    hint = f"did you mean {' or '.join(near)}?" if near else "`lint` lists them."
    raise WorkshopError(f"The bank has no item '{item_id}': {hint}")


def _at_a_terminal() -> bool:
    """Returns whether somebody can answer questions."""
    return sys.stdin.isatty()

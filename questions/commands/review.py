"""`review`: approve, return or mend items, one after the other."""

import datetime as dt
import difflib
from typing import Annotated

import typer

from questions.commands.output import TopicName, WorkshopError, screen, topic_folder
from questions.reviewing import person
from questions.reviewing.approval import waiting
from questions.reviewing.session import Session
from questions.topic import Topic, load_topic


def review(
    topic: TopicName,
    item: Annotated[
        str | None, typer.Option(metavar="ID", help="Only this item, approved ones included.")
    ] = None,
    reviewer: Annotated[
        str | None,
        typer.Option(metavar="NAME", help='Who reviews, as the record says it: "Name (role)".'),
    ] = None,
) -> None:
    """Read drafts beside their evidence, and approve, return or mend them.

    Items that fell back to draft because a claim changed come up, too. An approval writes who
    read the item, the day, and a fingerprint of the claims; it is refused while a blocking flaw
    is neither mended nor waived. What you decide is saved at once: leave whenever you like.

    Be honest about your role: readers of the report see it.

    Example: python -m questions review vitamin-b12-blood-flow --reviewer "Ana Silva (dietitian)"
    """
    folder = topic_folder(topic)
    loaded = load_topic(folder)
    ids = [_reviewable(loaded, item)] if item else [each.id for each in waiting(loaded)]
    console = screen()
    if not ids:
        console.print("Nothing waits for a review. To look at one item again: --item ID")
        return
    if not person.at_a_terminal():
        raise WorkshopError(
            f"`review` asks questions, so it needs a terminal ({len(ids)} items wait). Without "
            "one, `report` makes a page to read, print and mark."
        )
    try:
        name = (
            reviewer
            or person.git_name(folder)
            or typer.prompt("Your name and role, for the record")
        )
    except typer.Abort:
        return
    console.print(f"Reviewer on the record: {name}", markup=False)
    today = dt.datetime.now().astimezone().date()
    Session(folder, name, today, console).run(ids)


def _reviewable(topic: Topic, item_id: str) -> str:
    item = topic.item(item_id)
    if item is not None and item.status == "retired":
        raise WorkshopError(f"The item '{item_id}' is retired: make it a draft in bank.yaml first.")
    if item is not None:
        return item_id
    near = difflib.get_close_matches(item_id, [item.id for item in topic.items], n=3)
    hint = f"did you mean {' or '.join(near)}?" if near else "`lint` lists them."
    raise WorkshopError(f"The bank has no item '{item_id}': {hint}")

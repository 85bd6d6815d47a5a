"""`changed`: what a new wording of the article undid."""

from dataclasses import asdict

import typer
from rich.console import Console
from rich.text import Text

from questions.commands.output import (
    FOUND,
    Json,
    TopicName,
    as_json,
    screen,
    this_program,
    topic_folder,
)
from questions.reviewing.changes import Undone, committed_articles, differences, undone
from questions.topic import load_topic

# Marked by signs as well as colour, as git marks words.
_MARKS = {"-": ("[-", "-]", "red"), "+": ("{+", "+}", "green"), " ": ("", "", "none")}


def changed(topic: TopicName, json: Json = False) -> None:
    """Name the approved items that fell back to draft because the article changed, and why.

    An approval holds for the words that the reviewer read. After a cited claim is reworded, the
    item is no longer sent until somebody has read it again. Where the article's history is in git,
    the old words are shown beside the new ones.

    Exit code 1 if any item fell back, so that a build can tell.

    Example: python -m questions changed vitamin-b12-blood-flow
    """
    folder = topic_folder(topic)
    found = undone(load_topic(folder), committed_articles(folder))
    if json:
        as_json([asdict(each) for each in found])
    else:
        _tell(found, topic, screen())
    if found:
        raise typer.Exit(FOUND)


def _tell(found: tuple[Undone, ...], topic: str, console: Console) -> None:
    if not found:
        console.print("Every approval holds: no cited claim has changed since.")
        return
    for each in found:
        console.print(Text(each.item, style="bold cyan").append(f"  {each.stem}", style="none"))
        record = f"  cites {', '.join(each.cites)}; approved {each.reviewed_on}"
        console.print(Text(f"{record} by {each.reviewed_by}", style="dim"))
        for rewording in each.rewordings:
            line = Text(f"  {rewording.claim}  ", style="bold")
            for kind, words in differences(rewording):
                before, after, style = _MARKS[kind]
                line.append(f"{before}{words}{after} ", style=style)
            console.print(line)
        for words in each.lost_evidence:
            console.print(
                Text("  evidence gone  ", style="bold red").append(words, style="not bold")
            )
        if not each.rewordings and not each.lost_evidence:
            console.print("  The evidence still stands; the words around it changed.")
        console.print()
    console.print(
        Text(f"{len(found)} to read again: {this_program()} review {topic}", style="bold"),
        soft_wrap=True,
    )

"""`changed`: approvals that lapsed because the article changed."""

from dataclasses import asdict

import typer
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from questions.commands.common import (
    FOUND,
    ROLE,
    Json,
    TopicName,
    as_json,
    load,
    screen,
    this_program,
)
from questions.reviewing.changes import (
    LapsedApproval,
    Rewording,
    committed_articles,
    differences,
    lapsed_approvals,
)

# Signs as well as colours, like git's word diff.
_MARKS = {"-": ("[-", "-]", "red"), "+": ("{+", "+}", "green"), " ": ("", "", "none")}


def changed(topic: TopicName, json: Json = False) -> None:
    """Name the approved items that fell back to draft because the article changed, and why.

    An approval holds for the words that the reviewer read. When a cited statement is reworded,
    the item is not sent until somebody has reviewed it against the new words, which are shown. If
    git has the article's history, the old words are shown too.

    The exit code is 1 if any item fell back, so that a build can tell.

    Example: python -m questions changed vitamin-b12-blood-flow
    """
    folder, loaded = load(topic)
    found = lapsed_approvals(loaded, committed_articles(folder))
    if json:
        as_json([asdict(each) for each in found])
    elif found:
        _print(found, topic, screen())
    elif loaded.approved:
        screen().print("Every approval holds: no cited statement has changed since.")
    else:
        screen().print("Nothing is approved yet.")
    if found:
        raise typer.Exit(FOUND)


def _print(found: tuple[LapsedApproval, ...], topic: str, console: Console) -> None:
    for each in found:
        console.print(Text(each.item, style="bold cyan").append(f"  {each.stem}", style="none"))
        record = f"  cites {', '.join(each.cites)}; approved {each.reviewed_on}"
        console.print(Text(f"{record} by {each.reviewed_by}", style="dim"))
        for rewording in each.rewordings:
            console.print(_differences(rewording))
        for words in each.lost_evidence:
            console.print(
                Text("  evidence gone  ", style="bold red").append(words, style="not bold")
            )
        for statement, words in each.now.items():
            console.print(
                Text(f"  {statement} now says  ", style="bold").append(words, style="not bold")
            )
        console.print(Padding(_advice(each), (0, 0, 0, 2)))
        console.print()
    console.print(
        Text(
            f"{len(found)} to read again: {this_program()} review {topic} --reviewer {ROLE}",
            style="bold",
        ),
        soft_wrap=True,
    )


def _differences(rewording: Rewording) -> Text:
    line = Text(f"  {rewording.statement}  ", style="bold")
    for kind, words in differences(rewording):
        before, after, style = _MARKS[kind]
        line.append(f"{before}{words}{after} ", style=style)
    return line


def _advice(each: LapsedApproval) -> str:
    if each.lost_evidence:
        return (
            "Does the key still hold? Then choose e in review and copy the new words as evidence; "
            "if not, correct the item."
        )
    return "The evidence still stands; the words around it changed. If the key holds, approve it."

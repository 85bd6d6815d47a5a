"""An item beside its evidence, for the terminal. Texts of the bank are never read as mark-up."""

from collections.abc import Iterator, Sequence

from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from questions.claims import Claim
from questions.items import Item
from questions.linting import Finding, Severity
from questions.reviewing.approval import CHECKS
from questions.reviewing.marks import lost, pieces
from questions.topic import Topic

# Below this width (in characters) the evidence comes under the item instead of beside it.
_WIDE = 110


def card(item: Item, topic: Topic, width: int) -> RenderableType:
    """The whole item and the claims that it cites, its evidence marked in them."""
    halves = (_item(item), _claims(item, topic))
    if width < _WIDE:
        return Group(*halves)
    grid = Table.grid(expand=True, padding=(0, 1))
    grid.add_column(ratio=11)
    grid.add_column(ratio=9)
    grid.add_row(*halves)
    return grid


def heading(item: Item, place: int, number: int) -> Text:
    """Which item this is, and how far the review has come."""
    text = Text(f"{place} of {number}  ", style="dim")
    text.append(item.id, style="bold cyan")
    facts = f"  {item.level}, {item.difficulty}, revision {item.revision}, {item.status}"
    return text.append(facts, style="dim")


def findings(flaws: Sequence[Finding], notes: Sequence[str], reason: str | None) -> Iterator[Text]:
    """Why the item is here again, what was noted about it, and what linting finds."""
    if reason is not None:
        yield Text.assemble(("Fell back to draft: ", "bold yellow"), reason)
    for note in notes:
        yield Text.assemble(("Note: ", "bold yellow"), note)
    for flaw in flaws:
        blocks = flaw.severity is Severity.BLOCK
        word = "waived" if flaw.waived else "blocks" if blocks else "look at"
        style = "bold red" if flaw.blocks else "yellow"
        remedy = (f" → {flaw.waived or flaw.remedy}", "dim")
        yield Text.assemble((f"{word} ", style), f"[{flaw.rule}] {flaw.problem}", remedy)


def checklist() -> RenderableType:
    """What no code can check."""
    rows = [
        Text("▢ ").append(check.name, style="bold").append(f"  {check.question}", style="dim")
        for check in CHECKS
    ]
    return Panel(Group(*rows), title="only you can tell", title_align="left", border_style="cyan")


def _item(item: Item) -> RenderableType:
    rows: list[RenderableType] = [Text(item.stem, style="bold"), Text()]
    for number, option in enumerate(item.options, 1):
        mark, style = ("✔ key", "green") if option.correct else (f"  {number}  ", "none")
        rows.append(Text(f"{mark}  ", style=style).append(option.text, style=style))
        if option.why:
            rows.append(Padding(Text(option.why, style="dim"), (0, 0, 0, 7)))
    for name, text in (("Explanation", item.explanation), ("More", item.more)):
        rows += [Text(), Text(name, style="bold cyan"), Text(text)]
    rows += [Text(), Text.assemble(("Objective  ", "bold cyan"), item.objective)]
    related = (("Siblings", item.siblings), ("Keep apart", item.keep_apart))
    rows += [Text(f"{name}: {', '.join(ids)}", style="dim") for name, ids in related if ids]
    rows += [Text(f"Waiver {name}: {why}", style="dim") for name, why in item.waivers.items()]
    return Panel(Group(*rows), title="item", title_align="left")


def _claims(item: Item, topic: Topic) -> RenderableType:
    cited = topic.cited(item)
    rows: list[RenderableType] = []
    for claim in cited:
        rows += [*([Text()] if rows else []), *_claim(claim, item.evidence)]
    for words in lost(item.evidence, cited):
        rows += [Text(), Text.assemble(("Not in these claims: ", "bold red"), words)]
    return Panel(Group(*rows), title="evidence", title_align="left")


def _claim(claim: Claim, evidence: Sequence[str]) -> Iterator[Text]:
    yield Text(f"{claim.id} {claim.title}", style="bold cyan")
    text = Text()
    for piece in pieces(claim.text, evidence):
        text.append(piece.text, style="black on yellow" if piece.evidence else "none")
    yield text


def choices() -> RenderableType:
    """What the reviewer may do now, with the letter for it."""
    words = ("approve", "return", "edit", "skip", "quit")
    each = [
        Text("[").append(word[0], style="bold green").append(f"]{word[1:]}", style="none")
        for word in words
    ]
    return Columns(each, padding=(0, 2))

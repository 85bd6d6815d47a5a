"""An item beside its evidence, for the terminal. Texts of the bank are never read as markup."""

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from questions.items import Item, Option
from questions.linting import Finding, Severity
from questions.reviewing.approval import CHECKS
from questions.reviewing.evidence_marks import pieces
from questions.statements import Statement, lost
from questions.topic import Topic

CHOICES = "[a]pprove  [r]eturn  [e]dit  [s]kip  [u]ndo  [q]uit"

# On terminals narrower than this (in characters), the evidence is below the item.
_WIDE = 110


def card(item: Item, topic: Topic, width: int) -> RenderableType:
    """Returns the item and the statements that it cites, with the evidence marked.

    It is as short as possible: people who scroll do not see the item beside its evidence.
    """
    item_rows, statement_rows = Group(*_item(item, topic)), Group(*_statements(item, topic))
    if width < _WIDE:
        return Group(item_rows, Rule("rests on", align="left", style="dim"), statement_rows)
    grid = Table.grid(expand=True, padding=(0, 3))
    grid.add_column(ratio=11)
    grid.add_column(ratio=9)
    grid.add_row(item_rows, statement_rows)
    return grid


def heading(item: Item, place: int, number: int) -> RenderableType:
    """Returns a line with the item's id, its facts, and its place in the review."""
    text = Text(f"{place} of {number}  ", style="dim")
    text.append(item.id, style="bold cyan")
    facts: list[str] = [item.level, item.difficulty]
    facts += [f"revision {item.revision}"] if item.revision > 1 else []
    facts += [item.status] if item.status != "draft" else []
    facts += [f"by {item.written_by}"] if item.written_by else []
    return Rule(text.append(f"  {', '.join(facts)}", style="dim"), align="left", style="dim")


def findings(flaws: Sequence[Finding], notes: Sequence[str], reason: str | None) -> Iterator[Text]:
    """Yields why the item is here again, the notes about it, and the flaws."""
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
    """Returns the questions that no code can answer."""
    rows = [
        Text("▢ ").append(check.name, style="bold").append(f"  {check.question}", style="dim")
        for check in CHECKS
    ]
    return Panel(Group(*rows), title="only you can judge", title_align="left", border_style="cyan")


def reminder() -> RenderableType:
    """Returns the checklist in one line, for reviewers who have seen it."""
    points = " · ".join(check.short for check in CHECKS)
    return Text(points, style="cyan")


def _item(item: Item, topic: Topic) -> Iterator[RenderableType]:
    yield Text(item.stem, style="bold")
    if item.picture is not None:
        yield Text(f"Picture pictures/{item.picture}.svg: {item.picture_text}", style="dim")
    yield _options(item.options)
    objective = topic.objectives[item.objective]
    aim = f"{objective.id} ({item.form}): {objective.text}"
    texts = (("Explanation", item.explanation), ("More", item.more), ("Objective", aim))
    for name, text in texts:
        yield Text.assemble((f"{name}  ", "bold cyan"), text)
    for name, why in item.waivers.items():
        yield Text(f"Waiver {name}: {why}", style="dim")


def _options(options: Sequence[Option]) -> RenderableType:
    grid = Table.grid(padding=(0, 1))
    for number, option in enumerate(options, 1):
        mark, style = ("✔ key", "green") if option.correct else (f"  {number}", "none")
        text = Text(option.text, style=style)
        if option.why:
            text.append("  ").append(option.why, style="dim")
        grid.add_row(Text(mark, style=style), text)
    return grid


def _statements(item: Item, topic: Topic) -> Iterator[RenderableType]:
    cited = topic.cited(item)
    for statement in cited:
        yield _statement(statement, item.evidence)
    for words in lost(item.evidence, cited):
        yield Text.assemble(("Not in these statements: ", "bold red"), words)


def _statement(statement: Statement, evidence: Sequence[str]) -> Text:
    text = Text.assemble((f"{statement.id} {statement.title}  ", "bold cyan"))
    for piece in pieces(statement.text, evidence):
        text.append(piece.text, style="black on yellow" if piece.evidence else "none")
    if statement.source:
        text.append(f" (source: {statement.source})", style="dim")
    return text

"""What a report comes to, in a few lines for a terminal."""

from collections.abc import Iterator
from pathlib import Path

from rich.table import Table
from rich.text import Text

from questions.linting.catalogue import COPIED
from questions.linting.guessers import FEWEST_JUDGED
from questions.linting.listing import STYLES
from questions.linting.report import Report


def bank_summary(report: Report, fallen_back: int, drafts: int) -> Iterator[Text]:
    """The bank in figures. `drafts` is how many of them were judged as if approved."""
    if drafts:
        were = "the draft was" if drafts == 1 else f"the {drafts} drafts were"
        yield Text(f"Judged as if {were} approved.", "yellow")
    counts = ", ".join(f"{count} {status}" for status, count in report.statuses.items())
    yield Text(f"Items: {counts}.")
    if fallen_back:
        yield Text(f"{fallen_back} fell back to draft, as a statement has changed.", "yellow")
    if not report.statuses["approved"]:
        yield Text("Nothing is approved: --drafts judges the bank as if all drafts were.")
        return
    yield Text("Levels: " + ", ".join(f"{n} {name}" for name, n in report.levels.items()) + ".")
    covered = ", ".join(f"{statement} {count}" for statement, count in report.coverage.items())
    yield Text(f"Coverage (approved items that cite it): {covered}.")
    yield Text(f"Blind guessers: {_guessing(report)}.")


def _guessing(report: Report) -> str:
    if (count := report.statuses["approved"]) < FEWEST_JUDGED:
        few = "item is" if count == 1 else "items are"
        return f"{count} {few} too few to judge guessing: {FEWEST_JUDGED} are needed"
    count = len(report.guesses)
    if beyond := [guess for guess in report.guesses if not guess.within_chance]:
        named = ", ".join(f"{guess.name} (z {guess.z:+.2f})" for guess in beyond)
        return f"{len(beyond)} of {count} beyond chance: {named}"
    furthest = max(report.guesses, key=lambda guess: abs(guess.z))
    return f"all {count} within chance (furthest: {furthest.name}, z {furthest.z:+.2f})"


def guessers_table(report: Report) -> Table | None:
    """How each guesser scored; None if there are too few approved items to judge guessing."""
    if report.statuses["approved"] < FEWEST_JUDGED:
        return None
    table = Table("guesser", "right", "by chance", "z", box=None, padding=(0, 2))
    for guess in report.guesses:
        style = "green" if guess.within_chance else STYLES["block" if guess.required else "warn"]
        figures = (f"{guess.hits:.1f}", f"{guess.expected:.1f}", f"{guess.z:+.2f}")
        table.add_row(guess.name, *figures, style=style)
    return table


def compared(report: Report, source: Path) -> Text:
    """How many runs of words were found in the source; `report` was made with its text."""
    runs = sum(finding.rule == COPIED.name for finding in report.findings)
    taken = {0: "no run of eight words is", 1: "one run of eight words or more is"}
    told = taken.get(runs, f"{runs} runs of eight words or more are")
    return Text(f"Compared with {source.name}: {told} taken over.")


def verdict(report: Report) -> Iterator[Text]:
    """How many flaws there are of which weight; a bank that blocks may still be run."""
    warned = sum(not each.waived and each.severity == "warn" for each in report.findings)
    waived = sum(bool(each.waived) for each in report.findings)
    idle = [each for each in report.findings if each.blocks and each not in report.failures]
    drafts = sum(each.item is not None for each in idle)
    parts = [f"{len(report.failures)} blocking", f"{warned} to look at"]
    parts += [f"{drafts} blocking in drafts"] if drafts else []
    parts += [f"{len(idle) - drafts} blocking in the article"] if len(idle) > drafts else []
    parts += [f"{waived} waived"] if waived else []
    yield Text(", ".join(parts) + ".", "bold green" if report.passed else "bold red")
    if report.item is None and not report.passed:
        yield Text("A bank that blocks still runs: lint is a measure, not a lock.")

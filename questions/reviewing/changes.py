"""Approvals that lapsed because the article changed, and why.

An approval has one fingerprint of all statements that the item cites, so it shows that one of them
has changed, but not which one. Two things tell more: evidence that is no longer in the statements,
and the article as committed at the time of the approval, if git has it.
"""

import difflib
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from questions import article
from questions.article import parse_article
from questions.items import Item
from questions.statements import Statement, lost, normalised, source_sha256
from questions.topic import Topic

# How many versions of the article are tried, newest first.
_VERSIONS = 30


@dataclass(frozen=True)
class Rewording:
    """A statement when the item was approved, and now."""

    statement: str
    before: str
    now: str


@dataclass(frozen=True)
class LapsedApproval:
    """An item that fell back to draft because a statement changed.

    `rewordings` is empty if the article at the time of the approval is not available. `now` has the
    current texts of the reworded statements, or of all cited ones if these are unknown.
    """

    item: str
    stem: str
    cites: tuple[str, ...]
    reason: str
    lost_evidence: tuple[str, ...]
    reviewed_by: str | None
    reviewed_on: str | None
    rewordings: tuple[Rewording, ...] = ()
    now: Mapping[str, str] = field(default_factory=dict)


def lapsed_approvals(
    topic: Topic, earlier: Iterator[Mapping[str, Statement]] | None = None
) -> tuple[LapsedApproval, ...]:
    """Returns all items that fell back to draft, in the order of the bank.

    `earlier` are the statements of earlier versions of the article, newest first. They are read
    only if an item fell back.
    """
    versions = list(earlier or ()) if topic.fallen_back else []
    found = []
    for fallen in topic.fallen_back:
        item = topic.item(fallen.id)
        if item is None:
            continue
        rewordings = tuple(_rewordings(item, topic, versions))
        reworded = {each.statement for each in rewordings} or set(item.cites)
        found.append(
            LapsedApproval(
                item=item.id,
                stem=item.stem,
                cites=item.cites,
                reason=fallen.reason,
                lost_evidence=lost(item.evidence, topic.cited(item)),
                reviewed_by=item.reviewed_by,
                reviewed_on=item.reviewed_on.isoformat() if item.reviewed_on else None,
                rewordings=rewordings,
                now={
                    statement.id: normalised(statement.text)
                    for statement in topic.cited(item)
                    if statement.id in reworded
                },
            )
        )
    return tuple(found)


def _rewordings(
    item: Item, topic: Topic, versions: list[Mapping[str, Statement]]
) -> Iterator[Rewording]:
    """Compares with the version that has the fingerprint of the approval, if there is one."""
    for statements in versions:
        before = [statements[cited] for cited in item.cites if cited in statements]
        if len(before) == len(item.cites) and source_sha256(before) == item.source_sha256:
            for old in before:
                now = topic.statements[old.id]
                if _words(old) != _words(now):
                    yield Rewording(old.id, _words(old), _words(now))
            return


def _words(statement: Statement) -> str:
    return normalised(f"{statement.title}: {statement.text} {statement.source}")


def differences(rewording: Rewording) -> Iterator[tuple[str, str]]:
    """Yields runs of words in order, each with "-" (removed), "+" (added) or " " (kept)."""
    before, now = rewording.before.split(), rewording.now.split()
    matcher = difflib.SequenceMatcher(a=before, b=now, autojunk=False)
    for kind, start, end, new_start, new_end in matcher.get_opcodes():
        if kind == "equal":
            yield " ", " ".join(before[start:end])
            continue
        if end > start:
            yield "-", " ".join(before[start:end])
        if new_end > new_start:
            yield "+", " ".join(now[new_start:new_end])


def committed_articles(folder: Path) -> Iterator[Mapping[str, Statement]]:
    """Yields the statements of the article's commits, newest first; none without git."""
    git = shutil.which("git")
    if git is None:
        return
    log = ["log", f"--max-count={_VERSIONS}", "--format=%H", "--", article.FILE]
    for commit in (_git(git, folder, log) or "").split():
        text = _git(git, folder, ["show", f"{commit}:./{article.FILE}"])
        if text is not None:
            yield parse_article(text)[0].statements


def _git(git: str, folder: Path, arguments: list[str]) -> str | None:
    """Returns what git prints; None if it fails, for instance outside a repository."""
    found = subprocess.run(  # noqa: S603
        [git, *arguments], cwd=folder, capture_output=True, check=False
    )
    return found.stdout.decode("utf-8", "replace") if found.returncode == 0 else None

"""What a changed article undid: items whose approval no longer holds, and how far it can be told
why.

The fingerprint of an approval covers all statements that the item cites together, so that it tells that
one of them changed, but not which. Two things tell more: words of evidence that no longer stand
there, and, where git is at hand, the statements as they were committed last.
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
    """A statement as it was when the item was approved, and as it is."""

    statement: str
    before: str
    now: str


@dataclass(frozen=True)
class Undone:
    """An item that fell back to draft.

    `rewordings` is empty where the article of the time of the approval is not at hand. `now` are
    the texts of the cited statements as they are, of the reworded ones alone where these are known.
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


def undone(
    topic: Topic, earlier: Iterator[Mapping[str, Statement]] | None = None
) -> tuple[Undone, ...]:
    """All items that fell back, in the bank's order.

    `earlier` are the statements of earlier versions of the article, newest first; they are read only
    if an item fell back.
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
            Undone(
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
    """Against the version that has the approval's fingerprint: no other one was approved."""
    for statements in versions:
        before = [statements[cited] for cited in item.cites if cited in statements]
        if len(before) == len(item.cites) and source_sha256(before) == item.source_sha256:
            for old in before:
                now = topic.statements[old.id]
                if _words(old) != _words(now):
                    yield Rewording(old.id, _words(old), _words(now))
            return


def _words(statement: Statement) -> str:
    return normalised(f"{statement.title}: {statement.text}")


def differences(rewording: Rewording) -> Iterator[tuple[str, str]]:
    """The words in order, each run with "-" (were there), "+" (are new) or " " (stayed)."""
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
    """The statements of the article's committed versions, newest first; none without git."""
    git = shutil.which("git")
    if git is None:
        return
    log = ["log", f"--max-count={_VERSIONS}", "--format=%H", "--", article.FILE]
    for commit in (_git(git, folder, log) or "").split():
        text = _git(git, folder, ["show", f"{commit}:./{article.FILE}"])
        if text is not None:
            yield parse_article(text)[0].statements


def _git(git: str, folder: Path, arguments: list[str]) -> str | None:
    """What git prints; None if it fails, for instance outside a repository."""
    found = subprocess.run(  # noqa: S603
        [git, *arguments], cwd=folder, capture_output=True, check=False
    )
    return found.stdout.decode("utf-8", "replace") if found.returncode == 0 else None

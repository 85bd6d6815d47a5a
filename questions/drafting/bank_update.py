"""Adds drafts to a topic's bank, and makes new topics from articles."""

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from questions import article, bank
from questions.article import Article, parse_article
from questions.bank import Bank, is_to_word, parse_bank
from questions.bank_file import BankFile
from questions.drafting import Drafted, Progress, draft_items
from questions.drafting.untouched_drafts import outdated, untouched, without
from questions.faults import BankError, Fault
from questions.topic import load_topic, read_retired

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
# Items are added in batches, with progress between them.
_BATCH = 10


class DraftingError(Exception):
    """Nothing can be drafted; the message is a sentence that says what to do."""


def silent(done: int, total: int) -> None:
    """Reports no progress."""


@dataclass(frozen=True)
class Draftable:
    """The input of drafting: the article, what the bank holds, and its file.

    `replaced` are ids of older drafts that were removed from `file`; `outdated` are ids of older
    drafts that should be replaced.
    """

    slug: str
    article: Article
    held: Bank
    file: BankFile
    replaced: tuple[str, ...] = ()
    outdated: tuple[str, ...] = ()


def draftable(folder: Path, fresh: bool = False) -> Draftable:
    """Reads the topic, with or without a bank. With `fresh`, removes drafts that nobody touched.

    Raises BankError if a file is faulty, or DraftingError if the folder's name is not a slug or
    older drafts cite missing statements.
    """
    slug = checked_slug(folder.resolve().name)
    content = _article(folder / article.FILE)
    if not (folder / bank.FILE).exists():
        return Draftable(slug, content, Bank((), (), ()), BankFile.empty(slug))
    file = BankFile.read(folder / bank.FILE)
    # Without statements, drafts that cite missing ones pass.
    held = _sound(file, slug, None)
    older = list(untouched(held.items, file))
    if fresh:
        replaced = tuple(item.id for item in older)
        file = without(file, replaced)
        used = {item.objective for item in held.items if item.id not in replaced}
        idle = [each.id for each in held.objectives if is_to_word(each) and each.id not in used]
        file.remove_objectives(idle)
        return Draftable(slug, content, _sound(file, slug, content), file, replaced)
    if gone := sorted({name for item in older for name in item.cites} - set(content.statements)):
        raise DraftingError(
            f"Older drafts cite {', '.join(gone)}, which {article.FILE} no longer has: "
            "draft --fresh replaces them."
        )
    outdated_ids = tuple(item.id for item in outdated(older, content.statements))
    return Draftable(slug, content, _sound(file, slug, content), file, outdated=outdated_ids)


def _article(path: Path) -> Article:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8"
        problem = f"it cannot be read ({why})"
        raise BankError(
            [Fault(path.name, problem, "make it, for instance with `extract`")]
        ) from None
    content, faults = parse_article(text)
    if faults:
        raise BankError(faults)
    return content


def _sound(file: BankFile, slug: str, content: Article | None) -> Bank:
    parsed = parse_bank(file.text(), slug, None if content is None else content.statements)
    if parsed.faults:
        raise BankError(parsed.faults)
    return parsed


def checked_slug(name: str) -> str:
    """Returns the name if it can name a topic. Raises DraftingError."""
    if _SLUG.fullmatch(name):
        return name
    raise DraftingError(
        f"'{name}' cannot name a topic: use lower-case letters, digits and single hyphens, as in "
        "iron-and-tiredness."
    )


def draft_into(
    folder: Path,
    limit: int | None = None,
    save: bool = True,
    progress: Progress = silent,
    fresh: bool = False,
) -> Drafted:
    """Drafts questions for the topic and adds them at the end of its bank.

    With `fresh`, they replace older drafts that nobody touched. Without `save`, nothing is written.
    Raises the errors of `draftable`, and DraftingError if the article has nothing to draft from.
    """
    topic = draftable(folder, fresh)
    faults: list[Fault] = []
    retired = read_retired(folder, topic.held, topic.article.statements, faults)
    if faults:
        raise BankError(faults)
    held = (*topic.held.items, *retired)
    known = topic.held.objectives
    drafted = draft_items(topic.article, topic.slug, held, limit, progress, known)
    if not (drafted.items or drafted.skipped or drafted.untitled):
        raise DraftingError(
            "The article has nothing to draft from: no definition, table, lists that contrast, "
            "answer or key point that fits an option. Add some to the article, or write items "
            "by hand (docs/questions.md)."
        )
    if save and (drafted.items or topic.replaced or not (folder / bank.FILE).exists()):
        topic.file.add_objectives(drafted.objectives)
        for start in range(0, len(drafted.items), _BATCH):
            progress(start, len(drafted.items))
            topic.file.append(drafted.items[start : start + _BATCH])
        topic.file.save(folder / bank.FILE)
    return replace(drafted, replaced=topic.replaced, outdated=topic.outdated)


@contextmanager
def new_topic(folder: Path) -> Iterator[Path]:
    """Yields a temporary folder to fill; it becomes `folder` if it loads and is removed if not.

    Raises DraftingError if the name is not a slug or exists already.
    """
    slug = checked_slug(folder.name)
    if folder.exists():
        raise DraftingError(
            f"'{folder}' exists already: choose another name, or use `draft` for more questions."
        )
    if not folder.parent.is_dir():
        raise DraftingError(f"There is no folder '{folder.parent}': make it first.")
    workplace = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{slug}."))
    try:
        inside = workplace / slug
        inside.mkdir()
        yield inside
        load_topic(inside)
        inside.rename(folder)
    finally:
        shutil.rmtree(workplace, ignore_errors=True)

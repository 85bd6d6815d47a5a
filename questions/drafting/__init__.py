"""Drafts questions from an article by rules. People approve them.

Every draft is a valid item with status draft, and quotes the statements that it cites. What a rule
cannot know is marked TODO, so no draft can be approved unchanged. The same article always gives the
same drafts.
"""

import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from pydantic import ValidationError

from questions.article import Article
from questions.bank import objective_for
from questions.drafting.definitions import Defined, defined_terms, definition_drafts
from questions.drafting.draft import Draft, draft_id
from questions.drafting.faq import faq_drafts
from questions.drafting.key_points import KeyPointIndex, key_point_drafts
from questions.drafting.list_entries import listing
from questions.drafting.lists import list_drafts
from questions.drafting.tables import table_drafts, table_rows
from questions.drafting.titles import REPEATED, asked_about, untitled
from questions.items import Item, Objective
from questions.linting import ITEM_RULES, Severity, displayed
from questions.statements import Statement, StatementKind, key_points_of, normalised
from questions.validation import item_problems
from questions.wording import overlap

__all__ = ["Drafted", "Progress", "draft_items"]

# Called with the number of steps done, and their total.
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Drafted:
    """New items, best kinds first, and ids of statements that were not drafted.

    `objectives` are those that the new items need and the bank does not have yet.
    `skipped` are drafts that the bank already has. `bare` are key points and FAQ entries that no
    item cites first; `untitled` are those that need a title before drafting. `replaced` are
    older drafts that these replace. `outdated` are older drafts with evidence that is no longer in
    the article.
    """

    items: tuple[Item, ...]
    skipped: tuple[str, ...]
    bare: tuple[str, ...]
    untitled: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    outdated: tuple[str, ...] = ()
    objectives: tuple[Objective, ...] = ()


def draft_items(
    article: Article,
    slug: str,
    held: Collection[Item] = (),
    limit: int | None = None,
    progress: Progress = lambda done, total: None,
    objectives: Sequence[Objective] = (),
) -> Drafted:
    """Returns at most `limit` new drafts for the topic `slug`.

    Its bank has the items `held` and these `objectives`. There is a new objective for each key
    point and FAQ entry with drafts that has none (see `questions.bank.objective_for`).

    A draft is skipped if the bank has its id, or the same question with the same key.
    """
    ids = {item.id for item in held}
    asked = {_question(item.stem, item.key) for item in held}
    taken: set[str] = set()
    index = KeyPointIndex(article.title, key_points_of(article.statements.values()))
    known = list(objectives)
    items: list[Item] = []
    skipped: list[str] = []
    for group in _groups(article, progress):
        names = [_reserved_id(slug, draft, taken) for draft in group]
        fresh = []
        for name, draft in zip(names, group, strict=True):
            if name in ids or _question(draft.stem, draft.key) in asked:
                skipped.append(name)
            else:
                fresh.append((name, draft))
        items.extend(_items(fresh, article, index, known))
        if limit is not None and len(items) >= limit:
            break
    kept = tuple(_known_apart(items[:limit], ids))
    bare = tuple(_bare(article, (*held, *kept)))
    needed = {item.objective for item in kept}
    return Drafted(
        kept,
        tuple(skipped),
        bare,
        untitled([article.statements[name] for name in bare]),
        objectives=tuple(each for each in known[len(objectives) :] if each.id in needed),
    )


def _bare(article: Article, items: Iterable[Item]) -> Iterator[str]:
    cited = {item.cites[0] for item in items}
    for statement in article.statements.values():
        if (
            statement.kind in {StatementKind.KEY_POINT, StatementKind.FAQ}
            and statement.id not in cited
        ):
            yield statement.id


def _groups(article: Article, progress: Progress) -> Iterator[tuple[Draft, ...]]:
    """Yields the drafts by kind. The drafts in a group are related: they share a subject."""
    statements = [statement for statement in article.statements.values() if asked_about(statement)]
    kinds = {
        kind: [statement for statement in statements if statement.kind is kind]
        for kind in StatementKind
    }
    cited: set[str] = set()

    def noted(groups: Iterable[tuple[Draft, ...]]) -> Iterator[tuple[Draft, ...]]:
        for group in groups:
            cited.update(draft.cites[0] for draft in group)
            yield group

    yield from noted(definition_drafts(_read(article, progress)))
    yield from noted((draft,) for draft in faq_drafts(kinds[StatementKind.FAQ]))
    points = kinds[StatementKind.KEY_POINT]
    bare = [statement for statement in points if statement.id not in cited]
    yield from ((draft,) for draft in key_point_drafts(bare, points))
    yield from list_drafts([listing(statement) for statement in kinds[StatementKind.LIST]])
    for rows in table_rows(article):
        yield from table_drafts(rows)


def _read(article: Article, progress: Progress) -> Iterator[Defined]:
    """Yields definitions, with progress: they take most of the time in a long article."""
    statements = [statement for statement in article.statements.values() if asked_about(statement)]

    def counted() -> Iterator[Statement]:
        for done, statement in enumerate(statements, 1):
            yield statement
            progress(done, len(statements))

    yield from defined_terms(counted())


def _reserved_id(slug: str, draft: Draft, taken: set[str]) -> str:
    name = draft_id(slug, draft, taken)
    taken.add(name)
    return name


def _question(stem: str, key: str) -> tuple[str, str]:
    return normalised(stem).casefold(), normalised(key).casefold()


def _items(
    named: list[tuple[str, Draft]], article: Article, index: KeyPointIndex, known: list[Objective]
) -> Iterator[Item]:
    """Yields the drafts that are valid items, each citing its key point if that is clear.

    Adds new objectives to `known`.
    """
    names = [name for name, _ in named]
    for name, draft in named:
        related = tuple(other for other in names if other != name)
        key_point = index.cited(draft.cites) or index.nearest(_text(draft))
        about = article.statements[draft.cites[0]]
        if about.kind is not StatementKind.FAQ:
            about = key_point
        objective = objective_for(about, key_point, known)
        try:
            item = _citing_key_point(draft, index).item(name, objective.id, related)
        except ValidationError:
            continue  # for instance a stem that is too long
        if not (
            any(item_problems(item, names, article.statements))
            or _unwritable(item)
            or _blocked(item)
            or overlap(item.key, item.stem) >= REPEATED  # the stem gives the key away
        ):
            if objective not in known:
                known.append(objective)
            yield item


def _unwritable(item: Item) -> bool:
    """Returns whether a text has control characters or lone surrogates, which no bank may have."""
    texts = (*item.texts.values(), *item.evidence)
    return any(unicodedata.category(c) in {"Cc", "Cs"} for text in texts for c in text)


def _blocked(item: Item) -> bool:
    """Returns whether the wording has a flaw that blocks an approval."""
    seen = displayed(item)
    rules = (rule for rule in ITEM_RULES if rule.wording and rule.severity is Severity.BLOCK)
    return any(True for rule in rules if rule.wording for _ in rule.wording(seen))


def _text(draft: Draft) -> str:
    return f"{draft.stem} {draft.key} {' '.join(draft.evidence)}"


def _citing_key_point(draft: Draft, index: KeyPointIndex) -> Draft:
    key_point = index.find(_text(draft))
    if key_point is None or key_point in draft.cites:
        return draft
    return replace(draft, cites=(*draft.cites, key_point))


def _known_apart(items: list[Item], ids: Collection[str]) -> Iterator[Item]:
    """Removes references to drafts that a limit or a flaw has left out."""
    known = {*ids, *(item.id for item in items)}
    for item in items:
        apart = tuple(name for name in item.keep_apart if name in known)
        yield item.model_copy(update={"keep_apart": apart})

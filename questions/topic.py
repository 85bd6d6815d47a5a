"""A topic: the statements of its article and the questions about them."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from questions import article, bank
from questions.article import Source, parse_article
from questions.bank import Bank, parse_bank, parse_retired
from questions.faults import BankError, Fault
from questions.items import UNFINISHED, Item, Objective, printed
from questions.pictures import Picture, read_pictures
from questions.statements import Statement, key_points_of
from questions.validation import source_changed


@dataclass(frozen=True)
class FallenBack:
    """An item that is approved in the file but loads as a draft."""

    id: str
    reason: str


@dataclass(frozen=True)
class Topic:
    """A topic as loaded. Only `approved` items may be sent.

    `objectives` are by id, in the order of the bank. Retired items keep theirs.
    """

    slug: str
    title: str
    disclaimer: str
    sources: tuple[Source, ...]
    statements: Mapping[str, Statement]
    items: tuple[Item, ...]
    fallen_back: tuple[FallenBack, ...] = ()
    objectives: Mapping[str, Objective] = field(default_factory=dict)
    pictures: Mapping[str, Picture] = field(default_factory=dict)

    @cached_property
    def approved(self) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.approved)

    @cached_property
    def for_pages(self) -> "Topic":
        """The topic as it is printed, with curly quotes in what readers see of it."""
        statements = {
            name: replace(each, title=printed(each.title), text=printed(each.text))
            for name, each in self.statements.items()
        }
        objectives = {
            name: each.model_copy(update={"title": each.title and printed(each.title)})
            for name, each in self.objectives.items()
        }
        items = tuple(each.for_pages() for each in self.items)
        return replace(self, items=items, statements=statements, objectives=objectives)

    def item(self, item_id: str) -> Item | None:
        """Returns the item with that id, whatever its status, or None."""
        return self._by_id.get(item_id)

    def items_of(self, objective_id: str) -> tuple[Item, ...]:
        """Returns the approved items of the objective, in the order of the bank."""
        return self._by_objective.get(objective_id, ())

    @property
    def asked_objectives(self) -> AbstractSet[str]:
        """The ids of the objectives that have approved items."""
        return self._by_objective.keys()

    @cached_property
    def objective_of(self) -> Mapping[str, str]:
        """The objective of each item, by their ids, whatever the item's status."""
        return {item.id: item.objective for item in self.items}

    def cited(self, item: Item) -> tuple[Statement, ...]:
        """Returns the statements that the item rests on, in the order of its citations."""
        return tuple(self.statements[cited] for cited in item.cites)

    def picture_of(self, item: Item) -> Picture | None:
        """Returns the item's picture, if it has one."""
        return self.pictures.get(item.picture or "")

    @cached_property
    def published(self) -> Mapping[str, Statement]:
        """The statements that approved items rest on, by id, in the order of the article.

        A reviewer has read these; the others are shown to nobody.
        """
        cited = {each for item in self.approved for each in item.cites}
        return {name: each for name, each in self.statements.items() if name in cited}

    @cached_property
    def key_points(self) -> tuple[Statement, ...]:
        """The key points of the article, or its FAQ entries if it has none."""
        return key_points_of(self.statements.values())

    @cached_property
    def unfinished(self) -> tuple[str, ...]:
        """The places in the article that still say TODO."""
        texts = {"the title": self.title, "the disclaimer": self.disclaimer}
        texts |= {source.url: source.title for source in self.sources}
        texts |= {
            statement.id: f"{statement.title} {statement.text} {statement.source}"
            for statement in self.statements.values()
        }
        return tuple(place for place, text in texts.items() if UNFINISHED in text)

    def key_point_of(self, item: Item) -> Statement | None:
        """Returns the key point that the item's objective serves; None if the bank lacks it."""
        objective = self.objectives.get(item.objective)
        return self.statements.get(objective.key_point) if objective else None

    def related_to(self, item_id: str) -> frozenset[str]:
        """Returns the ids of the other items of the same objective, whatever their status."""
        objective = self._by_id[item_id].objective
        return frozenset(i.id for i in self.items if i.objective == objective) - {item_id}

    def kept_apart_from(self, item_id: str) -> frozenset[str]:
        """Returns the ids of items that give this one away, or are given away by it."""
        naming = {other.id for other in self.items if item_id in other.keep_apart}
        return frozenset(naming.union(self._by_id[item_id].keep_apart) & self._by_id.keys())

    @cached_property
    def _by_id(self) -> dict[str, Item]:
        return {item.id: item for item in self.items}

    @cached_property
    def _by_objective(self) -> dict[str, tuple[Item, ...]]:
        found: dict[str, tuple[Item, ...]] = {}
        for item in self.approved:
            found[item.objective] = (*found.get(item.objective, ()), item)
        return found


def load_topic(directory: Path) -> Topic:
    """Returns the topic in the directory, whose name is the topic's slug.

    Approved items whose cited statements have changed since the review load as drafts and are
    listed in `fallen_back`. Raises BankError with all faults of the files.
    """
    faults: list[Fault] = []
    article_text = _read(directory / article.FILE, faults)
    bank_text = _read(directory / bank.FILE, faults)
    content, article_faults = parse_article(article_text or "")
    if article_text is not None:
        faults.extend(article_faults)
    statements = None if faults else content.statements
    parsed = parse_bank(bank_text or "", directory.resolve().name, statements)
    if bank_text is not None:
        faults.extend(parsed.faults)
    pictures = read_pictures(directory, parsed.items, faults)
    retired = read_retired(directory, parsed, statements, faults)
    if faults:
        raise BankError(faults)
    items, fallen_back = _approvals((*parsed.items, *retired), content.statements)
    return Topic(
        slug=directory.resolve().name,
        title=content.title,
        disclaimer=content.disclaimer,
        sources=content.sources,
        statements=MappingProxyType(dict(content.statements)),
        items=items,
        fallen_back=fallen_back,
        objectives=MappingProxyType({each.id: each for each in parsed.objectives}),
        pictures=MappingProxyType(dict(pictures)),
    )


def read_retired(
    directory: Path,
    parsed: Bank,
    statements: Mapping[str, Statement] | None,
    faults: list[Fault],
) -> tuple[Item, ...]:
    """Returns the items of `retired.yaml`, if the topic has one and its bank has no faults."""
    path = directory / bank.RETIRED_FILE
    if parsed.faults or not path.exists() or (text := _read(path, faults)) is None:
        return ()
    found = parse_retired(text, directory.resolve().name, statements, parsed)
    faults.extend(found.faults)
    return found.items


def _read(path: Path, faults: list[Fault]) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        problem = f"it cannot be read ({error.strerror})"
        faults.append(Fault(path.name, problem, f"make it readable at {path}"))
    except UnicodeDecodeError as error:
        problem = f"byte {error.start + 1} is not UTF-8"
        faults.append(Fault(path.name, problem, "save the file as UTF-8"))
    return None


def _approvals(
    items: tuple[Item, ...], statements: Mapping[str, Statement]
) -> tuple[tuple[Item, ...], tuple[FallenBack, ...]]:
    held: list[Item] = []
    fallen: list[FallenBack] = []
    for item in items:
        reason = source_changed(item, statements)
        held.append(item if reason is None else item.model_copy(update={"status": "draft"}))
        if reason is not None:
            fallen.append(FallenBack(item.id, reason))
    return tuple(held), tuple(fallen)

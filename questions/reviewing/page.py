"""The bank as one HTML page for reviewers without a terminal: to read, print and mark.

The page is self-contained: it makes no requests and runs no scripts, and its policy forbids both.
"""

import datetime as dt
import hashlib
import re
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from questions.amounts import amounts
from questions.items import Item, Objective, Option
from questions.linting import RULES, Finding, Report, Severity
from questions.linting.coverage import FEWEST_ITEMS
from questions.linting.guessers import FEWEST_JUDGED, WITHIN_CHANCE
from questions.reviewing.approval import CHECKS
from questions.reviewing.evidence_marks import Piece, pieces
from questions.statements import Statement, lost
from questions.topic import Topic

# A one-word id could be an ordinary word.
_ID = re.compile(r"(?<![\w-])[a-z0-9]+(?:-[a-z0-9]+)+(?![\w-])")
_TEMPLATE = "page.html.j2"
_LEVELS = ("recall", "understand", "apply")
_STATUSES = ("approved", "draft", "retired")


@dataclass(frozen=True)
class Entry:
    """An item on the page. Numbers begin with 1 and continue across groups."""

    number: int
    item: Item
    topic: Topic
    findings: tuple[Finding, ...]
    fell_back: bool

    @cached_property
    def options(self) -> tuple[Option, ...]:
        """The options in a fixed order that does not give the key away. Numbers ascend."""
        options = self.item.options
        values: Sequence[float | str] | None = amounts(tuple(option.text for option in options))
        order = values or [self._shuffle_key(option) for option in options]
        return tuple(options[place] for place in sorted(range(len(options)), key=order.__getitem__))

    def _shuffle_key(self, option: Option) -> str:
        return hashlib.sha256(f"{self.item.id}\n{option.text}".encode()).hexdigest()

    @cached_property
    def statements(self) -> tuple[tuple[Statement, tuple[tuple[Piece, ...], ...]], ...]:
        """Each cited statement, with its paragraphs split into evidence and the rest."""
        return tuple(
            (statement, self._paragraphs(statement)) for statement in self.topic.cited(self.item)
        )

    def _paragraphs(self, statement: Statement) -> tuple[tuple[Piece, ...], ...]:
        paragraphs: list[list[Piece]] = [[]]
        for piece in pieces(statement.text, self.item.evidence):
            first, *others = piece.text.split("\n")
            paragraphs[-1].append(Piece(first, piece.evidence))
            paragraphs += [[Piece(line, piece.evidence)] for line in others]
        return tuple(tuple(piece for piece in each if piece.text) for each in paragraphs)

    @cached_property
    def lost(self) -> tuple[str, ...]:
        """Evidence that is in none of the cited statements."""
        return lost(self.item.evidence, self.topic.cited(self.item))

    @property
    def objective(self) -> Objective:
        return self.topic.objectives[self.item.objective]

    @property
    def picture(self) -> str | None:
        """The item's picture as an address that contains it."""
        picture = self.topic.picture_of(self.item)
        if picture is None:
            return None
        svg = picture.svg("'Noto Sans', system-ui, sans-serif")
        return f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"

    @property
    def related(self) -> frozenset[str]:
        return self.topic.related_to(self.item.id)

    @property
    def kept_apart(self) -> frozenset[str]:
        return self.topic.kept_apart_from(self.item.id)


@dataclass(frozen=True)
class Group:
    """The items on a key point. `key_point` is None for items on none."""

    key_point: Statement | None
    entries: tuple[Entry, ...]

    @property
    def anchor(self) -> str:
        return f"point-{self.key_point.id if self.key_point else 'none'}"

    @property
    def range(self) -> str:
        """The numbers of its first and last item."""
        first, last = self.entries[0].number, self.entries[-1].number
        return str(first) if first == last else f"{first}–{last}"

    @property
    def drafts(self) -> int:
        return sum(entry.item.status == "draft" for entry in self.entries)


@dataclass(frozen=True)
class Row:
    """A statement or an objective: its approved items by level, and all that serve it."""

    name: str
    text: str
    levels: Mapping[str, int]
    entries: tuple[Entry, ...]
    wanting: bool

    @property
    def approved(self) -> int:
        return sum(self.levels.values())


@dataclass(frozen=True)
class RuleCount:
    """The findings of a lint rule."""

    name: str
    severity: Severity
    meaning: str
    findings: tuple[Finding, ...]


def page(topic: Topic, report: Report, today: dt.date, edition: str) -> str:
    """Returns the page as HTML. `edition` identifies the state of the bank, for notes about it."""
    groups = tuple(_groups(topic, report))
    entries = [entry for group in groups for entry in group.entries]
    numbers = {entry.item.id: entry.number for entry in entries}
    return _environment().get_template(_TEMPLATE).render(
        topic=topic,
        today=today,
        edition=edition,
        groups=groups,
        numbers=numbers,
        linked=lambda text: _with_numbers(text, numbers),
        ordered=lambda ids: sorted(ids, key=lambda item_id: numbers[item_id]),
        counts=[(status, _count(topic, status)) for status in _STATUSES],
        levels=_LEVELS,
        checks=CHECKS,
        objectives=_objective_rows(topic, entries),
        rows=_statement_rows(topic, entries),
        fewest=FEWEST_ITEMS,
        rules=_rules(report.findings),
        bank_findings=[each for each in report.findings if each.item is None],
        fewest_judged=FEWEST_JUDGED,
        guesses=report.guesses if topic.approved else (),
        band=WITHIN_CHANCE,
        enough_approved=len(topic.approved) >= FEWEST_JUDGED,
        own=sum(item.reviewed_by_writer for item in topic.approved),
        reviewers=Counter(item.reviewed_by for item in topic.approved).most_common(),
    )  # fmt: skip


def edition_of(folder: Path) -> str:
    """Returns ten hexadecimal digits that change with the article, the bank or a picture."""
    digest = hashlib.sha256()
    for file in (
        folder / "article.md",
        *sorted(folder.glob("*.yaml")),
        *sorted(folder.glob("pictures/*")),
    ):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:10]


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    css = (Path(__file__).parent / "page.css").read_text(encoding="utf-8")
    environment.globals["css"] = Markup(css)  # noqa: S704 - our own file
    return environment


def _with_numbers(text: str, numbers: Mapping[str, int]) -> Markup:
    """Returns the text with links to questions, by their numbers on this page, instead of ids."""

    def link(found: re.Match[str]) -> str:
        number = numbers.get(found[0])
        return f'<a href="#q-{found[0]}">question {number}</a>' if number else found[0]

    return Markup(_ID.sub(link, str(escape(text))))  # noqa: S704 - escaped, and an id is a slug


def _count(topic: Topic, status: str) -> int:
    return sum(item.status == status for item in topic.items)


def _groups(topic: Topic, report: Report) -> Iterator[Group]:
    """Groups items by key point, in the order of the article, approved ones first."""
    fallen = {each.id for each in topic.fallen_back}
    number = 0
    for key_point in (*topic.key_points, None):
        items = [item for item in topic.items if topic.key_point_of(item) == key_point]
        items.sort(key=lambda item: _STATUSES.index(item.status))
        entries = tuple(
            Entry(
                number + place,
                item,
                topic,
                tuple(each for each in report.findings if each.item == item.id),
                item.id in fallen,
            )
            for place, item in enumerate(items, 1)
        )
        number += len(entries)
        if entries:
            yield Group(key_point, entries)


def _objective_rows(topic: Topic, entries: Sequence[Entry]) -> list[Row]:
    return [
        _row(each.id, each.text, [e for e in entries if e.item.objective == each.id], wanted=True)
        for each in topic.objectives.values()
    ]


def _statement_rows(topic: Topic, entries: Sequence[Entry]) -> list[Row]:
    return [
        _row(each.id, each.title, [e for e in entries if each.id in e.item.cites],
             wanted=each.kind in {"KP", "FAQ"})
        for each in topic.statements.values()
    ]  # fmt: skip


def _row(name: str, text: str, entries: Sequence[Entry], *, wanted: bool) -> Row:
    counts = Counter(entry.item.level for entry in entries if entry.item.approved)
    levels = {level: counts[level] for level in ("recall", "understand", "apply")}
    wanting = wanted and sum(levels.values()) < FEWEST_ITEMS
    return Row(name, text, levels, tuple(entries), wanting)


def _rules(findings: Iterable[Finding]) -> list[RuleCount]:
    """Counts by rule, most severe and most frequent first."""
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        found.setdefault(finding.rule, []).append(finding)
    counts = [
        RuleCount(name, each[0].severity, RULES[name].meaning, tuple(each))
        for name, each in found.items()
    ]
    return sorted(counts, key=lambda rule: (rule.severity != Severity.BLOCK, -len(rule.findings)))

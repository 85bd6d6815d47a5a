"""Lints a topic: every finding, and the figures of the bank as a whole."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import TypedDict

from questions import article
from questions.items import UNFINISHED, Item
from questions.linting import catalogue, coverage, pairs
from questions.linting.catalogue import ITEM_RULES, RULES, UNKNOWN_WAIVER, Rule
from questions.linting.copied_text import copied
from questions.linting.findings import Finding, Severity
from questions.linting.guessers import FEWEST_JUDGED, Guess, guesses
from questions.topic import Topic

# Findings about items, waivers not yet applied.
_Found = list[tuple[Rule, Item, str]]


@dataclass(frozen=True)
class Report:
    """What lint found. `item` is the id of the one item that was judged, or None."""

    topic: str
    findings: tuple[Finding, ...]
    statuses: Mapping[str, int]
    coverage: Mapping[str, int]
    objectives: Mapping[str, int]
    levels: Mapping[str, int]
    guesses: tuple[Guess, ...]
    item: str | None = None

    @property
    def failures(self) -> tuple[Finding, ...]:
        """Blocking flaws that count.

        These are the flaws of approved items and of `item`, and, once an item is approved, those
        of the bank and the article.
        """
        return tuple(finding for finding in self.findings if self._counts(finding))

    @property
    def passed(self) -> bool:
        return not self.failures

    def _counts(self, finding: Finding) -> bool:
        if finding.item is None:
            return finding.blocks and self.statuses["approved"] > 0
        return finding.blocks and (finding.status != "draft" or finding.item == self.item)


def lint(topic: Topic, item_id: str | None = None, source: str | None = None) -> Report:
    """Judges drafts and approved items one by one, and the approved items as a bank.

    With `item_id`, judges only that item. `source` is the text of the article that the topic
    restates. Retired items are not judged. Raises KeyError if the item does not exist.
    """
    if item_id is not None and topic.item(item_id) is None:
        raise KeyError(item_id)
    findings = [*_item_findings(topic, item_id, source)]
    if item_id is None:
        findings = [*_article_findings(topic, source), *findings, *_bank_findings(topic)]
    return Report(
        topic=topic.slug,
        findings=tuple(sorted(findings, key=_urgency)),
        statuses=_statuses(topic),
        coverage=coverage.coverage(topic),
        objectives=coverage.objectives(topic),
        levels=coverage.levels(topic),
        guesses=guesses(topic.approved),
        item=item_id,
    )


def _statuses(topic: Topic) -> Mapping[str, int]:
    return {
        status: sum(item.status == status for item in topic.items)
        for status in ("approved", "draft", "retired")
    }


def _urgency(finding: Finding) -> tuple[bool, bool, bool]:
    """Sorts findings that count first, and waived ones last."""
    return finding.waived is not None, finding.severity is Severity.WARN, finding.status == "draft"


def _item_findings(topic: Topic, item_id: str | None, source: str | None) -> Iterator[Finding]:
    judged = [item for item in topic.items if _judged(item, item_id)]
    found: _Found = [
        (rule, item, problem)
        for item in judged
        for rule in ITEM_RULES
        for problem in rule.problems(item, topic)
    ]
    # Drafts are not compared with each other: a statement may have many candidates at first.
    bank = [item for item in topic.items if item.approved or item.id == item_id]
    for rule, compare in (
        (catalogue.GIVES_AWAY, pairs.given_away),
        (catalogue.ALIKE, pairs.alike),
        (catalogue.NEAR_DUPLICATE, pairs.near_duplicates),
    ):
        found += [(rule, item, problem) for item, problem in compare(topic, bank)]
    if source is not None:
        items = {item.id: item for item in judged}
        found += [
            (catalogue.COPIED, items[name], problem)
            for name, problem in copied(topic, source, item_id)
            if name is not None
        ]
    kept = [each for each in found if item_id in (None, each[1].id)]
    yield from (_finding(rule, problem, item) for rule, item, problem in kept)
    yield from _idle_waivers(judged, kept, source is not None)


def _judged(item: Item, item_id: str | None) -> bool:
    return item.status != "retired" and item_id in (None, item.id)


def _finding(rule: Rule, problem: str, item: Item | None = None) -> Finding:
    finding = Finding(rule.name, rule.severity, problem, rule.remedy)
    if item is None:
        return finding
    waived = item.waivers.get(rule.name)
    return replace(finding, item=item.id, status=item.status, waived=waived)


def _idle_waivers(judged: Iterable[Item], found: _Found, with_source: bool) -> Iterator[Finding]:
    fired = {(item.id, rule.name) for rule, item, _ in found}
    for item in judged:
        for name in item.waivers:
            if name not in RULES:
                yield _finding(UNKNOWN_WAIVER, f"there is no rule '{name}'", item)
            elif (item.id, name) not in fired and _expected_to_fire(name, item, with_source):
                yield _finding(UNKNOWN_WAIVER, f"the rule '{name}' finds nothing here", item)


def _expected_to_fire(name: str, item: Item, with_source: bool) -> bool:
    """Returns whether the rule was checked (a draft's copied text is reported for the article)."""
    return name != catalogue.COPIED.name or (with_source and item.status != "draft")


def _article_findings(topic: Topic, source: str | None) -> Iterator[Finding]:
    if topic.unfinished:
        first, *others = topic.unfinished
        problem = f"{article.FILE}: {first} still says {UNFINISHED}"
        if others:
            problem += f", and so {'do' if others[1:] else 'does'} {', '.join(others)}"
        yield _finding(catalogue.UNFINISHED_ARTICLE, problem)
    if source is not None:
        yield from (
            _finding(catalogue.COPIED, problem)
            for item, problem in copied(topic, source)
            if item is None
        )


def _bank_findings(topic: Topic) -> Iterator[Finding]:
    """Yields findings about the bank, once an item is approved. A small bank is only warned."""
    checks: tuple[tuple[Rule, Callable[[Topic], Iterator[str]]], ...] = (
        (catalogue.GUESSABLE, lambda topic: _beyond_chance(topic, required=True)),
        (catalogue.CUE, lambda topic: _beyond_chance(topic, required=False)),
        (catalogue.COVERAGE, coverage.uncovered),
        (catalogue.OBJECTIVE_COVERAGE, coverage.unserved),
        (catalogue.RECALL, coverage.too_much_recall),
    )
    if not topic.approved:
        return
    small = len(topic.approved) < FEWEST_JUDGED
    for rule, check in checks:
        for problem in check(topic):
            found = _finding(rule, problem)
            yield replace(found, severity=Severity.WARN) if small else found


def _beyond_chance(topic: Topic, *, required: bool) -> Iterator[str]:
    for guess in guesses(topic.approved):
        if guess.required is required and not guess.within_chance:
            cues = (
                f"{name} ({', '.join(words)})" if words else name
                for name, words in guess.cues.items()
            )
            yield (
                f"the guesser '{guess.name}' gets {guess.hits:.1f} correct, more than the "
                f"{guess.expected:.1f} of chance (z = {guess.z:+.2f}): {', '.join(cues)}"
            )


class Document(TypedDict):
    """The form of `lint --json`. Fields may be added; none is renamed or removed."""

    topic: str
    item: str | None
    passed: bool
    failures: int
    items: dict[str, int]
    levels: dict[str, int]
    coverage: dict[str, int]
    objectives: dict[str, int]
    guessers: list[dict[str, object]]
    findings: list[dict[str, object]]


def document(report: Report) -> Document:
    """Returns the report as plain values for JSON."""
    return Document(
        topic=report.topic,
        item=report.item,
        passed=report.passed,
        failures=len(report.failures),
        items=dict(report.statuses),
        levels=dict(report.levels),
        coverage=dict(report.coverage),
        objectives=dict(report.objectives),
        guessers=[_guesser_values(guess) for guess in report.guesses],
        findings=[_finding_values(finding, report) for finding in report.findings],
    )


def _guesser_values(guess: Guess) -> dict[str, object]:
    return {
        "name": guess.name,
        "hits": round(guess.hits, 3),
        "expected": round(guess.expected, 3),
        "z": round(guess.z, 3),
        "easiest": list(guess.easiest),
        "cues": {name: list(words) for name, words in guess.cues.items()},
        "required": guess.required,
        "within_chance": guess.within_chance,
    }


def _finding_values(finding: Finding, report: Report) -> dict[str, object]:
    return {**asdict(finding), "counts": finding in report.failures}

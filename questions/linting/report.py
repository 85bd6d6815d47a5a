"""Lints a topic: every finding, and the figures of the bank as a whole."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from questions import article
from questions.items import UNFINISHED, Item
from questions.linting import catalogue, coverage, pairs
from questions.linting.catalogue import ITEM_RULES, RULES, UNKNOWN_WAIVER, Rule
from questions.linting.copying import copied
from questions.linting.findings import Finding, Severity
from questions.linting.guessers import FEWEST_JUDGED, Guess, guesses
from questions.topic import Topic

# Findings about items, waivers not yet applied.
_Found = list[tuple[Rule, Item, str]]


@dataclass(frozen=True)
class Report:
    """What lint has to tell. `item` is the one item it was asked about, if it was."""

    topic: str
    findings: tuple[Finding, ...]
    statuses: Mapping[str, int]
    coverage: Mapping[str, int]
    levels: Mapping[str, int]
    guesses: tuple[Guess, ...]
    item: str | None = None

    @property
    def failures(self) -> tuple[Finding, ...]:
        """Blocking flaws that count.

        Those of approved items and of the item asked about; those of the bank and of the article
        as soon as anything is approved.
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
    """Judges the drafts and the approved items, and the approved ones as a bank.

    With `item_id` only what concerns that item is found; raises KeyError if there is none.
    `source` is the text of the article that the topic restates. Retired items are not judged.
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
    """Findings that count come first; otherwise their order is kept."""
    return finding.waived is not None, finding.severity is Severity.WARN, finding.status == "draft"


def _item_findings(topic: Topic, item_id: str | None, source: str | None) -> Iterator[Finding]:
    judged = [item for item in topic.items if _judged(item, item_id)]
    found: _Found = [
        (rule, item, problem)
        for item in judged
        for rule in ITEM_RULES
        for problem in rule.problems(item, topic)
    ]
    # Drafts are not compared with one another: many candidates from one statement are no fault yet.
    bank = [item for item in topic.items if item.approved or item.id == item_id]
    for rule, compare in (
        (catalogue.GIVES_AWAY, pairs.given_away),
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
    """What a draft has copied is told of the article where it stands there too."""
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
    """Of a bank without approved items nothing is expected yet."""
    checks: tuple[tuple[Rule, Callable[[Topic], Iterator[str]]], ...] = (
        (catalogue.GUESSABLE, lambda topic: _beyond_chance(topic, required=True)),
        (catalogue.CUE, lambda topic: _beyond_chance(topic, required=False)),
        (catalogue.COVERAGE, coverage.uncovered),
        (catalogue.RECALL, coverage.too_much_recall),
        (catalogue.NO_SIBLINGS, coverage.key_points_without_related_items),
    )
    if topic.approved:
        yield from (_finding(rule, problem) for rule, check in checks for problem in check(topic))


def _beyond_chance(topic: Topic, *, required: bool) -> Iterator[str]:
    if len(topic.approved) < FEWEST_JUDGED:
        return
    for guess in guesses(topic.approved):
        if guess.required is required and not guess.within_chance:
            how = "more" if guess.z > 0 else "fewer"
            yield (
                f"the guesser '{guess.name}' gets {guess.hits:.1f} right, {how} than the "
                f"{guess.expected:.1f} of chance (z = {guess.z:+.2f}); easiest to change: "
                f"{', '.join(guess.easiest)}"
            )

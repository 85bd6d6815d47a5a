"""Checks of an item against its article, and of the length and reading level of its texts."""

from collections.abc import Iterator
from functools import lru_cache

from questions import validation
from questions.items import (
    EXPLANATION_LIMIT,
    MORE_LIMIT,
    OPTION_LIMIT,
    STEM_LIMIT,
    UNFINISHED,
    Item,
    poll_length,
)
from questions.linting.readability import grade, long_terms
from questions.statements import lost
from questions.strict_yaml import field_name
from questions.topic import Topic
from questions.wording import content_words, sentences

GROUNDED = 0.5  # share of the key's content words that must be in the evidence
HIGHEST_GRADE = 8.0
_HARDEST = 2  # sentences that a finding quotes
_SAME_START = 5


def evidence_missing(item: Item, topic: Topic) -> Iterator[str]:
    cited = (topic.statements[name] for name in item.cites if name in topic.statements)
    for words in lost(item.evidence, cited):
        yield f"the evidence '{words}' is not in {', '.join(item.cites)}"
    if not item.evidence:
        yield "it gives no evidence"


def key_not_grounded(item: Item, _: Topic) -> Iterator[str]:
    """Yields a problem if too few of the key's content words are in the evidence.

    Words that are in the stem too (names, the subject) do not count, and words that share their
    first _SAME_START letters count as equal. Items at level `apply` are exempt: their key applies
    the statement to a case and need not repeat its words.
    """
    said = set(content_words(item.stem))
    own = {word for word in content_words(item.key) if word not in said}
    held = content_words(" ".join(item.evidence))
    grounded = {word for word in own if any(_same(word, other) for other in held)}
    if item.level != "apply" and item.evidence and len(grounded) < GROUNDED * len(own):
        share = len(grounded) / len(own)
        yield f"the evidence holds {share:.0%} of the key's content words ('{item.key}')"


def _same(word: str, other: str) -> bool:
    return word == other or (len(word) >= _SAME_START and word[:_SAME_START] == other[:_SAME_START])


def unknown_references(item: Item, topic: Topic) -> Iterator[str]:
    """Yields references to missing items, which only drafts can have (`questions.validation`)."""
    for name in item.keep_apart:
        if topic.item(name) is None:
            yield f"there is no item '{name}'"


def hard_to_read(item: Item, topic: Topic) -> Iterator[str]:
    """Yields a problem if all texts together are hard. Long terms of the article are discounted."""
    terms, texts = _terms(topic), item.texts.values()
    if (found := grade(texts, terms)) > HIGHEST_GRADE:
        each = sorted(
            (part for text in texts for part in sentences(text)),
            key=lambda part: grade([part], terms),
        )
        hardest = " / ".join(each[: -_HARDEST - 1 : -1])
        yield f"its texts read at grade {found:.1f}; the hardest sentences are: {hardest}"


def too_long(item: Item, _: Topic) -> Iterator[str]:
    limits = [
        ("stem", item.stem, STEM_LIMIT),
        ("explanation", item.explanation, EXPLANATION_LIMIT),
        ("text on the card", item.more, MORE_LIMIT),
        *(
            (f"option {place}", option.text, OPTION_LIMIT)
            for place, option in enumerate(item.options, 1)
        ),
    ]
    for name, text, limit in limits:
        if (length := poll_length(text)) > limit:
            yield f"the {name} has {length} characters, {limit} are allowed"


def unfinished(item: Item, topic: Topic) -> Iterator[str]:
    """Names fields as the loader does: options count from 1."""
    fields = [f"`{field_name(path)}`" for path in validation.unfinished(item)]
    objective = topic.objectives.get(item.objective)
    if objective and UNFINISHED in objective.text:
        fields.append(f"objective `{objective.id}`")
    if fields:
        yield f"{', '.join(fields)} still {'say' if fields[1:] else 'says'} {UNFINISHED}"


def unexplained_change(item: Item, _: Topic) -> Iterator[str]:
    explained = {change.revision for change in item.changes}
    missing = [str(each) for each in range(2, item.revision + 1) if each not in explained]
    if missing:
        yield f"nothing tells what revision {' and '.join(missing)} changed"


@lru_cache(maxsize=4)
def _terms_of(texts: tuple[str, ...]) -> frozenset[str]:
    return long_terms(texts)


def _terms(topic: Topic) -> frozenset[str]:
    return _terms_of(
        tuple(f"{statement.title} {statement.text}" for statement in topic.statements.values())
    )

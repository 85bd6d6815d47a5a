"""Pairs of items: one gives the other's key away, or both ask the same."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations

from rapidfuzz.fuzz import token_set_ratio

from questions.items import Item
from questions.statements import normalised
from questions.topic import Topic
from questions.wording import content_words

# A stem gives a key away if it has this share of the words that distinguish the key.
_TELLING = 0.5
_FEWEST = 2
# A word in more than this share of the stems, and in at least two, belongs to the subject.
_COMMON = 0.1
# Two items are near duplicates if both measures say so.
_SHARED_WORDS = 0.5  # of the content words of stem and key: Jaccard index, share of the shorter
_SAME_TOKENS = 80.0  # rapidfuzz's token set ratio, 0 to 100


@dataclass(frozen=True)
class _Words:
    item: Item
    stem: frozenset[str]
    key: frozenset[str]
    distinctive: frozenset[str]


def given_away(topic: Topic, items: Iterable[Item]) -> Iterator[tuple[Item, str]]:
    """Yields items whose key another item's stem gives away, each with the problem.

    Pairs of one objective or kept apart are exempt: they are never asked on consecutive days.
    """
    read = [_read(item) for item in items]
    common = _common(read)
    for other, item in permutations(read, 2):
        distinctive = item.distinctive - common
        shared = distinctive & other.stem
        enough = len(shared) >= _FEWEST and len(shared) >= _TELLING * len(distinctive)
        if enough and not _apart(topic, item.item.id, other.item.id):
            found = ", ".join(sorted(shared))
            yield item.item, f"the stem of {other.item.id} gives its key away ({found})"


def alike(_: Topic, items: Iterable[Item]) -> Iterator[tuple[Item, str]]:
    """Yields the later of two items of one objective that ask in much the same words."""
    for one, other in combinations([_read(item) for item in items], 2):
        if one.item.objective != other.item.objective:
            continue
        here, there = one.stem | one.key, other.stem | other.key
        shared = len(here & there) / max(min(len(here), len(there)), 1)
        if normalised(one.item.key).casefold() == normalised(other.item.key).casefold():
            yield other.item, f"it has the same key as {one.item.id}"
        elif shared > _SHARED_WORDS:
            found = ", ".join(sorted(here & there))
            yield other.item, f"it shares {shared:.0%} of its words with {one.item.id} ({found})"


def near_duplicates(topic: Topic, items: Iterable[Item]) -> Iterator[tuple[Item, str]]:
    """Yields the later of two items that ask nearly the same, with the problem.

    This includes pairs that are kept apart: a repeat is a repeat on any day. `alike` judges those
    of one objective.
    """
    read = [_read(item) for item in items]
    for one, other in combinations(read, 2):
        if one.item.objective == other.item.objective:
            continue
        here, there = one.stem | one.key, other.stem | other.key
        shared = len(here & there) / len(here | there) if here | there else 0.0
        if shared >= _SHARED_WORDS and _same_tokens(one.item, other.item) >= _SAME_TOKENS:
            yield other.item, f"it asks nearly what {one.item.id} asks ({shared:.0%} of the words)"


def _apart(topic: Topic, one: str, other: str) -> bool:
    return other in topic.kept_apart_from(one) | topic.related_to(one)


def _same_tokens(one: Item, other: Item) -> float:
    texts = (" ".join(sorted(content_words(f"{item.stem} {item.key}"))) for item in (one, other))
    return token_set_ratio(*texts)


def _read(item: Item) -> _Words:
    stem = frozenset(content_words(item.stem))
    key = frozenset(content_words(item.key))
    others = frozenset(word for option in item.distractors for word in content_words(option.text))
    return _Words(item, stem, key, key - stem - others)


def _common(read: Sequence[_Words]) -> frozenset[str]:
    counts = Counter(word for each in read for word in each.stem)
    return frozenset(word for word, count in counts.items() if count > _COMMON * len(read) + 1)

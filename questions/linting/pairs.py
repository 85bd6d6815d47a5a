"""Items that spoil one another: a stem that tells another's key, and the same question twice."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations

from rapidfuzz.fuzz import token_set_ratio

from questions.items import Item
from questions.topic import Topic
from questions.wording import content_words

# A stem gives a key away if it holds this part of the words that set the key apart.
_TELLING = 0.5
_FEWEST = 2
# A word that more than this part of the stems (and one) share belongs to the subject.
_COMMON = 0.1
# Both measures must agree that two items are nearly one.
_SHARED_WORDS = 0.5  # Jaccard index of the content words of stem and key
_SAME_TOKENS = 80.0  # rapidfuzz's token set ratio, 0 to 100


@dataclass(frozen=True)
class _Words:
    item: Item
    stem: frozenset[str]
    key: frozenset[str]
    distinctive: frozenset[str]


def given_away(topic: Topic, items: Iterable[Item]) -> Iterator[tuple[Item, str]]:
    """Items with what is wrong: another's stem holds what tells this key from its distractors.

    Pairs that are kept apart or are siblings are exempt: they never come on neighbouring days.
    """
    read = [_read(item) for item in items]
    common = _common(read)
    for telling, told in permutations(read, 2):
        apart = told.distinctive - common
        shared = apart & telling.stem
        enough = len(shared) >= _FEWEST and len(shared) >= _TELLING * len(apart)
        if enough and not _parted(topic, told.item.id, telling.item.id):
            found = ", ".join(sorted(shared))
            yield told.item, f"the stem of {telling.item.id} tells its key ({found})"


def near_duplicates(topic: Topic, items: Iterable[Item]) -> Iterator[tuple[Item, str]]:
    """The later of two items that ask nearly the same, with what is wrong.

    Parted pairs are reported too: a repeat is one on whatever day it comes.
    """
    read = [_read(item) for item in items]
    for one, other in combinations(read, 2):
        here, there = one.stem | one.key, other.stem | other.key
        shared = len(here & there) / len(here | there) if here | there else 0.0
        if shared >= _SHARED_WORDS and _same_tokens(one.item, other.item) >= _SAME_TOKENS:
            yield other.item, f"it asks nearly what {one.item.id} asks ({shared:.0%} of the words)"


def _parted(topic: Topic, one: str, other: str) -> bool:
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

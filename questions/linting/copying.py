"""Runs of words that the article or the bank shares with the text that they restate."""

import re
from collections.abc import Iterator

from questions.items import Item
from questions.topic import Topic
from questions.wording import words

LONGEST_RUN = 8  # from this many words in a row on, the words are the source's

_TAG = re.compile(r"<[^<>]{1,1000}>")


def copied(topic: Topic, source: str) -> Iterator[tuple[str | None, str]]:
    """For each copied run the item (None for the article) and what is wrong."""
    texts = list(_texts(topic))
    wanted = {gram for _, _, text in texts for gram in _grams(words(text))}
    held = wanted.intersection(_grams(words(_TAG.sub(" ", source))))
    for item, where, text in texts:
        for run in _runs(words(text), held):
            yield item, f"{where} has {len(run.split())} words of the source in a row: '{run}'"


def _texts(topic: Topic) -> Iterator[tuple[str | None, str, str]]:
    for claim in topic.claims.values():
        yield None, f"{claim.id}'s title", claim.title
        yield None, claim.id, claim.text
    for item in topic.items:
        if item.status != "retired":
            yield from ((item.id, where, text) for where, text in _item_texts(item))


def _item_texts(item: Item) -> Iterator[tuple[str, str]]:
    for field in ("objective", "stem", "explanation", "more"):
        yield f"the {field}", getattr(item, field)
    for place, option in enumerate(item.options, 1):
        yield f"option {place}", option.text
        yield f"the reason of option {place}", option.why or ""


def _grams(spoken: list[str]) -> Iterator[tuple[str, ...]]:
    return zip(*(spoken[start:] for start in range(LONGEST_RUN)), strict=False)


def _runs(spoken: list[str], held: set[tuple[str, ...]]) -> Iterator[str]:
    """The longest runs whose every stretch of LONGEST_RUN words is held."""
    end = -1
    start = 0
    for place, gram in enumerate(_grams(spoken)):
        if gram not in held:
            continue
        if place > end - LONGEST_RUN + 1:
            if end >= 0:
                yield " ".join(spoken[start:end])
            start = place
        end = place + LONGEST_RUN
    if end >= 0:
        yield " ".join(spoken[start:end])

"""Word runs that the article or the bank shares with the source that it restates."""

import re
from collections.abc import Iterator

from questions.items import Item
from questions.strict_yaml import field_name
from questions.topic import Topic
from questions.wording import words

COPIED_RUN = 8  # words in a row that count as copied

_TAG = re.compile(r"<[^<>]{1,1000}>")


def copied(
    topic: Topic, source: str, item_id: str | None = None
) -> Iterator[tuple[str | None, str]]:
    """Yields each copied run as its item (None for the article) and the problem.

    Drafts quote the article until it is restated, so a run in both is reported only for the
    article. With `item_id`, compares only that item and reports every run.
    """
    texts = list(_texts(topic, item_id))
    wanted = {gram for _, _, text in texts for gram in _grams(words(text))}
    in_source = wanted.intersection(_grams(words(_TAG.sub(" ", source))))
    in_article = {gram for item, _, text in texts if item is None for gram in _grams(words(text))}
    for item, where, text in texts:
        quotes = item is not None and item.status == "draft"
        held = in_source - in_article if quotes else in_source
        for run in _runs(words(text), held):
            problem = f"{where} has {len(run.split())} words of the source in a row: '{run}'"
            yield item.id if item else None, problem


def _texts(topic: Topic, item_id: str | None) -> Iterator[tuple[Item | None, str, str]]:
    for statement in topic.statements.values() if item_id is None else ():
        yield None, f"{statement.id}'s title", statement.title
        yield None, statement.id, statement.text
    for objective in topic.objectives.values() if item_id is None else ():
        yield None, f"the objective {objective.id}", objective.text
    for item in topic.items:
        if item.status != "retired" and item_id in (None, item.id):
            yield from ((item, f"`{field_name(path)}`", text) for path, text in item.texts.items())


def _grams(spoken: list[str]) -> Iterator[tuple[str, ...]]:
    return zip(*(spoken[start:] for start in range(COPIED_RUN)), strict=False)


def _runs(spoken: list[str], copied: set[tuple[str, ...]]) -> Iterator[str]:
    """Returns the longest runs in which every COPIED_RUN words in a row are in `copied`."""
    end = -1
    start = 0
    for place, gram in enumerate(_grams(spoken)):
        if gram not in copied:
            continue
        if place > end - COPIED_RUN + 1:
            if end >= 0:
                yield " ".join(spoken[start:end])
            start = place
        end = place + COPIED_RUN
    if end >= 0:
        yield " ".join(spoken[start:end])

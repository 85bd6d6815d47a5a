"""Finds the key point that a draft is about, and drafts on key points that have none."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from questions.drafting.draft import Draft, Wrong, label
from questions.drafting.phrases import Pool, key_sentence, padded, reason
from questions.items import UNFINISHED
from questions.statements import Statement
from questions.wording import content_words

# A word in only one key point counts 1, a word in two counts 1/2, and so on.
_WHOLE = 1_000_000
# Of 63 reviewed B12 items whose first statement is not a key point, 20 pass all three tests; for
# 19 of these (95 %) the reviewers chose the same key point. If one word found only in the best key
# point were enough, it would be 34 of 58 (59 %).
_RELATED = 2 * _WHOLE
_LEAD = _WHOLE
_SHARE = 0.15


class KeyPointIndex:
    """Finds the key point that a text is about, by words that few key points share.

    Words of the article's title do not count.
    """

    def __init__(self, title: str, key_points: Sequence[Statement]) -> None:
        self._all = key_points
        everywhere = set(content_words(title))
        self._points: dict[str, list[str]] = {}
        for statement in key_points:
            title = statement.title if UNFINISHED not in statement.title else ""
            for word in sorted({*content_words(f"{title} {statement.text}")} - everywhere):
                self._points.setdefault(word, []).append(statement.id)

    def find(self, text: str) -> str | None:
        """Returns the id of the key point that shares most words with the text.

        Returns None if these are too few, or another key point shares nearly as many.
        """
        own = set(content_words(text))
        weights = self._weights(own)
        (best, most), (_, second) = [*weights.most_common(2), ("", 0), ("", 0)][:2]
        clear = most >= max(_RELATED, _SHARE * _WHOLE * len(own)) and most - second >= _LEAD
        return best if clear else None

    def cited(self, cites: Sequence[str]) -> Statement | None:
        """Returns the first key point among the citations, or None."""
        return next((each for name in cites for each in self._all if each.id == name), None)

    def nearest(self, text: str) -> Statement:
        """Returns the key point that shares most words with the text, however few they are."""
        weights = self._weights(set(content_words(text)))
        return max(self._all, key=lambda statement: weights[statement.id])

    def _weights(self, own: Iterable[str]) -> Counter[str]:
        weights = Counter[str]()
        for word in own:
            points = self._points.get(word, [])
            for point in points:
                # Integers: a sum of floats would depend on the order of the set.
                weights[point] += _WHOLE // len(points)
        return weights


def key_point_drafts(
    key_points: Sequence[Statement], all_key_points: Sequence[Statement]
) -> Iterator[Draft]:
    """Yields a draft for each of `key_points`, with distractors from `all_key_points`."""
    said = {statement.id: key_sentence(statement.text) for statement in all_key_points}
    pool = Pool(
        Wrong(each.option, f"That is said about {label(statement)}.", statement.id)
        for statement in all_key_points
        if (each := said[statement.id])
    )
    for statement in key_points:
        if each := said.get(statement.id):
            yield Draft(
                kind="point",
                subject=statement.title,
                cites=(statement.id,),
                evidence=(each.sentence,),
                level="recall",
                difficulty="easy",
                stem=f"The topic is {label(statement)}. Which statement belongs to it?",
                key=each.option,
                wrong=padded(pool.like(each.option, statement.id)),
                explanation=reason(statement.text, each.option),
            )

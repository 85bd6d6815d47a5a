"""The points that a topic wants to be remembered: which one a draft serves, and the fallback where
nothing better was drafted on one.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from questions.drafting.draft import Draft, Wrong, label
from questions.drafting.phrases import Pool, key_sentence, padded, reason
from questions.items import UNFINISHED
from questions.statements import Statement
from questions.wording import content_words

# A word that stands in one point alone counts 1, one that stands in two counts 1/2, and so on.
_WHOLE = 1_000_000
# Of the 63 reviewed items on vitamin B12 whose first statement is no key point, 20 pass all three; for
# 19 of these (95 %) the reviewers had chosen the same point. Where one word that the best point has
# alone is enough, it is 34 of 58 (59 %).
_RELATED = 2 * _WHOLE
_LEAD = _WHOLE
_SHARE = 0.15


class PointIndex:
    """Finds the point that a text is about, by the words that few points share.

    Words of the article's title say nothing: everything is about them.
    """

    def __init__(self, title: str, points: Sequence[Statement]) -> None:
        everywhere = set(content_words(title))
        self._points: dict[str, list[str]] = {}
        for statement in points:
            title = statement.title if UNFINISHED not in statement.title else ""
            for word in sorted({*content_words(f"{title} {statement.text}")} - everywhere):
                self._points.setdefault(word, []).append(statement.id)

    def served(self, text: str) -> str | None:
        """The id of the point that shares most with the text.

        None where that is too little, or where another point shares nearly as much.
        """
        weights = Counter[str]()
        own = set(content_words(text))
        for word in own:
            points = self._points.get(word, [])
            for point in points:
                # Whole numbers: a sum of fractions would depend on the order of the set.
                weights[point] += _WHOLE // len(points)
        (best, most), (_, second) = [*weights.most_common(2), ("", 0), ("", 0)][:2]
        clear = most >= max(_RELATED, _SHARE * _WHOLE * len(own)) and most - second >= _LEAD
        return best if clear else None


def point_drafts(points: Sequence[Statement], all_points: Sequence[Statement]) -> Iterator[Draft]:
    """A draft for each of `points`; distractors are what is said of the others of `all_points`."""
    said = {statement.id: key_sentence(statement.text) for statement in all_points}
    pool = Pool(
        Wrong(each.option, f"That is said of {label(statement)}.", statement.id)
        for statement in all_points
        if (each := said[statement.id])
    )
    for statement in points:
        if each := said.get(statement.id):
            yield Draft(
                kind="point",
                subject=statement.title,
                cites=(statement.id,),
                evidence=(each.sentence,),
                objective=f"Recall the key point {label(statement)}.",
                level="recall",
                difficulty="easy",
                stem=f"The topic is {label(statement)}. Which statement belongs to it?",
                key=each.option,
                wrong=padded(pool.like(each.option, statement.id)),
                explanation=reason(statement.text, each.option),
            )

"""The points that a topic wants to be remembered: which one a draft serves, and the fallback where
nothing better was drafted on one.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from questions.claims import Claim
from questions.drafting.draft import Draft, Wrong, label
from questions.drafting.phrases import Pool, padded, reason, statement
from questions.wording import content_words

# A word that stands in one point alone counts 1, one that stands in two counts 1/2, and so on.
_RELATED = 1.0


class PointIndex:
    """Finds the point that a text is about, by the words that few points share.

    Words of the article's title say nothing: everything is about them.
    """

    def __init__(self, title: str, points: Sequence[Claim]) -> None:
        everywhere = set(content_words(title))
        self._words = {
            claim.id: set(content_words(f"{claim.title} {claim.text}")) - everywhere
            for claim in points
        }
        self._counts = Counter(word for found in self._words.values() for word in found)

    def served(self, text: str) -> str | None:
        """The id of the point that shares most with the text; None where that is too little."""
        own = set(content_words(text))
        weights = {
            name: sum(1 / self._counts[word] for word in own & found)
            for name, found in self._words.items()
        }
        best = max(weights, key=lambda name: weights[name], default=None)
        return best if best is not None and weights[best] >= _RELATED else None


def point_drafts(points: Sequence[Claim], all_points: Sequence[Claim]) -> Iterator[Draft]:
    """A draft for each of `points`; distractors are what is said of the others of `all_points`."""
    said = {claim.id: statement(claim.text) for claim in all_points}
    pool = Pool(
        Wrong(each.option, f"That is said of {label(claim)}.", claim.id)
        for claim in all_points
        if (each := said[claim.id])
    )
    for claim in points:
        if each := said.get(claim.id):
            yield Draft(
                kind="point",
                subject=claim.title,
                cites=(claim.id,),
                evidence=(each.sentence,),
                objective=f"Recall the key point {label(claim)}.",
                level="recall",
                difficulty="easy",
                stem=f"The topic is {label(claim)}. Which statement belongs to it?",
                key=each.option,
                wrong=padded(pool.like(each.option, claim.id)),
                explanation=reason(claim.text, each.option),
            )

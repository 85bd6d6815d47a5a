"""Which claim an imported question rests on, and which of its sentences says so."""

from collections.abc import Mapping, Sequence

from questions.claims import Claim, lost
from questions.wording import content_words, overlap, sentences


class Grounding:
    """The claims of a topic, read once for many questions."""

    def __init__(self, claims: Mapping[str, Claim]) -> None:
        self._claims = claims
        self._words = {
            name: frozenset(content_words(f"{claim.title} {claim.text}"))
            for name, claim in claims.items()
        }
        self._sentences = {name: sentences(claim.text) for name, claim in claims.items()}

    def nearest(self, text: str) -> str | None:
        """The claim that shares most words with the text; None if none shares any."""
        own = set(content_words(text))
        shared = {name: len(own & held) for name, held in self._words.items()}
        best = max(shared, key=shared.__getitem__, default=None)
        return best if best is not None and shared[best] else None

    def evidence(self, cites: Sequence[str], text: str) -> tuple[str, ...]:
        """The sentence of the cited claims that shares most with the text, word for word."""
        candidates = [each for name in cites for each in self._sentences[name]]
        best = max(candidates, key=lambda sentence: overlap(text, sentence), default=None)
        return () if best is None else (best,)

    def stands(self, words: str, cites: Sequence[str]) -> bool:
        """Whether the words stand in one of the cited claims."""
        return not lost([words], (self._claims[name] for name in cites))

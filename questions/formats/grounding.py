"""Which statement an imported question rests on, and which of its sentences says so."""

from collections.abc import Mapping, Sequence

from questions.statements import Statement, lost
from questions.wording import content_words, overlap, sentences


class Grounding:
    """The statements of a topic, read once for many questions."""

    def __init__(self, statements: Mapping[str, Statement]) -> None:
        self._statements = statements
        self._words = {
            name: frozenset(content_words(f"{statement.title} {statement.text}"))
            for name, statement in statements.items()
        }
        self._sentences = {
            name: sentences(statement.text) for name, statement in statements.items()
        }

    def nearest(self, text: str) -> str | None:
        """The statement that shares most words with the text; None if none shares any."""
        own = set(content_words(text))
        shared = {name: len(own & held) for name, held in self._words.items()}
        best = max(shared, key=shared.__getitem__, default=None)
        return best if best is not None and shared[best] else None

    def evidence(self, cites: Sequence[str], text: str) -> tuple[str, ...]:
        """The sentence of the cited statements that shares most with the text, word for word."""
        candidates = [each for name in cites for each in self._sentences[name]]
        best = max(candidates, key=lambda sentence: overlap(text, sentence), default=None)
        return () if best is None else (best,)

    def stands(self, words: str, cites: Sequence[str]) -> bool:
        """Whether the words stand in one of the cited statements."""
        return not lost([words], (self._statements[name] for name in cites))

"""Finds evidence in statements, so that it can be marked there."""

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Piece:
    """A part of a text. `evidence` is true if an item rests on these words."""

    text: str
    evidence: bool = False


def pieces(text: str, evidence: Iterable[str]) -> tuple[Piece, ...]:
    """Splits the text at the borders of the evidence. Line breaks do not matter.

    Adjacent and overlapping evidence is one piece.
    """
    borders: list[list[int]] = []
    for start, end in sorted(_spans(text, evidence)):
        if borders and start <= borders[-1][1]:
            borders[-1][1] = max(end, borders[-1][1])
        else:
            borders.append([start, end])
    parts: list[Piece] = []
    at = 0
    for start, end in borders:
        parts += [Piece(text[at:start]), Piece(text[start:end], evidence=True)]
        at = end
    return tuple(part for part in (*parts, Piece(text[at:])) if part.text)


def _spans(text: str, evidence: Iterable[str]) -> Iterable[tuple[int, int]]:
    for words in evidence:
        pattern = r"\s+".join(map(re.escape, words.split()))
        for match in re.finditer(pattern, text) if pattern else ():
            yield match.span()

"""Finds the words of the evidence in the statements, to show them where they stand."""

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Piece:
    """A part of a text; `evidence` tells whether an item rests on these words."""

    text: str
    evidence: bool = False


def pieces(text: str, evidence: Iterable[str]) -> tuple[Piece, ...]:
    """The text cut at the borders of the evidence; joined again, the pieces are the text.

    Line breaks do not matter, neighbouring and overlapping words of evidence become one piece.
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

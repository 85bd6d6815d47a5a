"""Sentences, words and text overlap, for reading articles and judging items.

Stop words and stems are English; texts in other languages pass through unchanged.
"""

import re
import unicodedata
from functools import lru_cache

import snowballstemmer

# Function words carry grammar, not content.
STOP_WORDS = frozenset(
    """
    a about above after again against all also although am among an and another any are as at be
    because been before being below between both but by can cannot could did do does doing done
    down during each either else enough even ever every few for from further get gets give given
    gives had has have having he her here hers him his how however i if in into is it its itself
    just kind least less let like likely made mainly make makes making many may might more most
    much must near neither no nor not of off often on once one only or other others our out over
    own part people person per quite rather same she should since so some somebody someone
    something such than that the their them then there these they this those through thus to too
    toward towards under until up upon us use used using usually very was way we well were what
    when where whether which while who whom whose why will with within without would yet you your
    """.split()
)
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
# Normalising many combining marks in a row takes time in the square of their number.
_PIECE = re.compile(r"(?s).{1,500}(?!\S)|.{1,500}")
_STEMMER = snowballstemmer.stemmer("english")
# A full stop after these does not end a sentence.
_ABBREVIATIONS = frozenset("e.g i.e etc vs dr mr mrs ms prof st approx no fig al".split())
_SENTENCE_END = re.compile(r"([.!?…。！？][\"'”’)\]]*)\s+(?=[\"'“‘(\[]?[^\W_a-zß-öø-ÿ])")


def words(text: str) -> list[str]:
    """Returns the words in lower case, in order. Hyphens and apostrophes within words stay."""
    pieces = (unicodedata.normalize("NFKC", each) for each in _PIECE.findall(text))
    return _WORD.findall("".join(pieces).casefold())


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Returns the stem of the word, by the Snowball English stemmer (Porter 2001)."""
    return str(_STEMMER.stemWord(word))


def content_words(text: str) -> list[str]:
    """Returns the stems of words that carry meaning, in order, with repeats."""
    return [stem(word) for word in words(text) if word not in STOP_WORDS]


def overlap(text: str, other: str) -> float:
    """Returns the share of `text`'s distinct content words that are in `other`, from 0 to 1."""
    own = set(content_words(text))
    return len(own & set(content_words(other))) / len(own) if own else 0.0


def sentences(text: str) -> list[str]:
    """Returns the sentences of a paragraph, without surrounding white space."""
    parts: list[str] = []
    for piece in _SENTENCE_END.sub(r"\1\n", " ".join(text.split())).split("\n"):
        if parts and _ends_in_abbreviation(parts[-1]):
            parts[-1] += f" {piece}"
        elif piece:
            parts.append(piece)
    return parts


def _ends_in_abbreviation(text: str) -> bool:
    last = text.rsplit(maxsplit=1)[-1].strip("(\"'“‘").casefold()
    return last.endswith(".") and (
        last[:-1] in _ABBREVIATIONS or re.fullmatch(r"[^\W\d_]", last[:-1]) is not None
    )

"""Reading grade by the Flesch-Kincaid formula (Kincaid et al. 1975): years of US schooling.

Syllables are estimated from spelling, correctly for about nine in ten English words. Questions
cannot avoid the long terms that the topic teaches: the caller lists them, and they count as two
syllables, so that the grade judges the sentences around them.
"""

import re
from collections.abc import Collection, Iterable
from functools import lru_cache

from questions.wording import sentences, words

LONG_TERM = 4  # syllables; such terms of the article are unavoidable
_TERM_SYLLABLES = 2
_VOWELS = re.compile(r"[aeiouyàâäéèêëîïôöùûüáíóú]+")
# Adjacent vowels in two syllables: anaemi-a, peri-od, calci-um, vide-o, di-et, gradu-al, do-ing;
# but not in special, station, patient, people.
_APART = re.compile(
    r"(?<![ct])ia|(?<![tscgx])io(?!u)|iu|eo(?!p|us)|(?<!t)(?<![^s]c)(?<!fr)ien|iet|(?<![qg])ua"
    r"|[aeouy]ing\b"
)
_SILENT = re.compile(
    r"(?<=[^aeiouyl])e\b|(?<=[aeiouy]l)e\b|(?<=[^aeiouytd])ed\b|(?<=[^aeiouylsxzhgc])es\b"
    r"|(?<=[aeiouy]l)es\b|(?<=[gq])ue\b"
)
_EXCEPTIONS = {"area": 3, "areas": 3, "create": 2, "idea": 3, "real": 2}


@lru_cache(maxsize=16384)
def syllables(word: str) -> int:
    """Estimates the syllables of a word, at least 1. A number, read at a glance, counts as 1."""
    bare = word.casefold().replace("’", "'").removesuffix("'s")
    found = len(_VOWELS.findall(bare)) + len(_APART.findall(bare)) - len(_SILENT.findall(bare))
    return _EXCEPTIONS.get(bare, max(found, 1))


def long_terms(texts: Collection[str]) -> frozenset[str]:
    """Returns the words of the texts that have at least LONG_TERM syllables."""
    return frozenset(word for text in texts for word in words(text) if syllables(word) >= LONG_TERM)


def grade(texts: Iterable[str], terms: Collection[str] = ()) -> float:
    """Returns the Flesch-Kincaid grade of the texts together, 0.0 if they have no words.

    No sentence goes on in the next text. `terms` are in lower case.
    """
    spoken, parts = list[str](), 0
    for text in texts:
        if own := words(text):
            spoken += own
            parts += max(len(sentences(text)), 1)
    if not spoken:
        return 0.0
    total = sum(_TERM_SYLLABLES if word in terms else syllables(word) for word in spoken)
    return 0.39 * len(spoken) / parts + 11.8 * total / len(spoken) - 15.59

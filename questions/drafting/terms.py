"""Finds definitions of terms in English text.

The patterns are from the literature on definition extraction (Hearst 1992; Westerhout 2009): "X is
a Y that ...", "X, which refers to Y", "a Y called X", "X, that is, Y", "Y (X)". Text in other
languages yields nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

from questions.wording import STOP_WORDS, content_words, overlap, sentences, words

# A longer text is hardly a sentence, and would take the patterns too long.
_SENTENCE_LIMIT = 600
_TERM_WORDS = 4
_MEANING_WORDS = 22
# A meaning with fewer content words ("a high level") fits many terms.
_MEANING_CONTENT = 3
# These rate a subject instead of defining it.
_RATING = re.compile(
    r"(?:an?|the|one of(?: the)?)\s+(?:\w+ly\s+)?(?:most|best|main|primary|only|first|next|key|"
    r"more|less|fewer|longer|higher|lower|older|good|better|great|common|major|leading|important|same|reason|result|way|cause|lot|few|matter|"
    r"question|answer|issue|recogni[sz]ed|vital|crucial|essential)\b",
    re.IGNORECASE,
)
_POINTING = frozenset(
    "it its this that these those they there he she what who which such here".split()
)
# These are never defined.
_NO_TERMS = frozenset(
    """result reason aim goal answer problem point way thing things step question idea truth fact
    people one some many most others either both each all none difference study trials
    studies""".split()
)
# A term never includes these: function words, and verbs that often have a term as object.
_BEFORE_TERMS = STOP_WORDS | frozenset(
    """develop develops lack lacks need needs show shows cause causes causing contain contains treat
    treats treating help helps lead leads improve improves improving damage damages harm harms
    affect affects affecting produce produces producing form forms release releases raise raises
    lower lowers call calls including include includes carry carries hold holds build
    builds""".split()
)
_IS = re.compile(
    r"^(?P<term>[^,;:()—–]{2,60}?)\s+(?:is|are)\s+"
    r"(?P<meaning>(?:when|where|an?|the|one of)\s[^;:()—–]+)"
)
_MEANS = re.compile(
    r"^(?P<term>[^,;:()—–]{2,60}?)\s+(?:means?|refers? to|describes?|stands? for|"
    r"(?:happens?|occurs?) when)\s+(?P<meaning>[^;:()—–]+)"
)
_WHICH = re.compile(
    r"(?P<before>[^,;:()—–]+),\s+(?:which|that)\s+(?:refers? to|means?|describes?|is|are)\s+"
    r"(?P<meaning>[^,;:()—–]+)"
)
_THAT_IS = re.compile(
    r"(?P<before>[^,;:()—–]+?),?\s+\(?(?:that is|i\.e\.|in other words),?\s+"
    r"(?P<meaning>[^,;:()—–]+)",
    re.IGNORECASE,
)
_CALLED_THAT = re.compile(
    r"\b(?P<kind>(?:an?|the)\s[^,;:()—–]{2,50}?)\s+(?:called|named|known as)\s+"
    r"(?P<term>[^,;:()—–]{2,50}?)\s+(?P<rest>(?:that|which|in which|where)\s[^,;:()—–]+)"
)
_CALLED = re.compile(
    r"(?P<meaning>[^;:()—–]+?)[,\s(—–]+(?:an?\s+\w+\s+)?(?:also\s+|often\s+)?"
    r"(?:called|known as|termed)\s+(?P<term>[^,;:().—–]{2,50})(?=[,;:().—–]|$)"
)
_BRACKET = re.compile(r"(?P<before>[^;:()—–]{3,}?)\s*\((?P<inside>[^()]{3,120})\)")
_DASH = re.compile(r"(?P<before>[^;:()—–]+?)\s*[—–]\s*(?P<meaning>(?:an?|the)\s[^;:()—–]+)")
_APPOSITION = re.compile(
    r"(?P<before>[^,;:()—–]+),\s+(?P<meaning>(?:an?|the)\s[^,;:()—–]*?\b"
    r"(?:that|which|who|whose|of|in|between|around|without)\s[^,;:()—–]+)(?=[,.;:!—–]|$)"
)
_NAMING = re.compile(r"\b(?:called|known as|termed)\b")
_ENUMERATION = re.compile(r"\b(?:and|or)\s+(?:an?|the|in|of|for)\b")
_FINITE = re.compile(r"\b(?:is|are|was|were|can|may|might|has|have|will|should|must|do|does)\b")
_OPENING = re.compile(
    r"(?:for|in|with|when|if|because|after|before|once|while|by|during|as|at|although|since|to|"
    r"without|on|under|over)\b",
    re.IGNORECASE,
)
_LEADING = re.compile(
    r"^(?:(?:so that|because|and|or|but|then|so|this|thus|yes,|no,)\s+)+", re.IGNORECASE
)
_CLAUSE_END = re.compile(r",\s+(?:and|but|so|or|which|because|yet)\b|[.!?]+$")


@dataclass(frozen=True)
class Definition:
    """A term and its meaning, both in the words of `sentence`.

    `is_thing` is true for a meaning that names a thing ("the layer that lines the vessels") and
    false for one that says what happens ("the vessels widen"). As options they would look unlike.
    """

    term: str
    meaning: str
    sentence: str
    is_thing: bool


def definitions(text: str) -> Iterator[Definition]:
    """Yields the definitions in the text, in order, each term once."""
    seen: set[str] = set()
    for line in text.splitlines():
        for sentence in sentences(line.removeprefix("- ")):
            for found in _found(sentence) if len(sentence) <= _SENTENCE_LIMIT else ():
                name = " ".join(content_words(found.term))
                if name not in seen:
                    seen.add(name)
                    yield found


def _found(sentence: str) -> Iterator[Definition]:
    things = (*_said_to_be(sentence), *_appositions(sentence), *_called(sentence))
    for pairs, is_thing in ((things, True), (_restated(sentence), False)):
        for raw_term, raw_meaning in pairs:
            term, meaning = _tidy_term(raw_term), _tidy_meaning(raw_meaning)
            if _is_term(term) and _is_meaning(meaning) and not overlap(term, meaning):
                yield Definition(term, meaning, sentence, is_thing)


def _said_to_be(sentence: str) -> Iterator[tuple[str, str]]:
    match = _IS.match(sentence) or _MEANS.match(sentence)
    if match and not _RATING.match(match["meaning"]):
        yield match["term"], match["meaning"]


def _appositions(sentence: str) -> Iterator[tuple[str, str]]:
    for form in (_WHICH, _DASH, _APPOSITION):
        for match in form.finditer(sentence):
            if form is not _APPOSITION or _stands_alone(match):
                yield _last_noun_phrase(match["before"]), match["meaning"]


def _called(sentence: str) -> Iterator[tuple[str, str]]:
    for match in _CALLED_THAT.finditer(sentence):
        yield match["term"], f"{match['kind']} {match['rest']}"
    for match in _CALLED.finditer(sentence):
        yield match["term"], _last_clause(match["meaning"])


def _restated(sentence: str) -> Iterator[tuple[str, str]]:
    for match in _THAT_IS.finditer(sentence):
        yield match["before"], match["meaning"]
    for match in _BRACKET.finditer(sentence):
        yield from _bracketed(match["before"], match["inside"])


def _bracketed(before: str, inside: str) -> Iterator[tuple[str, str]]:
    """Reads "Y (X)" and "X (a Y ...)". Examples and abbreviations in brackets define nothing."""
    if _NAMING.search(inside):
        return  # "(a condition called X)" is another pattern
    if re.match(r"(?:an?|the)\s", inside):
        yield _last_noun_phrase(before), inside
    elif re.search(r"\d\S*$", before):
        return  # "vitamin B9 (folate)": two names
    elif inside.islower() and len(inside.split()) <= 3 and not re.search(r"[,\d.]|\bor\b", inside):
        yield inside, _last_clause(before)


def _stands_alone(match: re.Match[str]) -> bool:
    """Returns whether the match is neither part of an enumeration nor a main clause.

    Examples: "The skin, the lining of the gut and the hair"; "In winter, the need for iron is
    greater".
    """
    meaning = match["meaning"]
    head = re.split(r"\b(?:that|which|who|whose)\b", meaning)[0]
    return not (
        _ENUMERATION.search(meaning)
        or _RATING.match(meaning)
        or _FINITE.search(head)
        or (match.start() == 0 and _OPENING.match(match["before"]))
    )


def _last_noun_phrase(text: str) -> str:
    """Returns the words after the last function word; empty if they are too many to be sure."""
    parts = text.split()
    tail = list(takewhile(lambda word: word.casefold() not in _BEFORE_TERMS, reversed(parts)))
    sure = len(tail) < len(parts) or len(tail) <= 2
    return " ".join(reversed(tail)) if sure and len(tail) <= 3 else ""


def _last_clause(text: str) -> str:
    """Returns the last clause of the text, which is all of a short text."""
    for mark in (r"\bso that\s", r"\bbecause\s", r",\s+(?:and|or|but|so|which)\s", r",\s+"):
        pieces = re.split(mark, text)
        if mark != r",\s+" or len(text.split()) > 14:
            text = pieces[-1]
    return text


def _tidy_term(text: str) -> str:
    text = re.sub(r"^(?:the|an?)\s+", "", text.strip(" \"'“”‘’"), flags=re.IGNORECASE)
    return text.strip(" .,;:\"'“”‘’")


def _tidy_meaning(text: str) -> str:
    if end := _CLAUSE_END.search(text):
        text = text[: end.start()]
    return _LEADING.sub("", text.strip(" \"'“”‘’")).strip(" ,;:.")


def _is_term(term: str) -> bool:
    parts = words(term)
    return (
        0 < len(parts) <= _TERM_WORDS
        and bool(content_words(term))
        and parts[0] not in STOP_WORDS
        and not (_POINTING | _NO_TERMS) & set(parts)
        and not term.isdigit()
    )


def _is_meaning(meaning: str) -> bool:
    parts = words(meaning)
    return (
        len(content_words(meaning)) >= _MEANING_CONTENT
        and len(parts) <= _MEANING_WORDS
        and parts[0] not in _POINTING
        and parts[-1] not in STOP_WORDS
        and parts[0] not in {"no", "not", "never"}
        and meaning.count(",") <= 1
    )

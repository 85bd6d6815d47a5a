"""Flaws of the stem: what each check yields is the problem, in words."""

import re
from collections.abc import Iterator

from questions.linting.shown import Shown

# More words than this are seldom all needed; they cost reading time, not thought.
LONGEST_STEM = 50

_CODE = re.compile(r"`[^`]*`")
# Two or more underscores, four or more dots or dashes; three dots only where the stem ends.
_BLANK = re.compile(
    r"(?<![^\W_])(?:_ ?){2,}(?![^\W_])|\.{4,}|-{4,}|[\[(]blank[\])]|(?:\.{3}|…)\s*\??$",
    re.IGNORECASE,
)
_NEGATIVE = re.compile(
    r"\b(?:not|except|excluding|least|false|incorrect|untrue|never|cannot|unlike"
    r"|odd one out|(?:is|are) wrong)\b|n['’]t\b"
    r"|^(?:which|what)(?: [\w'’-]+){0,3} lacks\b",
    re.IGNORECASE,
)
# Where a negative word asks for nothing negative: reasons asked for, conditions, set phrases.
_REASON = re.compile(r"(?:why|how)\b", re.IGNORECASE)
_ASIDE = re.compile(r"\b(?:if|when|unless|because|although|who|whose)\b[^,?]*", re.IGNORECASE)
_SET_PHRASE = re.compile(
    r"\b(?:at least|not least|except for|not only|whether or not"
    r"|false (?:alarm|positive|negative|tooth|teeth|rib|start)s?)\b",
    re.IGNORECASE,
)


def fill_in_blank(item: Shown) -> Iterator[str]:
    if _BLANK.search(_CODE.sub("", item.stem)):
        yield "the stem has a gap to fill"


def no_question_mark(item: Shown) -> Iterator[str]:
    if not item.stem.rstrip().endswith(("?", "？", "؟")):
        yield "the stem does not end with a question mark"


def negative(item: Shown) -> Iterator[str]:
    """Only the lead-in counts: a person who does not eat meat is part of a case."""
    if _REASON.match(item.lead_in):
        return
    asked = _SET_PHRASE.sub("", _ASIDE.sub("", item.lead_in))
    if match := _NEGATIVE.search(asked):
        yield f"it asks in the negative ('{match[0]}')"


def gratuitous(item: Shown) -> Iterator[str]:
    if (count := len(item.stem.split())) > LONGEST_STEM:
        yield f"the stem has {count} words"

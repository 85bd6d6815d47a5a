"""Cuts sentences to the length of an option, and chooses distractors similar to the key."""

import bisect
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from questions.drafting.draft import Wrong
from questions.items import EXPLANATION_LIMIT, OPTION_LIMIT, UNFINISHED, poll_length
from questions.statements import normalised
from questions.wording import overlap, sentences, words

# Fewer words, such as "Probably not.", are hardly an answer.
_SENTENCE_WORDS = 4
# A sentence with such a first word depends on the one before it.
_DANGLING = frozenset("it its that this these those they them he she such so but yet also".split())
# With this share of common content words, two options say nearly the same.
_ALIKE = 0.7
# A key stands out if it is longer than the longest distractor times this (Haladyna, Downing and
# Rodriguez 2002, guideline 22: keep options about equal in length).
_OUTLIER = 1.25
_WINDOW = 24
# Options that differ by less than this many characters look equally long.
_LENGTH_STEP = 8
# A sentence stays true without such an afterthought. What narrows it ("if", "in people who",
# "unless", "but") is never cut.
_AFTERTHOUGHT = re.compile(
    r"\s*(?:;|:|\s[–—-]\s|—|,\s+(?:and|so|which|because|since|as|for example|such as|including)\b)",
    re.IGNORECASE,
)
# Narrowing words after this many words belong to the afterthought.
_TAIL_WORDS = 4
_SEARCHED = 4 * OPTION_LIMIT
_NARROWING = re.compile(
    r"\b(?:if|unless|but|only|except|although|though|however|while|when|where|until|yet|not)\b",
    re.IGNORECASE,
)


def capital(text: str) -> str:
    """Returns the text with a capital first letter and without final punctuation."""
    text = text.strip().rstrip(".;:,").strip()
    return text[:1].upper() + text[1:]


def small(text: str) -> str:
    """Returns the text with a small first letter, unless it may start with a name (PAD, B12)."""
    first = text.split(maxsplit=1)[0] if text else ""
    named = first[1:] != first[1:].lower() or any(map(str.isdigit, first))
    return text if named else text[:1].lower() + text[1:]


def as_option(text: str) -> str | None:
    """Returns the text as an option, cut at an afterthought if it is long; None if none fits."""
    for cut in (text, *_shorter(text)):
        option = capital(cut)
        if option and poll_length(option) <= OPTION_LIMIT:
            return option
    return None


def _shorter(text: str) -> Iterable[str]:
    """Yields beginnings of the text that are complete, longest first."""
    text = text[:_SEARCHED]
    for match in reversed(list(_AFTERTHOUGHT.finditer(text))):
        beginning = text[: match.start()]
        tail = " ".join(text[match.start() :].split()[:_TAIL_WORDS])
        enumerates = "," in beginning and tail.startswith(", and")
        if len(beginning.split()) >= 4 and not enumerates and not _NARROWING.search(tail):
            yield beginning


def explanation(*texts: str) -> str:
    """Returns the first text that fits below a poll, or a note to write one."""
    for text in map(normalised, texts):
        if text and poll_length(text) <= EXPLANATION_LIMIT:
            return text[:1].upper() + text[1:]
    return f"{UNFINISHED}: say in one or two sentences why the first option is correct."


@dataclass(frozen=True)
class KeySentence:
    """An option from a statement, and the sentence or two that it is from."""

    option: str
    sentence: str


def key_sentence(text: str) -> KeySentence | None:
    """Returns the first sentence as an option; None if it cannot be one.

    A very short sentence ("It can.") is joined with the next one or replaced by it.
    """
    found = sentences(text)
    candidates = found[:1]
    if len(found) > 1 and len(found[0].split()) < _SENTENCE_WORDS:
        candidates = [f"{found[0]} {found[1]}", found[1], found[0]]
    for sentence in candidates:
        if option := as_option(sentence):
            return KeySentence(option, sentence)
    return None


def reason(text: str, key: str) -> str:
    """Returns an explanation: the statement, or its sentences beyond the key, or the first one."""
    found = sentences(text)
    rest = [each for each in found if key.casefold() not in each.casefold()]
    hangs = bool(rest) and bool(_DANGLING & set(words(rest[0])[:1]))
    beyond = () if hangs else (" ".join(rest[:2]), *rest[:1])
    return explanation(text, *beyond, *found[:1])


class Pool:
    """Candidate distractors, sorted by length for a quick search.

    Among equals, those chosen least often come first: people learn to recognise distractors that
    keep coming back.
    """

    def __init__(self, wrongs: Iterable[Wrong]) -> None:
        self._sorted = sorted(wrongs, key=lambda wrong: (len(wrong.text), wrong.text, wrong.why))
        self._lengths = [len(wrong.text) for wrong in self._sorted]
        self._chosen: Counter[str] = Counter()

    def like(self, key: str, group: str = "", count: int = 3) -> tuple[Wrong, ...]:
        """Returns distractors as `near` does, or none if the key would stand out as the longest."""
        found = self.near(key, group, count)
        if stands_out(key, found):
            return ()
        self._chosen.update(wrong.text for wrong in found)
        return found

    def near(
        self,
        key: str,
        group: str = "",
        count: int = 3,
        suits: Callable[[Wrong], bool] = lambda wrong: True,
    ) -> tuple[Wrong, ...]:
        """Returns up to `count` distractors of about the key's length, none of its group."""
        at = bisect.bisect_left(self._lengths, len(key))
        window = self._sorted[max(0, at - _WINDOW) : at + _WINDOW]
        window.sort(key=lambda wrong: self._rank(wrong, key))
        others = [each for each in window if not group or each.group != group]
        return differing(key, filter(suits, others), count)

    def _rank(self, wrong: Wrong, key: str) -> tuple[int, int, str]:
        unlike = abs(len(wrong.text) - len(key)) // _LENGTH_STEP
        return unlike + self._chosen[wrong.text], len(wrong.text), wrong.text


def differing(
    key: str, wrongs: Iterable[Wrong], count: int, besides: tuple[str, ...] = ()
) -> tuple[Wrong, ...]:
    """Returns the first `count` that fit an option and say something different."""
    chosen: list[Wrong] = []
    for wrong in wrongs:
        if len(chosen) == count:
            break
        taken = (key, *besides, *(each.text for each in chosen))
        if poll_length(wrong.text) <= OPTION_LIMIT and not any(
            alike(wrong.text, other) for other in taken
        ):
            chosen.append(wrong)
    return tuple(chosen)


def alike(text: str, other: str, limit: float = _ALIKE) -> bool:
    """Returns whether one contains the other, or they share most of their content words."""
    one, two = text.casefold(), other.casefold()
    if one in two or two in one:
        return True
    return max(overlap(text, other), overlap(other, text)) >= limit


def stands_out(key: str, wrongs: Sequence[Wrong]) -> bool:
    """Returns whether the key is clearly the longest option."""
    longest = max((len(wrong.text) for wrong in wrongs), default=0)
    return bool(wrongs) and len(key) > _OUTLIER * longest and len(key.split()) >= 4


def padded(wrongs: Sequence[Wrong]) -> tuple[Wrong, ...]:
    """Returns the distractors, and notes to write more if there are fewer than two.

    The notes are long, so that no key stands out.
    """
    notes = (
        Wrong(
            f"{which}, {UNFINISHED}: false yet plausible, like the key in kind, in length and form",
            f"{UNFINISHED}: say kindly why it is wrong.",
        )
        for which in ("One distractor", "Another one")[len(wrongs) :]
    )
    return (*wrongs, *notes)

"""Cutting sentences to the length of an option, and choosing distractors that are like the key."""

import bisect
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from questions.drafting.draft import Wrong
from questions.items import EXPLANATION_LIMIT, OPTION_LIMIT, UNFINISHED, poll_length
from questions.statements import normalised
from questions.wording import overlap, sentences, words

# "Probably not." answers, but only just.
_SENTENCE_WORDS = 4
# A sentence that begins like this hangs on the one before it.
_DANGLING = frozenset("it its that this these those they them he she such so but yet also".split())
# Above this share of common content words, two options say nearly the same.
_ALIKE = 0.7
# The key is a visible outlier where it is longer than this times the next option (Haladyna,
# Downing and Rodriguez 2002, guideline 22: keep options about equal in length).
_OUTLIER = 1.25
_WINDOW = 24
# Options that differ by less than this many characters look equally long.
_LENGTH_STEP = 8
# A sentence may lose such an afterthought without becoming untrue. What narrows it ("if", "in
# people who", "unless", "but") is never cut off.
_AFTERTHOUGHT = re.compile(
    r"\s*(?:;|:|\s[–—-]\s|—|,\s+(?:and|so|which|because|since|as|for example|such as|including)\b)",
    re.IGNORECASE,
)
# Further on, such a word belongs to what is cut off.
_TAIL_WORDS = 4
_SEARCHED = 4 * OPTION_LIMIT
_NARROWING = re.compile(
    r"\b(?:if|unless|but|only|except|although|though|however|while|when|where|until|yet|not)\b",
    re.IGNORECASE,
)


def capital(text: str) -> str:
    """The text with a capital first letter, and without the full stop that ends a sentence."""
    text = text.strip().rstrip(".;:,").strip()
    return text[:1].upper() + text[1:]


def small(text: str) -> str:
    """The text with a small first letter, unless its first word looks like a name (PAD, B12)."""
    first = text.split(maxsplit=1)[0] if text else ""
    named = first[1:] != first[1:].lower() or any(map(str.isdigit, first))
    return text if named else text[:1].lower() + text[1:]


def as_option(text: str) -> str | None:
    """The text as an option, cut at an afterthought where it is too long; None if none fits."""
    for cut in (text, *_shorter(text)):
        option = capital(cut)
        if option and poll_length(option) <= OPTION_LIMIT:
            return option
    return None


def _shorter(text: str) -> Iterable[str]:
    """The beginnings of the text that stand by themselves, the longest first."""
    text = text[:_SEARCHED]
    for match in reversed(list(_AFTERTHOUGHT.finditer(text))):
        beginning = text[: match.start()]
        tail = " ".join(text[match.start() :].split()[:_TAIL_WORDS])
        enumerates = "," in beginning and tail.startswith(", and")
        if len(beginning.split()) >= 4 and not enumerates and not _NARROWING.search(tail):
            yield beginning


def explanation(*texts: str) -> str:
    """The first of the texts that Telegram can show below a poll, or a note to write one."""
    for text in map(normalised, texts):
        if text and poll_length(text) <= EXPLANATION_LIMIT:
            return text[:1].upper() + text[1:]
    return f"{UNFINISHED}: say in one or two sentences why the first option is right."


@dataclass(frozen=True)
class KeySentence:
    """What a statement says first: as an option, and the sentence(s) of the statement that hold it."""

    option: str
    sentence: str


def key_sentence(text: str) -> KeySentence | None:
    """The first sentence that can be an option; None if none can.

    "It can." says too little by itself: such a beginning takes the next sentence with it, or
    leaves the word to it.
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
    """An explanation from a statement: all of it, or what it says beyond the key, or the key's part."""
    found = sentences(text)
    rest = [each for each in found if key.casefold() not in each.casefold()]
    hangs = bool(rest) and bool(_DANGLING & set(words(rest[0])[:1]))
    beyond = () if hangs else (" ".join(rest[:2]), *rest[:1])
    return explanation(text, *beyond, *found[:1])


class Pool:
    """Candidate distractors, ordered by length, so that those like a key are found quickly.

    Those that were chosen least often so far come first among equals: a bank whose distractors
    keep returning is learnt by its distractors.
    """

    def __init__(self, wrongs: Iterable[Wrong]) -> None:
        self._sorted = sorted(wrongs, key=lambda wrong: (len(wrong.text), wrong.text, wrong.why))
        self._lengths = [len(wrong.text) for wrong in self._sorted]
        self._chosen: Counter[str] = Counter()

    def like(self, key: str, group: str = "", count: int = 3) -> tuple[Wrong, ...]:
        """As `near`, but none at all where the key would stand out as the longest."""
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
        """Up to `count` distractors of nearly the key's length, none of the key's own group."""
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
    """The first `count` that are options, and are like neither the key nor any other option."""
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
    """Whether one holds the other, or they share most of their content words."""
    one, two = text.casefold(), other.casefold()
    if one in two or two in one:
        return True
    return max(overlap(text, other), overlap(other, text)) >= limit


def stands_out(key: str, wrongs: Sequence[Wrong]) -> bool:
    """Whether the key is clearly the longest option."""
    longest = max((len(wrong.text) for wrong in wrongs), default=0)
    return bool(wrongs) and len(key) > _OUTLIER * longest and len(key.split()) >= 4


def padded(wrongs: Sequence[Wrong]) -> tuple[Wrong, ...]:
    """The distractors; where there are fewer than two, notes to write the others.

    The notes are so long that no key stands out beside them.
    """
    notes = (
        Wrong(
            f"{which}, {UNFINISHED}: false yet plausible, like the key in kind, in length and form",
            f"{UNFINISHED}: say kindly why it is not right.",
        )
        for which in ("One distractor", "Another one")[len(wrongs) :]
    )
    return (*wrongs, *notes)

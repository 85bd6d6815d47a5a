"""Finds calls for help in what people write, and says whom to call; nothing of it is stored.

The words are in emergencies.yaml. A text is matched without case, accents and punctuation, and with
typing errors: one in a word of four letters or more, two in one of eight or more.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

import yaml
from babel.core import get_global

from quizbot.telegram.messages.markup import Message, bold, message
from quizbot.telegram.messages.words import Words

_MOST_READ = 1000  # characters of a text
_GAP = 2  # other words between two words of a phrase
_NEAR = 9  # words: how far apart the groups of a phrase with a plus may stand
_PLUS = frozenset("+")
_MANY_PILLS = 10

_Phrase = Sequence[frozenset[str]]  # the words that may stand at each place


class Emergency(StrEnum):
    """What somebody needs help with."""

    MEDICAL = "medical"
    SELF_HARM = "self_harm"


def emergency_advice(w: Words, emergency: Emergency, zone: str = "") -> Message:
    """Returns whom to call. `zone` is the sender's time zone, which tells the country, if known."""
    numbers = _numbers().get(get_global("zone_territories").get(zone, ""), {})
    ambulance = bold(numbers["emergency"]) if numbers else ""
    if emergency is Emergency.MEDICAL:
        told = (
            w._("🚑 If this is happening now, call {number} now.").format(number=ambulance)
            if numbers
            else w._("🚑 If this is happening now, call your local emergency number now.")
        )
        return message(
            told,
            "" if numbers else _numbers_elsewhere(w),
            w._("I'm only a quiz: I can't judge this, and I can't call for you."),
        )
    crisis = numbers.get("crisis")
    return message(
        w._("💛 I'm so sorry you feel this way. You are not alone."),
        w._("Please talk to somebody now: {line}.").format(line=bold(crisis))
        if crisis
        else w._("Please talk to somebody you trust now, or to a crisis line: findahelpline.com"),
        w._("If you might act on it, call {number}.").format(number=ambulance)
        if numbers
        else w._("If you might act on it, call your local emergency number.")
        + " "
        + _numbers_elsewhere(w),
        w._("I'm only a quiz, but there are people who want to help you, at any hour."),
    )


def _numbers_elsewhere(w: Words) -> str:
    return w._(
        "It's 112 in Europe and India, 911 in North America, 999 in the UK, 000 in Australia."
    )


@dataclass(frozen=True)
class _Lexicon:
    self_harm: Sequence[_Phrase]
    medical: Sequence[_Phrase]
    harmless: Sequence[_Phrase]
    urgent: Sequence[_Phrase]
    pill_verbs: frozenset[str]
    pill_amounts: frozenset[str]
    pill_things: frozenset[str]
    daily: frozenset[str]
    people: frozenset[str]
    question_words: frozenset[str]
    known: frozenset[str]  # words that are no typing errors


def emergency_in(text: str) -> Emergency | None:
    """Returns what emergency the text tells of, None for anything else."""
    words = _lexicon()
    typed = _tokens(text)
    harmless = _has(words.harmless, typed, typed_exactly=True)
    urgent = _has(words.urgent, typed, typed_exactly=True)
    for phrase in words.self_harm:
        if _matches(phrase, typed) and (len(phrase) > 1 or urgent or not harmless):
            return Emergency.SELF_HARM
    if _took_pills(words, typed):
        return Emergency.MEDICAL
    asks = text.rstrip().endswith("?") or (typed[:1] and typed[0] in words.question_words)
    about_nobody = asks and words.people.isdisjoint(typed)
    if urgent or not (harmless or about_nobody):
        return Emergency.MEDICAL if _has(words.medical, typed) else None
    return None


def _tokens(text: str) -> list[str]:
    """Returns the words and emoji, folded; letters that are held down count once."""
    folded = unicodedata.normalize("NFKD", text[:_MOST_READ].casefold())
    plain = re.sub(r"[’'`´ʼ\u0300-\u036f]", "", folded)
    plain = re.sub(r"(.)\1{2,}", r"\1", plain)
    return re.findall(r"[^\W_]+|[😂🤣]", plain)


def _has(phrases: Iterable[_Phrase], typed: Sequence[str], *, typed_exactly: bool = False) -> bool:
    return any(_matches(phrase, typed, typed_exactly=typed_exactly) for phrase in phrases)


def _matches(phrase: _Phrase, typed: Sequence[str], *, typed_exactly: bool = False) -> bool:
    """Returns whether the words of the phrase stand in the text, in order and close together."""
    starts = [
        place
        for place, word in enumerate(typed)
        if _is_one_of(phrase[0], word, exactly=typed_exactly)
    ]
    if _PLUS in phrase:
        groups = [each for each in phrase if each != _PLUS]
        return any(_gathered(groups[1:], typed, start) for start in starts)
    return any(_continues(phrase[1:], typed, start + 1, typed_exactly) for start in starts)


def _gathered(groups: _Phrase, typed: Sequence[str], start: int) -> bool:
    """Returns whether each group has a word near this place, before or after it."""
    near = [*typed[max(0, start - _NEAR) : start], *typed[start + 1 : start + 1 + _NEAR]]
    return all(any(_is_one_of(group, word, exactly=False) for word in near) for group in groups)


def _continues(phrase: _Phrase, typed: Sequence[str], start: int, typed_exactly: bool) -> bool:
    if not phrase:
        return True
    gap = 0 if typed_exactly else _GAP
    return any(
        _is_one_of(phrase[0], typed[place], exactly=typed_exactly)
        and _continues(phrase[1:], typed, place + 1, typed_exactly)
        for place in range(start, min(start + gap + 1, len(typed)))
    )


def _is_one_of(wanted: frozenset[str], word: str, *, exactly: bool) -> bool:
    if word in wanted:
        return True
    if exactly or len(word) < 4 or word in _lexicon().known:
        return False
    from rapidfuzz.distance import OSA  # noqa: PLC0415 -- 3 MB for typing errors

    return any(
        len(each) >= 4
        and word[0] == each[0]
        and OSA.distance(word, each, score_cutoff=2) <= (2 if len(each) >= 8 else 1)
        for each in wanted
    )


def _took_pills(words: _Lexicon, typed: Sequence[str]) -> bool:
    """Returns whether somebody took many pills at once."""
    if not words.daily.isdisjoint(typed):
        return False
    for place, verb in enumerate(typed):
        if verb in words.pill_verbs:
            rest = typed[place + 1 : place + 7]
            for number, each in enumerate(rest):
                is_many = each.isdecimal() and int(each) >= _MANY_PILLS
                near = rest[number + 1 : number + (3 if is_many else 6)]
                if (is_many or each in words.pill_amounts) and any(
                    _is_one_of(words.pill_things, thing, exactly=False) for thing in near
                ):
                    return True
    return False


@cache
def _lexicon() -> _Lexicon:
    raw = yaml.safe_load((Path(__file__).parent / "emergencies.yaml").read_text(encoding="utf-8"))
    phrases = {
        name: [[frozenset(word.split("/")) for word in str(line).split()] for line in raw[name]]
        for name in ("self_harm", "medical", "harmless", "urgent")
    }
    pills = {name: frozenset(str(words).split()) for name, words in raw["pills"].items()}
    listed = {
        name: frozenset(raw[name].split())
        for name in ("people", "question_words", "different_words")
    }
    known = {
        word for each in phrases.values() for phrase in each for place in phrase for word in place
    }
    return _Lexicon(
        **phrases,
        pill_verbs=pills["verbs"],
        pill_amounts=pills["amounts"],
        pill_things=pills["things"],
        daily=pills["daily"],
        people=listed["people"],
        question_words=listed["question_words"],
        known=frozenset(known.union(*pills.values(), *listed.values())),
    )


@cache
def _numbers() -> dict[str, dict[str, str]]:
    """Returns the numbers by country."""
    path = Path(__file__).parent / "emergency_numbers.yaml"
    numbers: dict[str, dict[str, str]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return numbers

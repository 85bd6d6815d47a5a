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

_MOST_READ = 4096  # characters: the longest text (Bot API, Message)
_GAP = 2  # other words between two words of a phrase
_NEAR = 9  # words: how far apart the groups of a phrase with a plus may stand
_PLUS = frozenset("+")
_MANY_PILLS = 10

_Phrase = Sequence[frozenset[str]]  # the words that may stand, or be meant, at each place


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
    exact = {each: frozenset([each]) for each in typed}
    as_typed, meant = ([by[each] for each in typed] for by in (exact, _meanings(exact)))
    harmless = any(_matches(phrase, as_typed, gap=0) for phrase in words.harmless)
    urgent = any(_matches(phrase, as_typed, gap=0) for phrase in words.urgent)
    for phrase in words.self_harm:
        if _matches(phrase, meant) and (len(phrase) > 1 or urgent or not harmless):
            return Emergency.SELF_HARM
    if _took_pills(words, typed, meant):
        return Emergency.MEDICAL
    asks = text.rstrip().endswith("?") or (typed[:1] and typed[0] in words.question_words)
    about_nobody = asks and words.people.isdisjoint(typed)
    if urgent or not (harmless or about_nobody):
        found = any(_matches(phrase, meant) for phrase in words.medical)
        return Emergency.MEDICAL if found else None
    return None


def _tokens(text: str) -> list[str]:
    """Returns the words and emoji, folded; letters that are held down count once."""
    folded = unicodedata.normalize("NFKD", text[:_MOST_READ].casefold())
    plain = re.sub(r"[’'`´ʼ\u0300-\u036f]", "", folded)
    plain = re.sub(r"(.)\1{2,}", r"\1", plain)
    return re.findall(r"[^\W_]+|[😂🤣]", plain)


def _meanings(typed: Iterable[str]) -> dict[str, frozenset[str]]:
    """Returns each word with those of ours that it may be with a typing error."""
    from rapidfuzz.distance import OSA  # noqa: PLC0415 -- 3 MB for typing errors

    known = _lexicon().known
    return {
        word: frozenset([word])
        if len(word) < 4 or word in known
        else frozenset(
            [word]
            + [
                each
                for each in known
                if len(each) >= 4
                and word[0] == each[0]
                and OSA.distance(word, each, score_cutoff=2) <= (2 if len(each) >= 8 else 1)
            ]
        )
        for word in typed
    }


def _matches(phrase: _Phrase, typed: _Phrase, gap: int = _GAP) -> bool:
    """Returns whether the words of the phrase stand in the text, in order and close together."""
    starts = [place for place, word in enumerate(typed) if not phrase[0].isdisjoint(word)]
    if _PLUS in phrase:
        groups = [each for each in phrase if each != _PLUS]
        return any(_gathered(groups[1:], typed, start) for start in starts)
    return any(_continues(phrase[1:], typed, start + 1, gap) for start in starts)


def _gathered(groups: _Phrase, typed: _Phrase, start: int) -> bool:
    """Returns whether each group has a word near this place, before or after it."""
    near = frozenset[str]().union(
        *typed[max(0, start - _NEAR) : start], *typed[start + 1 : start + 1 + _NEAR]
    )
    return not any(group.isdisjoint(near) for group in groups)


def _continues(phrase: _Phrase, typed: _Phrase, start: int, gap: int) -> bool:
    if not phrase:
        return True
    return any(
        not phrase[0].isdisjoint(typed[place]) and _continues(phrase[1:], typed, place + 1, gap)
        for place in range(start, min(start + gap + 1, len(typed)))
    )


def _took_pills(words: _Lexicon, typed: Sequence[str], meant: _Phrase) -> bool:
    """Returns whether somebody took many pills at once."""
    if not words.daily.isdisjoint(typed):
        return False
    for place, verb in enumerate(typed):
        if verb in words.pill_verbs:
            last = min(place + 7, len(typed))
            for number in range(place + 1, last):
                amount = typed[number]
                is_many = amount.isdecimal() and int(amount) >= _MANY_PILLS
                near = meant[number + 1 : min(number + (3 if is_many else 6), last)]
                if (is_many or amount in words.pill_amounts) and not words.pill_things.isdisjoint(
                    frozenset[str]().union(*near)
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

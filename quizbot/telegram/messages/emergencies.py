"""Finds calls for help in what people write, and says whom to call; nothing of it is stored.

The words are in emergencies.yaml, which also says how they count. A text is read without case,
accents and punctuation. Places of words are kept as the bits of a number: bit n is the nth word.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache, reduce
from itertools import pairwise
from operator import or_
from pathlib import Path

import yaml
from babel.core import get_global

from quizbot.telegram.messages.markup import Message, bold, message
from quizbot.telegram.messages.words import Words

_MOST_READ = 4096  # characters: the longest text (Bot API, Message)
_GAP = 2  # other words between two words of a sign
_NEAR = 9  # words: how far apart the parts of a sign with a plus may stand
_POINTS = {"certain": 4, "strong": 2, "weak": 1}
_CALMING = {"strong": 2, "weak": 1}
_DOUBTFUL = 2  # points of calm from which on nothing is certain
_MOST_CALM = 4  # points that may be taken away
_ENOUGH = 2  # points for a reply that is unsure


class Emergency(StrEnum):
    """What somebody needs help with."""

    MEDICAL = "medical"
    SELF_HARM = "self_harm"
    UNWELL = "unwell"  # somebody may need a doctor; nothing hints at self-harm
    UNSURE = "unsure"  # somebody may need help, or be in distress

    @property
    def is_certain(self) -> bool:
        return self in (Emergency.MEDICAL, Emergency.SELF_HARM)


def emergency_advice(w: Words, emergency: Emergency, zone: str = "") -> Message:
    """Returns whom to call. `zone` is the sender's time zone, which tells the country, if known."""
    numbers = _numbers().get(get_global("zone_territories").get(zone, ""), {})
    ambulance = bold(numbers["emergency"]) if numbers else ""
    elsewhere = "" if numbers else _numbers_elsewhere(w)
    crisis = bold(numbers["crisis"]) if "crisis" in numbers else "findahelpline.com"
    if not emergency.is_certain:
        told = (
            w._("If it's urgent, call {number} now.").format(number=ambulance)
            if numbers
            else w._("If it's urgent, call your local emergency number now.")
        )
        urgent = f"{told} {elsewhere}".strip()
        if emergency is Emergency.UNWELL:
            doctor = w._("💛 I'm a quiz bot, so I can't judge this. A doctor or pharmacist can.")
            return message(doctor, urgent)
        return message(
            w._("💛 I'm a quiz bot, so I can't judge this."),
            urgent,
            w._("Need to talk to somebody? {line}").format(line=crisis),
        )
    if emergency is Emergency.MEDICAL:
        told = (
            w._("🚑 If this is happening now, call {number} now.").format(number=ambulance)
            if numbers
            else w._("🚑 If this is happening now, call your local emergency number now.")
        )
        return message(
            told, elsewhere, w._("I'm only a quiz: I can't judge this, and I can't call for you.")
        )
    return message(
        w._("💛 I'm so sorry you feel this way. You are not alone."),
        w._("Please talk to somebody now: {line}.").format(line=crisis)
        if "crisis" in numbers
        else w._("Please talk to somebody you trust now, or to a crisis line: {line}").format(
            line=crisis
        ),
        w._("If you might act on it, call {number}.").format(number=ambulance)
        if numbers
        else w._("If you might act on it, call your local emergency number.") + " " + elsewhere,
        w._("I'm only a quiz, but there are people who want to help you, at any hour."),
    )


def _numbers_elsewhere(w: Words) -> str:
    return w._(
        "It's 112 in Europe and India, 911 in North America, 999 in the UK, 000 in Australia."
    )


@dataclass(frozen=True)
class _Sign:
    """A line of the file: parts that stand near each other; a part is a row of labels.

    A label is what stands for one word there, such as "cant/cannot".
    """

    parts: Sequence[Sequence[str]]
    labels: frozenset[str]


@dataclass(frozen=True)
class _Labels:
    """The labels that each word has."""

    groups: Mapping[str, Sequence[str]]
    mistyped: Sequence[str]
    by_word: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    by_beginning: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    by_number: list[tuple[range, str]] = field(default_factory=list)

    def sign(self, line: str) -> _Sign:
        """Returns the sign that the line means, and keeps its labels."""
        parts = [part.split() for part in line.split(" + ")]
        labels = frozenset(label for part in parts for label in part)
        for label in labels:
            for choice in label.split("/"):
                self._add(choice, label)
        return _Sign(parts, labels)

    def _add(self, choice: str, label: str) -> None:
        if numbers := re.fullmatch(r"<(\d+)-(\d+)>", choice):
            self.by_number.append((range(int(numbers[1]), int(numbers[2]) + 1), label))
        elif choice.startswith("<"):
            for word in self.groups[choice.strip("<>")]:
                self.by_word[word].add(label)
        elif choice.endswith("*"):
            self.by_beginning[choice[:-1]].add(label)
        else:
            self.by_word[choice].add(label)

    def of(self, word: str) -> set[str]:
        """Returns the labels of a word that somebody typed."""
        exact = self._exact(word)
        if word.isdecimal():
            number = int(word[:6])
            return exact.union(label for numbers, label in self.by_number if number in numbers)
        if exact or len(word) < 4 or word in self.by_word:
            return exact
        return exact.union(*map(self._exact, self.meant(word)))

    def _exact(self, word: str) -> set[str]:
        beginnings = (word[:length] for length in range(2, len(word) + 1))
        found = (self.by_beginning.get(each, ()) for each in beginnings)
        return set(self.by_word.get(word, ())).union(*found)

    def meant(self, word: str) -> list[str]:
        """Returns the words that this one may be with typing errors."""
        from rapidfuzz import process  # noqa: PLC0415 -- 3 MB for typing errors
        from rapidfuzz.distance import OSA  # noqa: PLC0415

        most = 2 if len(word) >= 9 else 1
        found = process.extract(
            word, self.mistyped, scorer=OSA.distance, score_cutoff=most, limit=None
        )
        return [
            each
            for each, _, _ in found
            if each[0] == word[0] and (len(word) > 4 or sorted(each) == sorted(word))
        ]


@dataclass(frozen=True)
class _Lexicon:
    """What is read from the file."""

    labels: _Labels
    headings: Mapping[Emergency, Sequence[Mapping[str, Sequence[_Sign]]]]
    calm: Mapping[str, Sequence[_Sign]]
    urgent: Sequence[_Sign]
    idioms: Sequence[_Sign]
    people: frozenset[str]
    body: frozenset[str]
    health: tuple[str, ...]  # beginnings of words
    question_words: frozenset[str]
    ordinary_texts: frozenset[str]


def emergency_in(text: str) -> Emergency | None:
    """Returns what emergency the text tells of, None for anything else."""
    lexicon = _lexicon()
    typed = _tokens(text)
    if " ".join(typed) in lexicon.ordinary_texts:
        return None
    places = _without_idioms(lexicon, _places(lexicon.labels, typed))
    found = {
        kind: [_strongest(signs, places) for signs in headings]
        for kind, headings in lexicon.headings.items()
    }
    points = sum(map(sum, found.values()))
    if not points:
        return None
    calm = _calm(lexicon, places)
    asks = 2 * _asks_about_nobody(lexicon, text, typed)
    likeliest = max(found, key=lambda kind: (max(found[kind]), sum(found[kind])))
    if max(found[likeliest]) == _POINTS["certain"] and calm + asks < _DOUBTFUL:
        return likeliest
    if max(found[likeliest]) == _POINTS["weak"] and _is_one_word(lexicon, places):
        return None
    points += any(_ends(sign, places, gap=0) for sign in lexicon.urgent)
    points += not lexicon.people.isdisjoint(typed)
    points -= min(calm, _MOST_CALM) + asks
    if points < _ENOUGH:
        return None
    return Emergency.UNSURE if any(found[Emergency.SELF_HARM]) else Emergency.UNWELL


def is_about_health(text: str) -> bool:
    """Returns whether the text is about somebody's health, so that it may ask for advice."""
    lexicon, typed = _lexicon(), _tokens(text)
    owned = pairwise(typed)
    return any(word.startswith(lexicon.health) for word in typed) or any(
        owner in ("my", "his", "her") and word in lexicon.body for owner, word in owned
    )


def _tokens(text: str) -> list[str]:
    """Returns the words and emoji, folded; letters that are held down count once."""
    folded = unicodedata.normalize("NFKD", text[:_MOST_READ].casefold())
    plain = re.sub(r"[’'`´ʼ\u0300-\u036f]", "", folded)
    plain = re.sub(r"([^\W\d])\1{2,}", r"\1", plain)
    return re.findall(r"[^\W_]+|[😂🤣😭🤢🔥🎉💀⚰]", plain)


def _places(labels: _Labels, typed: Sequence[str]) -> dict[str, int]:
    """Returns where each label stands in the text."""
    labels_of = {word: labels.of(word) for word in set(typed)}
    places: dict[str, int] = {}
    for place, word in enumerate(typed):
        for label in labels_of[word]:
            places[label] = places.get(label, 0) | 1 << place
    return places


def _without_idioms(lexicon: _Lexicon, places: dict[str, int]) -> dict[str, int]:
    cut = 0
    for idiom in lexicon.idioms:
        if ends := _ends(idiom, places, gap=0):
            for before in range(len(idiom.parts[0])):
                cut |= ends >> before
    return {label: left for label, where in places.items() if (left := where & ~cut)}


def _strongest(signs: Mapping[str, Sequence[_Sign]], places: Mapping[str, int]) -> int:
    """Returns the points of the strongest of the signs that is in the text, 0 if none is."""
    return next(
        (
            points
            for strength, points in _POINTS.items()
            if any(_ends(sign, places) for sign in signs.get(strength, ()))
        ),
        0,
    )


def _is_one_word(lexicon: _Lexicon, places: Mapping[str, int]) -> bool:
    """Returns whether all weak signs in the text rest on the same word."""
    weak = (
        sign
        for headings in lexicon.headings.values()
        for signs in headings
        for sign in signs.get("weak", ())
    )
    ends = reduce(or_, (_ends(sign, places) for sign in weak), 0)
    return ends.bit_count() == 1


def _ends(sign: _Sign, places: Mapping[str, int], gap: int = _GAP) -> int:
    """Returns where the first part of the sign ends, as bits, if all parts are near there."""
    if not sign.labels <= places.keys():
        return 0
    found = -1
    for part in sign.parts:
        ends = places[part[0]]
        for label in part[1:]:
            ends = _spread(ends, 1, gap + 1) & places[label]
        found &= ends if found == -1 else _spread(ends, 1, _NEAR) | _spread(ends, -_NEAR, -1)
    return found


def _spread(bits: int, first: int, last: int) -> int:
    """Returns the places from `first` to `last` words after (before, if negative) these."""
    spread = 0
    for shift in range(first, last + 1):
        spread |= bits << shift if shift > 0 else bits >> -shift
    return spread


def _calm(lexicon: _Lexicon, places: Mapping[str, int]) -> int:
    return sum(
        _CALMING[strength] * sum(bool(_ends(sign, places, gap=0)) for sign in signs)
        for strength, signs in lexicon.calm.items()
    )


def _asks_about_nobody(lexicon: _Lexicon, text: str, typed: Sequence[str]) -> bool:
    asks = text.rstrip().endswith("?") or (typed[:1] and typed[0] in lexicon.question_words)
    return bool(asks) and lexicon.people.isdisjoint(typed)


@cache
def _lexicon() -> _Lexicon:
    raw = yaml.safe_load((Path(__file__).parent / "emergencies.yaml").read_text(encoding="utf-8"))
    groups = {name: words.split() for name, words in raw["groups"].items()}
    labels = _Labels(groups, raw["often_mistyped"].split())

    def signs(lines: str) -> list[_Sign]:
        return [labels.sign(line) for line in lines.splitlines()]

    def by_strength(lines: Mapping[str, str]) -> dict[str, list[_Sign]]:
        return {strength: signs(each) for strength, each in lines.items()}

    for word in raw["ordinary_words"].split():
        labels.by_word[word] = set()  # known, so that it is no typing error
    return _Lexicon(
        labels=labels,
        headings={
            kind: [by_strength(lines) for lines in raw[kind.value].values()]
            for kind in (Emergency.SELF_HARM, Emergency.MEDICAL)
        },
        calm=by_strength(raw["calm"]),
        urgent=signs(raw["urgent"]),
        idioms=signs(raw["idioms"]),
        people=frozenset(groups["person"]),
        body=frozenset(groups["body"]),
        health=tuple(raw["health"].split()),
        question_words=frozenset(raw["question_words"].split()),
        ordinary_texts=frozenset(raw["ordinary_texts"].splitlines()),
    )


@cache
def _numbers() -> dict[str, dict[str, str]]:
    """Returns the numbers by country."""
    path = Path(__file__).parent / "emergency_numbers.yaml"
    numbers: dict[str, dict[str, str]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return numbers

"""Blind guessers see only the wording, so they should score no better than chance."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from questions.amounts import amounts
from questions.items import Item
from questions.linting.display import Displayed, displayed
from questions.wording import STOP_WORDS, content_words, stem, words

# z below this is within chance. With so many guessers, one exceeds 1.64 in most sound banks, and
# 2.6 in fewer than one of ten.
WITHIN_CHANCE = 2.6
# In smaller banks, a few keys that happen to be longest push z beyond chance: they are warned.
FEWEST_JUDGED = 30
_FEWEST = 3
_NAMED = 5

# How strongly the guesser prefers the option at that index.
Score = Callable[[Displayed, int], float]
# The words by which the guesser finds the key; empty for a cue such as length.
Cue = Callable[[Displayed], Iterable[str]]

# Each ends at the end of a word.
_HEDGES = (
    r"may|might|can|could|some|sometimes|often|usually|mostly|partly|perhaps|possibly|probably|"
    r"(?:un)?likely|seems?|tends?|depends?|varies|mixed|unclear|uncertain|unsure|unproven|"
    r"not (?:yet )?(?:clear|certain|sure|known|settled|shown|proven?)|unsettled|open|need not|"
    r"cannot (?:say|tell)|thought to|hardly|in part|so far"
)
_CAUTION = (
    r"doctors?|nurses?|pharmacists?|midwi(?:fe|ves)|health(?:care)? (?:professionals?|workers?)|"
    r"professionals?|specialists?|dietitians?|clinics?|hospital|emergency|medical(?:ly)?|advice|"
    r"ask(?:s|ing)?|check(?:s|ed|ing|-ups?)?|tests?|tested|testing|examined?|find out|looked at|"
    r"look for the cause|(?:get|gets|seek|seeks|seeking) help|be seen|careful(?:ly)?|caution|"
    r"before (?:taking|starting)|prescribed|supervis(?:ed|ion)"
)
_HEALTH_ADVICE = (
    r"exercis(?:e|es|ing)|walk(?:s|ing)?|mov(?:e|es|ing) (?:more|about)|active|activity|sports?|"
    r"(?:giv(?:e|es|ing) up|stop(?:s|ping)?|quit(?:s|ting)?|without|avoid(?:s|ing)?|not|no|less) "
    r"(?:smok(?:e|ing)|tobacco|alcohol|salt|sugar|fat)|non-smok\w+|"
    r"(?:balanced|varied|healthy|mixed) (?:diet|food|meals?|habits?)|habits?|vegetables|fruits?|"
    r"whole ?grains?|wholemeal|pulses|beans|lentils|fibre|(?:enough|more|good) sleep|"
    r"sleeps? (?:well|enough)|rest(?:s|ing)? enough|prevent(?:s|ion|ing)?|vaccin\w+|"
    r"(?:healthy|los(?:e|es|ing)) weight|treat(?:s|ed|ing|ment)?"
)
_ABSOLUTES = (
    r"always|never|only|all|none|every\w*|nothing|nobody|no|not|any|complete(?:ly)?|fully|must|"
    r"entire(?:ly)?|total(?:ly)?|cures?|guarantees?|proves?|impossible|certain(?:ly)?|just|alone|"
    r"whatever"
)


@dataclass(frozen=True)
class Guess:
    """A guesser's correct answers (a tie counts its share), those expected by chance, and z.

    `cues` are the items that it gets right, those first that need the smallest change of wording,
    each with the words that give the key away. `required` says that the bank blocks if this guesser
    is beyond chance.
    """

    name: str
    hits: float
    expected: float
    z: float
    cues: Mapping[str, tuple[str, ...]]
    required: bool

    @property
    def easiest(self) -> tuple[str, ...]:
        """The items to reword first."""
        return tuple(self.cues)[:_NAMED]

    @property
    def within_chance(self) -> bool:
        return self.z < WITHIN_CHANCE


@dataclass(frozen=True)
class _Guesser:
    score: Score
    cue: Cue = lambda _: ()
    required: bool = True


def _shared_with_stem(item: Displayed, place: int) -> float:
    return len(item.stem_words & set(content_words(item.options[place])))


def _likeness(item: Displayed, place: int) -> float:
    own = set(content_words(item.options[place]))
    return sum(len(own & set(content_words(other))) for other in item.options_but(place))


def _place_among_numbers(item: Displayed, place: int) -> float:
    # Other options are shuffled when they are sent, so their positions give nothing away.
    return float(place) if amounts(item.options) else 0.0


def _mid_among_numbers(item: Displayed, place: int) -> float:
    return -abs(place - (len(item.options) - 1) / 2) if amounts(item.options) else 0.0


def _spoken(text: str, stems: Collection[str]) -> list[str]:
    """Returns the words of the text that have one of the stems."""
    return [word for word in words(text) if word not in STOP_WORDS and stem(word) in stems]


def _negated(score: Score) -> Score:
    return lambda item, place: -score(item, place)


def _pattern(phrases: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{phrases})\b", re.IGNORECASE)


def _most(pattern: re.Pattern[str], *, required: bool = True) -> _Guesser:
    """Returns a guesser who picks the option with most matches."""

    def found(text: str) -> list[str]:
        return [each.casefold() for each in pattern.findall(text)]

    return _Guesser(
        lambda item, place: float(len(found(item.options[place]))),
        lambda item: found(item.key_text),
        required,
    )


def _least(pattern: re.Pattern[str]) -> _Guesser:
    """Returns a guesser who picks the option with fewest matches."""
    most = _most(pattern)
    return _Guesser(
        _negated(most.score), lambda item: pattern.findall(" ".join(item.distractors).casefold())
    )


_GUESSERS: Mapping[str, _Guesser] = {
    "longest": _Guesser(lambda item, place: len(item.options[place])),
    "shortest": _Guesser(lambda item, place: -len(item.options[place])),
    "most of the stem": _Guesser(
        _shared_with_stem, lambda item: _spoken(item.key_text, item.stem_words)
    ),
    "most like the others": _Guesser(
        _likeness, lambda item: _spoken(item.key_text, item.distractor_words)
    ),
    "least like the others": _Guesser(_negated(_likeness)),
    "smallest number": _Guesser(_negated(_place_among_numbers)),
    "middle number": _Guesser(_mid_among_numbers),
    "largest number": _Guesser(_place_among_numbers),
    "most hedged": _most(_pattern(_HEDGES)),
    "most cautious": _most(_pattern(_CAUTION)),
    "health advice": _most(_pattern(_HEALTH_ADVICE)),
    "least absolute": _least(_pattern(_ABSOLUTES)),
    # Further cues that are worth a look.
    "most words": _Guesser(lambda item, place: len(words(item.options[place])), required=False),
    "least of the stem": _Guesser(_negated(_shared_with_stem), required=False),
    "most numerals": _most(re.compile(r"\d+"), required=False),
    "most commas": _most(re.compile(r"[,;:]"), required=False),
}


def guesses(items: Iterable[Item]) -> tuple[Guess, ...]:
    """Returns what each guesser scores on the items."""
    seen = {item.id: displayed(item) for item in items}
    guessers = {**_GUESSERS, "keys of other items": _by_other_keys(list(seen.values()))}
    return tuple(_guess(name, guesser, seen) for name, guesser in guessers.items())


def _by_other_keys(items: Sequence[Displayed]) -> _Guesser:
    """Returns a guesser who has read all other keys, and picks the option most like one of them.

    What counts is the number of content words that an option shares with a single other key. One
    word in common is an accident.
    """
    holding: dict[str, set[int]] = {}
    for number, item in enumerate(items):
        for word in item.key_words:
            holding.setdefault(word, set()).add(number)
    numbers = {id(item): number for number, item in enumerate(items)}

    def shared(item: Displayed, text: str) -> tuple[str, ...]:
        own = numbers[id(item)]
        spoken = dict.fromkeys(content_words(text))
        counts = Counter(each for word in spoken for each in holding.get(word, ()) if each != own)
        best, most = max(counts.items(), key=lambda each: each[1], default=(-1, 0))
        return tuple(word for word in spoken if most > 1 and best in holding.get(word, ()))

    return _Guesser(
        lambda item, place: float(len(shared(item, item.options[place]))),
        lambda item: _spoken(item.key_text, shared(item, item.key_text)),
    )


@dataclass(frozen=True)
class _Try:
    """How a guesser does on one item."""

    item: str
    options: int
    tied: int  # options that share the highest score
    lead: float  # of the key over its best rival; negative if the rival leads

    @property
    def hit(self) -> float:
        return 1 / self.tied if self.lead >= 0 else 0.0

    @property
    def variance(self) -> float:
        """By chance, the key is among the tied with p = tied/options, and then counts 1/tied."""
        return 1 / (self.tied * self.options) - 1 / self.options**2


def _guess(name: str, guesser: _Guesser, items: Mapping[str, Displayed]) -> Guess:
    """Computes z against keys that are spread evenly over the options.

    An item in which all options tie has no cue and adds no variance. With fewer than _FEWEST
    other items, z is 0.
    """
    tries = [_try(item_id, guesser.score, item) for item_id, item in items.items()]
    telling = [each for each in tries if each.tied < each.options]
    hits = sum(each.hit for each in tries)
    expected = sum(1 / each.options for each in tries)
    z = 0.0
    if len(telling) >= _FEWEST:
        z = (hits - expected) / sqrt(sum(each.variance for each in telling))
    given_away = sorted((each for each in telling if each.lead > 0), key=lambda each: each.lead)
    cues = {each.item: tuple(dict.fromkeys(guesser.cue(items[each.item]))) for each in given_away}
    return Guess(name, hits, expected, z, cues, guesser.required)


def _try(item_id: str, score: Score, item: Displayed) -> _Try:
    scores = [score(item, place) for place in range(len(item.options))]
    rivals = scores[: item.key] + scores[item.key + 1 :]
    return _Try(item_id, len(scores), scores.count(max(scores)), scores[item.key] - max(rivals))

"""Blind guessers: they see the wording, know nothing, and should score as chance does."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from questions.amounts import amounts
from questions.items import Item
from questions.linting.shown import Shown, shown
from questions.wording import content_words, words

# |z| below this is within chance: the one-sided 5 % bound of the normal distribution.
WITHIN_CHANCE = 1.64
# Fewer approved items are no sample: a few keys that happen to be longest put z beyond chance.
FEWEST_JUDGED = 12
_FEWEST = 3
_NAMED = 5

# How much the guesser is drawn to the option at that place.
Score = Callable[[Shown, int], float]

_HEDGE = re.compile(
    r"\b(?:may|might|can|could|often|probably|likely|some|partly|tends?)\b", re.IGNORECASE
)
_ABSOLUTE = re.compile(
    r"\b(?:always|never|only|all|none|every\w*|nothing|no|not|completely|must)\b", re.IGNORECASE
)


@dataclass(frozen=True)
class Guess:
    """How a guesser fared: right answers (a tie counts its share), those that chance gives, z.

    `easiest` names items to reword first, should z be beyond chance.
    """

    name: str
    hits: float
    expected: float
    z: float
    easiest: tuple[str, ...] = ()

    @property
    def required(self) -> bool:
        """Whether a bank may not be shipped if this guesser leaves chance."""
        return self.name in REQUIRED

    @property
    def within_chance(self) -> bool:
        return abs(self.z) < WITHIN_CHANCE


def _shared_with_stem(item: Shown, place: int) -> float:
    return len(item.stem_words & set(content_words(item.options[place])))


def _likeness(item: Shown, place: int) -> float:
    own = set(content_words(item.options[place]))
    return sum(len(own & set(content_words(other))) for other in item.options_but(place))


def _place_among_numbers(item: Shown, place: int) -> float:
    # All other options are shuffled when sent, so their places tell nothing.
    return float(place) if amounts(item.options) else 0.0


def _mid_among_numbers(item: Shown, place: int) -> float:
    return -abs(place - (len(item.options) - 1) / 2) if amounts(item.options) else 0.0


def _negated(score: Score) -> Score:
    return lambda item, place: -score(item, place)


def _count(pattern: re.Pattern[str]) -> Score:
    return lambda item, place: float(len(pattern.findall(item.options[place])))


# What a bank must withstand.
REQUIRED: Mapping[str, Score] = {
    "longest": lambda item, place: len(item.options[place]),
    "shortest": lambda item, place: -len(item.options[place]),
    "most of the stem": _shared_with_stem,
    "most like the others": _likeness,
    "least like the others": _negated(_likeness),
    "smallest number": _negated(_place_among_numbers),
    "middle number": _mid_among_numbers,
    "largest number": _place_among_numbers,
}
# Further cues, worth a look.
FURTHER: Mapping[str, Score] = {
    "most words": lambda item, place: len(words(item.options[place])),
    "least of the stem": _negated(_shared_with_stem),
    "most cautious": _count(_HEDGE),
    "fewest absolutes": _negated(_count(_ABSOLUTE)),
    "most numerals": _count(re.compile(r"\d+")),
    "most commas": _count(re.compile(r"[,;:]")),
}


def guesses(items: Iterable[Item]) -> tuple[Guess, ...]:
    """What each guesser scores on the items."""
    seen = [(item.id, shown(item)) for item in items]
    guessers = {**REQUIRED, **FURTHER}
    return tuple(_guess(name, score, seen) for name, score in guessers.items())


@dataclass(frozen=True)
class _Try:
    """What a guesser makes of one item."""

    item: str
    options: int
    tied: int  # options that share the highest score
    lead: float  # of the key over its best rival; negative if the rival leads

    @property
    def hit(self) -> float:
        return 1 / self.tied if self.lead >= 0 else 0.0

    @property
    def variance(self) -> float:
        """By chance the key is among the tied with p = tied/options, and then counts 1/tied."""
        return 1 / (self.tied * self.options) - 1 / self.options**2


def _guess(name: str, score: Score, items: Sequence[tuple[str, Shown]]) -> Guess:
    """The z of the hits, if the key were any of the options with the same likelihood.

    An item in which all options tie tells the guesser nothing and adds no variance. Fewer than
    _FEWEST items that do tell something are no sample: z is 0.
    """
    tries = [_try(item_id, score, item) for item_id, item in items]
    telling = [each for each in tries if each.tied < each.options]
    hits = sum(each.hit for each in tries)
    expected = sum(1 / each.options for each in tries)
    z = 0.0
    if len(telling) >= _FEWEST:
        z = (hits - expected) / sqrt(sum(each.variance for each in telling))
    return Guess(name, hits, expected, z, _easiest(telling, above=z > 0))


def _try(item_id: str, score: Score, item: Shown) -> _Try:
    scores = [score(item, place) for place in range(len(item.options))]
    rivals = scores[: item.key] + scores[item.key + 1 :]
    return _Try(item_id, len(scores), scores.count(max(scores)), scores[item.key] - max(rivals))


def _easiest(tries: Iterable[_Try], *, above: bool) -> tuple[str, ...]:
    """The items that the smallest change of wording would turn the other way."""
    wrong = [each for each in tries if (each.lead > 0) is above and each.lead != 0]
    return tuple(each.item for each in sorted(wrong, key=lambda each: abs(each.lead))[:_NAMED])

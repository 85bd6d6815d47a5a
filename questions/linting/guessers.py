"""Blind guessers see only the wording, so they should score no better than chance."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from questions.amounts import amounts
from questions.items import Item
from questions.linting.display import Displayed, displayed
from questions.wording import content_words, words

# |z| below this is within chance: the one-sided 5 % bound of the normal distribution.
WITHIN_CHANCE = 1.64
# With fewer approved items, a few keys that happen to be longest push z beyond chance.
FEWEST_JUDGED = 12
_FEWEST = 3
_NAMED = 5

# How strongly the guesser prefers the option at that index.
Score = Callable[[Displayed, int], float]

_HEDGE = re.compile(
    r"\b(?:may|might|can|could|often|probably|likely|some|partly|tends?)\b", re.IGNORECASE
)
_ABSOLUTE = re.compile(
    r"\b(?:always|never|only|all|none|every\w*|nothing|no|not|completely|must)\b", re.IGNORECASE
)


@dataclass(frozen=True)
class Guess:
    """A guesser's correct answers (a tie counts its share), those expected by chance, and z.

    `easiest` are the ids of the items to reword first if z is beyond chance.
    """

    name: str
    hits: float
    expected: float
    z: float
    easiest: tuple[str, ...] = ()

    @property
    def required(self) -> bool:
        """Whether the bank blocks if this guesser is beyond chance."""
        return self.name in REQUIRED

    @property
    def within_chance(self) -> bool:
        return abs(self.z) < WITHIN_CHANCE


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


def _negated(score: Score) -> Score:
    return lambda item, place: -score(item, place)


def _count(pattern: re.Pattern[str]) -> Score:
    return lambda item, place: float(len(pattern.findall(item.options[place])))


# A bank blocks if one of these is beyond chance.
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
# Further cues that are worth a look.
FURTHER: Mapping[str, Score] = {
    "most words": lambda item, place: len(words(item.options[place])),
    "least of the stem": _negated(_shared_with_stem),
    "most cautious": _count(_HEDGE),
    "fewest absolutes": _negated(_count(_ABSOLUTE)),
    "most numerals": _count(re.compile(r"\d+")),
    "most commas": _count(re.compile(r"[,;:]")),
}


def guesses(items: Iterable[Item]) -> tuple[Guess, ...]:
    """Returns what each guesser scores on the items."""
    seen = [(item.id, displayed(item)) for item in items]
    guessers = {**REQUIRED, **FURTHER}
    return tuple(_guess(name, score, seen) for name, score in guessers.items())


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


def _guess(name: str, score: Score, items: Sequence[tuple[str, Displayed]]) -> Guess:
    """Computes z against keys that are spread evenly over the options.

    An item in which all options tie has no cue and adds no variance. With fewer than _FEWEST
    other items, z is 0.
    """
    tries = [_try(item_id, score, item) for item_id, item in items]
    telling = [each for each in tries if each.tied < each.options]
    hits = sum(each.hit for each in tries)
    expected = sum(1 / each.options for each in tries)
    z = 0.0
    if len(telling) >= _FEWEST:
        z = (hits - expected) / sqrt(sum(each.variance for each in telling))
    return Guess(name, hits, expected, z, _easiest(telling, above=z > 0))


def _try(item_id: str, score: Score, item: Displayed) -> _Try:
    scores = [score(item, place) for place in range(len(item.options))]
    rivals = scores[: item.key] + scores[item.key + 1 :]
    return _Try(item_id, len(scores), scores.count(max(scores)), scores[item.key] - max(rivals))


def _easiest(tries: Iterable[_Try], *, above: bool) -> tuple[str, ...]:
    """Returns the items where the smallest change of wording changes the guess."""
    wrong = [each for each in tries if (each.lead > 0) is above and each.lead != 0]
    return tuple(each.item for each in sorted(wrong, key=lambda each: abs(each.lead))[:_NAMED])

"""Does choosing adaptively teach more? Simulated learners, asked one question a day.

How they forget is known, and is not what the bot assumes: an exponential forgetting curve whose
half-life grows with each recall, the more so the harder the recall was (Settles and Meeder 2016,
"A trainable spaced repetition model for language learning"; the spacing effect after Cepeda et al.
2006). The bot only sees their answers, guesses included.
"""

import math
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from benchmarks.machine import ROOT
from benchmarks.table import Row
from questions import Item, Topic, load_topic
from quizbot.quiz.answers.memory import Memory, review
from quizbot.quiz.asking.choosing import ItemPool, LearnerHistory

DAYS = 90
_TOPIC = ROOT / "questions/vitamin-b12-blood-flow"
_PLOT = ROOT / "docs/images/learning.svg"
TAKES_PART = 0.85  # the chance that a day's question is answered
_FIRST_DAY = date(2026, 1, 1)
_HALF_LIFE = 5.0  # days, after an explanation has been read for the first time
_GROWTH = 3.0  # how much more a recall at a probability of 0 would lengthen the half-life

_NAMED_DAYS = (1, 15, 30, 45, 60, 75, 90)
# Okabe and Ito's palette; the lines differ in dashes as well.
_LINES = {
    "adaptive": ("#0072B2", "none"),
    "at random": ("#D55E00", "8 5"),
    "in turn": ("#666666", "2 4"),
}
_SVG = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 390" font-family="sans-serif">
<style>
text {{ font-size: 14px; fill: #333333; }}
.day {{ text-anchor: middle; }}
.known {{ text-anchor: end; }}
path {{ fill: none; stroke-width: 3px; }}
.grid {{ stroke: #DDDDDD; stroke-width: 1px; }}
</style>
<rect width="720" height="390" fill="white"/>
<text x="340" y="382" text-anchor="middle">day</text>
<text transform="translate(18 180) rotate(-90)" text-anchor="middle">
questions known (average of 1,000 learners)
</text>
{marks}
</svg>
"""

Choose = Callable[["Learner", date], Item]


@dataclass
class Trace:
    """What a learner keeps of an item: half-life in days, and when it was last refreshed."""

    half_life: float
    refreshed: date

    def recall(self, day: date) -> float:
        """The probability, 0 to 1, that it would be recalled."""
        return float(2 ** (-(day - self.refreshed).days / self.half_life))


@dataclass
class Learner:
    """A simulated person; `known` is the truth, which the bot cannot see."""

    pool: ItemPool
    chance: Random
    known: dict[str, Trace] = field(default_factory=dict)
    memories: dict[str, Memory] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    answered: int = 0

    def live(self, choose: Choose) -> list[float]:
        """How many items are known at the end of each day."""
        return [self._day(_FIRST_DAY + timedelta(days=day), choose) for day in range(DAYS)]

    def _day(self, today: date, choose: Choose) -> float:
        item = choose(self, today)
        self.asked.append(item.id)
        if self.chance.random() < TAKES_PART:
            self._answer(item, today)
        return sum(trace.recall(today) for trace in self.known.values())

    def _answer(self, item: Item, today: date) -> None:
        trace = self.known.get(item.id)
        recall = trace.recall(today) if trace else 0.0
        recalled = self.chance.random() < recall
        right = recalled or self.chance.random() < 1 / len(item.options)
        if trace is None:
            self.known[item.id] = Trace(_HALF_LIFE, today)
        else:
            grown = (
                trace.half_life * (1.5 + _GROWTH * (1 - recall)) if recalled else trace.half_life
            )
            self.known[item.id] = Trace(grown if recalled else max(_HALF_LIFE, grown / 2), today)
        self.answered += 1
        memory = review(self.memories.get(item.id), today, correct=right)
        self.memories[item.id] = memory


def adaptive(learner: Learner, today: date) -> Item:
    """As the bot chooses."""
    past = LearnerHistory.of(learner.memories, learner.asked, learner.asked[-1:])
    return learner.pool.choose_daily(past, today)[0]


def at_random(learner: Learner, today: date) -> Item:
    """Any item, as quiz bots mostly do."""
    return learner.pool.rng.choice(learner.pool.items)


def in_turn(learner: Learner, today: date) -> Item:
    """Round and round, in a shuffled order."""
    return learner.pool.choose_practice(learner.asked, learner.asked[-1:])[0]


WAYS: Mapping[str, Choose] = {
    "adaptive": adaptive,
    "at random": at_random,
    "in turn": in_turn,
}


def known_by_day(topic: Topic, choose: Choose, learners: int, seed: int = 0) -> list[float]:
    """How many items a learner knows at the end of each day, on average."""
    pool = ItemPool.of(topic, Random(seed))
    lives = [
        Learner(pool, Random(1_000_000 * (seed + 1) + number)).live(choose)
        for number in range(learners)
    ]
    return [sum(day) / learners for day in zip(*lives, strict=True)]


def measure(topic: Topic, learners: int = 1000) -> dict[str, list[float]]:
    """The same learners taught in each way."""
    return {way: known_by_day(topic, choose, learners) for way, choose in WAYS.items()}


async def rows(databases: object, *, quick: bool) -> AsyncIterator[tuple[str, list[Row]]]:
    """One table, and the picture of docs/images."""
    known = measure(load_topic(_TOPIC), learners=100 if quick else 1000)
    if not quick:
        _PLOT.write_text(plot(known), encoding="utf-8")
    yield (
        f"Questions known on day {DAYS}, by how they are chosen (simulated learners)",
        [Row(f"chosen {way}", days[-1]) for way, days in known.items()],
    )


def plot(figures: Mapping[str, Sequence[float]]) -> str:
    """The figures as an SVG picture: a line for each way, named at its end."""
    most = 10 * math.ceil(max(max(days) for days in figures.values()) / 10)

    def place(day: int, known: float) -> str:
        return f"{60 + 560 * day / DAYS:.1f} {340 - 320 * known / most:.1f}"

    grid = [f'<path class="grid" d="M{place(day, 0)}V20"/>' for day in _NAMED_DAYS]
    grid += [
        f'<path class="grid" d="M{place(0, known)}H620"/>'
        for known in range(0, most + 1, most // 5)
    ]
    days = [f'<text {_at(place(day, 0))} dy="20" class="day">{day}</text>' for day in _NAMED_DAYS]
    scale = [
        f'<text {_at(place(0, known))} dx="-8" dy="5" class="known">{known}</text>'
        for known in range(0, most + 1, most // 5)
    ]
    lines = [
        f'<path stroke="{colour}" stroke-dasharray="{dashes}" d="M'
        + "L".join(place(day, known) for day, known in enumerate(figures[way], start=1))
        + f'"/><text {_at(place(DAYS, figures[way][-1]))} dx="8" dy="5">{way}</text>'
        for way, (colour, dashes) in _LINES.items()
    ]
    return _SVG.format(marks="\n".join([*grid, *days, *scale, *lines]))


def _at(place: str) -> str:
    x, y = place.split()
    return f'x="{x}" y="{y}"'

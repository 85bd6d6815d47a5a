"""Do learners know more when the bot chooses adaptively? Simulated learners, a question a day.

Their forgetting is known and differs from the model that the bot assumes: an exponential forgetting
curve whose half-life grows with each recall, more after a harder recall (Settles and Meeder 2016,
"A trainable spaced repetition model for language learning"; the spacing effect after Cepeda et al.
2006). The bot sees only their answers, which include guesses.
"""

import math
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from benchmarks import ROOT, TOPIC_FOLDER
from benchmarks.table import Row
from questions import Item, Topic, load_topic
from quizbot.quiz.answers.memory import Memory, review
from quizbot.quiz.asking.choosing import ItemPool, LearnerHistory

DAYS = 90
_PLOT = ROOT / "docs/images/learning.svg"
PARTICIPATION = 0.85  # the probability that a day's question is answered
_FIRST_DAY = date(2026, 1, 1)
_HALF_LIFE = 5.0  # days, after the explanation is read for the first time
_GROWTH = 3.0  # how much more the half-life would grow at a recall probability of 0

_LABELLED_DAYS = (1, 15, 30, 45, 60, 75, 90)
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
    """What a learner remembers of an item: half-life in days, and the day of the last review."""

    half_life: float
    reviewed_on: date

    def recall(self, day: date) -> float:
        """Returns the probability of recall, 0 to 1."""
        return float(2 ** (-(day - self.reviewed_on).days / self.half_life))


@dataclass
class Learner:
    """A simulated learner. The bot cannot see `known`."""

    pool: ItemPool
    rng: Random
    known: dict[str, Trace] = field(default_factory=dict)
    memories: dict[str, Memory] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    answered: int = 0

    def simulate(self, choose: Choose) -> list[float]:
        """Returns how many items are known at the end of each day."""
        return [self._day(_FIRST_DAY + timedelta(days=day), choose) for day in range(DAYS)]

    def _day(self, today: date, choose: Choose) -> float:
        item = choose(self, today)
        self.asked.append(item.id)
        if self.rng.random() < PARTICIPATION:
            self._answer(item, today)
        return sum(trace.recall(today) for trace in self.known.values())

    def _answer(self, item: Item, today: date) -> None:
        trace = self.known.get(item.id)
        recall = trace.recall(today) if trace else 0.0
        recalled = self.rng.random() < recall
        correct = recalled or self.rng.random() < 1 / len(item.options)
        if trace is None:
            self.known[item.id] = Trace(_HALF_LIFE, today)
        else:
            grown = trace.half_life * (1.5 + _GROWTH * (1 - recall))
            halved = max(_HALF_LIFE, trace.half_life / 2)
            self.known[item.id] = Trace(grown if recalled else halved, today)
        self.answered += 1
        memory = review(self.memories.get(item.id), today, correct=correct)
        self.memories[item.id] = memory


def adaptive(learner: Learner, today: date) -> Item:
    """Returns the item that the bot would choose."""
    history = LearnerHistory.of(learner.memories, learner.asked, learner.asked[-1:])
    return learner.pool.choose_daily(history, today)[0]


def at_random(learner: Learner, today: date) -> Item:
    """Returns any item, as most quiz bots do."""
    return learner.pool.rng.choice(learner.pool.items)


def in_turn(learner: Learner, today: date) -> Item:
    """Returns all items in a shuffled order, again and again."""
    return learner.pool.choose_practice(learner.asked, learner.asked[-1:])[0]


STRATEGIES: Mapping[str, Choose] = {
    "adaptive": adaptive,
    "at random": at_random,
    "in turn": in_turn,
}


def known_by_day(topic: Topic, choose: Choose, learners: int, seed: int = 0) -> list[float]:
    """Returns how many items an average learner knows at the end of each day."""
    pool = ItemPool.of(topic, Random(seed))
    simulated = [
        Learner(pool, Random(1_000_000 * (seed + 1) + number)).simulate(choose)
        for number in range(learners)
    ]
    return [sum(day) / learners for day in zip(*simulated, strict=True)]


def known_by_strategy(topic: Topic, learners: int) -> dict[str, list[float]]:
    """Returns the same for every strategy, with the same learners."""
    return {name: known_by_day(topic, choose, learners) for name, choose in STRATEGIES.items()}


async def measure(databases: object, *, quick: bool) -> AsyncIterator[tuple[str, list[Row]]]:
    """Yields one table, and draws the picture in docs/images."""
    known = known_by_strategy(load_topic(TOPIC_FOLDER), learners=100 if quick else 1000)
    if not quick:
        _PLOT.write_text(plot(known), encoding="utf-8")
    yield (
        f"Questions known on day {DAYS}, by how they are chosen (simulated learners)",
        [Row(f"chosen {name}", days[-1]) for name, days in known.items()],
    )


def plot(figures: Mapping[str, Sequence[float]]) -> str:
    """Returns the figures as an SVG picture, with a labelled line for each strategy."""
    most = 10 * math.ceil(max(max(days) for days in figures.values()) / 10)

    def position(day: int, known: float) -> str:
        return f"{60 + 560 * day / DAYS:.1f} {340 - 320 * known / most:.1f}"

    grid = [f'<path class="grid" d="M{position(day, 0)}V20"/>' for day in _LABELLED_DAYS]
    grid += [
        f'<path class="grid" d="M{position(0, known)}H620"/>'
        for known in range(0, most + 1, most // 5)
    ]
    days = [
        f'<text {_at(position(day, 0))} dy="20" class="day">{day}</text>' for day in _LABELLED_DAYS
    ]
    scale = [
        f'<text {_at(position(0, known))} dx="-8" dy="5" class="known">{known}</text>'
        for known in range(0, most + 1, most // 5)
    ]
    lines = [
        f'<path stroke="{colour}" stroke-dasharray="{dashes}" d="M'
        + "L".join(position(day, known) for day, known in enumerate(figures[name], start=1))
        + f'"/><text {_at(position(DAYS, figures[name][-1]))} dx="8" dy="5">{name}</text>'
        for name, (colour, dashes) in _LINES.items()
    ]
    return _SVG.format(marks="\n".join([*grid, *days, *scale, *lines]))


def _at(position: str) -> str:
    x, y = position.split()
    return f'x="{x}" y="{y}"'

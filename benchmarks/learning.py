"""Does choosing adaptively teach more? Simulated learners, asked one question a day.

How they forget is known, and is not what the bot assumes: an exponential forgetting curve whose
half-life grows with each recall, the more so the harder the recall was (Settles and Meeder 2016,
"A trainable spaced repetition model for language learning"; the spacing effect after Cepeda et al.
2006). The bot only sees their answers, guesses included.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

import altair as alt
import vl_convert

from benchmarks.machine import ROOT
from benchmarks.table import Row
from questions import Item, Topic, load_topic
from quizbot.quiz.answers.memory import Answered, Memory, review
from quizbot.quiz.asking.choosing import ItemPool, LearnerHistory

DAYS = 90
_TOPIC = ROOT / "questions/vitamin-b12-blood-flow"
_PLOT = ROOT / "docs/images/learning.svg"
TAKES_PART = 0.85  # the chance that a day's question is answered
_FIRST_DAY = date(2026, 1, 1)
_HALF_LIFE = 5.0  # days, after an explanation has been read for the first time
_GROWTH = 3.0  # how much more a recall at a probability of 0 would lengthen the half-life

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

    deck: ItemPool
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
        memory = review(self.memories.get(item.id), Answered(today, right))
        self.memories[item.id] = memory


def adaptive(learner: Learner, today: date) -> Item:
    """As the bot chooses."""
    past = LearnerHistory.of(learner.memories, learner.asked, learner.asked[-1:])
    return learner.deck.daily(past, today)[0]


def at_random(learner: Learner, today: date) -> Item:
    """Any item, as quiz bots mostly do."""
    return learner.deck.rng.choice(learner.deck.items)


def in_turn(learner: Learner, today: date) -> Item:
    """Round and round, in a shuffled order."""
    return learner.deck.practice(learner.asked, learner.asked[-1:])[0]


WAYS: Mapping[str, Choose] = {
    "adaptive": adaptive,
    "at random": at_random,
    "in turn": in_turn,
}


def known_by_day(topic: Topic, choose: Choose, learners: int, seed: int = 0) -> list[float]:
    """How many items a learner knows at the end of each day, on average."""
    deck = ItemPool.of(topic, Random(seed))
    lives = [
        Learner(deck, Random(1_000_000 * (seed + 1) + number)).live(choose)
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
    rows = [
        {"day": day, "known": known, "way": way}
        for way, days in figures.items()
        for day, known in enumerate(days, start=1)
    ]
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        x=alt.X("day:Q", title="day", axis=alt.Axis(values=[1, 15, 30, 45, 60, 75, 90])),
        y=alt.Y("known:Q", title="questions known (average of 1,000 learners)"),
        # Okabe and Ito's palette; the lines differ in dashes as well.
        color=alt.Color(
            "way:N",
            legend=None,
            scale=alt.Scale(domain=list(WAYS), range=["#0072B2", "#D55E00", "#666666"]),
        ),
    )
    lines = base.mark_line(strokeWidth=3).encode(strokeDash=alt.StrokeDash("way:N", legend=None))
    names = (
        base.transform_filter(f"datum.day == {DAYS}")
        .mark_text(align="left", dx=6, fontSize=14)
        .encode(text="way:N")
    )
    chart = (
        (lines + names)
        .properties(width=560, height=320, background="white", padding=16)
        .configure_axis(labelFontSize=13, titleFontSize=13)
        .configure_view(stroke=None)
    )
    return str(vl_convert.vegalite_to_svg(chart.to_json()))

"""Do learners know more when the bot chooses? Simulated learners, one question a day.

Their forgetting is known and differs from the model that the bot assumes: an exponential forgetting
curve whose half-life grows with each recall, more after a harder recall (Settles and Meeder 2016,
"A trainable spaced repetition model for language learning"; the spacing effect after Cepeda et al.
2006). They forget objectives, and a question on one recalls it whichever item it is. Half of the
objectives they know beforehand, and never forget. The bot sees only their answers, which include
guesses.
"""

import math
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random
from statistics import mean

from benchmarks import ROOT, TOPIC_FOLDER
from benchmarks.table import Row, at_least, exactly, under
from db.models import DAILY, Purpose
from questions import Item, load_topic
from quizbot.quiz.answers.memory import ItemAnswer, Memory, review
from quizbot.quiz.asking.choosing import ItemPool
from quizbot.quiz.asking.history import ASKED_DAYS, Asked, LearnerHistory

DAYS = 90
OBJECTIVES, KEY_POINTS, ITEMS_EACH = 24, 6, 3
PARTICIPATION = 0.85  # the probability that a day's question is answered
_FIRST_DAY = date(2026, 1, 1)
_HALF_LIFE = 5.0  # days, after the explanation is read for the first time
_GROWTH = 3.0  # how much more the half-life would grow at a recall probability of 0
_PLOT = ROOT / "docs/images/learning.svg"
_GUESSED = 1 / 3  # of the answers without recall
_DRAWS = 10  # of the benchmark

_LABELLED_DAYS = (1, 15, 30, 45, 60, 75, 90)
# Okabe and Ito's palette; the lines differ in dashes as well.
_LINES = {
    "adaptive": ("#0072B2", "none"),
    "at random": ("#D55E00", "8 5"),
    "shuffled": ("#666666", "2 4"),
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
objectives gained (average of 1,000 learners)
</text>
{marks}
</svg>
"""

Choose = Callable[["Learner", date], Item]


def make_pool(seed: int = 0) -> ItemPool:
    """Returns a pool of items that differ in nothing but their objectives and forms."""
    template = load_topic(TOPIC_FOLDER).approved[0]
    items, forms = [], ("mechanism", "myth", "case")
    for objective in range(OBJECTIVES):
        for form in forms[:ITEMS_EACH]:
            changes = {"id": f"item-{objective}-{form}", "form": form, "keep_apart": ()}
            items.append(
                template.model_copy(update={**changes, "objective": f"objective-{objective}"})
            )
    points = {f"objective-{each}": f"KP{each % KEY_POINTS}" for each in range(OBJECTIVES)}
    return ItemPool(items, Random(seed), points)


class _AlwaysDraw(Random):
    """Chance that makes every review one at random, and is as random as any otherwise."""

    getrandbits = Random.getrandbits  # otherwise choices would come from `random`

    def random(self) -> float:
        return 0.0


@dataclass
class Trace:
    """What a learner remembers of an objective: half-life in days, and the latest review."""

    half_life: float
    reviewed_on: date

    def recall(self, day: date) -> float:
        """Returns the probability of recall, 0 to 1."""
        return float(2 ** (-(day - self.reviewed_on).days / self.half_life))


@dataclass
class Learner:
    """A simulated learner. The bot cannot see `known` (beforehand) and `traces`.

    Somebody with a share of `right` answers neither learns nor forgets. `gained` is what is
    recalled of the other objectives at the end of each day; `repeats` are the days of items asked
    before, `mastered` those on which an objective was mastered. `waits` are the days from the date
    from which one more correct answer was to master it until the next answer. `biases` are for the
    reviews of each purpose: how much more the objectives asked have gained than all that could be
    asked. Those of random reviews are measured by so many `draws`.
    """

    pool: ItemPool
    rng: Random
    known: frozenset[str] = frozenset()
    right: float | None = None
    traces: dict[str, Trace] = field(default_factory=dict)
    memories: dict[str, Memory] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    purposes: list[Purpose] = field(default_factory=list)
    latest: str = ""
    draws: int = 0
    deck: list[Item] = field(default_factory=list)
    repeats: list[int] = field(default_factory=list)
    gained: list[float] = field(default_factory=list)
    mastered: list[int] = field(default_factory=list)
    waits: list[int] = field(default_factory=list)
    biases: dict[Purpose, list[float]] = field(default_factory=lambda: defaultdict(list))

    def simulate(self, choose: Choose) -> "Learner":
        """Ask a question on each day."""
        for number in range(DAYS):
            today = _FIRST_DAY + timedelta(days=number)
            item = choose(self, today)
            if any(item.id == each.item_id for each in self.asked):
                self.repeats.append(number)
            self.asked.append(Asked(today, DAILY, item.id))
            self.latest = item.objective
            if self.right is not None or self.rng.random() < PARTICIPATION:
                self._answer(item, today)
            self.gained.append(sum(trace.recall(today) for trace in self.traces.values()))
        return self

    def history(self) -> LearnerHistory:
        """Returns what the bot knows."""
        return LearnerHistory.of(self.memories, self.asked[-ASKED_DAYS:], self.purposes)

    def add_bias(self, purpose: Purpose, asked: Sequence[Item], today: date) -> None:
        """Compare the gain of the objectives asked with that of all but the latest."""
        met = [self._gain(each, today) for each in self.memories if each != self.latest]
        gains = [self._gain(item.objective, today) for item in asked]
        self.biases[purpose].append(mean(gains) - mean(met))

    def _gain(self, objective: str, today: date) -> float:
        """Returns by how much a correct answer has become more likely since the first guess."""
        trace = self.traces.get(objective)
        return trace.recall(today) * (1 - _GUESSED) if trace else 0.0

    def _answer(self, item: Item, today: date) -> None:
        objective = item.objective
        trace = self.traces.get(objective)
        recall = trace.recall(today) if trace else float(objective in self.known)
        recalled = self.rng.random() < recall
        correct = recalled or self.rng.random() < _GUESSED
        if self.right is not None:
            correct = self.rng.random() < self.right
        elif trace is None and objective not in self.known:
            self.traces[objective] = Trace(_HALF_LIFE, today)
        elif trace is not None:
            grown = trace.half_life * (1.5 + _GROWTH * (1 - recall))
            halved = max(_HALF_LIFE, trace.half_life / 2)
            self.traces[objective] = Trace(grown if recalled else halved, today)
        answer = ItemAnswer(today, DAILY, item.id, correct)
        before = self.memories.get(objective)
        if memory := review(before, answer):
            self.memories[objective] = memory
            if memory.mastered and not (before and before.mastered):
                self.mastered.append((today - _FIRST_DAY).days)
            if before and before.masters_from and before.masters_from <= today:
                self.waits.append((today - before.masters_from).days)


def adaptive(learner: Learner, today: date) -> Item:
    """Returns the item that the bot would choose."""
    history = learner.history()
    item, _, purpose = learner.pool.choose_daily(history, today)
    if purpose is Purpose.RANDOM and learner.draws:
        draw = replace(learner.pool, rng=_AlwaysDraw(learner.rng.random()))
        drawn = [draw.choose_daily(history, today).item for _ in range(learner.draws)]
        learner.add_bias(purpose, drawn, today)
    elif purpose in (Purpose.DUE, Purpose.INCORRECT):
        learner.add_bias(Purpose.DUE, [item], today)
    learner.purposes.append(purpose)
    return item


def at_random(learner: Learner, today: date) -> Item:
    """Returns any item, as most quiz bots do."""
    return learner.pool.rng.choice(learner.pool.items)


def shuffled(learner: Learner, today: date) -> Item:
    """Returns all items in a shuffled order, again and again."""
    place = len(learner.asked) % len(learner.pool.items)
    if place == 0:
        learner.deck = learner.rng.sample(learner.pool.items, len(learner.pool.items))
    return learner.deck[place]


STRATEGIES: Mapping[str, Choose] = {
    "adaptive": adaptive,
    "at random": at_random,
    "shuffled": shuffled,
}


def simulate(
    choose: Choose,
    learners: int,
    *,
    known: int = OBJECTIVES // 2,
    right: float | None = None,
    draws: int = 0,
) -> list[Learner]:
    """Returns learners after 90 days who knew so many objectives beforehand."""
    pool = make_pool()
    objectives = sorted(pool.key_points)
    chances = [Random(1_000_000 + number) for number in range(learners)]
    return [
        Learner(
            pool, rng, frozenset(rng.sample(objectives, known)), right=right, draws=draws
        ).simulate(choose)
        for rng in chances
    ]


def gained_by_day(learners: Sequence[Learner]) -> list[float]:
    """Returns how many objectives an average learner has gained at the end of each day."""
    return [mean(day) for day in zip(*(each.gained for each in learners), strict=True)]


def bias(learners: Sequence[Learner], purpose: Purpose) -> float:
    """Returns by how much reviews of this purpose overstate the gain (shares of answers)."""
    return mean(each for learner in learners for each in learner.biases[purpose])


def unseen_share(learners: Sequence[Learner], days: int = 45) -> float:
    """Returns the share of the first days with an item that was not asked before."""
    repeats = sum(number < days for learner in learners for number in learner.repeats)
    return 1 - repeats / (days * len(learners))


def mastered_by(learner: Learner, day: int) -> int:
    """Returns how many objectives were mastered before that day, counted from 0."""
    return sum(each < day for each in learner.mastered)


async def measure(databases: object, *, quick: bool) -> AsyncIterator[tuple[str, list[Row]]]:
    """Yields three tables, and draws the picture in docs/images."""
    count = 100 if quick else 1000
    learners = {name: simulate(choose, count, draws=_DRAWS) for name, choose in STRATEGIES.items()}
    bots = learners["adaptive"]
    gained = {name: gained_by_day(each) for name, each in learners.items()}
    if not quick:
        _PLOT.write_text(plot(gained), encoding="utf-8")
    best_other = max(days[-1] for name, days in gained.items() if name != "adaptive")
    more = 100 * (gained["adaptive"][-1] / best_other - 1)
    yield (
        f"Objectives gained by day {DAYS} (simulated learners who know half of them beforehand)",
        [
            *(Row(f"chosen {name}", days[-1]) for name, days in gained.items()),
            at_least("adaptive above the best of the others", more, 30, "%"),
            *(
                Row(f"chosen {name}, nothing known beforehand",
                    gained_by_day(simulate(choose, count, known=0))[-1])
                for name, choose in STRATEGIES.items()
            ),
        ],
    )  # fmt: skip
    perfect = simulate(adaptive, count // 5, right=1.0)
    most = simulate(adaptive, count // 5, right=0.7)
    repeats = sum(number < 60 for each in perfect for number in each.repeats)
    random, due = (bias(bots, each) for each in (Purpose.RANDOM, Purpose.DUE))
    yield (
        "Repeats, and what reviews tell about learning",
        [
            exactly("items asked twice in 60 days, always right", repeats, 0),
            at_least("unseen items in 45 days, 70 % right", 100 * unseen_share(most), 90, "%"),
            under("random reviews misstate the gain by", 100 * abs(random), 0.3, "points"),
            Row("due reviews overstate it by", 100 * due, "points"),
        ],
    )
    yield (
        "Mastery (the same learners)",
        [
            Row("objectives mastered in 30 days", mean(mastered_by(each, 30) for each in bots)),
            at_least(
                "learners who master one in 14 days",
                100 * mean(mastered_by(each, 14) > 0 for each in bots),
                70,
                "%",
            ),
            at_least(
                "promised questions that are answered within 3 days",
                100 * mean(days <= 3 for each in bots for days in each.waits),
                70,
                "%",
            ),
        ],
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

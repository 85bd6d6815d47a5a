"""Is the learning gain that coordinators see right, and does its interval contain the truth?

Whole programmes are simulated, with the bot's own choices and its own estimate. People differ in
what they know, and items in how hard they are. With learning, a first meeting raises the chance of
a correct answer by a known amount, which fades; without, it changes nothing.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from random import Random
from statistics import mean, stdev

from benchmarks.learning import make_pool
from benchmarks.table import Row, at_least, under
from db.models import DAILY, Purpose
from questions import Item
from quizbot.programmes.reports.gain import Attempt, Gain, Person, estimate_gains
from quizbot.quiz.answers.memory import ItemAnswer, Memory, review
from quizbot.quiz.asking.choosing import ItemPool
from quizbot.quiz.asking.history import ASKED_DAYS, Asked, LearnerHistory

DAYS = 56
_FIRST_DAY = date(2026, 1, 5)
_PARTICIPATION = 0.85
_RIGHT_IF_KNOWN, _RIGHT_IF_NOT = 0.92, 0.35
_FADES_BY_HALF = 40  # days
_LEAVE = 0.03  # a day, of those who know less than half: half of them have left after three weeks


@dataclass(frozen=True)
class World:
    """What is true in a simulation.

    `learned` is how much a first meeting adds to the chance of a correct answer, for people who did
    not know it.
    """

    name: str
    learned: float = 0.0
    weak_leave: bool = False
    people: int = 100


WORLDS = (
    World("no learning"),
    World("no learning, weaker people leave", weak_leave=True),
    World("learning, weaker people leave", learned=0.3, weak_leave=True),
)


@dataclass(frozen=True)
class Found:
    """A programme's gain as estimated, and what it really is in the same reviews."""

    gain: Gain
    truth: float

    @property
    def error(self) -> float:
        return self.gain.gain - self.truth

    @property
    def is_held(self) -> bool:
        return self.gain.low <= self.truth <= self.gain.high


@cache
def _pool() -> ItemPool:
    return make_pool()


def simulate(world: World, number: int) -> Found:
    """Returns the gain of one programme after eight weeks."""
    rng = Random(1000 * number)
    pool = replace(_pool(), rng=rng)
    hardness = {item.id: rng.uniform(-0.05, 0.2) for item in pool.items}
    members = [_member(world, pool, hardness, rng) for _ in range(world.people)]
    people = [person for person, _ in members if person.firsts]
    truth = mean(gain for _, gains in members for gain in gains)
    return Found(estimate_gains(people)["all"], truth)


def _member(
    world: World, pool: ItemPool, hardness: dict[str, float], rng: Random
) -> tuple[Person, list[float]]:
    """Returns a member's answers, and what they have really gained in each random review."""
    person, gains, share_known = Person(), list[float](), rng.uniform(0.2, 0.8)
    known = {objective: rng.random() < share_known for objective in pool.key_points}
    met: dict[str, int] = {}
    for day, item, purpose, answer in _questions(pool):
        if world.weak_leave and share_known < 0.5 and rng.random() < _LEAVE:
            break
        if rng.random() >= _PARTICIPATION:
            continue
        knows, first = known[item.objective], met.setdefault(item.objective, day)
        before = (_RIGHT_IF_KNOWN if knows else _RIGHT_IF_NOT) - hardness[item.id]
        lasts = 2.0 ** (-(day - first) / _FADES_BY_HALF)
        gained = 0.0 if knows or first == day else world.learned * lasts
        correct = rng.random() < before + gained
        answer(correct)
        if purpose is Purpose.NEW and first == day:
            person.firsts.append(Attempt(item.id, day // 7, correct))
        elif purpose is Purpose.RANDOM:
            person.reviews.append(Attempt(item.id, day // 7, correct, ("all",)))
            gains.append(gained)
    return person, gains


def _questions(pool: ItemPool) -> Iterator[tuple[int, Item, Purpose, Callable[[bool], None]]]:
    """Yields a question a day, and what takes whether the answer is correct, if there is one."""
    memories, asked, purposes = dict[str, Memory](), list[Asked](), list[str]()
    for day in range(DAYS):
        today = _FIRST_DAY + timedelta(days=day)
        history = LearnerHistory.of(memories, asked[-ASKED_DAYS:], purposes)
        item, _, purpose = pool.choose_daily(history, today)
        asked.append(Asked(today, DAILY, item.id))
        purposes.append(purpose)

        def answer(correct: bool, item: Item = item, today: date = today) -> None:
            given = ItemAnswer(today, DAILY, item.id, correct)
            if memory := review(memories.get(item.objective), given):
                memories[item.objective] = memory

        yield day, item, purpose, answer


async def measure(databases: object, *, quick: bool) -> AsyncIterator[tuple[str, list[Row]]]:
    """Yields a table for each world, and one of how wide the interval is in small groups.

    A quick run has no targets: twenty programmes tell little.
    """
    count = 20 if quick else 400
    for world in WORLDS:
        found = rows(world, count)
        if quick:
            found = [Row(each.name, each.value, each.unit) for each in found]
        yield f"{world.name}: {count} programmes of {world.people} people", found
    sizes = [World("learning", 0.3, people=size) for size in (10, 20, 50)]
    yield (
        "Half the interval's width, on average, by the number of people",
        [Row(f"{each.people} people", _width(_all(each, count // 10)), "points") for each in sizes],
    )


def rows(world: World, count: int) -> list[Row]:
    """Returns the figures of so many programmes."""
    found = _all(world, count)
    errors = [each.error for each in found]
    held = 100 * mean(each.is_held for each in found)
    return [
        Row("true gain", 100 * mean(each.truth for each in found), "points"),
        under("the estimate is off on average by", 100 * abs(mean(errors)), 0.6, "points"),
        Row("and varies by (standard deviation)", 100 * stdev(errors), "points"),
        Row("half the interval's width", _width(found), "points"),
        at_least("intervals that hold the true gain", held, 92.5, "%"),
        under("and not too many", held, 97.5, "%"),
    ]


def _width(found: Sequence[Found]) -> float:
    return 100 * mean(each.gain.margin for each in found)


def _all(world: World, count: int) -> Sequence[Found]:
    return [simulate(world, number) for number in range(count)]

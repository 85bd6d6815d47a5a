"""What a learner remembers of an item: spaced repetition by FSRS. Pure.

Ye, Su and Cao (2022), "A stochastic shortest path algorithm for optimizing spaced repetition
scheduling", through the `fsrs` package. A right answer is rated Good, a wrong one Again; a question
that nobody answered is no review. Days are local dates of the subscriber, so that the hour of a
question moves nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from fsrs import Card, Rating, Scheduler, State

LONGEST_INTERVAL = 180  # days
_MASTERED_STABILITY = 21.0  # days
_MASTERED_SPAN = timedelta(days=7)

_SCHEDULER = Scheduler(
    desired_retention=0.9,
    learning_steps=(),
    relearning_steps=(),
    maximum_interval=LONGEST_INTERVAL,
    enable_fuzzing=False,
)


@dataclass(frozen=True)
class Answered:
    """An answer to a daily question: its local date, and whether it was right."""

    day: date
    right: bool


@dataclass(frozen=True)
class Schedule:
    """When an item is to be reviewed: by `due_on`, at the latest as `stability` says.

    `stability` is the number of days after which it would be recalled with a probability of 90 %
    (FSRS). `incorrect` tells whether the latest answer was wrong.
    """

    stability: float
    reviewed_on: date
    due_on: date
    incorrect: bool

    def strain(self, day: date) -> float:
        """The greater, the likelier it is forgotten on that day.

        In FSRS the probability of recall falls with the days since the review over the stability,
        and depends on nothing else.
        """
        return (day - self.reviewed_on).days / self.stability


@dataclass(frozen=True)
class Memory(Schedule):
    """What the answers so far say about a learner's memory of one item.

    `difficulty` runs from 1 to 10 (FSRS), `reviews` is how many answers there were.
    """

    difficulty: float
    first_correct_on: date | None
    last_correct_on: date | None
    reviews: int

    @property
    def mastered(self) -> bool:
        """See is_mastered."""
        return is_mastered(self.stability, self.first_correct_on, self.last_correct_on)


def is_mastered(
    stability: float, first_correct_on: date | None, last_correct_on: date | None
) -> bool:
    """Right on two days at least a week apart, and stable for three weeks or more."""
    if first_correct_on is None or last_correct_on is None:
        return False
    lasting = last_correct_on - first_correct_on >= _MASTERED_SPAN
    return lasting and stability >= _MASTERED_STABILITY


def review(memory: Memory | None, answer: Answered) -> Memory:
    """The memory after one more answer; answers come in the order of their days."""
    rating = Rating.Good if answer.right else Rating.Again
    card, _ = _SCHEDULER.review_card(_card(memory), rating, _noon(answer.day))
    assert card.stability is not None and card.difficulty is not None  # noqa: PT018, S101 -- reviewed
    first = memory.first_correct_on if memory else None
    last = memory.last_correct_on if memory else None
    return Memory(
        stability=card.stability,
        difficulty=card.difficulty,
        reviewed_on=answer.day,
        due_on=card.due.date(),
        incorrect=not answer.right,
        first_correct_on=first or answer.day if answer.right else first,
        last_correct_on=answer.day if answer.right else last,
        reviews=memory.reviews + 1 if memory else 1,
    )


def remember(answers: Iterable[Answered]) -> Memory | None:
    """The memory that all answers to an item, in any order, come to; None without any."""
    memory = None
    for answer in sorted(answers, key=lambda answer: answer.day):
        memory = review(memory, answer)
    return memory


def _card(memory: Memory | None) -> Card:
    # A card without an id would sleep a millisecond to find one.
    if memory is None:
        return Card(card_id=0, due=_noon(date.min))
    return Card(
        card_id=0,
        state=State.Review,
        stability=memory.stability,
        difficulty=memory.difficulty,
        due=_noon(memory.due_on),
        last_review=_noon(memory.reviewed_on),
    )


def _noon(day: date) -> datetime:
    """FSRS counts whole days between moments: the same hour every day keeps them whole."""
    return datetime.combine(day, time(12), UTC)

"""Points, streaks and totals: a fold over the answers. Pure, so that a rebuild comes out equal."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

POINTS_CORRECT = 10
POINTS_TAKING_PART = 2

FREEZE_EVERY = 7  # days in a row earn a freeze, which saves the streak from a day without an answer
MOST_FREEZES = 2


@dataclass(frozen=True)
class CountedAnswer:
    """An answer that counts: the question of a local date, answered in time.

    `unanswered` is how many daily questions passed without an answer since the counted one before.
    Days without a question (holidays, pauses, days off) do not count.
    """

    local_date: date
    correct: bool
    unanswered: int = 0

    @property
    def points(self) -> int:
        return POINTS_CORRECT if self.correct else POINTS_TAKING_PART


@dataclass(frozen=True)
class Totals:
    """What a subscriber has reached. `streak` is the one that ended on `last_answered_on`.

    `freezes` are earned and not spent yet.
    """

    points: int = 0
    answered: int = 0
    correct: int = 0
    streak: int = 0
    best_streak: int = 0
    last_answered_on: date | None = None
    freezes: int = 0

    def streak_after(self, unanswered: int) -> int:
        """The streak as it stands when so many questions have passed unanswered since.

        Alive while there is a freeze for each of them.
        """
        return self.streak if unanswered <= self.freezes else 0

    @property
    def accuracy(self) -> float | None:
        """The share of right answers, 0 to 1; None before the first answer."""
        return self.correct / self.answered if self.answered else None


def add(totals: Totals, answer: CountedAnswer) -> Totals:
    """The totals after one more answer. Answers come in the order of their local dates."""
    goes_on = totals.last_answered_on is not None and answer.unanswered <= totals.freezes
    streak = totals.streak + 1 if goes_on else 1
    freezes = totals.freezes - answer.unanswered if goes_on else 0
    if streak % FREEZE_EVERY == 0:
        freezes = min(freezes + 1, MOST_FREEZES)
    return replace(
        totals,
        points=totals.points + answer.points,
        answered=totals.answered + 1,
        correct=totals.correct + answer.correct,
        streak=streak,
        best_streak=max(totals.best_streak, streak),
        last_answered_on=answer.local_date,
        freezes=freezes,
    )


def total(answers: Iterable[CountedAnswer]) -> Totals:
    """The totals of all answers, in any order."""
    totals = Totals()
    for answer in sorted(answers, key=lambda answer: answer.local_date):
        totals = add(totals, answer)
    return totals


def week_of(day: date) -> date:
    """The Monday that begins the day's week (ISO 8601)."""
    return day - timedelta(days=day.weekday())

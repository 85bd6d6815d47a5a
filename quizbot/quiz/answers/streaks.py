"""Points, streaks and totals: a pure fold over the answers, so that they can be rebuilt."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

POINTS_CORRECT = 10
POINTS_TAKING_PART = 2

FREEZE_EVERY = 7  # days in a row earn a freeze, which saves the streak from an unanswered question
MAX_FREEZES = 2
NOTABLE_STREAK = 5  # days: to beat a shorter one is nothing special


@dataclass(frozen=True)
class CountedAnswer:
    """An answer that counts: to the daily question of a local date, in time.

    `unanswered` is how many daily questions passed unanswered since the previous counted answer.
    Days without a question (holidays, pauses, days off) are not among them.
    """

    local_date: date
    correct: bool
    unanswered: int = 0

    @property
    def points(self) -> int:
        return POINTS_CORRECT if self.correct else POINTS_TAKING_PART


@dataclass(frozen=True)
class Totals:
    """A subscriber's totals after the answer on `last_answered_on`.

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
        """Returns the streak after so many more unanswered questions.

        It goes on while there is a freeze for each of them.
        """
        return self.streak if unanswered <= self.freezes else 0

    @property
    def accuracy(self) -> float | None:
        """The share of correct answers, 0 to 1; None before the first answer."""
        return self.correct / self.answered if self.answered else None


def add(totals: Totals, answer: CountedAnswer) -> Totals:
    """Returns the totals after one more answer; answers come in the order of their dates."""
    kept = totals.streak_after(answer.unanswered)
    streak = kept + 1
    freezes = totals.freezes - answer.unanswered if kept else 0
    if streak % FREEZE_EVERY == 0:
        freezes = min(freezes + 1, MAX_FREEZES)
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
    """Returns the totals of all answers, given in any order."""
    totals = Totals()
    for answer in sorted(answers, key=lambda answer: answer.local_date):
        totals = add(totals, answer)
    return totals


def saved_gaps(answers: Iterable[CountedAnswer]) -> list[tuple[date, date]]:
    """Returns the dates of the answers around each gap that freezes saved the streak from.

    The answers may be in any order.
    """
    totals, saved = Totals(), []
    for answer in sorted(answers, key=lambda answer: answer.local_date):
        before, totals = totals.last_answered_on, add(totals, answer)
        if before is not None and answer.unanswered and totals.streak > 1:
            saved.append((before, answer.local_date))
    return saved


def correct_in(answers: Iterable[CountedAnswer], days: int, *, in_a_row: bool) -> int:
    """Returns how many of the first `days` answers are correct.

    Or with `in_a_row`, of the first `days` in the latest streak that is so long. The answers may be
    in any order.
    """
    totals, counted, found = Totals(), list[bool](), 0
    for answer in sorted(answers, key=lambda answer: answer.local_date):
        totals = add(totals, answer)
        if in_a_row and totals.streak == 1:
            counted = []
        counted.append(answer.correct)
        if len(counted) == days:
            found = sum(counted)
    return found


def beats_best(streak: int, best_before: int | None) -> bool:
    """Returns whether the streak has just beaten a best one that was worth telling.

    `best_before` is None where it is not known.
    """
    return (best_before or 0) >= NOTABLE_STREAK and streak == (best_before or 0) + 1


def week_of(day: date) -> date:
    """Returns the Monday of the day's week (ISO 8601)."""
    return day - timedelta(days=day.weekday())

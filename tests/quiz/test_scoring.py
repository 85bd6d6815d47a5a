"""Points, streaks and totals are a fold over the answers."""

from datetime import date, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from quizbot.quiz.scoring import CountedAnswer, Totals, add, total, week_of

DAY = timedelta(days=1)
FIRST = date(2026, 11, 1)

# At most one counted answer a date, close enough together that streaks come about.
histories = st.dictionaries(st.integers(0, 40), st.booleans()).map(
    lambda days: [CountedAnswer(FIRST + day * DAY, right) for day, right in sorted(days.items())]
)


def fold(answers: list[CountedAnswer]) -> Totals:
    totals = Totals()
    for answer in answers:
        totals = add(totals, answer)
    return totals


def runs(answers: list[CountedAnswer]) -> list[int]:
    """The lengths of the runs of neighbouring dates, oldest first: counted another way."""
    days = {answer.local_date for answer in answers}
    starts = sorted(day for day in days if day - DAY not in days)
    return [next(n for n in range(1, 99) if start + n * DAY not in days) for start in starts]


@given(histories, st.randoms(use_true_random=False))
def test_the_total_of_any_order_is_the_fold_in_order(
    answers: list[CountedAnswer], rng: Random
) -> None:
    shuffled = rng.sample(answers, len(answers))
    assert total(shuffled) == fold(answers)


@given(histories)
def test_streaks_are_runs_of_neighbouring_dates(answers: list[CountedAnswer]) -> None:
    totals = total(answers)
    assert totals.streak == (runs(answers) or [0])[-1]
    assert totals.best_streak == max(runs(answers), default=0)


@given(histories)
def test_sums_are_sums(answers: list[CountedAnswer]) -> None:
    totals = total(answers)
    right = sum(answer.correct for answer in answers)
    assert (totals.answered, totals.correct) == (len(answers), right)
    assert totals.points == 10 * right + 2 * (len(answers) - right)
    assert totals.accuracy == (right / len(answers) if answers else None)


@given(histories, st.integers(0, 5))
def test_a_streak_lives_until_a_whole_date_has_passed_without_an_answer(
    answers: list[CountedAnswer], days: int
) -> None:
    totals = total(answers)
    if totals.last_answered_on is not None:
        standing = totals.streak_on(totals.last_answered_on + days * DAY)
        assert standing == (totals.streak if days <= 1 else 0)


def test_nobody_without_answers_has_a_streak() -> None:
    assert Totals().streak_on(FIRST) == 0


@given(st.dates())
def test_a_week_begins_on_monday(day: date) -> None:
    if day < date(1, 1, 8):
        return
    assert week_of(day).weekday() == 0
    assert timedelta(0) <= day - week_of(day) < timedelta(days=7)

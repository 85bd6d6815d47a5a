"""Points, streaks and totals are a fold over the answers, without a database."""

from datetime import date, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from quizbot.quiz.answers.streaks import (
    CountedAnswer,
    Totals,
    add,
    correct_in,
    saved_gaps,
    total,
    week_of,
)

DAY = timedelta(days=1)
FIRST = date(2026, 11, 1)

# One question after another: right, wrong, or unanswered.
histories = st.lists(st.sampled_from([True, False, None]), max_size=60)


def counted(history: list[bool | None]) -> list[CountedAnswer]:
    """Returns the answers, with one question a day."""
    answers: list[CountedAnswer] = []
    unanswered = 0
    for day, right in enumerate(history):
        if right is None:
            unanswered += bool(answers)
        else:
            answers.append(CountedAnswer(FIRST + day * DAY, right, unanswered))
            unanswered = 0
    return answers


def fold(answers: list[CountedAnswer]) -> Totals:
    totals = Totals()
    for answer in answers:
        totals = add(totals, answer)
    return totals


def streaks(history: list[bool | None]) -> list[int]:
    """Returns the streak after each question, counted in another way, day by day."""
    found, streak, stock, begun = [], 0, 0, False
    for right in history:
        if right is not None:
            begun, streak = True, streak + 1
            stock = min(2, stock + 1) if streak % 7 == 0 else stock
        elif begun and stock:
            stock -= 1
        else:
            streak = stock = 0
        found.append(streak)
    return found


@given(histories, st.randoms(use_true_random=False))
def test_totals_do_not_depend_on_the_order_of_the_answers(
    history: list[bool | None], rng: Random
) -> None:
    answers = counted(history)
    shuffled = rng.sample(answers, len(answers))
    assert total(shuffled) == fold(answers)


@given(histories)
def test_a_streak_goes_on_while_each_unanswered_question_uses_a_freeze(
    history: list[bool | None],
) -> None:
    totals, expected = total(counted(history)), streaks(history)
    since = next((n for n, right in enumerate(reversed(history)) if right is not None), 0)
    assert totals.streak_after(since) == (expected or [0])[-1]
    assert totals.best_streak == max(expected, default=0)
    assert 0 <= totals.freezes <= 2


@given(histories)
def test_the_gaps_that_freezes_saved_are_those_through_which_the_streak_went_on(
    history: list[bool | None],
) -> None:
    saved = {
        after + (number + 1) * DAY
        for after, before in saved_gaps(counted(history))
        for number in range((before - after).days - 1)
    }
    expected: set[date] = set()
    gap: list[date] = []
    for day, (right, streak) in enumerate(zip(history, streaks(history), strict=True)):
        gap = [*gap, FIRST + day * DAY] if right is None else gap
        if right is not None:
            expected |= set(gap) if streak > 1 else set()
            gap = []
    assert saved == expected


@given(histories)
def test_points_and_counts_are_sums_over_the_answers(history: list[bool | None]) -> None:
    answers = counted(history)
    totals = total(answers)
    right = sum(answer.correct for answer in answers)
    assert (totals.answered, totals.correct) == (len(answers), right)
    assert totals.points == 10 * right + 2 * (len(answers) - right)
    assert totals.accuracy == (right / len(answers) if answers else None)


def test_every_seven_days_earn_a_freeze_up_to_two() -> None:
    freezes = [total(counted([True] * days)).freezes for days in (6, 7, 13, 14, 21, 70)]
    assert freezes == [0, 1, 1, 2, 2, 2]


def test_a_streak_that_breaks_takes_its_freezes_with_it() -> None:
    broken = total(counted([*[True] * 14, None, None, None, True]))
    assert (broken.streak, broken.freezes, broken.best_streak) == (1, 0, 14)


def test_what_was_right_in_the_days_of_a_milestone_is_counted() -> None:
    history = [True, False, True, None, None, True, False, True, True]
    for days, of_first, in_a_row in ((3, 2, 2), (4, 3, 3), (7, 5, 0), (8, 0, 0)):
        assert correct_in(counted(history)[::-1], days, in_a_row=False) == of_first
        assert correct_in(counted(history), days, in_a_row=True) == in_a_row


def test_without_answers_there_is_no_streak() -> None:
    assert Totals().streak_after(0) == 0


@given(st.dates())
def test_a_week_begins_on_monday(day: date) -> None:
    if day < date(1, 1, 8):
        return
    assert week_of(day).weekday() == 0
    assert timedelta(0) <= day - week_of(day) < timedelta(days=7)

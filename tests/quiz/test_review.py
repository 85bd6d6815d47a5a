"""Spaced repetition: what a learner remembers of an item."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from fsrs import Card, Scheduler, State
from hypothesis import given
from hypothesis import strategies as st

from quizbot.quiz.answers.memory import MAX_INTERVAL_DAYS, Memory, review, review_all
from quizbot.quiz.answers.progress import mastery
from tests.quiz.stage import TOPIC

START = date(2026, 11, 23)
HISTORIES = st.lists(st.tuples(st.integers(1, 120), st.booleans()), min_size=1, max_size=12)


def after(*answers: tuple[int, bool]) -> Memory:
    """A memory after answers so many days from the start."""
    memory = review_all((START + timedelta(days), right) for days, right in answers)
    assert memory is not None
    return memory


def test_a_wrong_answer_is_due_the_next_day_and_a_right_one_later() -> None:
    assert after((0, False)).due_on == START + timedelta(1)
    assert after((0, True)).due_on > START + timedelta(1)


def test_each_right_answer_when_due_lengthens_the_interval() -> None:
    memory, days = after((0, True)), []
    for _ in range(4):
        days.append((memory.due_on - memory.reviewed_on).days)
        memory = review(memory, memory.due_on, correct=True)
    assert days == sorted(set(days))


def test_a_miss_makes_it_less_stable() -> None:
    right, wrong = after((0, True), (3, True)), after((0, True), (3, False))
    assert wrong.stability < right.stability
    assert wrong.incorrect
    assert not right.incorrect


def test_it_fades_and_is_back_at_once_when_reviewed() -> None:
    memory = after((0, True))
    fading = [memory.overdue_ratio(START + timedelta(days)) for days in (0, 1, 5, 30)]
    assert fading == sorted(fading)
    assert fading[0] == 0.0


@given(st.lists(HISTORIES, min_size=2, max_size=8), st.integers(0, 300))
def test_overdue_ratio_orders_memories_as_fsrs_does(
    histories: list[list[tuple[int, bool]]], later: int
) -> None:
    """By the probability of recall, the least first."""
    scheduler, memories = Scheduler(), [after(*history) for history in histories]
    day = max(memory.reviewed_on for memory in memories) + timedelta(later)

    def noon(of: date) -> datetime:
        return datetime.combine(of, time(12), UTC)

    def recall(memory: Memory) -> float:
        reviewed = noon(memory.reviewed_on)
        card = Card(0, State.Review, None, memory.stability, memory.difficulty, None, reviewed)
        return float(scheduler.get_card_retrievability(card, noon(day)))

    most_overdue_first = sorted(memories, key=lambda memory: -memory.overdue_ratio(day))
    recalled = [recall(memory) for memory in most_overdue_first]
    assert recalled == pytest.approx(sorted(recalled))


@given(HISTORIES)
def test_when_due_about_nine_in_ten_would_be_recalled(gaps: list[tuple[int, bool]]) -> None:
    day, answers = START, []
    for gap, right in gaps:
        day += timedelta(gap)
        answers.append((day, right))
    memory = review_all(answers)
    assert memory is not None
    interval = (memory.due_on - memory.reviewed_on).days
    assert 1 <= interval <= MAX_INTERVAL_DAYS
    if 5 < interval < MAX_INTERVAL_DAYS:
        assert memory.overdue_ratio(memory.due_on) == pytest.approx(1, abs=0.12)  # at 1 it is 90 %


@given(HISTORIES, st.randoms(use_true_random=False))
def test_the_order_in_which_answers_arrive_does_not_matter(
    gaps: list[tuple[int, bool]], chance: st.DataObject
) -> None:
    day, answers = START, []
    for gap, right in gaps:
        day += timedelta(gap)
        answers.append((day, right))
    shuffled = list(answers)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert review_all(shuffled) == review_all(answers)


def test_nothing_is_remembered_of_what_was_never_answered() -> None:
    assert review_all([]) is None


@pytest.mark.parametrize(
    ("answers", "mastered"),
    [
        ([(0, True)], False),
        ([(0, True), (3, True)], False),  # less than a week apart
        ([(0, True), (3, True), (16, True)], True),
        ([(0, True), (3, True), (16, False)], False),
        ([(0, False), (30, True)], False),  # right on one day only
    ],
)
def test_mastered_is_right_a_week_apart_and_stable_for_three(
    answers: list[tuple[int, bool]], mastered: bool
) -> None:
    assert after(*answers).mastered is mastered


def test_mastery_counts_every_question_of_a_point_once() -> None:
    point = TOPIC.key_points[0]
    first, second, *_ = [item for item in TOPIC.approved if TOPIC.key_point_of(item) == point]
    lasting, fresh = after((0, True), (3, True), (16, True)), after((0, False))
    points = mastery(TOPIC, {first.id: lasting, second.id: fresh, "withdrawn": lasting})
    assert (points[0].mastered, points[0].learning) == (1, 1)
    assert [each.key_point for each in points] == list(TOPIC.key_points)
    assert sum(each.mastered + each.learning + each.new for each in points) == sum(
        TOPIC.key_point_of(item) is not None for item in TOPIC.approved
    )

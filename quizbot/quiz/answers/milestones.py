"""What an answer has reached that is worth a warm word: at most one thing, the rarest."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from questions import Objective, Statement, Topic
from quizbot.quiz.answers.recording import AnswerOutcome
from quizbot.quiz.answers.streaks import beats_best

_DAYS = {3, 7, 14, 21, 30, 50, 100}  # then each hundred
_RIGHT = {1, 10, 25, 50}  # correct answers that count; then each hundred
_LONG_AGO = timedelta(days=21)
_EARLY = 7  # answers


class Reached(StrEnum):
    """What was reached, the rarest first."""

    TOPIC = "topic"  # every objective is mastered
    KEY_POINT = "key_point"  # every objective of one is
    HALF = "half"  # half of a key point's are
    FIRST_OBJECTIVE = "first"
    DAYS = "days"  # with an answer that counts, however many were missed between them
    BEST_STREAK = "best_streak"  # on the day on which it beats the old one
    OBJECTIVE = "objective"  # one more is mastered
    RIGHT = "right"  # so many correct answers
    MADE_UP = "made_up"  # an objective was missed the last time and is right now
    NEARLY = "nearly"  # one more correct answer masters an objective that was missed once
    KEPT = "kept"  # an objective is right again after weeks
    EARLY_MISS = "early_miss"  # the first incorrect answers


@dataclass(frozen=True)
class Milestone:
    """What was reached: `count` in days or answers, the `key_point`, or the `objective`.

    On a milestone of days, `objective` is what the answer has mastered, too. `left` is how many
    objectives are still to be mastered; `of_point` has how many of the key point's are mastered,
    and how many there are. `missed_on` is when the objective was answered incorrectly, and
    `same_item` whether that was this very question. `tries` are the answers before the first
    correct one, 0 if this is not the first. The objective is None if the bank no longer has it.
    """

    reached: Reached
    count: int = 0
    key_point: Statement | None = None
    objective: Objective | None = None
    left: int = 0
    of_point: tuple[int, int] = (0, 0)
    missed_on: date | None = None
    tries: int = 0
    same_item: bool = False


def milestone_of(outcome: AnswerOutcome, topic: Topic) -> Milestone | None:
    """Returns the rarest milestone of an answer; None if it is like most."""
    change, mastered = outcome.change, None
    if change is not None and change.newly_mastered:
        mastered = _mastered(change.objective_id, outcome.mastered or frozenset(), topic)
        if mastered.reached not in (Reached.HALF, Reached.OBJECTIVE):
            return mastered
    if outcome.question.counts:
        days, streak = outcome.totals.answered, outcome.totals.streak
        objective = mastered.objective if mastered else None
        if days in _DAYS or (days and days % 100 == 0):
            return Milestone(Reached.DAYS, days, objective=objective)
        if beats_best(streak, outcome.question.best_before):
            return Milestone(Reached.BEST_STREAK, streak, objective=objective)
        if mastered is None and (right := _right_count(outcome)):
            return Milestone(Reached.RIGHT, right)
    return mastered or _of_objective(outcome, topic)


def _right_count(outcome: AnswerOutcome) -> int:
    """Returns how many correct answers this one makes, if that is a round number, otherwise 0."""
    right = outcome.totals.correct if outcome.correct else 0
    return right if right in _RIGHT or right % 100 == 0 else 0


def _of_objective(outcome: AnswerOutcome, topic: Topic) -> Milestone | None:
    """Returns what an answer says about its objective; no two of these go together."""
    change, question = outcome.change, outcome.question
    before = change.before if change is not None else None
    if question.counts and not outcome.correct:
        missed = outcome.totals.answered - outcome.totals.correct
        if missed == 1 or (missed == 2 and outcome.totals.answered <= _EARLY):
            return Milestone(Reached.EARLY_MISS, missed)
    if change is None or before is None:
        return None
    objective = topic.objectives.get(change.objective_id)
    if change.after.incorrect:
        return None
    if change.made_up_for is not None:
        return Milestone(
            Reached.MADE_UP,
            objective=objective,
            missed_on=change.made_up_for,
            tries=0 if before.first_correct_on else before.reviews,
            same_item=question.item_id in before.seen[-1:],
        )
    if change.after.was_missed and change.after.masters_from is not None:
        return Milestone(Reached.NEARLY, objective=objective)
    if question.local_date - before.reviewed_on >= _LONG_AGO:
        return Milestone(
            Reached.KEPT, (question.local_date - before.reviewed_on).days, objective=objective
        )
    return None


def _mastered(objective_id: str, mastered: frozenset[str], topic: Topic) -> Milestone:
    """Returns what mastering this objective has completed; it is among those `mastered`."""
    every = topic.asked_objectives
    objective = topic.objectives.get(objective_id)
    if objective is not None and every <= mastered:
        return Milestone(Reached.TOPIC)
    key_point = topic.statements.get(objective.key_point) if objective else None
    if objective is not None and key_point is not None:
        siblings = {e for e in every if topic.objectives[e].key_point == objective.key_point}
        if siblings <= mastered:
            return Milestone(Reached.KEY_POINT, key_point=key_point)
        done, whole = len(siblings & mastered), len(siblings)
        if len(mastered) > 1 and 2 * done in (whole, whole + 1):
            of_point = done, whole
            return Milestone(
                Reached.HALF, key_point=key_point, objective=objective, of_point=of_point
            )
    reached = Reached.FIRST_OBJECTIVE if len(mastered) == 1 else Reached.OBJECTIVE
    return Milestone(reached, objective=objective, left=len(every - mastered))

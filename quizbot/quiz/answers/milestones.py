"""What an answer has reached that is worth a warm word: at most one thing, the rarest."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from questions import Objective, Statement, Topic
from quizbot.quiz.answers.recording import AnswerOutcome

_DAYS = {3, 7, 14, 21, 30, 50, 100}  # then each hundred
_NOTABLE_STREAK = 5  # days: to beat a shorter one is nothing special


class Reached(StrEnum):
    """What was reached, the rarest first."""

    TOPIC = "topic"  # every objective is mastered
    KEY_POINT = "key_point"  # every objective of one is
    FIRST_OBJECTIVE = "first"
    DAYS = "days"  # with an answer that counts, however many were missed between them
    BEST_STREAK = "best_streak"  # on the day on which it beats the old one
    OBJECTIVE = "objective"  # one more is mastered
    MADE_UP = "made_up"  # an objective was missed the last time and is right now


@dataclass(frozen=True)
class Milestone:
    """What was reached: `count` in days, the `key_point`, or the `objective`.

    `left` is how many objectives are still to be mastered; `missed_on` is when the objective was
    answered incorrectly. The objective is None if the bank no longer has it.
    """

    reached: Reached
    count: int = 0
    key_point: Statement | None = None
    objective: Objective | None = None
    left: int = 0
    missed_on: date | None = None


def milestone_of(outcome: AnswerOutcome, topic: Topic) -> Milestone | None:
    """Returns the rarest milestone of an answer; None if it is like most."""
    change, mastered = outcome.change, None
    if change is not None and change.newly_mastered:
        mastered = _mastered(change.objective_id, outcome.mastered or frozenset(), topic)
        if mastered.reached is not Reached.OBJECTIVE:
            return mastered
    if outcome.question.counts:
        days, streak = outcome.totals.answered, outcome.totals.streak
        best = outcome.question.best_before or 0  # 0 where it is not known
        if days in _DAYS or (days and days % 100 == 0):
            return Milestone(Reached.DAYS, days)
        if best >= _NOTABLE_STREAK and streak == best + 1:
            return Milestone(Reached.BEST_STREAK, streak)
    if mastered is None and change is not None and change.made_up_for is not None:
        objective = topic.objectives.get(change.objective_id)
        return Milestone(Reached.MADE_UP, objective=objective, missed_on=change.made_up_for)
    return mastered


def _mastered(objective_id: str, mastered: frozenset[str], topic: Topic) -> Milestone:
    """Returns what mastering this objective has completed; it is among those `mastered`."""
    every = {item.objective for item in topic.approved}
    objective = topic.objectives.get(objective_id)
    if objective is not None and every <= mastered:
        return Milestone(Reached.TOPIC)
    key_point = topic.statements.get(objective.key_point) if objective else None
    if objective is not None and key_point is not None:
        siblings = {e for e in every if topic.objectives[e].key_point == objective.key_point}
        if siblings <= mastered:
            return Milestone(Reached.KEY_POINT, key_point=key_point)
    reached = Reached.FIRST_OBJECTIVE if len(mastered) == 1 else Reached.OBJECTIVE
    return Milestone(reached, objective=objective, left=len(every - mastered))

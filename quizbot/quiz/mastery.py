"""How far a learner has come with each point of the topic. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from questions import Claim, Topic
from quizbot.quiz.review import Memory


@dataclass(frozen=True)
class PointMastery:
    """Of the questions on a point: how many are mastered, being learnt, and not yet answered.

    `point` is None for the questions that serve none.
    """

    point: Claim | None
    mastered: int
    learning: int
    new: int


def mastery(topic: Topic, memories: Mapping[str, Memory]) -> tuple[PointMastery, ...]:
    """Every point that has approved questions, in the article's order, and what serves none."""
    found = []
    for point in (*topic.points, None):
        items = [item for item in topic.approved if topic.point_of(item) == point]
        known = [memories[item.id] for item in items if item.id in memories]
        mastered = sum(memory.mastered for memory in known)
        if items:
            found.append(
                PointMastery(point, mastered, len(known) - mastered, len(items) - len(known))
            )
    return tuple(found)

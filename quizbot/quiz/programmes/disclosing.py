"""From how many people on which figure is shown: of fewer it would tell what each of them answered.

Programmes show nothing of fewer than boards.FEWEST. Of a few more it is told how many were right,
but not where all of them were, or none; and which wrong option was taken is told of many only.
"""

from quizbot.quiz.programmes.boards import FEWEST

ENOUGH = 20  # answers, of which nothing has to be kept back


def share_right(right: int, answers: int) -> float | None:
    """The share of right answers (0 to 1); None where it would tell what each one answered."""
    if answers < FEWEST or (answers < ENOUGH and right in (0, answers)):
        return None
    return right / answers

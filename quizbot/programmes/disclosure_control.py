"""What may be shown of a group without revealing what one of its members answered.

No figure is about fewer than MIN_GROUP_SIZE people, and members who hide are in none. Below
MIN_CELL_COUNT answers, nothing is shown that gives the same answer for everybody (docs/privacy.md).
"""

from sqlalchemy import ColumnElement

from db.programmes import Enrolment

MIN_GROUP_SIZE = 5  # people
MIN_CELL_COUNT = 20  # answers


def visible_enrolments(programme_id: int) -> tuple[ColumnElement[bool], ...]:
    """Returns the conditions for enrolments that may be in figures: current and not hidden."""
    return (
        Enrolment.programme_id == programme_id,
        Enrolment.left_at.is_(None),
        Enrolment.hidden.is_(False),
    )


def share_correct(correct: int, answers: int) -> float | None:
    """Returns the share of correct answers (0 to 1); None if it would reveal a single answer."""
    if answers < MIN_GROUP_SIZE or (answers < MIN_CELL_COUNT and correct in (0, answers)):
        return None
    return correct / answers

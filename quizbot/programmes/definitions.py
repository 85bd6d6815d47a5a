"""What the words for people and answers mean: as text, and as the conditions that count them.

Pages, digest and downloads take both from here. There is no figure of the invited: a link can be
forwarded and printed, so nobody knows whom it has reached.
"""

from collections.abc import Callable
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, select

from db.models import Subscriber
from db.programmes import Enrolment, ProgrammeScore, ScoreKind
from db.reports import ProgrammeDay

LAPSED_AFTER = 10  # questions of the programme


class Term(StrEnum):
    """A figure that pages, digest and downloads have."""

    ENROLLED = "enrolled"
    JOINED = "joined"
    LEFT = "left"
    ACTIVE = "active"
    LAPSED = "lapsed"
    ANSWERED = "answered"
    CORRECT = "correct"


def names(_: Callable[[str], str]) -> dict[Term, str]:
    """Returns what the figures are called, translated by gettext."""
    return {
        Term.ENROLLED: _("Enrolled"),
        Term.JOINED: _("Joined"),
        Term.LEFT: _("Left"),
        Term.ACTIVE: _("Active"),
        Term.LAPSED: _("Lapsed"),
        Term.ANSWERED: _("Answered"),
        Term.CORRECT: _("Right"),
    }


def meanings(_: Callable[[str], str]) -> dict[Term, str]:
    """Returns a sentence about each figure."""
    return {
        Term.ENROLLED: _("Everybody who has joined and not left, hidden members included."),
        Term.JOINED: _(
            "Everybody who joined in these weeks, even if they have left since. Those who joined "
            "before the first day count in the first week."
        ),
        Term.LEFT: _("Everybody who left or was removed in these weeks."),
        Term.ACTIVE: _(
            "Members who answered at least one of the week’s questions. Over several weeks, it is "
            "the average of those that are over."
        ),
        Term.LAPSED: _("Members who have answered before, but none of the last ten questions."),
        Term.ANSWERED: _(
            "The share of the questions delivered that were answered, rightly or wrongly. A day "
            "counts once nobody can answer its question any more."
        ),
        Term.CORRECT: _(
            "The share of answers that were right. Days are counted together until five people "
            "were right and five were not, so no figure gives one person’s answer away."
        ),
    }


def about_hidden(_: Callable[[str], str]) -> str:
    """Returns where hidden members are counted: the same on all pages, digests and downloads."""
    return _(
        "Members who hide from the boards count as enrolled, joined and left. No other figure "
        "includes them."
    )


def enrolled(programme_id: int) -> ColumnElement[bool]:
    """Returns the condition for enrolments of people who take part now."""
    return and_(Enrolment.programme_id == programme_id, Enrolment.left_at.is_(None))


def joined(first: date, last: date) -> ColumnElement[bool]:
    """Returns the condition for enrolments that began on one of these dates."""
    return Enrolment.enrolled_on.between(first, last)


def left(begin: datetime, end: datetime) -> ColumnElement[bool]:
    """Returns the condition for enrolments that ended between two moments; `end` is excluded."""
    return and_(Enrolment.left_at >= begin, Enrolment.left_at < end)


def active() -> ColumnElement[bool]:
    """Returns the condition for the scores of people who are active in the score's week."""
    return and_(ProgrammeScore.kind == ScoreKind.WEEK, ProgrammeScore.answered > 0)


def lapsed(programme_id: int) -> ColumnElement[bool]:
    """Returns the condition for subscribers who have lapsed.

    It compares with the date of the tenth to last question that is over; as long as there are fewer
    questions, nobody has lapsed.
    """
    query = select(ProgrammeDay.local_date).where(
        ProgrammeDay.programme_id == programme_id, ProgrammeDay.settled, ProgrammeDay.asked > 0
    )
    tenth_last = query.order_by(ProgrammeDay.local_date.desc()).offset(LAPSED_AFTER - 1).limit(1)
    return Subscriber.last_answered_on < tenth_last.scalar_subquery()

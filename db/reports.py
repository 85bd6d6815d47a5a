"""The tables of reports: what answers add up to, by date, team, item and objective.

They deliberately cannot be rebuilt from the answers: these are added up once, and the sums do not
change when members leave or are erased. `local_date` is a date in the member's time zone; all other
dates are in the programme's.
"""

from datetime import date, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Double,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base
from db.programmes import of_programme
from db.types import UtcDateTime


class ProgrammeDay(Base):
    """Counts of one local date's questions, for reports.

    `enrolled` members took part; all other counts leave out hidden ones. `active_in_week` of them
    had answered since Monday when the date was last counted. `asked` questions arrived, `late` ones
    among them over ten minutes after their time. `correct` is 0 until the date is settled, and is
    told only with those of all dates of the same pool, which ends on `pool_ends_on`; None until
    there is one. `unconfirmed` questions may have arrived, `refused` ones could not be delivered,
    and `not_sent` ones never left the bot.
    """

    __tablename__ = "programme_days"

    programme_id: Mapped[int] = of_programme(key=True)
    local_date: Mapped[date] = mapped_column(primary_key=True)
    enrolled: Mapped[int] = mapped_column(Integer)
    asked: Mapped[int] = mapped_column(Integer)
    answered: Mapped[int] = mapped_column(Integer)
    correct: Mapped[int] = mapped_column(Integer, default=0)
    late: Mapped[int] = mapped_column(Integer)
    unconfirmed: Mapped[int] = mapped_column(Integer)
    refused: Mapped[int] = mapped_column(Integer)
    not_sent: Mapped[int] = mapped_column(Integer)
    reminded: Mapped[int] = mapped_column(Integer)
    counted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    settled: Mapped[bool] = mapped_column(default=False)  # none of its counts can change any more
    pool_ends_on: Mapped[date | None]
    active_in_week: Mapped[int | None] = mapped_column(Integer)


class TeamDay(Base):
    """How many of one local date's questions came to a team and were answered, as in ProgrammeDay.

    `people` of the team took part; hidden members are left out.
    """

    __tablename__ = "team_days"

    team_id: Mapped[int] = mapped_column(
        ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    local_date: Mapped[date] = mapped_column(primary_key=True)
    people: Mapped[int] = mapped_column(Integer)
    asked: Mapped[int] = mapped_column(Integer)
    answered: Mapped[int] = mapped_column(Integer)

    __table_args__ = ({"sqlite_with_rowid": False},)


class ItemReport(Base):
    """First attempts at one revision of an item, added up so that no person can be identified.

    Answers are added in batches in which at least five people were correct and five were not, so
    that this also holds for the difference of two reports. Rows with revision 0 are pools of the
    answers to several items (quizbot.programmes.reports.items).

    `option_counts` has one count per option, in the order of the bank. The sums for
    the item's discrimination cover the `paired` people who have other counted answers. Let x be a
    person's share of correct answers among these: `rest_sum` is the sum of x, `rest_squares` of x²,
    and `rest_correct` of x over the `paired_correct` people who answered this item correctly.

    Nothing reads or writes the columns from `later_people` on: an older process may still use them.
    """

    __tablename__ = "item_reports"

    programme_id: Mapped[int] = of_programme(key=True)
    item_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    item_revision: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    option_counts: Mapped[list[int]] = mapped_column(JSON)
    paired: Mapped[int] = mapped_column(Integer, default=0)
    paired_correct: Mapped[int] = mapped_column(Integer, default=0)
    rest_sum: Mapped[float] = mapped_column(Double, default=0)
    rest_squares: Mapped[float] = mapped_column(Double, default=0)
    rest_correct: Mapped[float] = mapped_column(Double, default=0)
    later_people: Mapped[int] = mapped_column(Integer, default=0)
    later: Mapped[int] = mapped_column(Integer, default=0)
    later_correct: Mapped[int] = mapped_column(Integer, default=0)
    later_first_correct: Mapped[int] = mapped_column(Integer, default=0)
    later_both_correct: Mapped[int] = mapped_column(Integer, default=0)
    later_days: Mapped[int] = mapped_column(Integer, default=0)


class ActivityReport(Base):
    """How many members are active and how long their streaks are; hidden members are left out.

    `streaks` has one count per band of days (quizbot.programmes.reports.daily), or is None if there
    are fewer than five people. `lapsed` is defined in quizbot.programmes.definitions; None if it
    has not been counted yet. Only earlier versions read `active`.
    """

    __tablename__ = "activity_reports"

    programme_id: Mapped[int] = of_programme(key=True)
    active: Mapped[int] = mapped_column(Integer)
    streaks: Mapped[list[int] | None] = mapped_column(JSON(none_as_null=True))
    lapsed: Mapped[int | None] = mapped_column(Integer)


class HeldAnswer(Base):
    """An answer of a reported date that is not in its item's report yet.

    It is added together with others once five people were correct among them and five were not.
    """

    __tablename__ = "held_answers"

    programme_id: Mapped[int] = of_programme(key=True)
    delivery_id: Mapped[int] = mapped_column(
        ForeignKey("deliveries.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )

    __table_args__ = (Index("ix_held_answers_delivery_id", "delivery_id"),)


class ItemShare(Base):
    """First answers to an item, of people who were in no programme.

    `correct` and `incorrect` may be told; the waiting ones join them once five people were correct
    among them and five were not. The row of the item "" says in `counted_to` up to which id
    deliveries are counted.
    """

    __tablename__ = "item_shares"

    item_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    correct: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    incorrect: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    waiting_correct: Mapped[int] = mapped_column(Integer)
    waiting_incorrect: Mapped[int] = mapped_column(Integer)
    counted_to: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))


class LearningReport(Base):
    """The learning gain of a cell as it was told last (quizbot.programmes.reports.learning).

    It is about `reviews` random reviews by `people` different people. `correct` is the share
    correct, `expected` the share that the same people would have at a first meeting, and `margin`
    half the width of the 95 % interval of their difference: all in hundredths, and nothing finer is
    kept. `rounds` are those whose reviews are in it, as pairs of dates: the last one of its
    reviews, and the last one on which their objectives were met.
    """

    __tablename__ = "learning_reports"

    programme_id: Mapped[int] = of_programme(key=True)
    cell: Mapped[str] = mapped_column(String(100), primary_key=True)
    people: Mapped[int] = mapped_column(Integer)
    reviews: Mapped[int] = mapped_column(Integer)
    correct: Mapped[float] = mapped_column(Double)
    expected: Mapped[float] = mapped_column(Double)
    margin: Mapped[float] = mapped_column(Double)
    rounds: Mapped[list[list[str]]] = mapped_column(JSON)


class MasteryReport(Base):
    """Counts the `people` on `counted_on` who have mastered an objective or are learning it."""

    __tablename__ = "mastery_reports"

    programme_id: Mapped[int] = of_programme(key=True)
    # The column still has the name that an earlier process uses.
    objective_id: Mapped[str] = mapped_column(
        "item_id", String(80), key="objective_id", primary_key=True
    )
    people: Mapped[int] = mapped_column(Integer)
    mastered: Mapped[int] = mapped_column(Integer)
    learning: Mapped[int] = mapped_column(Integer)
    counted_on: Mapped[date]

"""The tables of the quiz; those of programmes are in db.programmes.

Times are UTC; `local_date` is the date in the subscriber's time zone. The totals on Subscriber and
WeeklyScore are kept for speed and can be rebuilt from the answers (quizbot.quiz.answers.totals).
"""

from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ColumnElement,
    Double,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    bindparam,
    text,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column

from db.base import ROW_ID, Base, enum_of
from db.types import UtcDateTime


class SubscriberState(StrEnum):
    """Whether somebody takes part. Only `active` subscribers get daily questions."""

    INVITED = "invited"  # came through a deep link and has not agreed yet; its payload is kept
    ACTIVE = "active"
    PAUSED = "paused"
    STOPPED = "stopped"
    BLOCKED = "blocked"  # according to Telegram: they blocked the bot, or the account is gone


class DeliveryState(StrEnum):
    """How far a question has got on its way to the chat."""

    CLAIMED = "claimed"  # chosen, not sent yet: safe to send at any time
    SENDING = "sending"  # about to be sent, or in flight: after a crash it is unconfirmed
    SENT = "sent"  # confirmed by Telegram
    UNCONFIRMED = "unconfirmed"  # sent, but the reply was lost: never resent automatically
    OFFERED = "offered"  # unconfirmed, and the subscriber was offered it with a button
    REFUSED = "refused"  # by Telegram, for good
    BLOCKED = "blocked"  # the subscriber cannot be reached, see SubscriberState
    EXPIRED = "expired"  # its day ended, or the subscriber left, before it could be sent


class Purpose(StrEnum):
    """Why a question was chosen (quiz.asking.choosing); the second to fifth are reviews."""

    NEW = "new"  # its objective has never been answered
    INCORRECT = "incorrect"  # due after an incorrect answer
    DUE = "due"
    RANDOM = "random"  # drawn from all objectives met: learning is measured by these
    LONGEST_AGO = "longest_ago"  # nothing was due or new
    PRACTICE = "practice"


MAX_ALIAS_LENGTH = 32
MAX_ERROR_LENGTH = 200
MAX_COMMENT_LENGTH = 300  # of a report
MAX_REPLY_LENGTH = 500  # of the operators to a report
DAILY = 0  # the slot of a date's question; practice uses higher slots

# `OR`, not `IN`: otherwise SQLite does not use the partial index for a query about one state.
_UNDER_WAY = text("state = 'claimed' OR state = 'sending' OR state = 'unconfirmed'")


class Subscriber(Base):
    """A person; `id` is Telegram's user id and also the private chat's. No names are kept."""

    __tablename__ = "subscribers"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    state: Mapped[SubscriberState] = mapped_column(enum_of(SubscriberState, "state"))
    alias: Mapped[str] = mapped_column(String(MAX_ALIAS_LENGTH))
    alias_key: Mapped[str] = mapped_column(String(96), unique=True)  # quiz.aliases.alias_key
    language: Mapped[str] = mapped_column(String(16))
    timezone: Mapped[str] = mapped_column(String(64))  # IANA
    question_time: Mapped[time]  # local
    joined_at: Mapped[datetime] = mapped_column(UtcDateTime)
    start_payload: Mapped[str | None] = mapped_column(String(64))
    next_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # The local date with the first question after a pause of some days.
    paused_until: Mapped[date | None]
    # The local date from which there are no questions unless one is answered: the bot has asked.
    pause_on: Mapped[date | None]
    # The local date on which the bot asked last whether to pause.
    pause_asked_on: Mapped[date | None]
    reminders: Mapped[bool] = mapped_column(default=True)
    # Whether the Monday question tells how the week was.
    recap: Mapped[bool] = mapped_column(default=True, server_default=true())
    # When to check whether to remind them of an open question.
    remind_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    # Totals of the daily questions answered in time; `freezes` are the unspent ones.
    points: Mapped[int] = mapped_column(Integer, default=0)
    answered: Mapped[int] = mapped_column(Integer, default=0)
    correct: Mapped[int] = mapped_column(Integer, default=0)
    streak: Mapped[int] = mapped_column(Integer, default=0)
    best_streak: Mapped[int] = mapped_column(Integer, default=0)
    # The best streak before the one that goes on; NULL for one that an earlier version began.
    best_before: Mapped[int | None]
    freezes: Mapped[int] = mapped_column(SmallInteger, default=0)
    last_answered_on: Mapped[date | None]

    __table_args__ = (
        Index(
            "ix_subscribers_next_due_at",
            "next_due_at",
            sqlite_where=text("next_due_at IS NOT NULL"),
            postgresql_where=text("next_due_at IS NOT NULL"),
        ),
        Index(
            "ix_subscribers_remind_at",
            "remind_at",
            sqlite_where=text("remind_at IS NOT NULL"),
            postgresql_where=text("remind_at IS NOT NULL"),
        ),
        Index("ix_subscribers_points", "points", "id"),
    )


class Delivery(Base):
    """One question for one subscriber; `slot` tells the daily question from practice.

    The unique constraint keeps daily questions to one per local date (invariant 1,
    ARCHITECTURE.md). `option_order` has a digit per shown option: the option's place in the bank,
    where 0 is the key. `purpose` is None where an earlier version chose the question.
    """

    __tablename__ = "deliveries"

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True, autoincrement=True)
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscribers.id", ondelete="CASCADE"))
    local_date: Mapped[date]
    slot: Mapped[int] = mapped_column(SmallInteger)
    item_id: Mapped[str] = mapped_column(String(80))
    item_revision: Mapped[int] = mapped_column(SmallInteger)  # the revision that was asked
    option_order: Mapped[str] = mapped_column(String(12))
    state: Mapped[DeliveryState] = mapped_column(enum_of(DeliveryState, "state"))
    # An attempt was never confirmed: the chat may have a poll with an unknown id.
    possibly_delivered: Mapped[bool] = mapped_column(default=False)
    claimed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closes_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sending_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # time of the latest attempt
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    # The earliest time of the next attempt after Telegram told the bot to wait.
    retry_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    message_id: Mapped[int | None] = mapped_column(BigInteger)
    poll_id: Mapped[str | None] = mapped_column(String(64))
    reminded: Mapped[bool] = mapped_column(default=False)
    purpose: Mapped[str | None] = mapped_column(String(12))  # a Purpose

    __table_args__ = (
        UniqueConstraint("subscriber_id", "local_date", "slot"),
        CheckConstraint("slot >= 0", name="slot"),
        Index(
            "ix_deliveries_poll_id",
            "poll_id",
            unique=True,
            sqlite_where=text("poll_id IS NOT NULL"),
            postgresql_where=text("poll_id IS NOT NULL"),
        ),
        # A covering index: a subscriber's recent questions are read from it alone.
        Index("ix_deliveries_asked", "subscriber_id", "local_date", "slot", "item_id"),
        # Only the few deliveries in progress, not the many that have arrived.
        Index(
            "ix_deliveries_under_way",
            "state",
            "id",
            sqlite_where=_UNDER_WAY,
            postgresql_where=_UNDER_WAY,
        ),
    )

    @classmethod
    def is_in(cls, state: DeliveryState) -> ColumnElement[bool]:
        """Returns a comparison with a literal: a bound parameter would not use a partial index."""
        return cls.state == bindparam(None, state, cls.state.type, literal_execute=True)


class Answer(Base):
    """The first answer to a delivery (invariant 4). `option` is a place in the bank: 0 is the key.

    Only a daily question answered in time is `counted`: it earns points and keeps the streak.
    `unanswered` is how many daily questions passed unanswered since the previous counted answer.
    """

    __tablename__ = "answers"

    delivery_id: Mapped[int] = mapped_column(
        ForeignKey("deliveries.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    option: Mapped[int] = mapped_column(SmallInteger)
    counted: Mapped[bool]
    points: Mapped[int] = mapped_column(SmallInteger)
    unanswered: Mapped[int] = mapped_column(SmallInteger, default=0)
    answered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # A lease (db.leases): when another process may send the answer card; NULL once it is settled.
    card_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        Index(
            "ix_answers_card_due_at",
            "card_due_at",
            sqlite_where=text("card_due_at IS NOT NULL"),
            postgresql_where=text("card_due_at IS NOT NULL"),
        ),
    )


class WeeklyScore(Base):
    """A subscriber's points in one week, by local dates; `week` is its Monday."""

    __tablename__ = "weekly_scores"

    week: Mapped[date] = mapped_column(primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(
        ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True
    )
    points: Mapped[int] = mapped_column(Integer)

    __table_args__ = (
        Index("ix_weekly_scores_points", "week", "points", "subscriber_id"),
        # For the cascade when a subscriber is deleted.
        Index("ix_weekly_scores_subscriber_id", "subscriber_id"),
    )


class ObjectiveMemory(Base):
    """A subscriber's memory of an objective, derived from their answers (quiz.answers.memory).

    Days are the local dates of the questions. `incorrect` describes the latest review; `seen` has
    the ids of all its items that were answered, the latest last, separated by spaces. The row can
    be rebuilt from the answers (invariant 6).
    """

    __tablename__ = "objective_memories"

    subscriber_id: Mapped[int] = mapped_column(
        ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    objective_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    stability: Mapped[float] = mapped_column(Double)
    difficulty: Mapped[float] = mapped_column(Double)
    reviewed_on: Mapped[date]
    due_on: Mapped[date]
    incorrect: Mapped[bool]
    first_correct_on: Mapped[date | None]
    last_correct_on: Mapped[date | None]
    reviews: Mapped[int] = mapped_column(SmallInteger)
    seen: Mapped[str] = mapped_column(Text)

    __table_args__ = ({"sqlite_with_rowid": False},)


class ItemMemory(Base):
    """A subscriber's memory of an item, as earlier versions keep it.

    A start replaces what it finds here by ObjectiveMemory (quiz.answers.memory). A later version
    drops the table.
    """

    __tablename__ = "memories"

    subscriber_id: Mapped[int] = mapped_column(
        ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    item_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    stability: Mapped[float] = mapped_column(Double)
    difficulty: Mapped[float] = mapped_column(Double)
    reviewed_on: Mapped[date]
    due_on: Mapped[date]
    incorrect: Mapped[bool]
    first_correct_on: Mapped[date | None]
    last_correct_on: Mapped[date | None]
    reviews: Mapped[int] = mapped_column(SmallInteger)

    __table_args__ = ({"sqlite_with_rowid": False},)


class Correction(Base):
    """A correction shown above a question: an item has changed since the subscriber learned it.

    `learned_revision` is the revision they learned, `revision` the current one, or the last one of
    an item that has been `withdrawn`.
    """

    __tablename__ = "corrections"

    delivery_id: Mapped[int] = mapped_column(
        ForeignKey("deliveries.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    item_id: Mapped[str] = mapped_column(String(80))
    learned_revision: Mapped[int] = mapped_column(SmallInteger)
    revision: Mapped[int] = mapped_column(SmallInteger)
    withdrawn: Mapped[bool]


class Rescoring(Base):
    """A record of a corrected key: one delivery and its answer as they were before the revision.

    The fields of the answer are None if there was none yet.
    """

    __tablename__ = "rescorings"

    delivery_id: Mapped[int] = mapped_column(
        ForeignKey("deliveries.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    revision: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    order_before: Mapped[str] = mapped_column(String(12))
    option_before: Mapped[int | None] = mapped_column(SmallInteger)
    points_before: Mapped[int | None] = mapped_column(SmallInteger)
    points_after: Mapped[int | None] = mapped_column(SmallInteger)
    rescored_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RescoredItem(Base):
    """A revision that corrected an item's key and has been applied to all deliveries."""

    __tablename__ = "rescored_items"

    item_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    revision: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    rescored_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ReportKind(StrEnum):
    """What is wrong with a question, according to somebody who was asked it."""

    WRONG = "wrong"
    UNCLEAR = "unclear"
    OUTDATED = "outdated"
    OTHER = "other"


class QuestionReport(Base):
    """A person's report of a question, with the line that they added and the operators' answer.

    `reporter_id` is a Telegram id, of a subscriber or a coordinator. It becomes None once they have
    been told the answer, or are erased. Two columns are leases (db.leases): `notice_due_at`, when
    to tell them, is None before there is an answer and after it was told; `operators_due_at`, since
    when a note to operators is due, is None once there is an answer.
    """

    __tablename__ = "question_reports"

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True, autoincrement=True)
    item_id: Mapped[str] = mapped_column(String(80))
    item_revision: Mapped[int] = mapped_column(SmallInteger)
    kind: Mapped[ReportKind] = mapped_column(enum_of(ReportKind, "kind"))
    comment: Mapped[str | None] = mapped_column(String(MAX_COMMENT_LENGTH))
    reporter_id: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answer: Mapped[str | None] = mapped_column(String(MAX_REPLY_LENGTH))
    notice_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    operators_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        # A person has at most one open report of each revision.
        Index(
            "ix_question_reports_open",
            "reporter_id",
            "item_id",
            "item_revision",
            unique=True,
            sqlite_where=text("answered_at IS NULL"),
            postgresql_where=text("answered_at IS NULL"),
        ),
        Index("ix_question_reports_reporter_id", "reporter_id", "created_at"),
        Index("ix_question_reports_item_id", "item_id", "item_revision"),
        Index(
            "ix_question_reports_notice_due_at",
            "notice_due_at",
            sqlite_where=text("notice_due_at IS NOT NULL"),
            postgresql_where=text("notice_due_at IS NOT NULL"),
        ),
        Index(
            "ix_question_reports_operators_due_at",
            "operators_due_at",
            sqlite_where=text("operators_due_at IS NOT NULL"),
            postgresql_where=text("operators_due_at IS NOT NULL"),
        ),
    )


class ParkedUpdate(Base):
    """An update that failed. `id` is Telegram's update_id, `kind` its field in a Bot API Update.

    `content` is what is needed to handle it again, in the form of the Bot API but without names:
    only poll answers and pressed buttons have it. `error` is the type and place of the last error.
    `retry_at` is None once the update is set aside.
    """

    __tablename__ = "parked_updates"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    user_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    kind: Mapped[str] = mapped_column(String(16))
    content: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    error: Mapped[str] = mapped_column(String(MAX_ERROR_LENGTH))
    attempts: Mapped[int] = mapped_column(SmallInteger)
    parked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    retry_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)


class PaceShare(Base):
    """The part of Telegram's pace that one of several processes may use until `until`.

    `wanted` and `share` are messages a second (db.pace_shares).
    """

    __tablename__ = "pace_shares"

    process: Mapped[str] = mapped_column(String(32), primary_key=True)
    wanted: Mapped[float] = mapped_column(Double)
    share: Mapped[float] = mapped_column(Double)
    until: Mapped[datetime] = mapped_column(UtcDateTime)

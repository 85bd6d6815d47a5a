"""The tables of programmes: coordinators, members and group chats; their reports are in db.reports.

`local_date` is a date in the member's time zone; all other dates are in the programme's.
Scores can be rebuilt from the answers (quizbot.quiz.answers.totals).
"""

from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from db.base import ROW_ID, Base, enum_of
from db.models import DeliveryState
from db.types import UtcDateTime

# A programme's `weekdays` has one bit per weekday; the lowest is Monday.
ALL_WEEKDAYS = 0b111_1111
WORKDAYS = 0b001_1111
# In `earlier_days` only: with this bit, answers of holidays count as well.
HOLIDAYS_COUNT = 0b1000_0000

MAX_NAME_LENGTH = 64  # of programmes, coordinators and members
MAX_TEAM_NAME_LENGTH = 40
MAX_CODE_LENGTH = 32
MAX_TITLE_LENGTH = 128
MAX_DETAIL_LENGTH = 200
MAX_PURPOSE_LENGTH = 80  # of a team goal
MAX_ANNOUNCEMENT_LENGTH = 1000


def of_programme(*, key: bool = False) -> Mapped[int]:
    """Returns a column for the row's programme; deleting the programme deletes the row."""
    return mapped_column(
        ForeignKey("programmes.id", ondelete="CASCADE"), primary_key=key, autoincrement=False
    )


class Coordinator(Base):
    """Somebody who may run programmes. `name` is the name they chose to show to members.

    Since `messages_stopped_at`, an operator lets no messages of theirs go to members.
    """

    __tablename__ = "coordinators"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)  # Telegram's
    name: Mapped[str] = mapped_column(String(MAX_NAME_LENGTH))
    language: Mapped[str] = mapped_column(String(16))
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    messages_stopped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Programme(Base):
    """A group of people who learn together between two dates.

    `weekdays` is a sum of bits, see ALL_WEEKDAYS; `earlier_days` has those before, by the last date
    (ISO 8601) on which answers count by them. `demo` marks the demo season.
    `reported_until` is the last settled date: its answers are in the reports, or held.
    `items_reported_until` is that of the last round of items' figures.
    """

    __tablename__ = "programmes"

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True, autoincrement=True)
    name: Mapped[str] = mapped_column(String(MAX_NAME_LENGTH))
    topic: Mapped[str] = mapped_column(String(80))
    timezone: Mapped[str] = mapped_column(String(64))  # IANA
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]  # the last day; None until a coordinator ends it
    question_time: Mapped[time]  # local; of members who join by its link, and of its groups
    weekdays: Mapped[int] = mapped_column(SmallInteger)
    earlier_days: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    digest_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reported_until: Mapped[date | None]
    items_reported_until: Mapped[date | None]
    # When to plan its members' end notices.
    end_notice_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # When to plan its members again, if the request that changed its days has not done so.
    replan_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # The season before, of which this is the next. No foreign key: that may have been deleted.
    after_id: Mapped[int | None] = mapped_column(ROW_ID)

    __table_args__ = (
        CheckConstraint("weekdays BETWEEN 1 AND 127", name="weekdays"),
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="dates"),
    )


class Coordination(Base):
    """A coordinator runs a programme; all coordinators of a programme have the same rights."""

    __tablename__ = "coordinations"

    programme_id: Mapped[int] = of_programme(key=True)
    coordinator_id: Mapped[int] = mapped_column(
        ForeignKey("coordinators.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )

    __table_args__ = (Index("ix_coordinations_coordinator_id", "coordinator_id"),)


class Holiday(Base):
    """A day without a question."""

    __tablename__ = "holidays"

    programme_id: Mapped[int] = of_programme(key=True)
    day: Mapped[date] = mapped_column(primary_key=True)


class TeamGoal(Base):
    """A programme's goal: so many answers (`target`) to the questions of the dates in between.

    `purpose` is the line that says what it is for, or "". `reached_at` is when it was first found
    to be reached.
    """

    __tablename__ = "team_goals"

    programme_id: Mapped[int] = of_programme(key=True)
    target: Mapped[int] = mapped_column(Integer)
    since: Mapped[date]
    until: Mapped[date]
    purpose: Mapped[str] = mapped_column(String(MAX_PURPOSE_LENGTH))
    reached_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Team(Base):
    """A team of a programme. Names that are easily confused have the same `name_key`."""

    __tablename__ = "teams"

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True, autoincrement=True)
    programme_id: Mapped[int] = of_programme()
    name: Mapped[str] = mapped_column(String(MAX_TEAM_NAME_LENGTH))
    name_key: Mapped[str] = mapped_column(String(120))

    __table_args__ = (UniqueConstraint("programme_id", "name_key"),)


class InviteKind(StrEnum):
    """What an invitation is for."""

    MEMBER = "member"  # taking part in the programme, in its team if it names one
    GROUP = "group"  # adding the bot to a group chat of the programme
    COORDINATOR = "coordinator"  # becoming a coordinator; works once
    COLLEAGUE = "colleague"  # running this programme as well; works once


class Invite(Base):
    """An invitation; its code is the payload of a deep link (Bot API, "Deep linking").

    `created_by` is the Telegram id of whoever made it, kept only while one that works once is open.
    """

    __tablename__ = "invites"

    code: Mapped[str] = mapped_column(String(MAX_CODE_LENGTH), primary_key=True)
    kind: Mapped[InviteKind] = mapped_column(enum_of(InviteKind, "kind"))
    programme_id: Mapped[int | None] = mapped_column(
        ForeignKey("programmes.id", ondelete="CASCADE"), index=True
    )
    team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int | None] = mapped_column(BigInteger)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # revoked, or used up


class Enrolment(Base):
    """A subscriber who takes part in a programme, or did until `left_at`.

    Their answers count from `enrolled_on`. `hidden` keeps them off every board. `shown_name` is the
    real name they chose to show in this programme; None shows their alias. `waits_for_start`: they
    came to the quiz through this programme, so they get no questions before it starts. `welcomed`:
    they have heard how it starts. `end_notice_sent`: their end notice is planned, or was sent.
    `messages_off`: they want no messages that its coordinators cause. `team_told_at`: when they
    last got a note that they are in a new team.
    """

    __tablename__ = "enrolments"

    programme_id: Mapped[int] = of_programme(key=True)
    subscriber_id: Mapped[int] = mapped_column(
        ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id", ondelete="SET NULL"))
    enrolled_on: Mapped[date]
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    hidden: Mapped[bool] = mapped_column(default=False)
    shown_name: Mapped[str | None] = mapped_column(String(MAX_NAME_LENGTH))
    waits_for_start: Mapped[bool] = mapped_column(default=False)
    welcomed: Mapped[bool] = mapped_column(default=False, server_default=false())
    end_notice_sent: Mapped[bool] = mapped_column(default=False)
    messages_off: Mapped[bool] = mapped_column(default=False, server_default=false())
    team_told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        Index("ix_enrolments_subscriber_id", "subscriber_id"),
        # The general leaderboard checks for each row whether the person is hidden.
        Index(
            "ix_enrolments_hidden",
            "subscriber_id",
            sqlite_where=text("hidden = 1 AND left_at IS NULL"),
            postgresql_where=text("hidden AND left_at IS NULL"),
        ),
        Index("ix_enrolments_team_id", "team_id"),
    )


class Announcement(Base):
    """A coordinator's message to a programme's members.

    `members` is how many there were; `muted` of them had turned such messages off, and it was sent
    to `sent`. Without `active` an operator has stopped it.
    """

    __tablename__ = "announcements"

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True, autoincrement=True)
    programme_id: Mapped[int] = mapped_column(
        ForeignKey("programmes.id", ondelete="CASCADE"), index=True
    )
    coordinator_id: Mapped[int] = mapped_column(
        ForeignKey("coordinators.id", ondelete="CASCADE"), index=True
    )
    text: Mapped[str] = mapped_column(String(MAX_ANNOUNCEMENT_LENGTH))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    members: Mapped[int] = mapped_column(Integer)
    muted: Mapped[int] = mapped_column(Integer)
    sent: Mapped[int] = mapped_column(Integer, default=0)
    active: Mapped[bool] = mapped_column(default=True)


class NoteKind(StrEnum):
    """Why the bot writes to a member."""

    ANNOUNCEMENT = "announcement"  # a coordinator does
    WELCOME = "welcome"  # the programme starts tomorrow
    TEAM = "team"  # a coordinator has spread the members over the teams
    REMOVAL = "removal"  # a coordinator has removed them, or called off the programme
    END = "end"  # the programme is over
    NEXT_SEASON = "next-season"  # to those who took part in the programme before


class Note(Base):
    """A message to a member that is still to be sent. `due_at` is a lease (see `notes`).

    `known_team_id` is the team that the member was in before a coordinator chose another one.
    """

    __tablename__ = "notes"

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True, autoincrement=True)
    kind: Mapped[NoteKind] = mapped_column(enum_of(NoteKind, "kind"))
    programme_id: Mapped[int] = mapped_column(
        ForeignKey("programmes.id", ondelete="CASCADE"), index=True
    )
    subscriber_id: Mapped[int] = mapped_column(
        ForeignKey("subscribers.id", ondelete="CASCADE"), index=True
    )
    announcement_id: Mapped[int | None] = mapped_column(
        ForeignKey("announcements.id", ondelete="CASCADE"), index=True
    )
    known_team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id", ondelete="SET NULL"))
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)


class ScoreKind(StrEnum):
    """The period of a score."""

    WEEK = "week"  # `since` is its Monday
    MONTH = "month"  # `since` is its first day
    PROGRAMME = "programme"  # `since` is the programme's first day


class ProgrammeScore(Base):
    """A member's points and counted answers in one period, by their local dates."""

    __tablename__ = "programme_scores"

    programme_id: Mapped[int] = of_programme(key=True)
    kind: Mapped[ScoreKind] = mapped_column(enum_of(ScoreKind, "kind"), primary_key=True)
    since: Mapped[date] = mapped_column(primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(
        ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    points: Mapped[int] = mapped_column(Integer)
    answered: Mapped[int] = mapped_column(Integer)

    __table_args__ = (
        Index("ix_programme_scores_subscriber_id", "subscriber_id"),
        {"sqlite_with_rowid": False},
    )


class GroupChat(Base):
    """A group chat with a programme's quiz. `title` is its title when it was linked."""

    __tablename__ = "group_chats"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)  # Telegram's
    programme_id: Mapped[int] = of_programme()
    title: Mapped[str] = mapped_column(String(MAX_TITLE_LENGTH))
    language: Mapped[str] = mapped_column(String(16))
    linked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    next_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    board_week: Mapped[date | None]  # the Monday of the latest week with a posted board
    # The latest time that the board was shown because somebody asked for it.
    board_shown_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # When the team goal was reached that the group was told of last.
    goal_told: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (Index("ix_group_chats_programme_id", "programme_id"),)


class GroupQuestion(Base):
    """The day's question in a group: an anonymous quiz poll, so individual votes are never known.

    `state` is one of a delivery's states. `results` are the counts of votes by option as shown,
    known once the poll is closed. A `settled` question is done: nothing is left to send, close or
    announce.
    """

    __tablename__ = "group_questions"

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True, autoincrement=True)
    chat_id: Mapped[int] = mapped_column(
        ForeignKey("group_chats.id", ondelete="CASCADE", onupdate="CASCADE")
    )
    local_date: Mapped[date]
    item_id: Mapped[str] = mapped_column(String(80))
    item_revision: Mapped[int] = mapped_column(SmallInteger)
    option_order: Mapped[str] = mapped_column(String(12))
    state: Mapped[DeliveryState] = mapped_column(enum_of(DeliveryState, "state"))
    sending_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closes_at: Mapped[datetime] = mapped_column(UtcDateTime)
    message_id: Mapped[int | None] = mapped_column(BigInteger)
    results: Mapped[list[int] | None] = mapped_column(JSON(none_as_null=True))
    settled: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (
        UniqueConstraint("chat_id", "local_date"),
        # Only the few that still need work.
        Index(
            "ix_group_questions_unsettled",
            "closes_at",
            sqlite_where=text("settled = 0"),
            postgresql_where=text("NOT settled"),
        ),
    )


class TextInput(Base):
    """A question that waits for typed text, with its subject, its step and the answers so far."""

    __tablename__ = "text_inputs"

    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    subject: Mapped[str] = mapped_column(String(32))
    step: Mapped[str] = mapped_column(String(32))
    answers: Mapped[dict[str, Any]] = mapped_column(JSON)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SignIn(Base):
    """A one-time sign-in link to the dashboard; only the SHA-256 of its token is kept.

    A used one is kept until it expires, so that it cannot be used twice.
    """

    __tablename__ = "sign_ins"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    coordinator_id: Mapped[int] = mapped_column(
        ForeignKey("coordinators.id", ondelete="CASCADE"), index=True
    )
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class WebSession(Base):
    """A signed-in browser; only the SHA-256 of its cookie is kept.

    `last_used_at` is within a minute of the latest request; None before the first.
    """

    __tablename__ = "web_sessions"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    coordinator_id: Mapped[int] = mapped_column(
        ForeignKey("coordinators.id", ondelete="CASCADE"), index=True
    )
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AuditEntry(Base):
    """An action of a coordinator or operator; `actor_id` becomes None when they are erased."""

    __tablename__ = "audit_entries"

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    programme_id: Mapped[int | None] = mapped_column(
        ForeignKey("programmes.id", ondelete="CASCADE"), index=True
    )
    action: Mapped[str] = mapped_column(String(40))
    detail: Mapped[str] = mapped_column(String(MAX_DETAIL_LENGTH))

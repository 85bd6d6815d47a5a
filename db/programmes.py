"""The tables of programmes: who runs them, who takes part, their groups, and what is reported.

`local_date` is a date in the member's zone, all other dates are dates in the programme's.
Scores can be rebuilt from the answers (quizbot.quiz.answers.scores); what is reported cannot,
on purpose: it is added up once and then stands, whoever leaves or is erased later.
"""

from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from db.base import ROW_ID, Base, enum_of
from db.models import DeliveryState
from db.types import UtcDateTime


def _programme(*, key: bool = False) -> Mapped[int]:
    """The programme that a row belongs to and goes with."""
    return mapped_column(
        ForeignKey("programmes.id", ondelete="CASCADE"), primary_key=key, autoincrement=False
    )


class Coordinator(Base):
    """Somebody who may run programmes. `name` is what they chose for members to see."""

    __tablename__ = "coordinators"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)  # Telegram's
    name: Mapped[str] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(16))
    since: Mapped[datetime] = mapped_column(UtcDateTime)


class Programme(Base):
    """A group of people who learn together from one date to another.

    `weekdays` has a bit a weekday, Monday's the lowest. `demo` marks the demonstration.
    `reported_until` is the last date that is settled: its answers are reported, or held.
    """

    __tablename__ = "programmes"

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True, autoincrement=True)
    name: Mapped[str] = mapped_column(String(64))
    topic: Mapped[str] = mapped_column(String(80))
    timezone: Mapped[str] = mapped_column(String(64))  # IANA
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]  # the last day; None: until it is ended
    question_time: Mapped[time]  # local; for members who come by its link, and for its groups
    weekdays: Mapped[int] = mapped_column(SmallInteger)
    demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    digest_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reported_until: Mapped[date | None]
    end_notice_due_at: Mapped[datetime | None] = mapped_column(
        UtcDateTime
    )  # members hear of the end

    __table_args__ = (
        CheckConstraint("weekdays BETWEEN 1 AND 127", name="weekdays"),
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="dates"),
    )


class Coordination(Base):
    """Who runs which programme; all who do may do the same."""

    __tablename__ = "coordinations"

    programme_id: Mapped[int] = _programme(key=True)
    coordinator_id: Mapped[int] = mapped_column(
        ForeignKey("coordinators.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )

    __table_args__ = (Index("ix_coordinations_coordinator_id", "coordinator_id"),)


class Holiday(Base):
    """A day without a question."""

    __tablename__ = "holidays"

    programme_id: Mapped[int] = _programme(key=True)
    day: Mapped[date] = mapped_column(primary_key=True)


class Team(Base):
    """A team of a programme. `name_key` is what two names share that people would mix up."""

    __tablename__ = "teams"

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True, autoincrement=True)
    programme_id: Mapped[int] = _programme()
    name: Mapped[str] = mapped_column(String(40))
    name_key: Mapped[str] = mapped_column(String(120))

    __table_args__ = (UniqueConstraint("programme_id", "name_key"),)


class InviteKind(StrEnum):
    """What an invitation is to."""

    MEMBER = "member"  # take part in the programme, in a team if it names one
    GROUP = "group"  # bring the bot into a group chat of the programme
    COORDINATOR = "coordinator"  # run programmes; works once
    COLLEAGUE = "colleague"  # run this programme as well; works once


class Invite(Base):
    """An invitation: its code is the payload of a deep link (Bot API, "Deep linking")."""

    __tablename__ = "invites"

    code: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[InviteKind] = mapped_column(enum_of(InviteKind, "kind"))
    programme_id: Mapped[int | None] = mapped_column(
        ForeignKey("programmes.id", ondelete="CASCADE"), index=True
    )
    team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # revoked, or used up


class Enrolment(Base):
    """A subscriber who takes part, or did until `left_at`.

    Their answers count from `enrolled_on` on. `hidden` keeps them off every board; `shown_name` is
    the real name that they chose to be shown by in this programme, else it is their alias.
    `waits_for_start`: they came to the quiz by this programme, so their questions begin with it.
    `end_notice_sent`: they have been told that it has ended.
    """

    __tablename__ = "enrolments"

    programme_id: Mapped[int] = _programme(key=True)
    subscriber_id: Mapped[int] = mapped_column(
        ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id", ondelete="SET NULL"))
    enrolled_on: Mapped[date]
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    hidden: Mapped[bool] = mapped_column(default=False)
    shown_name: Mapped[str | None] = mapped_column(String(64))
    waits_for_start: Mapped[bool] = mapped_column(default=False)
    end_notice_sent: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (
        Index("ix_enrolments_subscriber_id", "subscriber_id"),
        # Every line of the quiz's own leaderboard asks whether its person hides.
        Index(
            "ix_enrolments_hidden",
            "subscriber_id",
            sqlite_where=text("hidden = 1 AND left_at IS NULL"),
            postgresql_where=text("hidden AND left_at IS NULL"),
        ),
        Index("ix_enrolments_team_id", "team_id"),
    )


class ScoreKind(StrEnum):
    """What a score adds up."""

    WEEK = "week"  # `since` is its Monday
    MONTH = "month"  # `since` is its first day
    PROGRAMME = "programme"  # `since` is the programme's first day


class ProgrammeScore(Base):
    """A member's points and counted answers in one period, by their local dates."""

    __tablename__ = "programme_scores"

    programme_id: Mapped[int] = _programme(key=True)
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


class ProgrammeDay(Base):
    """What became of one local date's questions, for reports: of all members who are not hidden.

    `asked` is how many arrived; `right` of the `answered` stays 0 until the date is reported.
    `late` ones arrived over ten minutes after their time; `doubtful` ones were never confirmed;
    `refused` ones could not be delivered; `unsent` ones never left.
    """

    __tablename__ = "programme_days"

    programme_id: Mapped[int] = _programme(key=True)
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
    settled: Mapped[bool] = mapped_column(default=False)  # nothing of it can change any more


class ItemReport(Base):
    """What members answered to one revision of an item, added up; nobody can be told from it.

    Those of five different people or more are added at a time, first attempts and later ones apart,
    so that no difference of two reports is about fewer. `took` has a count an option, by its place
    in the bank, at first attempts. The correlation is between being right and the share of right
    answers to everything else: `paired` people with the sums of that share, of its square, and of
    it where they were right. Of the `later` attempts by `later_people` different ones at least: how
    many are right, were right at the first attempt, both, and the days since the first attempt
    added up.
    """

    __tablename__ = "item_reports"

    programme_id: Mapped[int] = _programme(key=True)
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
    """Of the members who are not hidden: how many are active, and how long their streaks are.

    `streaks` has a count a band (quizbot.programmes.reports.daily); None below five people.
    """

    __tablename__ = "activity_reports"

    programme_id: Mapped[int] = _programme(key=True)
    active: Mapped[int] = mapped_column(Integer)
    streaks: Mapped[list[int] | None] = mapped_column(JSON(none_as_null=True))


class HeldAnswer(Base):
    """An answer of a date that is reported, kept back from the item's report.

    It is added up with others to the same item as soon as those of five people are there.
    """

    __tablename__ = "held_answers"

    programme_id: Mapped[int] = _programme(key=True)
    delivery_id: Mapped[int] = mapped_column(
        ForeignKey("deliveries.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )

    __table_args__ = (Index("ix_held_answers_delivery_id", "delivery_id"),)


class MasteryReport(Base):
    """By how many of the `people` who took part on `counted_on` an item is mastered, or learnt."""

    __tablename__ = "mastery_reports"

    programme_id: Mapped[int] = _programme(key=True)
    item_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    people: Mapped[int] = mapped_column(Integer)
    mastered: Mapped[int] = mapped_column(Integer)
    learning: Mapped[int] = mapped_column(Integer)
    counted_on: Mapped[date]


class GroupChat(Base):
    """A group chat in which the bot plays along for a programme; `title` as it was at linking."""

    __tablename__ = "group_chats"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)  # Telegram's
    programme_id: Mapped[int] = _programme()
    title: Mapped[str] = mapped_column(String(128))
    language: Mapped[str] = mapped_column(String(16))
    linked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    next_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    board_week: Mapped[date | None]  # the Monday of the week whose board was posted last
    board_shown_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # because it was asked for

    __table_args__ = (Index("ix_group_chats_programme_id", "programme_id"),)


class GroupQuestion(Base):
    """The day's question in a group: an anonymous quiz poll, so no vote is known or kept.

    States are those of a delivery that it can be in. `results` are the votes by option as shown,
    from when it was closed. Of what is `settled` nothing is left to be done or said.
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
        # The few of which something is left to be done.
        Index(
            "ix_group_questions_unsettled",
            "closes_at",
            sqlite_where=text("settled = 0"),
            postgresql_where=text("NOT settled"),
        ),
    )


class TextInput(Base):
    """What somebody is being asked in steps, and what they have answered so far."""

    __tablename__ = "text_inputs"

    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    subject: Mapped[str] = mapped_column(String(32))
    step: Mapped[str] = mapped_column(String(32))
    answers: Mapped[dict[str, Any]] = mapped_column(JSON)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SignIn(Base):
    """A way into the dashboard that works once: only the SHA-256 of its token is kept.

    What was used is kept until it would be too old anyway, so that it is not taken twice.
    """

    __tablename__ = "sign_ins"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    coordinator_id: Mapped[int] = mapped_column(
        ForeignKey("coordinators.id", ondelete="CASCADE"), index=True
    )
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class WebSession(Base):
    """A signed-in browser: only the SHA-256 of its cookie is kept."""

    __tablename__ = "web_sessions"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    coordinator_id: Mapped[int] = mapped_column(
        ForeignKey("coordinators.id", ondelete="CASCADE"), index=True
    )
    csrf: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AuditEntry(Base):
    """What a coordinator or operator did; `actor_id` is emptied when they are erased."""

    __tablename__ = "audit_entries"

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    programme_id: Mapped[int | None] = mapped_column(
        ForeignKey("programmes.id", ondelete="CASCADE"), index=True
    )
    action: Mapped[str] = mapped_column(String(40))
    detail: Mapped[str] = mapped_column(String(200))

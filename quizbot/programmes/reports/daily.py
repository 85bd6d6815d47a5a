"""Counts of what happened to each local date's questions, and of the members' activity.

Hidden members are in `enrolled` only. The days and points of all others are known, so that
subtracting these would reveal what a hidden member did.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

from sqlalchemy import Row, bindparam, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import DAILY, Answer, Delivery, DeliveryState, Subscriber
from db.programmes import Enrolment, Programme, ProgrammeScore, ScoreKind
from db.reports import ActivityReport
from db.session import Sessions
from quizbot.programmes import definitions
from quizbot.programmes.boards import score_of_enrolment
from quizbot.programmes.disclosure_control import MIN_GROUP_SIZE, visible_enrolments
from quizbot.programmes.members import IN_BATCH, EnrolledMember, iter_batches, local_date_or_utc
from quizbot.programmes.programme import days_of, today_of
from quizbot.quiz.answers.totals import SentQuestion, freezes_needed
from quizbot.quiz.asking.question_days import GRACE_PERIOD, QuestionDays, utc_moment

_LATE_AFTER = timedelta(minutes=10)
# Telegram may report an answer a little after its question has closed.
_ANSWER_DELAY = timedelta(hours=1)

_Question = Row[*tuple[Any, ...]]


@dataclass
class TeamCount:
    """The counts of a date and team, as in TeamDay."""

    people: int = 0
    asked: int = 0
    answered: int = 0


@dataclass
class DayCount:
    """The counts of a date, as in ProgrammeDay.

    `sides` are some of the people who were correct, and of those who were not: all, or
    MIN_GROUP_SIZE at least. `teams` are counts by team id. `open`: some of these questions can
    still be answered.
    """

    enrolled: int = 0
    asked: int = 0
    answered: int = 0
    correct: int = 0
    late: int = 0
    unconfirmed: int = 0
    refused: int = 0
    not_sent: int = 0
    reminded: int = 0
    sides: tuple[set[int], set[int]] = field(default_factory=lambda: (set(), set()))
    teams: dict[int, TeamCount] = field(default_factory=lambda: defaultdict(TeamCount))
    open: bool = False


@dataclass
class DayCounts:
    """The counts by date. `today` is the earliest date it is for any member, or was an hour ago.

    Questions of a date count if the programme asks on it (`asking`), for all members alike.
    """

    days: dict[date, DayCount]
    asking: QuestionDays
    today: date
    now: datetime
    _moments: dict[tuple[date, time, str], datetime | None] = field(default_factory=dict)

    def count_member(self, member: EnrolledMember) -> None:
        """Count a member on the dates on which they took part."""
        for day, count in self.days.items():
            takes_part = member.takes_part(day)
            count.enrolled += takes_part
            if takes_part and member.team_id is not None and not member.hidden:
                count.teams[member.team_id].people += 1
        if member.left_at is None:
            self.today = min(
                self.today, local_date_or_utc(member.timezone, self.now - GRACE_PERIOD)
            )

    def count_question(self, member: EnrolledMember, question: _Question) -> None:
        """Count a daily question of a date on which the member took part."""
        if member.hidden:  # not even by when a date is settled
            return
        count, counted = self.days[question.local_date], bool(question.counted)
        is_open = question.option is None and question.closes_at > self.now - _ANSWER_DELAY
        count.open |= is_open  # of another programme, too: the items' figures include it
        if not self.asking.counts(question.local_date):
            return
        count.reminded += question.reminded
        count.answered += counted
        count.correct += counted and question.option == 0
        side = count.sides[question.option != 0]
        if counted and len(side) < MIN_GROUP_SIZE:
            side.add(question.subscriber_id)
        if counted or question.state is DeliveryState.SENT:
            count.asked += 1
            if member.team_id is not None:
                team = count.teams[member.team_id]
                team.asked += 1
                team.answered += counted
            count.late += self._is_late(member, question)
        else:
            _count_missing(count, question, is_open=is_open)

    def _is_late(self, member: EnrolledMember, question: _Question) -> bool:
        """Returns whether it was sent late, measured from joining if they joined on that day."""
        key = question.local_date, member.question_time, member.timezone
        if key not in self._moments:
            self._moments[key] = _utc_moment(*key)
        moment = self._moments[key]
        if moment is None or question.sending_at is None:
            return False
        return bool(question.sending_at > max(moment, member.joined_at) + _LATE_AFTER)


def _count_missing(count: DayCount, question: _Question, *, is_open: bool) -> None:
    """Count a question that is not known to have arrived."""
    match question.state:
        case DeliveryState.UNCONFIRMED | DeliveryState.OFFERED:
            count.unconfirmed += 1
        case DeliveryState.REFUSED | DeliveryState.BLOCKED:
            count.refused += 1
        case _ if is_open and question.state is not DeliveryState.EXPIRED:
            pass  # on its way
        case DeliveryState.SENDING:
            count.unconfirmed += 1
        case _:
            count.unconfirmed += question.possibly_delivered
            count.not_sent += not question.possibly_delivered


def _utc_moment(day: date, at: time, zone: str) -> datetime | None:
    try:
        return utc_moment(day, at, zone)
    except ZoneInfoNotFoundError:
        return None


_QUESTIONS = (
    select(
        Delivery.subscriber_id,
        Delivery.local_date,
        Delivery.state,
        Delivery.possibly_delivered,
        Delivery.closes_at,
        Delivery.sending_at,
        Delivery.reminded,
        Answer.option,
        Answer.counted,
    )
    .join_from(Enrolment, Delivery, Delivery.subscriber_id == Enrolment.subscriber_id)
    .outerjoin(Answer, Answer.delivery_id == Delivery.id)
    .where(
        IN_BATCH,
        Delivery.local_date.between(bindparam("first"), bindparam("until")),
        Delivery.slot == DAILY,
    )
)


async def count_days(
    sessions: Sessions, programme: Programme, days: Sequence[date], today: date, now: datetime
) -> DayCounts:
    """Returns the counts of these consecutive dates; `today` is the programme's date."""
    async with sessions() as session:
        asking = await days_of(session, programme)
    counts = DayCounts({day: DayCount() for day in days}, asking, today, now)
    dates = {"first": days[0], "until": days[-1]}
    async for members, [questions] in iter_batches(
        sessions, programme.id, [_QUESTIONS], dates, rows_each=len(days)
    ):
        for member in members.values():
            counts.count_member(member)
        for question in questions:
            asked = members.get(question.subscriber_id)  # None: joined since these were read
            if asked is not None and asked.takes_part(question.local_date):
                counts.count_question(asked, question)
    return counts


# The bands of streaks, in days from the least to the most; None has no bound.
STREAK_BANDS = ((0, 0), (1, 2), (3, 6), (7, 13), (14, 29), (30, None))

_ACTIVE_FOR = timedelta(days=7)  # in the column that earlier versions read


async def count_activity(
    session: AsyncSession, programme: Programme, now: datetime
) -> ActivityReport:
    """Returns the report as of now; it is not added to the session."""
    streaks = await _streaks(session, programme, now)
    people = [
        sum(
            count for days, count, *_ in streaks if least <= days and (most is None or days <= most)
        )
        for least, most in STREAK_BANDS
    ]
    return ActivityReport(
        programme_id=programme.id,
        active=sum(active for *_, active, _ in streaks),
        lapsed=sum(lapsed for *_, lapsed in streaks),
        streaks=people if sum(people) >= MIN_GROUP_SIZE else None,
    )


async def _streaks(
    session: AsyncSession, programme: Programme, now: datetime
) -> Sequence[Row[int, int, int, int]]:
    """Returns each present streak of visible members (see streaks.Totals.streak_after).

    A row has its days, how many people have it, how many of them answered in the last seven days,
    and how many have lapsed.
    """
    alive = freezes_needed(SentQuestion.closes_at <= now) <= Subscriber.freezes
    streak = case((Subscriber.streak == 0, 0), (alive, Subscriber.streak), else_=0)
    active = Subscriber.last_answered_on > today_of(programme, now) - _ACTIVE_FOR
    lapsed = definitions.lapsed(programme.id)
    sums = (func.sum(case((each, 1), else_=0)) for each in (active, lapsed))
    rows = await session.execute(
        select(streak, func.count(), *sums)
        .select_from(Enrolment)
        .join(Subscriber, Subscriber.id == Enrolment.subscriber_id)
        .where(*visible_enrolments(programme.id))
        .group_by(streak)
    )
    return rows.all()


async def count_active(session: AsyncSession, programme_id: int, monday: date) -> int:
    """Returns how many visible members are active in the week that begins on that Monday."""
    query = (
        select(func.count())
        .select_from(Enrolment)
        .join(ProgrammeScore, score_of_enrolment(ScoreKind.WEEK, monday))
        .where(*visible_enrolments(programme_id), definitions.active())
    )
    return await session.scalar(query) or 0

"""A learner's progress: mastery of each key point, and the last weeks day by day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import DAILY, Answer, Delivery, Subscriber
from questions import Statement, Topic
from quizbot.quiz.answers import memory as answers_memory
from quizbot.quiz.answers.leaderboard import AheadCounter, Period, count_ahead, rank
from quizbot.quiz.answers.memory import Memory
from quizbot.quiz.answers.streaks import Totals, week_of
from quizbot.quiz.answers.totals import count_unanswered_until_now, totals_of
from quizbot.quiz.asking.question_days import local_date


@dataclass(frozen=True)
class KeyPointMastery:
    """How many objectives of a key point are mastered, being learned, and not met yet.

    `key_point` is None for objectives that have none.
    """

    key_point: Statement | None
    mastered: int
    learning: int
    new: int

    @property
    def objectives(self) -> int:
        """The number of all of them."""
        return self.mastered + self.learning + self.new


def mastery(topic: Topic, memories: Mapping[str, Memory]) -> tuple[KeyPointMastery, ...]:
    """Returns key points with approved items, in the article's order, then the rest together."""
    found = []
    for key_point in (*topic.key_points, None):
        objectives = {
            item.objective for item in topic.approved if topic.key_point_of(item) == key_point
        }
        met = [memories[each] for each in objectives if each in memories]
        mastered = sum(memory.mastered for memory in met)
        if objectives:
            new = len(objectives) - len(met)
            found.append(KeyPointMastery(key_point, mastered, len(met) - mastered, new))
    return tuple(found)


WEEKS_SHOWN = 13  # a quarter


class DayResult(StrEnum):
    """How a daily question was answered."""

    CORRECT = "correct"
    INCORRECT = "incorrect"
    UNANSWERED = "unanswered"


_RESULTS = {None: DayResult.UNANSWERED, 0: DayResult.CORRECT}  # by option; the key is 0


@dataclass(frozen=True)
class Progress:
    """A subscriber's progress: the current `streak`, the `freezes` left, the all-time `rank`.

    `rank` is None without points. `days` has the local dates of the last weeks whose question was
    answered or has closed; `waiting` says that the latest one is still open and unanswered.
    `next_at` (UTC) is None while no question is planned; `zone` is an IANA name.
    """

    alias: str
    totals: Totals
    streak: int
    freezes: int
    rank: int | None
    key_points: tuple[KeyPointMastery, ...]
    days: Mapping[date, DayResult]
    waiting: bool
    today: date
    next_at: datetime | None
    zone: str


async def progress(
    session: AsyncSession,
    subscriber: Subscriber,
    topic: Topic,
    now: datetime,
    ahead: AheadCounter = count_ahead,
) -> Progress:
    """Returns the subscriber's progress as of now; `ahead` counts for the rank."""
    today = local_date(now, subscriber.timezone)
    totals = totals_of(subscriber)
    memories = await answers_memory.stored_memories(session, subscriber.id)
    days, waiting = await _days(session, subscriber.id, today, now)
    unanswered = await count_unanswered_until_now(session, subscriber, now)
    streak = totals.streak_after(unanswered)
    return Progress(
        alias=subscriber.alias,
        totals=totals,
        streak=streak,
        freezes=totals.freezes - unanswered if streak else 0,
        rank=await rank(session, subscriber.id, Period.ALL_TIME, today, ahead),
        key_points=mastery(topic, {key.objective_id: each for key, each in memories.items()}),
        days=days,
        waiting=waiting,
        today=today,
        next_at=subscriber.next_due_at,
        zone=subscriber.timezone,
    )


async def _days(
    session: AsyncSession, subscriber_id: int, today: date, now: datetime
) -> tuple[Mapping[date, DayResult], bool]:
    """Returns the results of the last weeks, and whether the latest question is still open."""
    first = week_of(today) - timedelta(weeks=WEEKS_SHOWN - 1)
    found = await session.execute(
        select(Delivery.local_date, Delivery.closes_at, Answer.option)
        .outerjoin(Answer, Answer.delivery_id == Delivery.id)
        .where(
            Delivery.subscriber_id == subscriber_id,
            Delivery.slot == DAILY,
            Delivery.local_date >= first,
        )
    )
    rows = found.all()
    days, still_open, latest = {}, date.min, date.min
    for day, closes_at, option in rows:
        latest = max(latest, day)
        if option is None and closes_at > now:
            still_open = max(still_open, day)
        else:
            days[day] = _RESULTS.get(option, DayResult.INCORRECT)
    return days, bool(rows) and still_open == latest

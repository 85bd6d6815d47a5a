"""A learner's progress: mastery of each key point, and the last weeks day by day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import DAILY, Answer, Delivery, DeliveryState, Subscriber
from questions import Statement, Topic
from quizbot.quiz.answers import memory as answers_memory
from quizbot.quiz.answers.leaderboard import AheadCounter, Period, count_ahead, rank
from quizbot.quiz.answers.memory import Memory
from quizbot.quiz.answers.streaks import CountedAnswer, Totals, saved_gaps, week_of
from quizbot.quiz.answers.totals import SentQuestion, freezes_needed, totals_of
from quizbot.quiz.asking.question_days import local_date


@dataclass(frozen=True)
class KeyPointMastery:
    """How many objectives of a key point are mastered, being learned, and not met yet.

    `key_point` is None for objectives that have none. `right` of those being learned have been
    correct before.
    """

    key_point: Statement | None
    mastered: int
    learning: int
    new: int
    right: int = 0

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
            right = sum(each.first_correct_on is not None for each in met) - mastered
            found.append(KeyPointMastery(key_point, mastered, len(met) - mastered, new, right))
    return tuple(found)


class NextGoal(NamedTuple):
    """The title of an objective, the first day on which it can be asked, and how far it is."""

    title: str
    comes_on: date
    one_from_mastered: bool


def known_now(
    topic: Topic, memories: Mapping[str, Memory]
) -> tuple[tuple[str, ...], NextGoal | None]:
    """Returns the titles of known objectives, and the one of the others that comes next.

    Known are the mastered ones, then those that were correct the last time, the newest first. Next
    is what one correct answer masters, the earliest first; then what is due. It is None if no other
    objective was met.
    """
    titled = {
        topic.objectives[each].title or "": memory
        for each, memory in memories.items()
        if each in topic.objectives and topic.objectives[each].title
    }
    right = {each: memory for each, memory in titled.items() if not memory.incorrect}
    newest = sorted(
        right, key=lambda each: (right[each].mastered, right[each].last_correct_on), reverse=True
    )[:KNOWN_NAMED]
    others = [
        NextGoal(each, memory.masters_from or memory.due_on, memory.masters_from is not None)
        for each, memory in titled.items()
        if each not in newest and not memory.mastered
    ]
    return tuple(newest), min(
        others, key=lambda each: (not each.one_from_mastered, each.comes_on, each), default=None
    )


KNOWN_NAMED = 3
WEEKS_SHOWN = 13  # a quarter


class DayResult(StrEnum):
    """How a daily question was answered."""

    CORRECT = "correct"
    INCORRECT = "incorrect"
    UNANSWERED = "unanswered"
    FROZEN = "frozen"  # not answered, but a freeze saved the streak


@dataclass(frozen=True)
class Progress:
    """A subscriber's progress: the current `streak`, the `freezes` left, the all-time `rank`.

    `rank` is None without points, and for the only one who has any. `days` has the local dates of
    the last weeks whose question was answered, or arrived and has closed; `waiting` says that the
    latest one is still open and unanswered. `next_at` (UTC) is None while no question is planned;
    `zone` is an IANA name. `known` are titles of objectives, and `nearest` is the one that comes
    next (see known_now).
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
    known: tuple[str, ...] = ()
    nearest: NextGoal | None = None


async def progress(
    session: AsyncSession,
    subscriber: Subscriber,
    topic: Topic,
    now: datetime,
    ahead: AheadCounter = count_ahead,
    *,
    with_days: bool = True,
) -> Progress:
    """Returns the subscriber's progress as of now; `ahead` counts for the rank.

    Without its days it is quicker: which of them freezes saved follows from all answers.
    """
    today = local_date(now, subscriber.timezone)
    totals = totals_of(subscriber)
    stored = await answers_memory.stored_memories(session, [subscriber.id])
    memories = {key.objective_id: each for key, each in stored.items()}
    known, nearest = known_now(topic, memories)
    unanswered = await _freezes_needed(session, subscriber, now)
    streak = totals.streak_after(unanswered)
    asked = await _daily_questions(session, subscriber.id, limit=None if with_days else 1)
    days = _results(asked, totals.last_answered_on if streak else None, now) if with_days else {}
    first = week_of(today) - timedelta(weeks=WEEKS_SHOWN - 1)
    return Progress(
        alias=subscriber.alias,
        totals=totals,
        streak=streak,
        freezes=totals.freezes - unanswered if streak else 0,
        rank=await rank(session, subscriber.id, Period.ALL_TIME, today, ahead),
        key_points=mastery(topic, memories),
        days={day: result for day, result in days.items() if day >= first},
        waiting=bool(asked) and asked[0].option is None and asked[0].closes_at > now,
        today=today,
        next_at=subscriber.next_due_at,
        zone=subscriber.timezone,
        known=known,
        nearest=nearest,
    )


async def day_results(
    session: AsyncSession, subscriber: Subscriber, now: datetime
) -> dict[date, DayResult]:
    """Returns the result of each daily question that was answered, or arrived and has closed."""
    unanswered = await _freezes_needed(session, subscriber, now)
    totals = totals_of(subscriber)
    asked = await _daily_questions(session, subscriber.id, limit=None)
    goes_on = totals.streak_after(unanswered) > 0
    return _results(asked, totals.last_answered_on if goes_on else None, now)


async def _freezes_needed(session: AsyncSession, subscriber: Subscriber, now: datetime) -> int:
    needed = select(freezes_needed(SentQuestion.closes_at <= now))
    return await session.scalar(needed.where(Subscriber.id == subscriber.id)) or 0


class _Asked(NamedTuple):
    """A daily question that has been planned, with its answer if there is one."""

    local_date: date
    closes_at: datetime
    arrived: bool
    option: int | None
    counted: bool | None
    unanswered: int | None


async def _daily_questions(
    session: AsyncSession, subscriber_id: int, limit: int | None
) -> list[_Asked]:
    """Returns the daily questions of a subscriber, the latest first, up to a limit."""
    found = await session.execute(
        select(
            Delivery.local_date,
            Delivery.closes_at,
            Delivery.state == DeliveryState.SENT,
            Answer.option,
            Answer.counted,
            Answer.unanswered,
        )
        .outerjoin(Answer, Answer.delivery_id == Delivery.id)
        .where(Delivery.subscriber_id == subscriber_id, Delivery.slot == DAILY)
        .order_by(Delivery.local_date.desc())
        .limit(limit)
    )
    return [_Asked(*row) for row in found]


def _results(
    asked: Sequence[_Asked], streak_since: date | None, now: datetime
) -> dict[date, DayResult]:
    """Returns the results of questions that were answered or have closed.

    If the current streak goes on, `streak_since` is the date of the last answer that counts.
    """
    saved = saved_gaps(
        CountedAnswer(each.local_date, each.option == 0, each.unanswered or 0)
        for each in asked
        if each.counted
    )
    if streak_since is not None:
        saved.append((streak_since, date.max))
    results = {}
    for each in asked:
        on = each.local_date
        if each.option is not None:
            results[on] = DayResult.INCORRECT if each.option else DayResult.CORRECT  # 0 is the key
        elif each.arrived and each.closes_at <= now:
            is_saved = any(after < on < before for after, before in saved)
            results[on] = DayResult.FROZEN if is_saved else DayResult.UNANSWERED
    return results

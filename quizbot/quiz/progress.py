"""How one subscriber is doing."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Subscriber
from quizbot.quiz.answering import totals_of
from quizbot.quiz.due import local_date
from quizbot.quiz.leaderboard import Period, rank
from quizbot.quiz.scoring import Totals


@dataclass(frozen=True)
class Progress:
    """What `/score` shows: `streak` as of today, `rank` over all time (None without points).

    `next_at` is None while no question is planned; `zone` is an IANA name.
    """

    alias: str
    totals: Totals
    streak: int
    rank: int | None
    next_at: datetime | None
    zone: str


async def progress(session: AsyncSession, subscriber: Subscriber, now: datetime) -> Progress:
    """The subscriber's standing at this moment."""
    today = local_date(now, subscriber.timezone)
    totals = totals_of(subscriber)
    return Progress(
        alias=subscriber.alias,
        totals=totals,
        streak=totals.streak_on(today),
        rank=await rank(session, subscriber.id, Period.ALL_TIME, today),
        next_at=subscriber.next_due_at,
        zone=subscriber.timezone,
    )

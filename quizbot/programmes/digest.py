"""A programme's week for its coordinators: what is reported, and who takes part."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfoNotFoundError

from sqlalchemy.ext.asyncio import AsyncSession

from db import leases
from db.leases import Lease
from db.programmes import Programme
from questions import Topic
from quizbot.programmes.boards import MemberBoard, TeamPlace
from quizbot.programmes.disclosure_control import MIN_GROUP_SIZE
from quizbot.programmes.programme import days_of, today_of
from quizbot.programmes.reports.figures import ItemFigures, all_item_figures
from quizbot.programmes.reports.gain import Gain
from quizbot.programmes.reports.learning import learning_gain
from quizbot.programmes.reports.overview import DailySums, DayFigures, programme_overview
from quizbot.programmes.reports.season import Season, season
from quizbot.programmes.schedule import has_ended, is_finished, next_after_closing, next_digest
from quizbot.programmes.team_goal import GoalProgress, current_goal
from quizbot.programmes.winners import best_teams, winners_of
from quizbot.quiz.answers.streaks import week_of

_WEEK = timedelta(days=7)
_RETRY_AFTER = timedelta(minutes=1)
_LEASED_FOR = timedelta(minutes=15)


@dataclass(frozen=True)
class Week(DailySums):
    """A week's figures, Monday to Sunday; `enrolled` people took part on its last day."""

    monday: date
    days: Sequence[DayFigures]

    @property
    def sunday(self) -> date:
        return self.monday + timedelta(days=6)

    @property
    def enrolled(self) -> int | None:
        return self.days[-1].enrolled if self.days else None

    @property
    def unsettled_days(self) -> int:
        """The number of unsettled days with enough answers to show their accuracy later."""
        return sum(not day.settled and day.answered >= MIN_GROUP_SIZE for day in self.days)


@dataclass(frozen=True)
class Digest:
    """A week, and the week before it; None if there was none or this week is not over.

    `enrolled` and `lapsed` are about now (see quizbot.programmes.definitions). `winners` and
    `best_teams` are the first places of a week that is over. `gain` and `hardest` are about all
    reported answers; None if too few people answered. `goal` is the team goal, unless it was over
    before the week. `season` is the final report, which comes instead of the last digest.
    `without_questions`: the programme was running, but all question days of the week were holidays.
    """

    programme: Programme
    enrolled: int
    lapsed: int | None
    week: Week
    before: Week | None
    gain: Gain | None
    hardest: ItemFigures | None
    winners: MemberBoard | None = None
    best_teams: Sequence[TeamPlace] = ()
    without_questions: bool = False
    goal: GoalProgress | None = None
    season: Season | None = None

    @property
    def is_empty(self) -> bool:
        """Returns whether nobody takes part, and nothing is to tell of a week that is over."""
        if self.winners is None:
            return False
        told = self.season or self.gain or self.hardest
        return not (told or self.enrolled or self.week.asked or self.week.missing)


async def digest(
    session: AsyncSession, programme: Programme, topic: Topic, now: datetime, *, so_far: bool
) -> Digest:
    """Returns the last whole week in the programme's zone, or with `so_far` the current week."""
    figures = await programme_overview(session, programme)
    monday = week_of(today_of(programme, now)) - (timedelta() if so_far else _WEEK)
    earlier = monday - _WEEK
    has_earlier = not so_far and earlier >= week_of(programme.starts_on)
    items = await all_item_figures(session, programme, topic)
    shown = [each for each in items if each.difficulty is not None]
    days = await days_of(session, programme)
    dates = [monday + n * timedelta(days=1) for n in range(7)]
    return Digest(
        programme=programme,
        enrolled=figures.enrolled,
        lapsed=figures.lapsed,
        week=_week(figures.days, monday),
        before=_week(figures.days, earlier) if has_earlier else None,
        gain=(await learning_gain(session, programme, topic)).total,
        hardest=min(shown, key=lambda each: each.difficulty or 0, default=None),
        goal=await current_goal(session, programme, monday, today_of(programme, now)),
        winners=None if so_far else await winners_of(session, programme, monday, now),
        best_teams=() if so_far else await best_teams(session, programme, monday),
        season=await _final_report(session, programme, topic, now),
        without_questions=any(map(days.runs, dates)) and not any(map(days.asks, dates)),
    )


def _week(days: Sequence[DayFigures], monday: date) -> Week:
    return Week(monday, [day for day in days if week_of(day.day) == monday])


async def _final_report(
    session: AsyncSession, programme: Programme, topic: Topic, now: datetime
) -> Season | None:
    """Returns None while a question of the programme can still be answered."""
    is_over = has_ended(programme, now) and is_finished(programme, now)
    return await season(session, programme, topic, now) if is_over else None


async def take_due(session: AsyncSession, now: datetime) -> Lease:
    """Lease the programme with the longest due digest, for a quarter of an hour.

    The last one is the final report: it waits day by day until nobody can answer any more. The
    caller commits. If `begin_sending` does not follow, it is due again after that time.
    """
    due = Programme.digest_due_at
    while lease := await leases.take_due(session, due, now, 1, now + _LEASED_FOR):
        programme = await session.get_one(Programme, lease.ids[0], populate_existing=True)
        try:
            waits = next_digest(programme, now) is None and not is_finished(programme, now)
        except ZoneInfoNotFoundError:  # whoever adds it up logs it
            return lease
        if not waits:
            break
        await leases.release(session, lease, next_after_closing(programme, now))
    return lease


async def begin_sending(session: AsyncSession, lease: Lease, now: datetime) -> Lease:
    """Plan the next digest. Returns the lease on it; false if another process has this one now.

    The caller commits before anything is sent.
    """
    programme = await session.get(Programme, lease.ids[0])
    if programme is None:
        return lease.only(())
    return await leases.renew(session, lease, next_digest(programme, now))


async def release(session: AsyncSession, lease: Lease, now: datetime) -> None:
    """Make the digest due again in a minute, because nobody received it."""
    await leases.release(session, lease, now + _RETRY_AFTER)

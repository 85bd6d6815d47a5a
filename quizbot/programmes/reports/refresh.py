"""Brings a programme's reports up to date: its days, items, activity, mastery and learning gain.

A date is settled when no question of it, and none of an earlier date, is open any more. Then its
answers are added up, once: this does not change when members leave, are removed or erased later.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, timedelta

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.programmes import Programme, Team
from db.reports import ProgrammeDay, TeamDay
from db.session import Sessions, execute_many
from questions import Topic
from quizbot.programmes import team_goal
from quizbot.programmes.disclosure_control import MIN_GROUP_SIZE, may_be_told
from quizbot.programmes.programme import today_of
from quizbot.programmes.reports import items, mastery
from quizbot.programmes.reports.daily import (
    DayCount,
    DayCounts,
    count_active,
    count_activity,
    count_days,
)
from quizbot.programmes.reports.items import Waiting, gather_waiting
from quizbot.programmes.reports.learning import last_whole_week, report_learning
from quizbot.quiz.answers.streaks import week_of
from quizbot.quiz.asking.question_days import GRACE_PERIOD

_DAY = timedelta(days=1)
# A question is open until the next one is due, which may be after weeks of holidays.
_MAX_DAYS_OPEN = 60  # after that, a date is settled even if a question is open
_MAX_DATES = 64  # at a time; more than can be unsettled because of open questions
FIGURES_WAIT = timedelta(days=28)  # after that, answers are told with their neighbours' only
_COUNTS = [each.name for each in fields(DayCount) if each.name not in ("open", "sides", "teams")]
_EARLIEST_ZONE = timedelta(hours=14)  # ahead of UTC

# Counting takes longer the more members there are, so a large programme is counted less often.
_SMALL = 200  # members; counting them takes no time to speak of
_WAIT_PER_MEMBER = timedelta(milliseconds=30)  # for each member above that


@dataclass(frozen=True)
class _Due:
    """The dates to count, and the programme as it was when they became due."""

    programme: Programme
    days: Sequence[date]


async def refresh_reports(
    sessions: Sessions, programme_id: int, topic: Topic, now: datetime, *, ahead: bool = False
) -> None:
    """Bring the reports up to date, in short transactions; cheap when nothing is due.

    Pages and jobs, also of several processes, may call it at the same time. Open dates of large
    programmes are counted every few minutes; a job that counts `ahead`, twice as often, leaves
    nothing for the pages to do.
    """
    wait_factor = 0.5 if ahead else 1.0
    while True:
        async with sessions.begin() as session:
            due = await _due(session, programme_id, now, wait_factor)
        if due is None or not await _report(sessions, due, topic, now):
            return
        wait_factor = 0.0  # once begun, everything that is due is done


async def _due(
    session: AsyncSession, programme_id: int, now: datetime, wait_factor: float
) -> _Due | None:
    programme = await session.get(Programme, programme_id)
    if programme is None:
        return None
    reported_until = programme.reported_until
    first = programme.starts_on if reported_until is None else reported_until + _DAY
    last = (now + _EARLIEST_ZONE).date()
    if programme.ends_on is not None:
        last = min(last, programme.ends_on)
    if first > last:
        return None
    query = select(func.max(ProgrammeDay.counted_at), func.max(ProgrammeDay.enrolled))
    counted_at, enrolled = (
        await session.execute(
            query.where(ProgrammeDay.programme_id == programme_id, ProgrammeDay.local_date >= first)
        )
    ).one()
    if counted_at is not None:
        wait = wait_factor * max(0, enrolled - _SMALL) * _WAIT_PER_MEMBER
        if wait and now < counted_at + wait:
            return None
    number = min((last - first).days + 1, _MAX_DATES)
    return _Due(programme, [first + n * _DAY for n in range(number)])


async def _report(sessions: Sessions, due: _Due, topic: Topic, now: datetime) -> bool:
    """Count the dates and settle those that are over. Returns whether there may be more."""
    programme = due.programme
    counts = await count_days(
        sessions, programme, due.days, today_of(programme, now - GRACE_PERIOD), now
    )
    active = dict[date, int]()
    for monday in dict.fromkeys(map(week_of, counts.days)):
        async with sessions.begin() as session:
            active[monday] = await count_active(session, programme.id, monday)
    settled = _settled(counts)
    waiting = await gather_waiting(sessions, programme, settled) if settled else None
    pools = await _day_pools(sessions, programme, counts, settled) if settled else {}
    async with sessions.begin() as session:
        written = await _write(session, programme, counts, active, pools, settled)
        if written and waiting:
            await _write_items(session, written, waiting, topic, settled[-1])
    if written:
        async with sessions.begin() as session:
            await session.merge(await count_activity(session, programme, now))
    if not written or not settled:
        return False
    await mastery.count_mastery(sessions, programme.id, topic, today_of(programme, now))
    if week_ends := last_whole_week(settled, programme.ends_on):
        is_over = week_ends == programme.ends_on
        await report_learning(sessions, programme.id, topic, week_ends, is_over=is_over)
    return len(due.days) == _MAX_DATES


def _settled(counts: DayCounts) -> Sequence[date]:
    """Returns the first dates, up to one that can still change."""
    settled = []
    for day, count in counts.days.items():
        too_old = (counts.now.date() - day).days >= _MAX_DAYS_OPEN
        if day >= counts.today or (count.open and not too_old):
            break
        settled.append(day)
    return settled


async def _write(
    session: AsyncSession,
    before: Programme,
    counts: DayCounts,
    active: Mapping[date, int],
    pools: Mapping[date, date],
    settled: Sequence[date],
) -> Programme | None:
    """Write the dates. Returns None if another process has settled a date meanwhile."""
    programme = await session.scalar(
        select(Programme)
        .where(Programme.id == before.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if programme is None or programme.reported_until != before.reported_until:
        return None
    await _write_days(session, programme, counts, active, pools, settled)
    await _write_team_days(session, programme, counts)
    await team_goal.note_reached(session, programme, counts.now)
    if settled:
        programme.reported_until = settled[-1]
    return programme


async def _write_items(
    session: AsyncSession, programme: Programme, waiting: Waiting, topic: Topic, settled: date
) -> None:
    """Add up what may be told in this round and hold the rest, unless nothing more can come.

    Once the programme is over, what is new since the last round is left out if it makes none.
    """
    is_over = programme.ends_on is not None and settled >= programme.ends_on
    if is_over or waiting.is_round:
        batches = waiting.all() if waiting.is_round else waiting.before
        old = date.max if is_over else settled - FIGURES_WAIT
        left = await items.publish(session, programme.id, batches, topic, old)
        if waiting.is_round:
            programme.items_reported_until = settled
    else:
        left = [each for batch in waiting.all().values() for each in batch.deliveries]
    await items.hold(session, programme.id, [] if is_over else left)


async def _day_pools(
    sessions: Sessions, programme: Programme, counts: DayCounts, settled: Sequence[date]
) -> dict[date, date]:
    """Returns the last date of the pool of each date whose share of correct answers is told now.

    A date waits for later ones until five people were correct in the pool and five were not. Dates
    with fewer than five answers are in none.
    """
    query = select(ProgrammeDay).where(
        ProgrammeDay.programme_id == programme.id,
        ProgrammeDay.settled,
        ProgrammeDay.pool_ends_on.is_(None),
        ProgrammeDay.answered >= MIN_GROUP_SIZE,
        ProgrammeDay.local_date.between(settled[0] - FIGURES_WAIT, settled[0] - _DAY),
    )
    async with sessions() as session:
        before = (await session.scalars(query.order_by(ProgrammeDay.local_date))).all()
    days = {day: counts.days[day] for day in settled if counts.days[day].answered >= MIN_GROUP_SIZE}
    if before:
        first, last = before[0].local_date, before[-1].local_date
        dates = [first + n * _DAY for n in range((last - first).days + 1)]
        again = await count_days(sessions, programme, dates, counts.today, counts.now)
        for row in before:
            _leave_out_uncounted(again.days[row.local_date], row)
        days = {row.local_date: again.days[row.local_date] for row in before} | days
    pools: dict[date, date] = {}
    pool, sides = list[date](), (set[int](), set[int]())
    for day, count in days.items():
        pool.append(day)
        sides = (sides[0] | count.sides[0], sides[1] | count.sides[1])
        if may_be_told(*map(len, sides)):
            pools |= dict.fromkeys(pool, day)
            pool, sides = [], (set(), set())
    return pools


def _leave_out_uncounted(again: DayCount, settled: ProgrammeDay) -> None:
    """Leave out the sides of a date if there are more answers than when it was settled.

    Somebody who hid then is shown now: nobody knows who hides whom in what was counted then.
    """
    correct, incorrect = again.correct, again.answered - again.correct
    if correct > settled.correct or incorrect > settled.answered - settled.correct:
        again.sides = set(), set()


async def _write_days(
    session: AsyncSession,
    programme: Programme,
    counts: DayCounts,
    active: Mapping[date, int],
    pools: Mapping[date, date],
    settled: Sequence[date],
) -> None:
    """Replace the earlier counts of these dates, and pool those that waited."""
    of_programme = ProgrammeDay.programme_id == programme.id
    earlier = delete(ProgrammeDay).where(of_programme, ProgrammeDay.local_date >= min(counts.days))
    await session.execute(earlier)
    today = today_of(programme, counts.now)
    rows = []
    for day, counted in counts.days.items():
        count = {name: getattr(counted, name) for name in _COUNTS}
        if day not in settled or counted.answered < MIN_GROUP_SIZE:
            count["correct"] = 0
        if day <= today or count["asked"]:
            key = {"programme_id": programme.id, "local_date": day}
            state = {"counted_at": counts.now, "settled": day in settled}
            rows.append(key | count | state | {"active_in_week": active[week_of(day)]})
    await execute_many(session, insert(ProgrammeDay), rows)
    for day, end in pools.items():
        this = of_programme, ProgrammeDay.local_date == day
        await session.execute(update(ProgrammeDay).where(*this).values(pool_ends_on=end))


async def _write_team_days(session: AsyncSession, programme: Programme, counts: DayCounts) -> None:
    """Replace the earlier counts of these dates, for the teams that there are now."""
    ids = (await session.scalars(select(Team.id).where(Team.programme_id == programme.id))).all()
    if not ids:
        return
    earlier = TeamDay.team_id.in_(ids), TeamDay.local_date >= min(counts.days)
    await session.execute(delete(TeamDay).where(*earlier))
    rows = [
        {"team_id": team_id, "local_date": day, **asdict(count.teams[team_id])}
        for day, count in counts.days.items()
        for team_id in ids
        if team_id in count.teams and count.asked
    ]
    await execute_many(session, insert(TeamDay), rows)

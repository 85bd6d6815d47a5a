"""Brings a programme's reports up to date: its days, items, activity and mastery.

A date is settled when no question of it, and none of an earlier date, is open any more. Then its
answers are added up, once: this does not change when members leave, are removed or erased later.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.programmes import ActivityReport, Programme, ProgrammeDay
from db.session import Sessions
from quizbot.programmes.disclosure_control import MIN_GROUP_SIZE
from quizbot.programmes.programme import today_of
from quizbot.programmes.reports import items
from quizbot.programmes.reports.daily import DayCounts, count_activity, count_days
from quizbot.programmes.reports.items import Batches, gather_batches
from quizbot.quiz.asking.question_days import GRACE_PERIOD

_DAY = timedelta(days=1)
# A question is open until the next one is due, which may be after weeks of holidays.
_MAX_DAYS_OPEN = 60  # after that, a date is settled even if a question is open
_MAX_DATES = 64  # at a time; more than can be unsettled because of open questions
_EARLIEST_ZONE = timedelta(hours=14)  # ahead of UTC

# Counting takes longer the more members there are, so a large programme is counted less often.
_SMALL = 200  # members; counting them takes no time to speak of
_WAIT_PER_MEMBER = timedelta(milliseconds=30)  # for each member above that


@dataclass(frozen=True)
class _Due:
    """The dates to count. `after` is the last settled date."""

    programme: Programme
    after: date | None
    days: Sequence[date]


@dataclass(frozen=True)
class _Counted:
    """The counts of the dates that are due, to be written to the reports."""

    counts: DayCounts
    activity: ActivityReport
    settled: Sequence[date]
    batches: Batches


async def refresh_reports(
    sessions: Sessions, programme_id: int, now: datetime, *, ahead: bool = False
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
        if due is None or not await _report(sessions, due, now):
            return
        wait_factor = 0.0  # once begun, everything that is due is done


async def _due(
    session: AsyncSession, programme_id: int, now: datetime, wait_factor: float
) -> _Due | None:
    programme = await session.get(Programme, programme_id)
    if programme is None:
        return None
    after = programme.reported_until
    first = programme.starts_on if after is None else after + _DAY
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
    return _Due(programme, after, [first + n * _DAY for n in range(number)])


async def _report(sessions: Sessions, due: _Due, now: datetime) -> bool:
    """Count the dates and settle those that are over. Returns whether there may be more."""
    programme = due.programme
    counts = await count_days(
        sessions, programme.id, due.days, today_of(programme, now - GRACE_PERIOD), now
    )
    async with sessions.begin() as session:
        activity = await count_activity(session, programme, now)
    settled = _settled(due.days, counts)
    batches = await gather_batches(sessions, programme.id, settled) if settled else {}
    async with sessions.begin() as session:
        written = await _write(session, due, _Counted(counts, activity, settled, batches))
    if not written or not settled:
        return False
    await items.count_mastery(sessions, programme.id, today_of(programme, now))
    return len(due.days) == _MAX_DATES


def _settled(days: Sequence[date], counts: DayCounts) -> Sequence[date]:
    """Returns the first dates, up to one that can still change."""
    settled = []
    for day in days:
        too_old = (counts.now.date() - day).days >= _MAX_DAYS_OPEN
        if day >= counts.today or (counts.days[day].open and not too_old):
            break
        settled.append(day)
    return settled


async def _write(session: AsyncSession, due: _Due, counted: _Counted) -> bool:
    """Write the reports. Returns False if another process has settled a date meanwhile."""
    programme = await session.scalar(
        select(Programme)
        .where(Programme.id == due.programme.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if programme is None or programme.reported_until != due.after:
        return False
    settled = counted.settled
    await session.merge(counted.activity)
    await _write_days(session, programme, due.days, counted.counts, settled)
    if settled:
        programme.reported_until = settled[-1]
        held = await items.publish(session, programme.id, counted.batches)
        is_over = programme.ends_on is not None and settled[-1] >= programme.ends_on
        await items.hold(session, programme.id, [] if is_over else held)
    return True


async def _write_days(
    session: AsyncSession,
    programme: Programme,
    days: Sequence[date],
    counts: DayCounts,
    settled: Sequence[date],
) -> None:
    """Replace the earlier counts of these dates."""
    await session.execute(
        delete(ProgrammeDay).where(
            ProgrammeDay.programme_id == programme.id, ProgrammeDay.local_date >= days[0]
        )
    )
    today = today_of(programme, counts.now)
    rows = []
    for day in days:
        count = asdict(counts.days[day])
        del count["open"]
        if day not in settled or counts.days[day].answered < MIN_GROUP_SIZE:
            count["correct"] = 0
        if day <= today or count["asked"]:
            key = {"programme_id": programme.id, "local_date": day}
            state = {"counted_at": counts.now, "settled": day in settled}
            rows.append(key | count | state)
    if rows:
        connection = await session.connection()
        await connection.execute(insert(ProgrammeDay), rows)

"""What is reported of a programme, brought up to date: days, items, and what is mastered.

A date is settled, after all before it, when no question of it is open any more. Then its answers
are added up, once: whoever leaves, is removed or is erased later changes nothing of that.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.programmes import ActivityReport, Programme, ProgrammeDay
from db.session import Sessions
from quizbot.programmes.boards import MIN_GROUP_SIZE
from quizbot.programmes.programme import today_of
from quizbot.programmes.reports import items
from quizbot.programmes.reports.daily import DayCounts, count_activity, count_days
from quizbot.programmes.reports.items import Batches, gather_batches
from quizbot.quiz.asking.question_days import GRACE_PERIOD

_DAY = timedelta(days=1)
# A question is open until the next one is due, which is after the holidays.
_MAX_DAYS_OPEN = 60  # days, after which a date is settled whatever is still open
_MAX_DATES = 64  # dates; more than can be unsettled for their questions' sake
_EARLIEST_ZONE = timedelta(hours=14)  # ahead of UTC

# A count takes a time that grows with the members, so it is repeated the less often the more there
# are; up to so many it takes none to speak of.
_SMALL = 200
_WAIT_PER_MEMBER = timedelta(milliseconds=30)  # for each of the others


@dataclass(frozen=True)
class _Due:
    """The dates to look at. `after` is the last one that was settled."""

    programme: Programme
    after: date | None
    days: Sequence[date]


@dataclass(frozen=True)
class _Found:
    """What is to be written down."""

    counts: DayCounts
    standing: ActivityReport
    settled: Sequence[date]
    piles: Batches


async def refresh_reports(
    sessions: Sessions, programme_id: int, now: datetime, *, ahead: bool = False
) -> None:
    """Bring what is reported up to date, in short transactions; cheap when nothing is due.

    Safe to call from a page and from a job, and from two processes at once. Open dates of large
    programmes are counted every few minutes; a job that does so `ahead`, in half of that time,
    leaves nothing for the pages to do.
    """
    patience = 0.5 if ahead else 1.0
    while True:
        async with sessions.begin() as session:
            due = await _due(session, programme_id, now, patience)
        if due is None or not await _report(sessions, due, now):
            return
        patience = 0.0  # what was to be done goes on to its end


async def _due(
    session: AsyncSession, programme_id: int, now: datetime, patience: float
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
        wait = patience * max(0, enrolled - _SMALL) * _WAIT_PER_MEMBER
        if wait and now < counted_at + wait:
            return None
    number = min((last - first).days + 1, _MAX_DATES)
    return _Due(programme, after, [first + n * _DAY for n in range(number)])


async def _report(sessions: Sessions, due: _Due, now: datetime) -> bool:
    """Count, and settle what is over; whether there may be more to settle."""
    programme = due.programme
    counts = await count_days(
        sessions, programme.id, due.days, today_of(programme, now - GRACE_PERIOD), now
    )
    async with sessions.begin() as session:
        standing = await count_activity(session, programme, now)
    settled = _settled(due.days, counts)
    piles = await gather_batches(sessions, programme.id, settled) if settled else {}
    async with sessions.begin() as session:
        written = await _write(session, due, _Found(counts, standing, settled, piles))
    if not written or not settled:
        return False
    await items.count_mastery(sessions, programme.id, today_of(programme, now))
    return len(due.days) == _MAX_DATES


def _settled(days: Sequence[date], counts: DayCounts) -> Sequence[date]:
    """Those, from the first on, of which nothing can change any more."""
    settled = []
    for day in days:
        too_old = (counts.now.date() - day).days >= _MAX_DAYS_OPEN
        if day >= counts.today or (counts.days[day].open and not too_old):
            break
        settled.append(day)
    return settled


async def _write(session: AsyncSession, due: _Due, found: _Found) -> bool:
    """False where somebody else has settled a date meanwhile: what we have is out of date."""
    programme = await session.scalar(
        select(Programme)
        .where(Programme.id == due.programme.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if programme is None or programme.reported_until != due.after:
        return False
    settled = found.settled
    await session.merge(found.standing)
    await _write_days(session, programme, due.days, found.counts, settled)
    if settled:
        programme.reported_until = settled[-1]
        left = await items.publish(session, programme.id, found.piles)
        over = programme.ends_on is not None and settled[-1] >= programme.ends_on
        await items.hold(session, programme.id, [] if over else left)
    return True


async def _write_days(
    session: AsyncSession,
    programme: Programme,
    days: Sequence[date],
    counts: DayCounts,
    settled: Sequence[date],
) -> None:
    """Instead of what was counted of them before."""
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
            kept = {"counted_at": counts.now, "settled": day in settled}
            rows.append(key | count | kept)
    if rows:
        connection = await session.connection()
        await connection.execute(insert(ProgrammeDay), rows)

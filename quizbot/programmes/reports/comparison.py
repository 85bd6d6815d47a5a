"""Several programmes side by side, for whoever runs several; it takes no more queries than one."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.programmes import Enrolment, Holiday, Programme
from db.reports import ProgrammeDay
from quizbot.programmes.programme import has_begun, today_of
from quizbot.programmes.reports.gain import Gain
from quizbot.programmes.reports.learning import total_gains
from quizbot.programmes.reports.overview import DailySums, Days, Range, figures_of_rows
from quizbot.programmes.schedule import has_ended
from quizbot.quiz.asking.question_days import local_date

_NEAR = timedelta(days=7)  # a holiday further away is not what comes next


class State(StrEnum):
    """Whether a programme has begun, and ended, by the date in its time zone."""

    COMING = "coming"
    RUNNING = "running"
    ENDED = "ended"


class Event(StrEnum):
    """What comes next in a programme. On the same day, the first of these."""

    START = "start"
    LAST_DAY = "last-day"
    HOLIDAY = "holiday"
    DIGEST = "digest"


@dataclass(frozen=True)
class Compared:
    """A programme's figures as of the latest refresh, and how many are enrolled now.

    Today is `day` of `days`, counted from 1; `days` is None without an end. `this_week` is the
    programme's last one after its end, and has only days that are over if there are any.
    `next_event` comes after today, or is today's digest if that is still to be sent; before the
    start, it is the start.
    """

    programme: Programme
    state: State
    day: int
    days: int | None
    enrolled: int
    this_week: DailySums
    last_week: DailySums
    active: float | None
    gain: Gain | None
    next_event: tuple[Event, date] | None


async def compare(
    session: AsyncSession, programmes: Sequence[Programme], now: datetime
) -> list[Compared]:
    """Returns the figures of each programme, in the same order."""
    ids = [each.id for each in programmes]
    enrolled = await session.execute(
        select(Enrolment.programme_id, func.count())
        .where(Enrolment.programme_id.in_(ids), Enrolment.left_at.is_(None))
        .group_by(Enrolment.programme_id)
    )
    members = dict(enrolled.all())
    holidays: dict[int, list[date]] = defaultdict(list)
    for each in await session.scalars(select(Holiday).where(Holiday.programme_id.in_(ids))):
        holidays[each.programme_id].append(each.day)
    gains = await total_gains(session, ids)
    days = await _two_weeks(session, programmes, now)
    return [
        _compared(each, members.get(each.id, 0), days[each.id], gains, holidays[each.id], now)
        for each in programmes
    ]


async def _two_weeks(
    session: AsyncSession, programmes: Sequence[Programme], now: datetime
) -> dict[int, list[ProgrammeDay]]:
    """Returns the rows of this week and the last one, by programme and in their order."""
    of_each = [
        and_(
            ProgrammeDay.programme_id == each.id,
            ProgrammeDay.local_date >= Range.LAST_WEEK.dates(each, today_of(each, now))[0],
        )
        for each in programmes
    ]
    rows: dict[int, list[ProgrammeDay]] = defaultdict(list)
    query = select(ProgrammeDay).where(or_(False, *of_each)).order_by(ProgrammeDay.local_date)
    for row in await session.scalars(query):
        rows[row.programme_id].append(row)
    return rows


def _compared(
    of: Programme,
    enrolled: int,
    rows: Sequence[ProgrammeDay],
    gains: dict[int, Gain],
    holidays: Sequence[date],
    now: datetime,
) -> Compared:
    today, days = today_of(of, now), figures_of_rows(of, rows, are_all=False)
    weeks = []
    for each in (Range.THIS_WEEK, Range.LAST_WEEK):
        first, last = each.dates(of, today)
        weeks.append(Days([day for day in days if first <= day.day <= last]))
    this_week, last_week = weeks
    last_day = of.ends_on
    return Compared(
        programme=of,
        state=_state(of, now),
        day=(min(today, last_day or today) - of.starts_on).days + 1,
        days=(last_day - of.starts_on).days + 1 if last_day else None,
        enrolled=enrolled,
        this_week=this_week.for_shares,
        last_week=last_week.over,
        active=this_week.active,
        gain=gains.get(of.id),
        next_event=_next_event(of, holidays, today),
    )


def _state(of: Programme, now: datetime) -> State:
    if has_ended(of, now):
        return State.ENDED
    return State.RUNNING if has_begun(of, now) else State.COMING


def _next_event(of: Programme, holidays: Sequence[date], today: date) -> tuple[Event, date] | None:
    last_day = of.ends_on or date.max
    digest_on = local_date(of.digest_due_at, of.timezone) if of.digest_due_at else None
    if of.starts_on > today:
        return Event.START, of.starts_on
    near = min(last_day, today + _NEAR)
    events = [
        (Event.LAST_DAY, of.ends_on if last_day > today else None),
        *((Event.HOLIDAY, day) for day in sorted(holidays) if today < day <= near),
        (Event.DIGEST, digest_on and max(digest_on, today)),  # also one that is due this morning
    ]
    coming = [(event, day) for event, day in events if day is not None]
    return min(coming, key=lambda each: each[1], default=None)

"""Winners: the best of past weeks, and who of several in the first place gets a single prize.

With ten points for each right answer, many share the first place of a normal week, and no tie is
broken by names or days. A draw picks one of them once the period is over. It is the same in chat,
digest and pages, however often it is looked at: everybody in the tie has a lot, and the lowest one
wins. A lot is a hash of programme, period, member and the moment at which they joined the quiz, to
the microsecond, which no page or message shows: nobody can choose theirs or foresee the outcome. If
the winner hides or leaves, the next one is picked, and the lots of all others stay.
"""

import hashlib
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.programmes import Enrolment, Programme, ProgrammeScore, ScoreKind, Team
from quizbot.programmes.boards import (
    Draw,
    MemberBoard,
    Period,
    SharedFirst,
    TeamPlace,
    first_of,
    member_board,
    name_of,
    score_of_enrolment,
    team_board,
)
from quizbot.programmes.disclosure_control import visible_enrolments
from quizbot.programmes.programme import days_of
from quizbot.programmes.schedule import due_question
from quizbot.quiz.answers.streaks import POINTS_CORRECT, week_of
from quizbot.quiz.asking.question_days import QuestionDays, local_date, utc_moment

_WINNERS = 3  # places of a past week
_DAY = timedelta(days=1)
_DRAWN_AFTER = 3 * _DAY  # even if a question is still open, of somebody on holiday


async def with_shared_first(
    session: AsyncSession, programme: Programme, board: MemberBoard, day: date, now: datetime
) -> MemberBoard:
    """Returns the board with who shares its first place, if several do and it is shown.

    `day` lies in the board's period.
    """
    if not board.top or board.top[0].rank != 1:
        return board
    first = await first_of(session, programme, board, day)
    if len(first) < 2:
        return board
    points, dates = board.top[0].points, _dates(programme, board.period, day)
    shared = SharedFirst(len(first), points)
    if dates is not None:
        since, last = dates
        days = await days_of(session, programme)
        asked = _asked(programme, days, since, last, now)
        if _is_over(programme, last, now):
            winner = min(first, key=lambda each: _lot(programme, board.period, since, *each)).id
            drawn = await name_of(session, programme.id, winner)
            shared = replace(shared, drawn=drawn)
        elif last < date.max:
            draw = _draw(programme, days, board.period, last, now)
            shared = replace(shared, draw=draw)
        if points == asked * POINTS_CORRECT:
            shared = replace(shared, all_right=asked)
    return replace(board, shared=shared)


def _dates(programme: Programme, period: Period, day: date) -> tuple[date, date] | None:
    """Returns the first and last day of the period that the day lies in; None for all time."""
    last = {
        Period.WEEK: week_of(day) + 6 * _DAY,
        Period.MONTH: day.replace(day=monthrange(day.year, day.month)[1]),
        Period.PROGRAMME: date.max,
    }
    first = {Period.WEEK: week_of(day), Period.MONTH: day.replace(day=1)}
    if period is Period.ALL_TIME:
        return None
    return first.get(period, programme.starts_on), min(last[period], programme.ends_on or date.max)


def _asked(programme: Programme, days: QuestionDays, since: date, last: date, now: datetime) -> int:
    """Returns how many of the programme's questions were due from one day to another so far."""
    today = local_date(now, programme.timezone)
    due = utc_moment(today, programme.question_time, programme.timezone)
    until = min(last, today if due is not None and due <= now else today - _DAY)
    return days.count_between(since, until)


def _is_over(programme: Programme, last: date, now: datetime) -> bool:
    """Returns whether nobody can answer a question of the period any more, or hardly anybody."""
    settled = programme.reported_until is not None and programme.reported_until >= last
    return settled or last < local_date(now, programme.timezone) - _DRAWN_AFTER


def _draw(
    programme: Programme, days: QuestionDays, period: Period, last: date, now: datetime
) -> Draw:
    """Returns when the draw of the period that ends on that day comes."""
    zone, by = programme.timezone, last + _DRAWN_AFTER + _DAY
    draw = Draw(period, last < local_date(now, zone), by, zone, now)
    asked = next((day for n in range(7) if days.asks(day := last - n * _DAY)), None)
    if not draw.is_over or asked is None:
        return draw
    due = utc_moment(asked, programme.question_time, zone)
    closes = due_question(programme, days, asked, due) if due is not None else None
    if closes is None or closes.at <= now or closes.local_date >= by:
        return draw  # some have other hours, or the next question is days away
    return replace(draw, waits_for=asked, closes_at=closes.at)


def _lot(
    programme: Programme, period: Period, since: date, subscriber_id: int, joined_at: datetime
) -> bytes:
    text = f"{programme.id} {period} {since} {subscriber_id} {joined_at.timestamp()}"
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


async def latest_week_with_points(
    session: AsyncSession, programme_id: int, before: date
) -> date | None:
    """Returns the Monday of the latest week before that one with anybody on its board."""
    return await session.scalar(
        select(func.max(ProgrammeScore.since))
        .join(Enrolment, score_of_enrolment(ScoreKind.WEEK))
        .where(
            *visible_enrolments(programme_id),
            ProgrammeScore.since < before,
            ProgrammeScore.points > 0,
        )
    )


@dataclass(frozen=True)
class PastWeek:
    """The best of the latest past week with points, which began on `monday`.

    `best_teams` are those in the first place, and `most_points` are those of a member who has all
    questions right.
    """

    monday: date
    winners: MemberBoard
    best_teams: Sequence[TeamPlace]
    most_points: int


async def past_week(
    session: AsyncSession, programme: Programme, now: datetime, team: Team | None = None
) -> PastWeek | None:
    """Returns what an empty new week shows instead; None before the first week with points."""
    today = local_date(now, programme.timezone)
    monday = await latest_week_with_points(session, programme.id, week_of(today))
    if monday is None:
        return None
    days = await days_of(session, programme)
    asked = _asked(programme, days, monday, monday + 6 * _DAY, now)
    return PastWeek(
        monday,
        await winners_of(session, programme, monday, now, team),
        await best_teams(session, programme, monday),
        asked * POINTS_CORRECT,
    )


async def winners_of(
    session: AsyncSession,
    programme: Programme,
    monday: date,
    now: datetime,
    team: Team | None = None,
) -> MemberBoard:
    """Returns the first places of the week that began on that Monday."""
    part = slice(_WINNERS)
    board = await member_board(session, programme, Period.WEEK, monday, team=team, part=part)
    return await with_shared_first(session, programme, board, monday, now)


async def best_teams(
    session: AsyncSession, programme: Programme, monday: date
) -> Sequence[TeamPlace]:
    """Returns the teams in the first place of the week that began on that Monday."""
    places = await team_board(session, programme, Period.WEEK, monday)
    return [each for each in places if each.rank == 1]

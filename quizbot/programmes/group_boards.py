"""A programme's boards as its group chats see them: on request, weekly, and at the end."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from db import leases
from db.leases import Lease
from db.programmes import GroupChat, Programme
from quizbot.programmes.boards import MemberBoard, Period, TeamPlace, member_board, team_board
from quizbot.programmes.programme import days_of
from quizbot.programmes.schedule import NextQuestion, has_ended, next_question
from quizbot.programmes.team_goal import GoalProgress, current_goal
from quizbot.programmes.winners import (
    PastWeek,
    latest_week_with_points,
    past_week,
    with_shared_first,
)
from quizbot.quiz.answers.streaks import week_of
from quizbot.quiz.asking.question_days import local_date

_SIZE = 5
_INTERVAL = timedelta(minutes=1)
_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class GroupBoard:
    """A programme's board as a group chat sees it. `since` is the first day of its period.

    This week's board has the team `goal`, unless it was over before the week, the latest week with
    points (`past`), and the next question (`coming`). The boards of last week and of the whole
    programme have no goal: they follow a result, which tells it. `ended`: the programme has.
    """

    language: str
    programme: str
    demo: bool
    since: date
    members: MemberBoard
    teams: Sequence[TeamPlace]
    goal: GoalProgress | None = None
    past: PastWeek | None = None
    coming: NextQuestion | None = None
    ended: bool = False


async def requested(session: AsyncSession, chat_id: int, now: datetime) -> GroupBoard | None:
    """Returns this week's board and the last winners, after the end the whole programme's board.

    It is shown at most once a minute in a group; None otherwise, and in unlinked groups.
    """
    if not await leases.take(session, GroupChat.board_shown_at, chat_id, now, now - _INTERVAL):
        return None
    chat = await session.get_one(GroupChat, chat_id)
    programme = await session.get_one(Programme, chat.programme_id)
    if has_ended(programme, now):
        return await _final_board(session, chat, programme, now)
    day = local_date(now, programme.timezone)
    board = await _board(session, chat, programme, Period.WEEK, day, now)
    days = await days_of(session, programme)
    return replace(
        board,
        goal=await current_goal(session, programme, day, day),
        past=await past_week(session, programme, now),
        coming=next_question(programme, days, now),
    )


async def take_weekly(
    session: AsyncSession, chat_id: int, day: date, now: datetime
) -> tuple[Lease, GroupBoard] | None:
    """Take the board of the latest past week with points, which is shown once.

    That is last week, or an earlier one after holidays. `day` is the date of the question that the
    board comes with. The lease must be committed before the board is sent.
    """
    # Locked, as a coordinator may be linking the group to another programme.
    chat = await session.get(GroupChat, chat_id, with_for_update=True)
    if chat is None:
        return None
    week = await latest_week_with_points(session, chat.programme_id, week_of(day))
    if week is None:
        return None
    lease = await leases.take(session, GroupChat.board_week, chat_id, week, week - _WEEK)
    if not lease:
        return None
    programme = await session.get_one(Programme, chat.programme_id)
    return lease, await _board(session, chat, programme, Period.WEEK, week, now)


async def final(session: AsyncSession, chat_id: int, now: datetime) -> GroupBoard | None:
    """Returns the whole programme's board; None if the group is no longer linked."""
    chat = await session.get(GroupChat, chat_id)
    if chat is None:
        return None
    programme = await session.get_one(Programme, chat.programme_id)
    return await _final_board(session, chat, programme, now)


async def _final_board(
    session: AsyncSession, chat: GroupChat, programme: Programme, now: datetime
) -> GroupBoard:
    last_day = programme.ends_on or programme.starts_on
    board = await _board(session, chat, programme, Period.PROGRAMME, last_day, now)
    return replace(board, ended=True)


async def _board(
    session: AsyncSession,
    chat: GroupChat,
    programme: Programme,
    period: Period,
    day: date,
    now: datetime,
) -> GroupBoard:
    """Returns the first places and the teams, in the period that the day lies in."""
    members = await member_board(session, programme, period, day, part=slice(_SIZE))
    return GroupBoard(
        language=chat.language,
        programme=programme.name,
        demo=programme.demo,
        since=week_of(day) if period is Period.WEEK else programme.starts_on,
        members=await with_shared_first(session, programme, members, day, now),
        teams=await team_board(session, programme, period, day),
    )

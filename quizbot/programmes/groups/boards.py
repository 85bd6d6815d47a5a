"""A programme's board as its groups see it: every week, at the end, and when it is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db import leases
from db.leases import Lease
from db.programmes import Enrolment, GroupChat, Programme, ProgrammeScore, ScoreKind
from quizbot.programmes.boards import (
    MemberBoard,
    Period,
    TeamPlace,
    member_board,
    shown,
    team_board,
)
from quizbot.programmes.groups import chats
from quizbot.quiz.answers.scoring import week_of
from quizbot.quiz.asking.question_days import local_date

_FIRST_PLACES = 5
_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class GroupBoard:
    """A programme's board as a group sees it. `since` is the first day of its period."""

    language: str
    programme: str
    demo: bool
    since: date
    members: MemberBoard
    teams: Sequence[TeamPlace]


async def board(
    session: AsyncSession, chat: GroupChat, programme: Programme, period: Period, day: date
) -> GroupBoard:
    """The first places and the teams, in the period that the day lies in."""
    return GroupBoard(
        language=chat.language,
        programme=programme.name,
        demo=programme.demo,
        since=week_of(day) if period is Period.WEEK else programme.starts_on,
        members=await member_board(session, programme, period, day, part=slice(_FIRST_PLACES)),
        teams=await team_board(session, programme, period, day),
    )


async def board_to_show(session: AsyncSession, chat_id: int, now: datetime) -> GroupBoard | None:
    """This week's, for whoever asks: once a minute in a group, and in linked ones only."""
    programme = await chats.may_show_board(session, chat_id, now)
    if programme is None:
        return None
    chat = await session.get_one(GroupChat, chat_id)
    day = local_date(now, programme.timezone)
    return await board(session, chat, programme, Period.WEEK, day)


async def take_board(
    session: AsyncSession, chat_id: int, day: date
) -> tuple[Lease, GroupBoard] | None:
    """The board of the latest week that is over and has points: once, with that day's question.

    That is last week's, or after holidays an earlier one's. To be committed before it is shown.
    """
    chat = await session.get(GroupChat, chat_id)
    if chat is None:
        return None
    week = await _latest_with_points(session, chat.programme_id, week_of(day))
    if week is None:
        return None
    lease = await leases.take(session, GroupChat.board_week, chat_id, week, week - _WEEK)
    if not lease:
        return None
    programme = await session.get_one(Programme, chat.programme_id)
    return lease, await board(session, chat, programme, Period.WEEK, week)


async def _latest_with_points(
    session: AsyncSession, programme_id: int, before: date
) -> date | None:
    """The Monday of the latest week, before that one, of which anybody would be on the board."""
    return await session.scalar(
        select(func.max(ProgrammeScore.since))
        .join(
            Enrolment,
            and_(
                Enrolment.programme_id == ProgrammeScore.programme_id,
                Enrolment.subscriber_id == ProgrammeScore.subscriber_id,
            ),
        )
        .where(
            *shown(programme_id),
            ProgrammeScore.kind == ScoreKind.WEEK,
            ProgrammeScore.since < before,
            ProgrammeScore.points > 0,
        )
    )


async def final_board(session: AsyncSession, chat_id: int) -> GroupBoard | None:
    """All of the programme, for when it is over; None if the group is not linked any more."""
    chat = await session.get(GroupChat, chat_id)
    if chat is None:
        return None
    programme = await session.get_one(Programme, chat.programme_id)
    last_day = programme.ends_on or programme.starts_on
    return await board(session, chat, programme, Period.PROGRAMME, last_day)

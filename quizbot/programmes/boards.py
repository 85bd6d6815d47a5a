"""Leaderboards of a programme and of its teams. Ties share a rank; who hides is on none.

People are compared by points, teams by points per member. Whoever is hidden is left out on both
sides of that average, so that no difference of two boards tells their points; a team of whom fewer
than five are shown has none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, FromClause, Select, SQLColumnExpression, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db import leases
from db.leases import Lease
from db.models import Subscriber
from db.programmes import Enrolment, GroupChat, Programme, ProgrammeScore, ScoreKind, Team
from quizbot.programmes.groups import chats
from quizbot.quiz.answers.scoring import week_of
from quizbot.quiz.asking.question_days import local_date

MIN_GROUP_SIZE = 5  # people: of fewer, nothing is shown that is not about each of them anyway


class Period(StrEnum):
    """Which points are compared."""

    WEEK = "week"
    MONTH = "month"
    PROGRAMME = "programme"
    ALL_TIME = "all"  # since they joined the quiz, in and out of the programme


@dataclass(frozen=True)
class Place:
    """One line of a board; `name` is an alias, or the name that they chose to be shown by."""

    rank: int
    name: str
    points: int
    is_me: bool


@dataclass(frozen=True)
class MemberBoard:
    """The first places, and where `me` is not among them, oneself between the neighbours.

    `players` is how many have points; `my_points` are there for who is hidden or has no place.
    """

    period: Period
    team: Team | None
    top: Sequence[Place]
    around_me: Sequence[Place]
    players: int
    my_points: int | None
    i_am_hidden: bool


@dataclass(frozen=True)
class TeamPlace:
    """A team's line. `rank` and `average` (points per shown member) are None for a small team."""

    rank: int | None
    team: Team
    members: int
    average: float | None
    is_mine: bool


async def member_board(
    session: AsyncSession,
    programme: Programme,
    period: Period,
    today: date,
    *,
    me: int | None = None,
    team: Team | None = None,
    part: slice = slice(10),
) -> MemberBoard:
    """The board of a programme or of one of its teams; `part` is what of its places is shown.

    `today` is the viewer's local date, or the programme's.
    """
    needed = part.stop if me is None else None  # one's own place may be anywhere
    lines = await _ranked(session, programme, period, today, team, needed)
    players = len(lines)
    if players == needed:
        players = await _count_players(session, programme, period, today, team)
    places = {who: place for place, (who, _) in enumerate(lines)}
    my_place = places.get(me) if me is not None else None
    first, end, _ = part.indices(len(lines))
    if my_place is not None and my_place == end - 1:
        end += 1  # whoever closes the list sees the neighbour below, too
    shown = range(first, min(end, len(lines)))
    around = (
        [each for each in range(my_place - 1, my_place + 2) if end <= each < len(lines)]
        if my_place is not None and my_place >= end
        else []
    )
    ranks = _ranks([points for _, points in lines])
    names = await _names(session, programme.id, [lines[each][0] for each in [*shown, *around]])

    def place(each: int) -> Place:
        who, points = lines[each]
        return Place(ranks[each], names.get(who, ""), points, who == me)

    hidden, my_points = await _own_points(session, programme, period, today, me)
    return MemberBoard(
        period,
        team,
        [place(each) for each in shown],
        [place(each) for each in around],
        players,
        my_points,
        hidden,
    )


async def top_places(
    session: AsyncSession, programme: Programme, period: Period, today: date, size: int
) -> list[Place]:
    """The first places alone, which takes a fraction of a board's time."""
    lines = await _ranked(session, programme, period, today, None, size)
    names = await _names(session, programme.id, [who for who, _ in lines])
    ranks = _ranks([points for _, points in lines])
    return [
        Place(rank, names.get(who, ""), points, is_me=False)
        for rank, (who, points) in zip(ranks, lines, strict=True)
    ]


async def team_board(
    session: AsyncSession,
    programme: Programme,
    period: Period,
    today: date,
    my_team: int | None = None,
) -> list[TeamPlace]:
    """All teams, the best first, those that are too small last, by name."""
    points, joined = _period_points(period, programme, today)
    rows = await session.execute(
        select(Enrolment.team_id, func.count(), func.coalesce(func.sum(points), 0))
        .select_from(joined)
        .where(*visible_enrolments(programme.id), Enrolment.team_id.is_not(None))
        .group_by(Enrolment.team_id)
    )
    sums = {team_id: (members, total) for team_id, members, total in rows}
    teams = await session.scalars(
        select(Team).where(Team.programme_id == programme.id).order_by(Team.name)
    )
    large, small = [], []
    for team in teams:
        members, total = sums.get(team.id, (0, 0))
        mine = team.id == my_team
        if members >= MIN_GROUP_SIZE:
            large.append((total / members, team, members, mine))
        else:
            small.append(TeamPlace(None, team, members, None, mine))
    large.sort(key=lambda each: -each[0])
    ranks = _ranks([average for average, *_ in large])
    return [
        *(
            TeamPlace(rank, team, members, average, mine)
            for rank, (average, team, members, mine) in zip(ranks, large, strict=True)
        ),
        *small,
    ]


def _ranks(descending: Sequence[float]) -> list[int]:
    ranks: list[int] = []
    for place, value in enumerate(descending):
        same = place > 0 and descending[place - 1] == value
        ranks.append(ranks[-1] if same else place + 1)
    return ranks


def visible_enrolments(programme_id: int) -> tuple[ColumnElement[bool], ...]:
    """Which enrolments others may see a figure of: of whoever takes part now and is not hidden."""
    return (
        Enrolment.programme_id == programme_id,
        Enrolment.left_at.is_(None),
        Enrolment.hidden.is_(False),
    )


def _period_points(
    period: Period, programme: Programme, today: date
) -> tuple[SQLColumnExpression[int], FromClause]:
    """The points of the period, and enrolments joined with them (None where there are none)."""
    if period is Period.ALL_TIME:
        return Subscriber.points, Enrolment.__table__.join(
            Subscriber.__table__, Subscriber.id == Enrolment.subscriber_id
        )
    since = {
        Period.WEEK: week_of(today),
        Period.MONTH: today.replace(day=1),
        Period.PROGRAMME: programme.starts_on,
    }[period]
    matches = and_(
        ProgrammeScore.programme_id == Enrolment.programme_id,
        ProgrammeScore.kind == ScoreKind(period.value),
        ProgrammeScore.since == since,
        ProgrammeScore.subscriber_id == Enrolment.subscriber_id,
    )
    return ProgrammeScore.points, Enrolment.__table__.outerjoin(ProgrammeScore.__table__, matches)


async def _ranked(
    session: AsyncSession,
    programme: Programme,
    period: Period,
    today: date,
    team: Team | None,
    end: int | None,
) -> list[tuple[int, int]]:
    """Who (id) has how many points, the most first, up to the place `end`; nobody without any."""
    points, joined = _period_points(period, programme, today)
    query: Select[int, int] = (
        select(Enrolment.subscriber_id, points)
        .select_from(joined)
        .where(*_has_points(programme, points, team))
        .order_by(points.desc(), Enrolment.subscriber_id)
        .limit(end)
    )
    return [(who, reached) for who, reached in await session.execute(query)]


async def _count_players(
    session: AsyncSession, programme: Programme, period: Period, today: date, team: Team | None
) -> int:
    """How many have points."""
    points, joined = _period_points(period, programme, today)
    query = select(func.count()).select_from(joined).where(*_has_points(programme, points, team))
    return await session.scalar(query) or 0


def _has_points(
    programme: Programme, points: SQLColumnExpression[int], team: Team | None
) -> tuple[ColumnElement[bool], ...]:
    mates = () if team is None else (Enrolment.team_id == team.id,)
    return (*visible_enrolments(programme.id), points > 0, *mates)


async def _names(session: AsyncSession, programme_id: int, people: Sequence[int]) -> dict[int, str]:
    query = (
        select(Subscriber.id, func.coalesce(Enrolment.shown_name, Subscriber.alias))
        .join(Enrolment, Enrolment.subscriber_id == Subscriber.id)
        .where(Enrolment.programme_id == programme_id)
    )
    if len(people) <= _MAX_IDS:
        query = query.where(Subscriber.id.in_(people))
    return dict((await session.execute(query)).all())


_MAX_IDS = 500  # people: of more than that, all are read, as a statement holds only so many ids


async def _own_points(
    session: AsyncSession, programme: Programme, period: Period, today: date, me: int | None
) -> tuple[bool, int | None]:
    """Whether I am hidden, and my points; None for who takes no part."""
    if me is None:
        return False, None
    points, joined = _period_points(period, programme, today)
    mine = await session.execute(
        select(Enrolment.hidden, func.coalesce(points, 0))
        .select_from(joined)
        .where(
            Enrolment.programme_id == programme.id,
            Enrolment.subscriber_id == me,
            Enrolment.left_at.is_(None),
        )
    )
    row = mine.one_or_none()
    return (row[0], row[1]) if row else (False, None)


_GROUP_BOARD_SIZE = 5
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


async def group_board(
    session: AsyncSession, chat: GroupChat, programme: Programme, period: Period, day: date
) -> GroupBoard:
    """The first places and the teams, in the period that the day lies in."""
    return GroupBoard(
        language=chat.language,
        programme=programme.name,
        demo=programme.demo,
        since=week_of(day) if period is Period.WEEK else programme.starts_on,
        members=await member_board(session, programme, period, day, part=slice(_GROUP_BOARD_SIZE)),
        teams=await team_board(session, programme, period, day),
    )


async def requested_board(session: AsyncSession, chat_id: int, now: datetime) -> GroupBoard | None:
    """This week's, for whoever asks: once a minute in a group, and in linked ones only."""
    programme = await chats.may_show_board(session, chat_id, now)
    if programme is None:
        return None
    chat = await session.get_one(GroupChat, chat_id)
    day = local_date(now, programme.timezone)
    return await group_board(session, chat, programme, Period.WEEK, day)


async def take_weekly_board(
    session: AsyncSession, chat_id: int, day: date
) -> tuple[Lease, GroupBoard] | None:
    """The board of the latest week that is over and has points: once, with that day's question.

    That is last week's, or after holidays an earlier one's. To be committed before it is shown.
    """
    chat = await session.get(GroupChat, chat_id)
    if chat is None:
        return None
    week = await _latest_week_with_points(session, chat.programme_id, week_of(day))
    if week is None:
        return None
    lease = await leases.take(session, GroupChat.board_week, chat_id, week, week - _WEEK)
    if not lease:
        return None
    programme = await session.get_one(Programme, chat.programme_id)
    return lease, await group_board(session, chat, programme, Period.WEEK, week)


async def _latest_week_with_points(
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
            *visible_enrolments(programme_id),
            ProgrammeScore.kind == ScoreKind.WEEK,
            ProgrammeScore.since < before,
            ProgrammeScore.points > 0,
        )
    )


async def final_group_board(session: AsyncSession, chat_id: int) -> GroupBoard | None:
    """All of the programme, for when it is over; None if the group is not linked any more."""
    chat = await session.get(GroupChat, chat_id)
    if chat is None:
        return None
    programme = await session.get_one(Programme, chat.programme_id)
    last_day = programme.ends_on or programme.starts_on
    return await group_board(session, chat, programme, Period.PROGRAMME, last_day)

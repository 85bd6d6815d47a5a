"""Boards of a programme and its teams."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from db.models import Subscriber
from db.programmes import Enrolment, GroupChat, Programme, ProgrammeScore, ScoreKind
from db.session import Sessions
from quizbot.programmes import boards, group_boards, membership, winners
from quizbot.programmes.boards import MemberBoard, Period, Standing, TeamPlace, _standing
from tests.databases import until_waiting
from tests.programmes.steps import MONDAY, enrol, programme, team
from tests.quiz.steps import START, join

TODAY = MONDAY + timedelta(days=2)

_PERSONS = count(1)


async def member(
    sessions: Sessions, course: int, points: int, *, team_id: int | None = None
) -> int:
    """Adds a member with these points in each period, and twice as many of all time."""
    person = next(_PERSONS)
    await join(sessions, person)
    await enrol(sessions, course, person, team_id=team_id)
    kinds = {
        ScoreKind.WEEK: MONDAY,
        ScoreKind.MONTH: date(2026, 11, 1),
        ScoreKind.PROGRAMME: MONDAY,
    }
    async with sessions.begin() as session:
        (await session.get_one(Subscriber, person)).points = 2 * points
        if points:
            await session.execute(
                insert(ProgrammeScore),
                [
                    {"programme_id": course, "kind": kind, "since": since,
                     "subscriber_id": person, "points": points, "answered": 1}
                    for kind, since in kinds.items()
                ],
            )  # fmt: skip
    return person


async def board(
    sessions: Sessions, course: int, period: Period = Period.WEEK, **options: object
) -> MemberBoard:
    async with sessions() as session:
        found = await session.get_one(Programme, course)
        return await boards.member_board(session, found, period, TODAY, **options)  # type: ignore[arg-type]


async def teams(
    sessions: Sessions, course: int, my_team: int | None = None, period: Period = Period.WEEK
) -> list[TeamPlace]:
    async with sessions() as session:
        found = await session.get_one(Programme, course)
        return await boards.team_board(session, found, period, TODAY, my_team)


async def hide(sessions: Sessions, course: int, person: int) -> None:
    async with sessions.begin() as session:
        membership.set_hidden(await session.get_one(Enrolment, (course, person)), hidden=True)


async def test_ties_share_a_rank_and_the_next_one_is_skipped(sessions: Sessions) -> None:
    course = await programme(sessions)
    for points in (12, 30, 30, 2):
        await member(sessions, course, points)
    found = await board(sessions, course)
    assert [(each.rank, each.points) for each in found.top] == [(1, 30), (1, 30), (3, 12), (4, 2)]
    assert found.players == 4


async def test_each_period_compares_its_own_points(sessions: Sessions) -> None:
    course = await programme(sessions)
    await member(sessions, course, 10)
    reached = {
        period: [each.points for each in (await board(sessions, course, period)).top]
        for period in Period
    }
    assert reached == {
        Period.WEEK: [10],
        Period.MONTH: [10],
        Period.PROGRAMME: [10],
        Period.ALL_TIME: [20],
    }
    async with sessions() as session:
        found = await session.get_one(Programme, course)
        later = await boards.member_board(session, found, Period.WEEK, TODAY + timedelta(days=7))
    assert later.top == []


async def test_a_member_below_the_top_sees_their_neighbours(sqlite_sessions: Sessions) -> None:
    course = await programme(sqlite_sessions)
    people = [await member(sqlite_sessions, course, 100 - n) for n in range(12)]
    found = await board(sqlite_sessions, course, me=people[8], part=slice(3))
    assert [each.points for each in found.top] == [100, 99, 98]
    assert [(each.rank, each.points, each.is_me) for each in found.around_me] == [
        (8, 93, False),
        (9, 92, True),
        (10, 91, False),
    ]
    closing = await board(sqlite_sessions, course, me=people[2], part=slice(3))
    assert [each.points for each in closing.top] == [100, 99, 98, 97]
    assert closing.around_me == []


async def test_only_the_members_of_the_team_are_on_its_board(sqlite_sessions: Sessions) -> None:
    course = await programme(sqlite_sessions)
    red = await team(sqlite_sessions, course, "Red")
    await member(sqlite_sessions, course, 50)
    await member(sqlite_sessions, course, 20, team_id=red.id)
    found = await board(sqlite_sessions, course, team=red)
    assert [(each.rank, each.points) for each in found.top] == [(1, 20)]


async def test_a_name_is_the_alias_unless_somebody_chose_to_show_theirs(
    sqlite_sessions: Sessions,
) -> None:
    course = await programme(sqlite_sessions)
    shown, other = [await member(sqlite_sessions, course, points) for points in (9, 8)]
    async with sqlite_sessions.begin() as session:
        await membership.set_shown_name(
            await session.get_one(Enrolment, (course, shown)), "  Ana \n Maria "
        )
        alias = (await session.get_one(Subscriber, other)).alias
    found = await board(sqlite_sessions, course)
    assert [each.name for each in found.top] == ["Ana Maria", alias]


async def test_hidden_members_are_on_no_board_and_see_their_own_points(
    sessions: Sessions,
) -> None:
    course = await programme(sessions)
    red = await team(sessions, course, "Red")
    people = [await member(sessions, course, 10 * n, team_id=red.id) for n in range(1, 7)]
    await hide(sessions, course, people[5])
    for period in Period:
        found = await board(sessions, course, period, me=people[5])
        assert len(found.top) == 5
        assert (found.i_am_hidden, found.players) == (True, 5)
        assert found.my_points == (120 if period is Period.ALL_TIME else 60)


async def test_team_averages_include_members_who_never_answer(
    sessions: Sessions,
) -> None:
    course = await programme(sessions)
    red, blue, tiny = [await team(sessions, course, name) for name in ("Red", "Blue", "Tiny")]
    for points in (10, 10, 10, 10, 10):
        await member(sessions, course, points, team_id=red.id)
    for points in (30, 30, 0, 0, 0, 0):
        await member(sessions, course, points, team_id=blue.id)
    for _ in range(4):
        await member(sessions, course, 100, team_id=tiny.id)
    found = await teams(sessions, course, my_team=blue.id)
    assert [(each.rank, each.team.name, each.average, each.is_mine) for each in found] == [
        (1, "Blue", 10, True),
        (1, "Red", 10, False),
        (None, "Tiny", None, False),
    ]


async def test_a_team_with_four_visible_members_has_no_average(sqlite_sessions: Sessions) -> None:
    """So no difference of two averages reveals the points of the member who hides."""
    course = await programme(sqlite_sessions)
    red = await team(sqlite_sessions, course, "Red")
    people = [await member(sqlite_sessions, course, 10, team_id=red.id) for _ in range(6)]
    await hide(sqlite_sessions, course, people[0])
    [five] = await teams(sqlite_sessions, course)
    assert (five.members, five.average) == (5, 10)
    await hide(sqlite_sessions, course, people[1])
    [four] = await teams(sqlite_sessions, course)
    assert (four.members, four.average, four.rank) == (4, None, None)


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    crowd=st.lists(
        st.tuples(st.integers(0, 6), st.booleans(), st.sampled_from([0, 1, None])), max_size=14
    ),
    size=st.integers(1, 5),
    me=st.integers(0, 13),
)
async def test_boards_equal_sorting_all_members(
    sessions: Sessions, crowd: list[tuple[int, bool, int | None]], size: int, me: int
) -> None:
    course = await programme(sessions)
    sides = [await team(sessions, course, name) for name in ("Red", "Blue")]
    points: dict[int, int] = {}
    for score, hidden, side in crowd:
        person = await member(
            sessions, course, score, team_id=None if side is None else sides[side].id
        )
        if hidden:
            await hide(sessions, course, person)
        else:
            points[person] = score
    shown = sorted((who for who in points if points[who]), key=lambda who: (-points[who], who))
    viewer = list(points)[me] if me < len(points) else None
    found = await board(sessions, course, me=viewer, part=slice(size))
    assert [(each.rank, each.points) for each in found.top][:size] == [
        (_rank(points, points[who]), points[who]) for who in shown[:size]
    ]
    if viewer is not None and points[viewer]:
        mine = [each for each in (*found.top, *found.around_me) if each.is_me]
        assert [(each.rank, each.points) for each in mine] == [
            (_rank(points, points[viewer]), points[viewer])
        ]


async def test_who_shares_a_rank_stands_by_name(sqlite_sessions: Sessions) -> None:
    course = await programme(sqlite_sessions)
    for name, points in (("zora", 20), ("Éva", 20), ("Finn", 20), ("emil", 20), ("Yann", 30)):
        person = await member(sqlite_sessions, course, points)
        async with sqlite_sessions.begin() as session:
            (await session.get_one(Enrolment, (course, person))).shown_name = name
    found = await board(sqlite_sessions, course)
    assert [each.name for each in found.top] == ["Yann", "emil", "Éva", "Finn", "zora"]


def _rank(points: Mapping[int, int], mine: int) -> int:
    return 1 + sum(each > mine for each in points.values())


async def test_a_weekly_board_waits_for_a_group_that_is_being_linked_elsewhere(
    postgresql_sessions: Sessions,
) -> None:
    """Otherwise the group could see the board of the programme that it no longer belongs to."""
    before, after = [await programme(postgresql_sessions) for _ in range(2)]
    await member(postgresql_sessions, before, 10)
    async with postgresql_sessions.begin() as session:
        session.add(
            GroupChat(id=-1, programme_id=before, title="A", language="en", linked_at=START)
        )

    async def take() -> object:
        async with postgresql_sessions.begin() as session:
            return await group_boards.take_weekly(session, -1, MONDAY + timedelta(days=7), START)

    async with postgresql_sessions.begin() as session:
        chat = await session.get_one(GroupChat, -1, with_for_update=True)
        chat.programme_id = after
        await session.flush()
        taking = asyncio.create_task(take())
        await until_waiting(session, taking)
    assert await taking is None  # nobody has points in the new programme


@pytest.mark.parametrize(
    ("points", "index", "expected"),
    [
        ([9], 0, Standing(1, 1)),
        ([9, 5, 5, 2], 0, Standing(1, 4)),
        ([9, 5, 5, 2], 2, Standing(2, 4, 1, 4)),
        ([9, 5, 5, 2], 3, Standing(4, 4, 2, 3)),
        ([9, 9, 2], 1, Standing(1, 3)),
    ],
)
def test_a_standing_counts_ties_once(points: list[int], index: int, expected: Standing) -> None:
    assert _standing(points, index) == expected


async def test_a_tie_at_the_end_of_a_board_is_not_cut(sessions: Sessions) -> None:
    course = await programme(sessions)
    people = [await member(sessions, course, points) for points in (30, *[20] * 14, 10)]
    for me in (None, people[0], people[-1]):
        small = await board(sessions, course, me=me, part=slice(2))
        assert [each.points for each in small.top] == [30, *[20] * 11]
        assert (small.tied_more, small.players) == (3, 16)
        whole = await board(sessions, course, me=me, part=slice(8))
        assert ([each.points for each in whole.top], whole.tied_more) == ([30, *[20] * 14], 0)
    page = await board(sessions, course, part=slice(0, 2))  # the next page goes on
    assert [each.points for each in page.top] == [30, 20]


async def test_an_empty_week_shows_the_last_one(sessions: Sessions) -> None:
    course = await programme(sessions)
    await member(sessions, course, 30)
    await member(sessions, course, 20)
    later = MONDAY + timedelta(days=14)
    async with sessions() as session:
        found = await session.get_one(Programme, course)
        now = datetime.combine(later, time(3), UTC)
        past = await winners.past_week(session, found, now)
        assert past is not None
        assert past.monday == MONDAY
        assert [each.points for each in past.winners.top] == [30, 20]
        assert (
            await winners.past_week(session, found, datetime.combine(MONDAY, time(3), UTC)) is None
        )

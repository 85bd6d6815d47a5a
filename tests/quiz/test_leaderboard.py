"""Ranks on the leaderboard: ties share a rank, weeks follow local dates."""

from collections.abc import Sequence
from datetime import date, time, timedelta

import pytest

from db.models import WeeklyScore
from db.session import Sessions
from quizbot.quiz import aliases
from quizbot.quiz.answers.leaderboard import Leaderboard, Period, Place, board, rank
from quizbot.quiz.answers.progress import progress
from quizbot.quiz.answers.streaks import week_of
from tests.quiz.steps import DUE, START, TOPIC, answer, join, send_due, subscriber, vote_on

DAY = timedelta(days=1)
TODAY = date(2026, 11, 25)  # a Wednesday
BOTH = pytest.mark.parametrize("period", list(Period))


async def scores(sessions: Sessions, points: dict[int, int], day: date = TODAY) -> None:
    """Adds people with these points, all earned in the week of that day."""
    for person in points:
        await join(sessions, person)
    async with sessions.begin() as session:
        for person, reached in points.items():
            found = await subscriber(session, person)
            found.alias, found.alias_key, found.points = f"P{person}", f"p{person}", reached
            if reached:
                week = week_of(day)
                session.add(WeeklyScore(week=week, subscriber_id=person, points=reached))


async def seen(sessions: Sessions, me: int, period: Period, size: int = 3) -> Leaderboard:
    async with sessions() as session:
        return await board(session, me, period, TODAY, size)


def lines(rows: Sequence[Place]) -> list[tuple[int, str, int]]:
    return [(each.rank, each.name, each.points) for each in rows]


@BOTH
async def test_ties_share_a_rank_and_the_next_rank_counts_all_of_them(
    sessions: Sessions, period: Period
) -> None:
    await scores(sessions, {1: 10, 2: 30, 3: 30, 4: 2, 5: 10, 6: 0})
    found = await seen(sessions, 6, period, 10)
    expected = [(1, "P2", 30), (1, "P3", 30), (3, "P1", 10), (3, "P5", 10), (5, "P4", 2)]
    assert lines(found.top) == expected
    assert (found.players, list(found.around_me), found.tied_more) == (5, [], 0)
    assert [(await seen(sessions, 6, period, size)).tied_more for size in (1, 2, 3)] == [1, 0, 1]
    async with sessions() as session:
        ranks = [await rank(session, person, period, TODAY) for person in range(1, 7)]
    assert ranks == [3, 1, 1, 5, 3, None]


@BOTH
async def test_somebody_below_the_top_is_shown_between_their_neighbours(
    sessions: Sessions, period: Period
) -> None:
    await scores(sessions, {person: 100 - 10 * person for person in range(1, 8)} | {8: 40, 9: 40})
    found = await seen(sessions, 8, period)
    assert lines(found.top) == [(1, "P1", 90), (2, "P2", 80), (3, "P3", 70)]
    assert lines(found.around_me) == [(6, "P6", 40), (6, "P8", 40), (6, "P9", 40)]
    assert [each.is_me for each in found.around_me] == [False, True, False]
    last = await seen(sessions, 7, period)
    assert lines(last.around_me) == [(6, "P9", 40), (9, "P7", 30)]
    inside = await seen(sessions, 2, period)
    assert [each.is_me for each in inside.top] == [False, True, False]
    assert list(inside.around_me) == []


@BOTH
async def test_an_empty_board_is_empty(sessions: Sessions, period: Period) -> None:
    await scores(sessions, {1: 0})
    assert await seen(sessions, 1, period) == Leaderboard(period, [], [], 0, my_alias="P1")


@BOTH
async def test_the_last_of_the_top_sees_the_neighbour_below(
    sqlite_sessions: Sessions, period: Period
) -> None:
    await scores(sqlite_sessions, {1: 50, 2: 40, 3: 30, 4: 20, 5: 10})
    tops = {me: (await seen(sqlite_sessions, me, period)).top for me in (2, 3, 5)}
    shown = {me: [each.name for each in top] for me, top in tops.items()}
    assert shown == {2: ["P1", "P2", "P3"], 3: ["P1", "P2", "P3", "P4"], 5: ["P1", "P2", "P3"]}


async def test_a_week_holds_only_its_own_points(sqlite_sessions: Sessions) -> None:
    monday, sunday = week_of(TODAY), week_of(TODAY) + 6 * DAY
    await scores(sqlite_sessions, {1: 10}, monday - DAY)
    await scores(sqlite_sessions, {2: 20}, monday)
    await scores(sqlite_sessions, {3: 30}, sunday)
    await scores(sqlite_sessions, {4: 40}, sunday + DAY)
    week = await seen(sqlite_sessions, 1, Period.WEEK)
    assert lines(week.top) == [(1, "P3", 30), (2, "P2", 20)]
    all_time = await seen(sqlite_sessions, 1, Period.ALL_TIME, 9)
    assert [each.name for each in all_time.top] == ["P4", "P3", "P2", "P1"]


async def test_an_answer_belongs_to_the_week_of_its_local_date(sqlite_sessions: Sessions) -> None:
    """Monday 09:00 in Auckland is still Sunday in UTC, where the old week goes on."""
    await join(sqlite_sessions, 1, zone="Pacific/Auckland", now=START - 3 * DAY)
    await join(sqlite_sessions, 2, at=time(19), now=START - 3 * DAY)
    now = DUE - timedelta(hours=13)
    for each in await send_due(sqlite_sessions, now):
        await answer(sqlite_sessions, vote_on(each), now)
    async with sqlite_sessions() as session:
        in_auckland = await board(session, 1, Period.WEEK, date(2026, 11, 23))
        in_london = await board(session, 2, Period.WEEK, date(2026, 11, 22))
    assert [each.is_me for each in in_auckland.top] == [True]
    assert [each.is_me for each in in_london.top] == [True]


async def test_a_board_shows_the_present_alias(sqlite_sessions: Sessions) -> None:
    await scores(sqlite_sessions, {1: 10})
    async with sqlite_sessions.begin() as session:
        await aliases.set_alias(session, await subscriber(session), "<Otter>")
    for period in Period:
        assert [each.name for each in (await seen(sqlite_sessions, 1, period)).top] == ["<Otter>"]


async def test_progress_shows_the_streak_as_of_today(sqlite_sessions: Sessions) -> None:
    await join(sqlite_sessions)
    [asked] = await send_due(sqlite_sessions, DUE)
    await answer(sqlite_sessions, vote_on(asked), DUE)
    async with sqlite_sessions() as session:
        person = await subscriber(session)
        before = await progress(session, person, TOPIC, DUE + DAY)
    await send_due(sqlite_sessions, DUE + DAY)  # not answered
    async with sqlite_sessions() as session:
        person = await subscriber(session)
        standing = [await progress(session, person, TOPIC, DUE + day * DAY) for day in (1, 2)]
    assert [each.streak for each in (before, *standing)] == [1, 1, 0]
    assert (before.rank, before.next_at) == (None, DUE + DAY)  # nobody to compare with
    assert standing[0].totals.points == 10

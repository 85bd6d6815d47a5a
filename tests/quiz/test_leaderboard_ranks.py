"""Ranks among many: exact at the top, below it from a histogram at most a minute old."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, insert, update

from db.models import Subscriber, SubscriberState, WeeklyScore
from db.programmes import Enrolment
from db.session import Sessions
from quizbot.quiz.answers.leaderboard import (
    Histogram,
    Leaderboard,
    Period,
    RankCache,
    ScoreColumns,
    board,
    rank,
)
from quizbot.quiz.answers.streaks import week_of
from tests.programmes.steps import programme
from tests.quiz.steps import DUE

TODAY = date(2026, 11, 25)
WEEK = week_of(TODAY)
NOW = DUE
COUNTED = 3  # so few that a handful of people counts as many
BOTH = pytest.mark.parametrize("period", list(Period))


async def scores(sessions: Sessions, points: Iterable[int]) -> None:
    """Adds subscribers 1, 2, 3 and so on with these points, this week and all time."""
    people = list(enumerate(points, start=1))
    async with sessions.begin() as session:
        await session.execute(
            insert(Subscriber),
            [
                {
                    "id": person,
                    "state": SubscriberState.ACTIVE,
                    "alias": f"P{person}",
                    "alias_key": f"p{person}",
                    "language": "en",
                    "timezone": "UTC",
                    "question_time": DUE.time(),
                    "joined_at": DUE,
                    "points": reached,
                }
                for person, reached in people
            ],
        )
        await session.execute(
            insert(WeeklyScore),
            [{"week": WEEK, "subscriber_id": id_, "points": each} for id_, each in people if each],
        )


async def earns(sessions: Sessions, person: int, points: int) -> None:
    async with sessions.begin() as session:
        mine = update(Subscriber).where(Subscriber.id == person)
        await session.execute(mine.values(points=points))


async def ranked(
    sessions: Sessions, person: int, ranks: RankCache, now: datetime = NOW
) -> int | None:
    async with sessions() as session:
        return await rank(session, person, Period.ALL_TIME, TODAY, ranks.at(now))


async def seen(
    sessions: Sessions, me: int, period: Period, ranks: RankCache | None = None, size: int = 10
) -> Leaderboard:
    async with sessions() as session:
        if ranks is None:
            return await board(session, me, period, TODAY, size)
        return await board(session, me, period, TODAY, size, ranks.at(NOW))


@given(
    points=st.lists(st.integers(min_value=1, max_value=20), max_size=30),
    than=st.integers(min_value=0, max_value=21),
)
def test_a_histogram_counts_who_has_more_points(points: list[int], than: int) -> None:
    histogram = Histogram.of((each, points.count(each)) for each in set(points))
    assert histogram.ahead(than) == sum(each > than for each in points)
    assert histogram.players == len(points)


@BOTH
async def test_a_large_board_reads_as_if_everybody_were_counted(
    sessions: Sessions, period: Period
) -> None:
    """With many ties at the top, in the middle and at the end, for many viewers and lengths."""
    chance = Random(4)
    await scores(sessions, [chance.choice((0, 2, 2, 4, 10, 10, 12, 30)) for _ in range(40)])
    for size in (1, 3, 10, 60):
        ranks = RankCache(COUNTED)
        for me in range(1, 41, 6):
            expected = await seen(sessions, me, period, size=size)
            assert await seen(sessions, me, period, ranks, size) == expected


@BOTH
async def test_the_order_is_by_points_and_then_by_the_lower_id(
    sessions: Sessions, period: Period
) -> None:
    chance = Random(5)
    points = [chance.choice((0, 2, 4, 10)) for _ in range(30)]
    await scores(sessions, points)
    order = sorted(
        (-each, person) for person, each in enumerate(points, start=1) if each
    )  # computed by plain Python
    places = [
        (1 + sum(other < least for other, _ in order), f"P{person}", -least)
        for least, person in order
    ]
    for me in range(1, 31):
        found = await seen(sessions, me, period, size=5)
        top = [(each.rank, each.name, each.points) for each in found.top]
        around = [(each.rank, each.name, each.points) for each in found.around_me]
        own = next((place for place, line in enumerate(places) if line[1] == f"P{me}"), None)
        longer = own == 4
        assert top == places[: 6 if longer else 5]
        expected = places[max(5, own - 1) : own + 2] if own is not None and own > 4 else []
        assert around == expected


@BOTH
async def test_a_hidden_member_is_on_no_board_but_their_own(
    sessions: Sessions, period: Period
) -> None:
    """Others see a board without their points; leaving the programme ends the hiding."""
    points = [30, 30, 20, 20, 20, 12, 10, 10, 4, 2, 2, 1]
    hide, has_left = [1, 4, 7, 12], [2, 5]
    await scores(sessions, points)
    programmes = [await programme(sessions) for _ in range(2)]
    async with sessions.begin() as session:
        for number in programmes:
            for person in (*hide, *has_left):
                left_at = NOW if person in has_left else None
                session.add(
                    Enrolment(
                        programme_id=number,
                        subscriber_id=person,
                        enrolled_on=TODAY,
                        left_at=left_at,
                        hidden=number == programmes[0] or left_at is not None,
                    )
                )
    for me in range(1, len(points) + 1):
        order = sorted(
            (-each, person)
            for person, each in enumerate(points, start=1)
            if person not in hide or person == me
        )
        places = [
            (1 + sum(other < least for other, _ in order), f"P{person}", -least)
            for least, person in order
        ]
        own = next(place for place, line in enumerate(places) if line[1] == f"P{me}")
        for ranks in (None, RankCache(COUNTED)):
            found = await seen(sessions, me, period, ranks, size=3)
            top = [(each.rank, each.name, each.points) for each in found.top]
            around = [(each.rank, each.name, each.points) for each in found.around_me]
            assert top == places[: 4 if own == 2 else 3]
            assert around == (places[max(3, own - 1) : own + 2] if own > 2 else [])
            assert found.players == len(order)
            async with sessions() as session:
                ahead = (ranks or RankCache()).at(NOW)
                assert await rank(session, me, period, TODAY, ahead) == places[own][0]


async def test_hiding_removes_a_member_at_once_even_far_below_the_top(
    sqlite_sessions: Sessions,
) -> None:
    await scores(sqlite_sessions, [10, 10, 10, 10, 8, 6, 4])
    number, ranks = await programme(sqlite_sessions), RankCache(COUNTED)
    assert await ranked(sqlite_sessions, 7, ranks) == 7
    async with sqlite_sessions.begin() as session:
        session.add(Enrolment(programme_id=number, subscriber_id=6, enrolled_on=TODAY, hidden=True))
    assert await ranked(sqlite_sessions, 7, ranks) == 6
    assert await ranked(sqlite_sessions, 6, ranks) == 6


async def test_a_rank_below_the_counted_ones_is_at_most_a_minute_old(sessions: Sessions) -> None:
    await scores(sessions, [10, 10, 10, 10, 8, 6, 4])
    ranks = RankCache(COUNTED)
    assert await ranked(sessions, 7, ranks) == 7
    await earns(sessions, 6, 1)
    assert await ranked(sessions, 7, ranks, NOW + timedelta(seconds=59)) == 7
    assert await ranked(sessions, 7, ranks, NOW + timedelta(seconds=60)) == 6


async def test_ones_own_points_are_always_up_to_date(sqlite_sessions: Sessions) -> None:
    await scores(sqlite_sessions, [10, 10, 10, 10, 8, 6, 4])
    ranks = RankCache(COUNTED)
    assert await ranked(sqlite_sessions, 7, ranks) == 7
    await earns(sqlite_sessions, 7, 9)
    assert await ranked(sqlite_sessions, 7, ranks) == 5


async def test_the_first_ranks_are_always_exact(sqlite_sessions: Sessions) -> None:
    await scores(sqlite_sessions, [10, 9, 8, 7, 6, 5])
    ranks = RankCache(COUNTED)
    assert await ranked(sqlite_sessions, 6, ranks) == 6
    await earns(sqlite_sessions, 6, 11)
    assert [await ranked(sqlite_sessions, person, ranks) for person in (6, 1, 2)] == [1, 2, 3]
    # Nobody below them is shown among them: 11, 10 and 9 are all ahead of 8.
    assert await ranked(sqlite_sessions, 3, ranks) == 4


async def test_a_refresh_is_due_after_half_a_minute(sqlite_sessions: Sessions) -> None:
    await scores(sqlite_sessions, [10, 10, 10, 10, 4])
    ranks, later = RankCache(COUNTED), NOW + timedelta(seconds=30)
    assert not ranks.needs_refresh(later)  # there is none yet
    await ranked(sqlite_sessions, 5, ranks)
    assert not ranks.needs_refresh(later - timedelta(seconds=1))
    assert ranks.needs_refresh(later)
    await earns(sqlite_sessions, 1, 1)
    async with sqlite_sessions() as session:
        await ranks.refresh(session, later)
    assert not ranks.needs_refresh(later)
    assert await ranked(sqlite_sessions, 5, ranks, later) == 4


async def test_a_histogram_that_nobody_needs_is_dropped(sqlite_sessions: Sessions) -> None:
    """Such as that of a past week."""
    await scores(sqlite_sessions, [10, 10, 10, 10, 4])
    ranks = RankCache(COUNTED)
    await seen(sqlite_sessions, 5, Period.WEEK, ranks)
    async with sqlite_sessions() as session:
        await ranks.refresh(session, NOW + timedelta(minutes=5))
    assert not ranks.needs_refresh(NOW + timedelta(days=1))


async def test_few_players_are_counted_and_no_histogram_is_made(sqlite_sessions: Sessions) -> None:
    await scores(sqlite_sessions, [10, 9, 8])
    asked: list[str] = []
    async with sqlite_sessions() as session:
        connection = await session.connection()
        target = connection.sync_connection
        event.listen(target, "before_cursor_execute", lambda *given: asked.append(given[2]))
        ahead = RankCache(4).at(NOW)
        assert await ahead(session, ScoreColumns(None), 0) == 3
    assert asked
    assert not [query for query in asked if "GROUP BY" in query]

"""A due row belongs to whoever took it, until it is released or the time is over."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import update

from db import leases
from db.leases import Lease
from db.models import Subscriber, WeeklyScore
from db.session import Sessions
from quizbot.quiz import subscription
from tests.quiz.steps import new_subscriber
from tests.sizes import PATIENCE

NOW = datetime(2026, 11, 23, 19, 0, 0, 123456, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
UNTIL = NOW + 15 * MINUTE
DUE_AT = Subscriber.remind_at


async def plan(sessions: Sessions, *times: datetime | None) -> None:
    """Subscribers 1, 2, ... who are due at these times."""
    async with sessions.begin() as session:
        for subscriber_id, at in enumerate(times, start=1):
            subscriber = await subscription.subscribe(
                session, new_subscriber(subscriber_id), NOW, Random(subscriber_id)
            )
            subscriber.remind_at = at


async def planned(sessions: Sessions, subscriber_id: int = 1) -> datetime | None:
    async with sessions() as session:
        return (await session.get_one(Subscriber, subscriber_id)).remind_at


async def take(
    sessions: Sessions, now: datetime = NOW, limit: int = 10, until: datetime | None = UNTIL
) -> Lease:
    async with sessions.begin() as session:
        return await leases.take_due(session, DUE_AT, now, limit, until, Subscriber.language)


async def test_due_rows_are_taken_once_the_longest_due_first(sessions: Sessions) -> None:
    await plan(sessions, NOW, NOW - MINUTE, NOW + MINUTE, None, NOW - 2 * MINUTE)
    lease = await take(sessions, limit=2)
    assert lease.ids == (5, 2)
    assert [(row.id, row.language) for row in lease.rows] == [(5, "en"), (2, "en")]
    assert (await take(sessions)).ids == (1,)
    assert not await take(sessions)
    assert [await planned(sessions, each) for each in (1, 3, 4)] == [UNTIL, NOW + MINUTE, None]


@pytest.mark.parametrize("until", [UNTIL, None])
async def test_a_lease_that_is_over_is_taken_again(
    sessions: Sessions, until: datetime | None
) -> None:
    await plan(sessions, NOW)
    await take(sessions, until=until)
    assert (await take(sessions, UNTIL)).ids == ((1,) if until else ())


@pytest.mark.parametrize("until", [UNTIL, None])
async def test_what_is_released_is_due_again(sessions: Sessions, until: datetime | None) -> None:
    await plan(sessions, NOW, NOW, NOW)
    lease = await take(sessions, until=until)
    async with sessions.begin() as session:
        await session.execute(update(Subscriber).where(Subscriber.id == 2).values(remind_at=NOW))
        await leases.release(session, lease.only({1, 2}), NOW + MINUTE)
    assert [await planned(sessions, each) for each in (1, 2, 3)] == [NOW + MINUTE, NOW, until]


async def test_only_the_holder_renews(sessions: Sessions) -> None:
    await plan(sessions, NOW)
    first = await take(sessions)
    second = await take(sessions, UNTIL, until=UNTIL + 15 * MINUTE)
    async with sessions.begin() as session:
        assert not await leases.renew(session, first, None)
        renewed = await leases.renew(session, second, UNTIL + 30 * MINUTE)
        assert renewed.ids == (1,)
    async with sessions.begin() as session:
        await leases.release(session, second, NOW)
    assert await planned(sessions) == renewed.until == UNTIL + 30 * MINUTE


async def test_once_in_a_period(sessions: Sessions) -> None:
    monday = date(2026, 11, 23)
    column = Subscriber.last_answered_on  # any date will do
    await plan(sessions, None)

    async def take_week(week: date) -> Lease:
        async with sessions.begin() as session:
            return await leases.take(session, column, 1, week, week - timedelta(days=1))

    first = await take_week(monday)
    assert first.ids == (1,)
    assert not await take_week(monday)
    assert not await take_week(monday - timedelta(days=7))
    async with sessions.begin() as session:
        await leases.release(session, first, None)
    assert await take_week(monday)
    assert await take_week(monday + timedelta(days=7))


async def test_what_was_not_committed_is_taken_again(sessions: Sessions) -> None:
    await plan(sessions, NOW)
    async with sessions() as session:
        assert await leases.take_due(session, DUE_AT, NOW, 1, None)
    assert await take(sessions)


async def test_many_takers_take_nothing_twice(sessions: Sessions) -> None:
    await plan(sessions, *[NOW] * 12)
    taken = await asyncio.gather(*(take(sessions, limit=4) for _ in range(6)))
    taken.append(await take(sessions))
    assert sorted(each for lease in taken for each in lease.ids) == list(range(1, 13))


async def test_takers_do_not_wait_for_locked_rows(postgresql_sessions: Sessions) -> None:
    await plan(postgresql_sessions, NOW, NOW)
    async with postgresql_sessions.begin() as session:
        await subscription.find(session, 1)
        lease = await asyncio.wait_for(take(postgresql_sessions), PATIENCE)
        assert lease.ids == (2,)


async def test_rows_that_refer_to_a_leased_row_are_written_meanwhile(
    postgresql_sessions: Sessions,
) -> None:
    """So a member's answer or a new member does not wait for a programme's lease."""
    await plan(postgresql_sessions, NOW)
    async with postgresql_sessions.begin() as session:
        lease = await leases.take_due(session, DUE_AT, NOW, 1, UNTIL)
        await asyncio.wait_for(score(postgresql_sessions, 1), PATIENCE)
    async with postgresql_sessions.begin() as session:
        await leases.renew(session, lease, UNTIL + MINUTE)
        await asyncio.wait_for(score(postgresql_sessions, 2), PATIENCE)


async def score(sessions: Sessions, points: int) -> None:
    """Adds a row that refers to subscriber 1, each time in another week."""
    async with sessions.begin() as session:
        week = date(2026, 11, 23) + timedelta(weeks=points)
        session.add(WeeklyScore(week=week, subscriber_id=1, points=points))

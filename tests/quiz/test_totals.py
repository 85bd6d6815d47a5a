"""The stored totals equal those computed from the answers (invariant 6, ARCHITECTURE.md)."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from db.models import Subscriber, WeeklyScore
from db.session import Sessions
from quizbot.quiz import subscription
from quizbot.quiz.answers import totals
from quizbot.quiz.delivery.outcomes import Outgoing
from tests.quiz.steps import (
    DUE,
    OBJECTIVE_OF,
    START,
    answer,
    counted,
    join,
    send_due,
    subscriber,
    vote_on,
)

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)

_PERSONS = count(1)


@dataclass(frozen=True)
class Day:
    """A day: the bot may be down; the person may answer today's and yesterday's question."""

    away: bool
    option: int | None
    yesterdays: int | None
    repeated: bool


DAYS = st.builds(
    Day,
    away=st.sampled_from([False, False, False, True]),
    option=st.sampled_from([0, 1, None]),
    yesterdays=st.sampled_from([None, None, 0, 2]),
    repeated=st.booleans(),
)


async def differences(sessions: Sessions) -> list[str]:
    async with sessions() as session:
        return await totals.differences(session, OBJECTIVE_OF)


async def live(sessions: Sessions, person: int, days: list[Day]) -> None:
    await join(sessions, person)
    yesterday: Outgoing | None = None
    for number, day in enumerate(days):
        now = DUE + number * DAY
        if day.away:
            yesterday = None
            continue
        asked = await send_due(sessions, now)
        today = next((each for each in asked if each.chat_id == person), None)
        votes = [
            *([vote_on(yesterday, day.yesterdays)] if yesterday and day.yesterdays else []),
            *([vote_on(today, day.option)] if today and day.option is not None else []),
        ]
        for vote in votes * (2 if day.repeated else 1):
            await answer(sessions, vote, now + HOUR)
        yesterday = today
    async with sessions.begin() as session:
        await subscription.pause(session, await subscriber(session, person))


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(days=st.lists(DAYS, min_size=1, max_size=12))
async def test_whatever_people_do_the_stored_totals_equal_those_of_the_answers(
    sessions: Sessions, days: list[Day]
) -> None:
    """Each example adds a person to the same board."""
    await live(sessions, next(_PERSONS), days)
    assert await differences(sessions) == []


async def test_votes_received_in_the_wrong_order_leave_the_totals_correct(
    sqlite_sessions: Sessions,
) -> None:
    """Monday's vote, in time, is received after Tuesday's: both count, two days in a row."""
    await join(sqlite_sessions)
    [monday] = await send_due(sqlite_sessions, DUE)
    [tuesday] = await send_due(sqlite_sessions, DUE + DAY)
    await answer(sqlite_sessions, vote_on(tuesday), DUE + DAY + HOUR)
    outcome = await counted(sqlite_sessions, vote_on(monday), DUE + DAY + HOUR)
    assert await differences(sqlite_sessions) == []
    assert (outcome.points, outcome.totals.streak) == (10, 2)


async def test_rebuilding_repairs_wrong_totals(sessions: Sessions) -> None:
    for person in (1, 2, 3):
        await join(sessions, person)
    for number in range(9):  # into a second week
        now = DUE + number * DAY
        for asked in await send_due(sessions, now):
            if asked.chat_id != 3:
                await answer(sessions, vote_on(asked, (asked.chat_id + number) % 2), now + HOUR)
    async with sessions() as session:
        before = [await subscriber(session, person) for person in (1, 2, 3)]
    weeks = await _weeks(sessions)
    assert len(weeks) == 4
    async with sessions.begin() as session:
        await session.execute(update(Subscriber).values(points=7, streak=3, best_streak=0))
        await session.execute(update(WeeklyScore).values(points=1))
        session.add(WeeklyScore(week=START.date() - 7 * DAY, subscriber_id=3, points=5))
    found = await differences(sessions)
    assert {sentence.split(":")[0] for sentence in found[:3]} == {
        "subscriber 1",
        "subscriber 2",
        "subscriber 3",
    }
    assert found[3].startswith("weekly scores differ")
    async with sessions.begin() as session:
        await totals.rebuild(session, OBJECTIVE_OF)
    assert await differences(sessions) == []
    assert await _weeks(sessions) == weeks
    async with sessions() as session:
        for old in before:
            new = await subscriber(session, old.id)
            assert (new.points, new.streak, new.best_streak) == (
                old.points,
                old.streak,
                old.best_streak,
            )


async def _weeks(sessions: Sessions) -> dict[tuple[str, int], int]:
    async with sessions() as session:
        rows = await session.scalars(select(WeeklyScore))
        return {(row.week.isoformat(), row.subscriber_id): row.points for row in rows}

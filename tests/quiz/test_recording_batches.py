"""Votes recorded together: a few statements, and each comes out as if it had come alone."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import event, func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from db.models import Answer, Subscriber, WeeklyScore
from db.session import Sessions, create_engine, create_sessions
from quizbot.quiz.answers import totals
from quizbot.quiz.answers.recording import AnswerOutcome, Ignored, PollAnswer, record_answers
from quizbot.quiz.delivery.outcomes import Outgoing
from tests.quiz.steps import (
    DUE,
    begin,
    claim,
    confirmed,
    deliveries,
    join,
    record,
    send_due,
    vote_on,
)

DAY = timedelta(days=1)


async def together(sessions: Sessions, votes: list[PollAnswer]) -> list[AnswerOutcome | Ignored]:
    async with sessions.begin() as session:
        return await record_answers(session, votes, DUE)


async def questions(sessions: Sessions, *people: int) -> dict[int, Outgoing]:
    """A question for each, confirmed."""
    for person in people:
        await join(sessions, person)
    return {each.chat_id: each for each in await send_due(sessions, DUE)}


async def nothing_differs(sessions: Sessions) -> bool:
    async with sessions() as session:
        return await totals.differences(session) == []


@contextmanager
def statements(engine: AsyncEngine) -> Iterator[list[str]]:
    """What the database is told in the block."""
    seen: list[str] = []

    def note(*arguments: object) -> None:
        seen.append(str(arguments[2]))

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine.sync_engine, "before_cursor_execute", note)


async def test_what_each_came_to_is_told_in_the_order_of_the_votes(sessions: Sessions) -> None:
    asked = await questions(sessions, 1, 2, 3)
    recorded = await together(
        sessions,
        [
            PollAnswer("nobody's", 1, (0,)),
            vote_on(asked[3], 1),
            replace(vote_on(asked[2]), subscriber_id=1),
            PollAnswer(f"poll-{asked[2].delivery_id}", 2, ()),
            vote_on(asked[2], 0),
            PollAnswer(f"poll-{asked[1].delivery_id}", 99, (0,)),
            PollAnswer(f"poll-{asked[1].delivery_id}", 1, (9,)),
        ],
    )
    assert [each.points if isinstance(each, AnswerOutcome) else each for each in recorded] == [
        Ignored.UNKNOWN_POLL,
        2,
        Ignored.NOT_ADDRESSEE,
        Ignored.WITHDRAWN,
        10,
        Ignored.NOT_ADDRESSEE,
        Ignored.NO_SUCH_OPTION,
    ]
    assert await nothing_differs(sessions)


async def test_no_votes_are_nothing(sqlite_sessions: Sessions) -> None:
    assert await together(sqlite_sessions, []) == []


async def test_a_vote_that_is_there_twice_counts_once(sessions: Sessions) -> None:
    asked = await questions(sessions, 1)
    first, again, other = await together(
        sessions, [vote_on(asked[1]), vote_on(asked[1]), vote_on(asked[1], 1)]
    )
    assert isinstance(first, AnswerOutcome)
    assert (again, other) == (Ignored.REPEATED, Ignored.REPEATED)
    assert await nothing_differs(sessions)


async def test_two_days_of_one_person_add_up(sessions: Sessions) -> None:
    await join(sessions)
    [monday], [tuesday] = await send_due(sessions, DUE), await send_due(sessions, DUE + DAY)
    first, second = await together(sessions, [vote_on(monday), vote_on(tuesday)])
    assert isinstance(first, AnswerOutcome)
    assert isinstance(second, AnswerOutcome)
    assert (first.totals.points, second.totals.points) == (10, 20)
    assert (first.totals.streak, second.totals.streak) == (1, 2)
    assert await nothing_differs(sessions)


async def test_an_earlier_day_after_a_later_one_finds_its_place(sessions: Sessions) -> None:
    await join(sessions)
    [monday], [tuesday] = await send_due(sessions, DUE), await send_due(sessions, DUE + DAY)
    _, monday_came_to = await together(sessions, [vote_on(tuesday), vote_on(monday)])
    assert isinstance(monday_came_to, AnswerOutcome)
    assert monday_came_to.totals.best_streak == 2
    assert await nothing_differs(sessions)


async def test_votes_that_overtook_their_polls_find_them(sessions: Sessions) -> None:
    for person in (1, 2, 3):
        await join(sessions, person)
    await claim(sessions, DUE)
    leaving = await begin(sessions, DUE)
    recorded = await together(sessions, [vote_on(each) for each in leaving])
    assert [
        each.question.subscriber_id for each in recorded if isinstance(each, AnswerOutcome)
    ] == [1, 2, 3]
    await record(sessions, *(confirmed(each) for each in leaving))
    for each in leaving:
        [kept] = await deliveries(sessions, each.chat_id)
        assert kept.poll_id == f"poll-{each.delivery_id}"


@pytest.mark.parametrize("seed", range(4))
async def test_together_is_as_one_by_one(sqlite_sessions: Sessions, seed: int) -> None:
    """Six people, and six who vote just the same, whose votes are recorded one by one."""
    rng, sessions = Random(seed), sqlite_sessions
    people, twins = range(1, 7), 10
    for person in people:
        await join(sessions, person)
        await join(sessions, person + twins)
    polls: dict[int, list[tuple[int, str, int]]] = {1: [], 2: []}
    for day in range(4):
        for asked in await send_due(sessions, DUE + day * DAY):
            if asked.chat_id < twins:
                position = asked.option_order.index(str(rng.randrange(3)))
                twin = await deliveries(sessions, asked.chat_id + twins)
                polls[1].append((asked.chat_id, f"poll-{asked.delivery_id}", position))
                choice = twin[-1].option_order.index(asked.option_order[position])
                polls[2].append((asked.chat_id + twins, f"poll-{twin[-1].id}", choice))
    order = [rng.randrange(len(polls[1])) for _ in range(30)]
    votes, theirs = (
        [
            PollAnswer(poll, voter, (position,))
            for voter, poll, position in map(each.__getitem__, order)
        ]
        for each in polls.values()
    )
    recorded = await together(sessions, votes)
    one_by_one = [(await together(sessions, [vote]))[0] for vote in theirs]
    assert list(map(gist, recorded)) == list(map(gist, one_by_one))
    assert Ignored.REPEATED in recorded
    assert await nothing_differs(sessions)


def gist(recorded: AnswerOutcome | Ignored) -> object:
    """What does not depend on who it is and which item they had."""
    if isinstance(recorded, Ignored):
        return recorded
    return (
        recorded.option,
        recorded.question.late,
        recorded.points,
        recorded.totals,
        recorded.unanswered,
    )


async def test_many_votes_cost_as_many_statements_as_one(engine: AsyncEngine) -> None:
    sessions, counts = create_sessions(engine), []
    asked = await questions(sessions, *range(1, 41))
    for group in (range(1, 2), range(2, 41)):
        with statements(engine) as seen:
            await together(sessions, [vote_on(asked[person]) for person in group])
        counts.append(len([each for each in seen if not each.startswith("BEGIN")]))
    assert counts[0] == counts[1] < 10
    async with sessions() as session:
        assert await session.scalar(select(func.count(Answer.delivery_id))) == 40
        assert await session.scalar(select(func.sum(Subscriber.points))) == 400
        assert await session.scalar(select(func.sum(WeeklyScore.points))) == 400


async def test_two_processes_with_the_same_voters_do_not_lock_each_other_out(
    postgresql_database: str,
) -> None:
    """Each wants 1 and 2, in opposite orders; both wait for a third that has 1."""
    engine = create_engine(postgresql_database)
    sessions = create_sessions(engine)
    asked = await questions(sessions, 1, 2)
    votes = [vote_on(asked[1]), vote_on(asked[2])]
    async with sessions.begin() as third:
        await third.execute(select(Subscriber).where(Subscriber.id == 1).with_for_update())
        both = [asyncio.create_task(together(sessions, each)) for each in (votes, votes[::-1])]
        waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        while await third.scalar(waiting) < 2:
            assert not any(task.done() for task in both)
    recorded = [each for result in await asyncio.gather(*both) for each in result]
    assert recorded.count(Ignored.REPEATED) == 2
    await engine.dispose()

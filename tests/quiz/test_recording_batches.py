"""Votes recorded in one batch: a few statements, and the same outcomes as one by one."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from db.base import Base
from db.models import Answer, Subscriber, WeeklyScore
from db.session import Sessions, create_engine, create_sessions
from quizbot.quiz.answers import totals
from quizbot.quiz.answers.recording import AnswerOutcome, Ignored, PollAnswer, record_answers
from quizbot.quiz.delivery.outcomes import Outgoing
from tests.databases import until_waiting
from tests.quiz.steps import (
    DUE,
    OBJECTIVE_OF,
    begin,
    claim,
    confirmed,
    deliveries,
    join,
    record,
    send_due,
    statements,
    vote_on,
)

DAY = timedelta(days=1)


async def together(sessions: Sessions, votes: list[PollAnswer]) -> list[AnswerOutcome | Ignored]:
    async with sessions.begin() as session:
        return await record_answers(session, votes, DUE, OBJECTIVE_OF)


async def questions(sessions: Sessions, *people: int) -> dict[int, Outgoing]:
    """Sends each of them a question."""
    for person in people:
        await join(sessions, person)
    return {each.chat_id: each for each in await send_due(sessions, DUE)}


async def nothing_differs(sessions: Sessions) -> bool:
    async with sessions() as session:
        return await totals.differences(session, OBJECTIVE_OF) == []


async def test_outcomes_are_in_the_order_of_the_votes(sessions: Sessions) -> None:
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


async def test_an_empty_batch_does_nothing(sqlite_sessions: Sessions) -> None:
    assert await together(sqlite_sessions, []) == []


async def test_a_vote_repeated_in_a_batch_counts_once(sessions: Sessions) -> None:
    asked = await questions(sessions, 1)
    first, again, other = await together(
        sessions, [vote_on(asked[1]), vote_on(asked[1]), vote_on(asked[1], 1)]
    )
    assert isinstance(first, AnswerOutcome)
    assert (again, other) == (Ignored.REPEATED, Ignored.REPEATED)
    assert await nothing_differs(sessions)


async def test_votes_of_one_person_on_two_days_add_up(sessions: Sessions) -> None:
    await join(sessions)
    [monday], [tuesday] = await send_due(sessions, DUE), await send_due(sessions, DUE + DAY)
    first, second = await together(sessions, [vote_on(monday), vote_on(tuesday)])
    assert isinstance(first, AnswerOutcome)
    assert isinstance(second, AnswerOutcome)
    assert (first.totals.points, second.totals.points) == (10, 20)
    assert (first.totals.streak, second.totals.streak) == (1, 2)
    assert await nothing_differs(sessions)


async def test_a_vote_on_an_earlier_day_after_a_later_one_counts_in_order(
    sessions: Sessions,
) -> None:
    await join(sessions)
    [monday], [tuesday] = await send_due(sessions, DUE), await send_due(sessions, DUE + DAY)
    _, monday_outcome = await together(sessions, [vote_on(tuesday), vote_on(monday)])
    assert isinstance(monday_outcome, AnswerOutcome)
    assert monday_outcome.totals.best_streak == 2
    assert await nothing_differs(sessions)


async def test_votes_that_come_before_their_polls_are_confirmed_find_them(
    sessions: Sessions,
) -> None:
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
async def test_a_batch_has_the_same_outcomes_as_one_vote_at_a_time(
    sqlite_sessions: Sessions, seed: int
) -> None:
    """Six people vote in a batch, and their six twins vote the same one by one."""
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
    """Returns the part of an outcome that depends on neither the person nor the item."""
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


async def test_no_table_is_read_as_a_whole(sqlite_database: str) -> None:
    """However many people there are, claims and answers are looked up in indexes."""
    engine = create_engine(sqlite_database)
    sessions = create_sessions(engine)
    with statements(engine) as seen:
        asked = await questions(sessions, *range(1, 6))
        await together(sessions, [vote_on(each) for each in asked.values()])
    async with engine.connect() as connection:
        for each in seen:
            if each.startswith(("SELECT", "UPDATE")):
                values = ("[]",) * each.count("?")
                plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {each}", values)
                scanned = {step.split()[1] for *_, step in plan if step.startswith("SCAN")}
                assert scanned.isdisjoint(Base.metadata.tables), each
    await engine.dispose()


async def test_batches_of_about_one_size_are_the_same_statements(
    postgresql_database: str,
) -> None:
    """PostgreSQL parses and plans each statement that it has not seen."""
    engine = create_engine(postgresql_database)
    sessions, texts = create_sessions(engine), []
    asked = await questions(sessions, *range(1, 16))
    for group in (range(1, 8), range(8, 16)):
        with statements(engine) as seen:
            await together(sessions, [vote_on(asked[person]) for person in group])
        texts.append(set(seen))
    await engine.dispose()
    assert texts[0] == texts[1]


async def test_two_processes_that_record_for_the_same_people_do_not_deadlock(
    postgresql_sessions: Sessions,
) -> None:
    """Each locks 1 and 2, in opposite orders; both wait for a third that holds 1."""
    asked = await questions(postgresql_sessions, 1, 2)
    votes = [vote_on(asked[1]), vote_on(asked[2])]
    async with postgresql_sessions.begin() as third:
        await third.execute(select(Subscriber).where(Subscriber.id == 1).with_for_update())
        both = [
            asyncio.create_task(together(postgresql_sessions, each))
            for each in (votes, votes[::-1])
        ]
        await until_waiting(third, *both)
    recorded = [each for result in await asyncio.gather(*both) for each in result]
    assert recorded.count(Ignored.REPEATED) == 2

"""What is recalled is kept beside the answers, and one query serves a whole batch."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from random import Random

from sqlalchemy import delete, event, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from db import migrate
from db.models import Delivery, LearnerMemory
from db.session import Sessions, create_engine, create_sessions
from quizbot.quiz.answers import memory as answers_memory
from quizbot.quiz.answers import totals
from quizbot.quiz.asking import claiming
from quizbot.quiz.asking.choosing import ItemPool
from tests.quiz.stage import (
    DUE,
    EVENING,
    answer,
    begin,
    bring,
    confirmed,
    counted,
    join,
    make_item,
    make_pool,
    record,
    vote_on,
)

DAY = timedelta(days=1)


@contextmanager
def statements(engine: AsyncEngine) -> Iterator[list[str]]:
    """The SELECTs that are run in the block."""
    seen: list[str] = []

    def note(*arguments: object) -> None:
        if str(arguments[2]).lstrip("(").startswith("SELECT"):
            seen.append(str(arguments[2]))

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine.sync_engine, "before_cursor_execute", note)


async def test_an_answer_is_taken_in_and_can_be_rebuilt(sessions: Sessions) -> None:
    await join(sessions)
    for day in range(12):
        [question] = await bring(sessions, DUE + day * DAY)
        if day != 5:
            await counted(sessions, vote_on(question, day % 3), DUE + day * DAY)
    async with sessions() as session:
        kept = await answers_memory.stored_memories(session)
        assert kept == await answers_memory.memories_from_answers(session)
        assert len(kept) > 3
        assert await totals.differences(session) == []


async def test_an_answer_that_comes_late_finds_its_place(sessions: Sessions) -> None:
    """Votes on polls of one item, the later one first."""
    await join(sessions)
    pool, questions = ItemPool([make_item("only")], Random(1)), []
    for day in range(4):
        async with sessions.begin() as session:
            await claiming.claim_due(session, pool, DUE + day * DAY, 10, EVENING)
        [leaving] = await begin(sessions, DUE + day * DAY)
        await record(sessions, confirmed(leaving))
        questions.append(leaving)
    for question, option in ((questions[3], 0), (questions[0], 0), (questions[2], 1)):
        await answer(sessions, vote_on(question, option), DUE + 4 * DAY)
        async with sessions() as session:
            kept = await answers_memory.stored_memories(session)
            assert kept == await answers_memory.memories_from_answers(session)
    [memory] = kept.values()
    assert memory.reviewed_on == (DUE + 3 * DAY).date()
    assert memory.first_correct_on == DUE.date()


async def test_differences_are_found_and_mended(sessions: Sessions) -> None:
    await join(sessions)
    [question] = await bring(sessions, DUE)
    await counted(sessions, vote_on(question), DUE)
    async with sessions.begin() as session:
        recall = await session.get(LearnerMemory, (1, question.item_id))
        assert recall is not None
        recall.stability = 99.0
    async with sessions.begin() as session:
        [found] = await totals.differences(session)
        assert question.item_id in found
        await totals.rebuild(session)
    async with sessions() as session:
        assert await totals.differences(session) == []


async def test_answers_from_before_memories_were_kept_are_taken_in(sessions: Sessions) -> None:
    for person in range(1, 6):
        await join(sessions, person)
    for day in range(3):
        for question in await bring(sessions, DUE + day * DAY):
            await counted(sessions, vote_on(question, day % 2), DUE + day * DAY)
    async with sessions.begin() as session:
        expected = await answers_memory.stored_memories(session)
        await session.execute(delete(LearnerMemory))
    async with sessions.begin() as session:
        assert await answers_memory.needs_backfill(session)
        assert await answers_memory.backfill_memories(session, batch_size=2) == 5
    async with sessions() as session:
        assert await answers_memory.stored_memories(session) == expected
        assert not await answers_memory.needs_backfill(session)


async def test_a_database_of_the_first_version_is_learnt_from(empty_database: str) -> None:
    engine = create_engine(empty_database)
    await migrate.upgrade(engine, "0001")
    async with engine.begin() as connection:
        for statement in _FIRST_VERSION:
            await connection.execute(text(statement))
    await migrate.upgrade(engine)
    sessions = create_sessions(engine)
    async with sessions.begin() as session:
        assert await answers_memory.needs_backfill(session)
        await answers_memory.backfill_memories(session)
    async with sessions() as session:
        assert await totals.differences(session) == []
        [memory] = (await answers_memory.stored_memories(session)).values()
        assert memory.first_correct_on == DUE.date()
        assert (await session.scalars(select(Delivery.item_revision))).all() == [1]
    await engine.dispose()


# A player with one right answer, as version 0001 kept them.
_FIRST_VERSION = (
    (
        "INSERT INTO subscribers (id, state, alias, alias_key, language, timezone, question_time,"
        " joined_at, points, answered, correct, streak, best_streak, last_answered_on) VALUES (1,"
        " 'active', 'Otter', 'otter', 'en', 'UTC', '09:00:00', '2026-11-23 08:00:00', 10, 1, 1, 1,"
        " 1, '2026-11-23')"
    ),
    (
        "INSERT INTO deliveries (id, subscriber_id, local_date, slot, item_id, option_order, state,"
        " maybe_elsewhere, claimed_at, closes_at) VALUES (1, 1, '2026-11-23', 0, 'item', '012',"
        " 'sent', false, '2026-11-23 09:00:00', '2026-11-24 09:00:00')"
    ),
    (
        "INSERT INTO answers (delivery_id, option, counted, points, answered_at) VALUES (1, 0,"
        " true, 10, '2026-11-23 09:01:00')"
    ),
    "INSERT INTO weekly_scores (week, subscriber_id, points) VALUES ('2026-11-23', 1, 10)",
)


async def test_a_batch_costs_as_many_queries_as_one_person(engine: AsyncEngine) -> None:
    sessions, counts = create_sessions(engine), []
    for person in range(1, 41):
        await join(sessions, person)
        [question] = await bring(sessions, DUE)
        await counted(sessions, vote_on(question), DUE)
    for limit in (1, 39):
        with statements(engine) as seen:
            async with sessions.begin() as session:
                await claiming.claim_due(session, make_pool(), DUE + DAY, limit, EVENING)
        counts.append(len(seen))
    # Who is due, at 39 also the latest; what they have met; whether they are in programmes.
    assert counts == [4, 5]

"""What is recalled is kept beside the answers, and one query serves a whole batch."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from random import Random

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from db.models import Recall
from db.session import Sessions, create_sessions
from quizbot.quiz import claiming, learning, rebuilding
from quizbot.quiz.choosing import Deck
from tests.quiz.stage import (
    DUE,
    answer,
    begin,
    bring,
    confirmed,
    counted,
    join,
    make_deck,
    make_item,
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
        kept = await learning.kept(session)
        assert kept == await learning.remembered(session)
        assert len(kept) > 3
        assert await rebuilding.differences(session) == []


async def test_an_answer_that_comes_late_finds_its_place(sessions: Sessions) -> None:
    """Votes on polls of one item, the later one first."""
    await join(sessions)
    deck, questions = Deck([make_item("only")], Random(1)), []
    for day in range(4):
        async with sessions.begin() as session:
            await claiming.claim_due(session, deck, DUE + day * DAY, 10)
        [leaving] = await begin(sessions, DUE + day * DAY)
        await record(sessions, confirmed(leaving))
        questions.append(leaving)
    for question, option in ((questions[3], 0), (questions[0], 0), (questions[2], 1)):
        await answer(sessions, vote_on(question, option), DUE + 4 * DAY)
        async with sessions() as session:
            kept = await learning.kept(session)
            assert kept == await learning.remembered(session)
    [memory] = kept.values()
    assert memory.reviewed_on == (DUE + 3 * DAY).date()
    assert memory.first_right_on == DUE.date()


async def test_differences_are_found_and_mended(sessions: Sessions) -> None:
    await join(sessions)
    [question] = await bring(sessions, DUE)
    await counted(sessions, vote_on(question), DUE)
    async with sessions.begin() as session:
        recall = await session.get(Recall, (1, question.item_id))
        assert recall is not None
        recall.stability = 99.0
    async with sessions.begin() as session:
        [found] = await rebuilding.differences(session)
        assert question.item_id in found
        await rebuilding.rebuild(session)
    async with sessions() as session:
        assert await rebuilding.differences(session) == []


async def test_a_batch_costs_as_many_queries_as_one_person(engine: AsyncEngine) -> None:
    sessions, counts = create_sessions(engine), []
    for person in range(1, 41):
        await join(sessions, person)
        [question] = await bring(sessions, DUE)
        await counted(sessions, vote_on(question), DUE)
    for limit in (1, 39):
        with statements(engine) as seen:
            async with sessions.begin() as session:
                await claiming.claim_due(session, make_deck(), DUE + DAY, limit)
        counts.append(len(seen))
    assert counts == [2, 2]  # who is due; what they have met

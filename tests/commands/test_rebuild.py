"""`rebuild` corrects what differs from the answers, and nothing else."""

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncEngine

from db.models import ObjectiveMemory, Subscriber, WeeklyScore
from db.session import Sessions
from quizbot.quiz.answers import totals
from tests.commands.conftest import CommandLine
from tests.quiz.steps import DUE, OBJECTIVE_OF, counted, join, send_due, vote_on


async def test_what_differs_from_the_answers_is_named_and_corrected(
    cli: CommandLine, engine: AsyncEngine, sessions: Sessions
) -> None:
    await join(sessions)
    [question] = await send_due(sessions, DUE)
    await counted(sessions, vote_on(question), DUE)
    async with sessions.begin() as session:
        await session.execute(update(Subscriber).values(points=999))
        await session.execute(delete(WeeklyScore))
        await session.execute(delete(ObjectiveMemory))
    if engine.dialect.name == "postgresql":  # this engine is like a bot's
        assert await cli.is_refused_beside_a_bot("rebuild")
    await engine.dispose()
    corrected = (await cli.succeeds("rebuild"))["corrected"]
    assert [each.split()[0] for each in corrected] == ["subscriber", "weekly", "memories"]
    async with sessions() as session:
        assert await totals.differences(session, OBJECTIVE_OF) == []
        await session.execute(update(Subscriber).values(points=999))
        await session.commit()
    await engine.dispose()
    shown = (await cli.run("rebuild")).stdout.splitlines()
    assert [line.split(":")[0] for line in shown] == ["Corrected", "Rebuilt."]
    assert (await cli.run("rebuild")).stdout == "Everything agrees with the answers.\n"

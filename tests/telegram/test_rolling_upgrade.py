"""A new process migrates the tables while the old one sends and people answer."""

import asyncio

import pytest
from sqlalchemy import Connection, text

from db import migrate
from db.session import create_engine
from tests.databases import set_default
from tests.sizes import PATIENCE
from tests.telegram.sandbox import Person, Sandbox

# Whether a transaction that has locked subscribers waits for deliveries.
_CONFLICT = text(
    "SELECT count(*) > 0 FROM pg_locks waiting JOIN pg_locks held USING (pid) "
    "WHERE NOT waiting.granted AND waiting.relation = 'deliveries'::regclass "
    "AND held.granted AND held.relation = 'subscribers'::regclass"
)


@pytest.mark.parametrize("sandbox_database", ["postgresql"], indirect=True)
async def test_a_migration_beside_a_broadcast_and_answers_disturbs_nobody(sandbox: Sandbox) -> None:
    attempts, altered = 0, asyncio.Event()

    def expand(connection: Connection) -> None:
        """Alters tables in the reverse order of the bot's locks, as revision 0003 does."""
        nonlocal attempts
        attempts += 1
        connection.execute(text("ALTER TABLE deliveries ADD COLUMN extra integer"))
        altered.set()
        while attempts == 1 and not connection.scalar(_CONFLICT):
            pass
        connection.execute(text("ALTER TABLE subscribers ADD COLUMN extra integer"))

    # So that a busy machine changes nothing.
    await set_default(sandbox.database, "deadlock_timeout", "5s")
    async with sandbox.bot() as jobs:
        early = [await sandbox.subscriber(f"Person {number}") for number in range(6)]
        late = [await sandbox.subscriber(f"Late person {number}") for number in range(6)]
        for person in late:
            await person.says("/time 10:00")
        await late[-1].hears("Done: 10:00")
        await sandbox.later(jobs, hours=1)
        for person in early:
            await person.gets_question()
        sandbox.clock.advance(3600)
        engine = create_engine(sandbox.database)
        async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as work:
            work.create_task(migrate.apply(engine, expand))
            await altered.wait()  # else all could be done before the tables are locked
            work.create_task(jobs.broadcast.run())  # unless the scheduler was faster
            for person in early:
                work.create_task(_answer(person))
        await engine.dispose()
        for person in early + late:
            assert len(await person.questions()) == 1
    assert sandbox.logged("database_unreachable") == []  # nobody was the victim of a deadlock
    assert sandbox.faults_logged() == []
    assert attempts > 1


async def _answer(person: Person) -> None:
    await person.votes(person.heard)
    await person.hears("+10 points")

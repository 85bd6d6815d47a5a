"""`python -m db check` compares the tables that the migrations create with the models.

`python -m db revision "what changes"` writes a new migration.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

from alembic import command
from sqlalchemy.ext.asyncio import AsyncEngine

from db import migrate
from db.session import create_engine

_USAGE = 'Use: python -m db check, or: python -m db revision "what changes"'


async def _check(engine: AsyncEngine) -> int:
    await migrate.upgrade(engine)
    found = await migrate.differences(engine)
    for difference in found:
        sys.stderr.write(f"models and migrations differ: {difference}\n")
    if found:
        sys.stderr.write('Write the missing migration with: python -m db revision "what changes"\n')
    return 1 if found else 0


async def _revision(engine: AsyncEngine, words: str) -> int:
    await migrate.upgrade(engine)
    async with engine.begin() as connection:
        await connection.run_sync(
            lambda sync: command.revision(migrate.config(sync), words, autogenerate=True)
        )
    return 0


async def _main(arguments: list[str]) -> int:
    with tempfile.TemporaryDirectory() as folder:
        engine = create_engine(f"sqlite:///{Path(folder) / 'check.sqlite3'}")
        try:
            match arguments:
                case ["check"]:
                    return await _check(engine)
                case ["revision", words]:
                    return await _revision(engine, words)
                case _:
                    sys.stderr.write(_USAGE + "\n")
                    return 2
        finally:
            await engine.dispose()


if __name__ == "__main__":
    sys.exit(asyncio.run(_main(sys.argv[1:])))

"""The quiz bot as a tenant of the sandbox: its clock is the sandbox's, its data is thrown away."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import func, select

from db.models import Subscriber
from quizbot import logs
from quizbot.application import START_FAULTS, running
from quizbot.settings import load
from sandbox.wire import Json
from sandbox.world import World

FAULTS = START_FAULTS  # what a person can mend; each has a sentence


@asynccontextmanager
async def playing(world: World, token: str, url: str) -> AsyncIterator[None]:
    """The bot runs while the block does."""
    with tempfile.TemporaryDirectory(prefix="quizbot-") as folder:
        settings = load(
            token=token, api_url=url, data_dir=Path(folder), database_url="", listen="127.0.0.1:0"
        )
        logs.set_up("WARNING", settings.secrets)
        async with running(settings, world.clock.now) as jobs:

            async def moments() -> list[Json]:
                async with jobs.sessions() as session:
                    due = await session.scalar(select(func.min(Subscriber.next_due_at)))
                    evening = await session.scalar(select(func.min(Subscriber.remind_at)))
                named = {"Next question": due, "Reminder": evening}
                return [{"label": name, "at": at.isoformat()} for name, at in named.items() if at]

            world.moments = moments
            yield

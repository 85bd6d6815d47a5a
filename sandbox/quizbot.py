"""The quiz bot in the sandbox: it uses the sandbox's clock, and its data is discarded."""

import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from sqlalchemy import func, select

from db.models import Subscriber
from db.session import Sessions
from questions import load_topic
from quizbot import logs
from quizbot.application import START_FAULTS, running
from quizbot.programmes import staff
from quizbot.programmes.reports import refresh
from quizbot.settings import Settings, load
from quizbot.telegram.messages import text_input
from quizbot.telegram.messages.words import Languages
from sandbox import demo_season
from sandbox.wire import Json, RefusedError
from sandbox.world import Action, World

FAULTS = START_FAULTS  # errors that a person can fix; each says how


@asynccontextmanager
async def quizbot_running(world: World, token: str, url: str) -> AsyncIterator[None]:
    """Runs the bot while the block runs."""
    with tempfile.TemporaryDirectory(prefix="quizbot-") as folder:
        settings = load(
            token=token,
            api_url=url,
            data_dir=Path(folder),
            database_url="",
            listen=(listen := f"127.0.0.1:{_free_port()}"),
            public_url=f"http://{listen}",
            operators=tuple(sorted(world.people)[:1]),
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
            world.actions = [_season(world, jobs.sessions, settings)]
            world.hint = _HINT
            yield


def _free_port() -> int:
    """Returns a port that nobody listens on: the public address must be known before the start."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


_HINT = "Press START to join the quiz. “Demo season” shows what a programme's coordinator sees."


async def _show_menu(settings: Settings, person_id: int) -> None:
    """Shows the person a coordinator's commands, as the bot does for new coordinators."""
    menu = [each.to_dict() for each in text_input.coordinator_menu(Languages()["en"])]
    url = f"{settings.api_url}/bot{settings.token.get_secret_value()}/setMyCommands"
    async with httpx.AsyncClient() as client:
        scope = {"type": "chat", "chat_id": person_id}
        await client.post(url, json={"commands": menu, "scope": scope})


def _season(world: World, sessions: Sessions, settings: Settings) -> Action:
    """Returns the button that loads the demo programme for the person who presses it."""
    topic = load_topic(settings.topic_dir)

    async def load_season(person_id: int) -> str:
        name, now = world.people[person_id].first_name, world.clock.now()
        async with sessions.begin() as session:
            mine = await staff.programmes_run_by(session, person_id)
            if any(programme.demo for programme in mine):
                raise RefusedError(409, "You have it already: send /dashboard to look at it.")
            programme_id = await demo_season.create(session, person_id, name, topic, now)
        await refresh.refresh_reports(sessions, programme_id, topic, now)
        await _show_menu(settings, person_id)
        return f"“{demo_season.NAME}” is there, all demo data: send /dashboard or /programme."

    return Action(
        "season",
        "Demo season",
        "Load a programme with eight weeks of demo members, which you coordinate",
        load_season,
    )

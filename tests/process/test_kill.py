"""kill -9 at any point, and start again: no answer lost or counted twice, no question doubled."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from db.models import Answer, Delivery, Subscriber, SubscriberState
from db.session import create_engine, create_sessions
from quizbot.quiz import rebuilding
from sandbox.client import Control
from sandbox.clock import Clock
from sandbox.limits import UNLIMITED
from sandbox.server import running
from sandbox.world import World
from tests.process.processes import TOKEN, BotProcess

PEOPLE = 12
KILLS = 5


@asynccontextmanager
async def _stage(database: str) -> AsyncIterator[tuple[str, Control, World]]:
    world = World(Clock(), limits=UNLIMITED)
    world.add_bot(TOKEN, username="health_quiz_bot")
    async with running(world) as url, Control(url) as control:
        yield url, control, world


async def _subscribe_all(control: Control, database: str, bot_id: int) -> list[int]:
    """People with a chat with the bot, all of them due now."""
    now = datetime.now(UTC)
    people = [(await control.user(f"Person {number}"))["id"] for number in range(PEOPLE)]
    engine = create_engine(database)
    async with create_sessions(engine).begin() as session:
        for person in people:
            await control.write(person, bot_id, "hello")
            session.add(
                Subscriber(
                    id=person, state=SubscriberState.ACTIVE, alias=f"Person {person}",
                    alias_key=f"person{person}", language="en", timezone="UTC",
                    question_time=time(0), joined_at=now, next_due_at=now - timedelta(minutes=1),
                    points=0, answered=0, correct=0, streak=0, best_streak=0,
                )
            )  # fmt: skip
    await engine.dispose()
    return people


async def _answer_everything(control: Control, person: int, bot_id: int) -> None:
    """As a person does: vote on the question when it is there, press when it is offered again."""
    offered = 0

    def next_step(message: dict[str, Any]) -> bool:
        return "poll" in message or (
            message["message_id"] > offered and "did not confirm" in message.get("text", "")
        )

    while True:
        message = await control.wait_for(person, bot_id, next_step, timeout=60)
        if "poll" in message:
            await control.vote(person, bot_id, message["message_id"], [0])
            return
        offered = message["message_id"]
        button = message["reply_markup"]["inline_keyboard"][0][0]
        await control.press(person, bot_id, offered, button["callback_data"], wait=0.1)


async def _after_calls(control: Control, more: int) -> None:
    """Until the bot has made so many more calls that speak or receive."""
    start = (await control.calls())[-1:]
    since = start[0]["n"] if start else 0
    async with asyncio.timeout(30):
        while len(await control.calls(since=since)) < more:
            pass


@pytest.mark.parametrize("seed", [1])
async def test_kill_9_loses_and_doubles_nothing(database: str, tmp_path: Path, seed: int) -> None:
    rng = Random(seed)
    async with _stage(database) as (url, control, world):
        bot_id = next(iter(world.bots))
        people = await _subscribe_all(control, database, bot_id)
        bot = BotProcess(url, database, tmp_path)
        answering = [
            asyncio.create_task(_answer_everything(control, person, bot_id)) for person in people
        ]
        for _ in range(KILLS):
            await bot.start()
            await _after_calls(control, rng.randint(4, 24))
            await bot.kill()
        await bot.start()
        await asyncio.gather(*answering)
        async with asyncio.timeout(10):
            while (await control.pending(bot_id))["pending"]:
                pass
        assert await bot.terminate() == 0

        for person in people:
            messages = await control.messages(person, bot_id)
            assert len([message for message in messages if "poll" in message]) == 1
    await _check(database, people)


async def _check(database: str, people: list[int]) -> None:
    engine = create_engine(database)
    async with create_sessions(engine)() as session:
        rows = await session.execute(select(Delivery, Answer).join(Answer))
        answers = {delivery.subscriber_id: (delivery, answer) for delivery, answer in rows}
        assert sorted(answers) == sorted(people)
        for delivery, answer in answers.values():
            assert answer.counted
            assert answer.option == int(delivery.option_order[0])  # everybody chose the first
        assert await rebuilding.differences(session) == []
    await engine.dispose()

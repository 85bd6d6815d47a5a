"""How often one person may ask for something, and that they are told so."""

import sqlite3
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, event, update
from telegram.ext import Application

from db.models import Delivery
from quizbot.programmes import privacy
from quizbot.telegram.client.limiter import RateLimit
from quizbot.telegram.handlers.context import PersonalLimit
from tests.quiz.steps import START
from tests.telegram.group_chats import Group
from tests.telegram.sandbox import Sandbox, words

SECOND = timedelta(seconds=1)


def test_a_limit_allows_a_burst_then_even_intervals() -> None:
    limit = PersonalLimit(RateLimit(6, 60, burst=3))
    first = [limit.use(1, number, START) for number in range(6)]
    assert first == [True, True, True, False, False, False]
    assert limit.use(2, 6, START) is True
    assert limit.use(1, 7, START + 9 * SECOND) is False
    assert [limit.use(1, number, START + 10 * SECOND) for number in (8, 9)] == [True, False]
    after_a_pause = [limit.use(1, number, START + 60 * SECOND) for number in range(10, 14)]
    assert after_a_pause == [True, True, True, False]


def test_each_person_is_told_once_a_minute() -> None:
    limit = PersonalLimit(RateLimit(1, 60))
    for person in (1, 2):
        limit.use(person, person, START)
        told = [limit.may_tell(person, START + seconds * SECOND) for seconds in (0, 59, 60, 61)]
        assert told == [True, False, True, False]


def test_an_update_that_is_handled_again_counts_once() -> None:
    limit = PersonalLimit(RateLimit(1, 60))
    assert [limit.use(1, 5, START), limit.use(1, 5, START), limit.use(1, 6, START)] == [
        True,
        True,
        False,
    ]


async def test_commands_and_presses_have_a_limit_and_emergencies_none(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        zoe, ana = await sandbox.person("Zoe"), await sandbox.person("Ana")
        await zoe.says("/help")
        message = await zoe.hears("One question a day")
        for _ in range(29):
            assert "out of date" in (await zoe.press_data(message, "nonsense"))["text"]
        await zoe.says("/privacy")
        await zoe.hears("skipped the last one")
        await zoe.says("/nonsense")
        assert (await zoe.press_data(message, "nonsense"))["text"] is None
        await zoe.says("I have chest pain")
        await zoe.hears("emergency")
        assert len(await zoe.messages()) == 7  # four of them by Zoe
        await ana.says("/privacy")
        await ana.hears("Your data")
        sandbox.clock.advance(60)
        await zoe.says("/privacy")
        await zoe.hears("Your data")


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The statements that updates cause, not those of periodic tasks."""
    texts: list[str] = []
    handling = ContextVar("handling", default=False)
    process_update = Application.process_update

    async def note_handling(*arguments: Any) -> None:
        handling.set(True)
        await process_update(*arguments)

    def note(*arguments: object) -> None:
        if handling.get():
            texts.append(str(arguments[2]))

    monkeypatch.setattr(Application, "process_update", note_handling)
    event.listen(Engine, "before_cursor_execute", note)
    yield texts
    event.remove(Engine, "before_cursor_execute", note)


async def test_beyond_the_limit_nothing_is_asked_of_the_database(
    sandbox: Sandbox, statements: list[str]
) -> None:
    async with sandbox.bot():
        zoe, ana = await sandbox.person("Zoe"), await sandbox.person("Ana")
        for _ in range(30):
            await zoe.says("blah blah")
        await zoe.says("blah blah")
        told = await zoe.hears("skipped the last one")
        assert statements != []
        statements.clear()
        for wanted in ("/help", "/nonsense", "blah blah", "/quiz", "I have chest pain"):
            await zoe.says(wanted)
        assert (await zoe.press_data(told, "score"))["text"] is None
        await sandbox.all_read()
        assert statements == []
        await zoe.says("/forget")
        await zoe.hears("I keep nothing")
        told_since = [words(each) for each in await zoe.messages() if not each["out"]][31:]
        assert [text[:14] for text in told_since] == ["🚑 If this is h", "I keep nothing"]
        await ana.says("blah blah")
        await ana.hears("I didn't get that")


async def test_an_update_that_is_tried_again_gets_one_reply(sandbox: Sandbox) -> None:
    failures = [sqlite3.OperationalError("database is locked")]
    failures[0].sqlite_errorname = "SQLITE_BUSY"

    def fail(*arguments: object) -> None:
        if "DELETE FROM parked_updates" in str(arguments[2]) and failures:
            raise failures.pop()

    async with sandbox.bot():
        zoe = await sandbox.person("Zoe")
        event.listen(Engine, "before_cursor_execute", fail)
        await zoe.says("/help")
        await zoe.hears("One question a day")
        await zoe.hears_nothing_else()
        event.remove(Engine, "before_cursor_execute", fail)
    assert failures == []


async def test_the_limit_of_anonymous_administrators_is_their_groups(sandbox: Sandbox) -> None:
    """Telegram sends all of them as one user, GroupAnonymousBot. Nobody is told in a group."""
    async with sandbox.bot():
        cora = await sandbox.person("Cora")
        groups = [await Group.of(cora, title=title) for title in ("Friends", "Foes")]

        async def asks(group: Group) -> None:
            chat = {"id": group.id, "type": "supergroup", "title": "A group"}
            anonymous = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
            command = [{"type": "bot_command", "offset": 0, "length": 5}]
            content = {"chat": chat, "from": anonymous, "sender_chat": chat, "entities": command}
            await sandbox.raw({"message": cora.raw_message(text="/help", **content)})

        for _ in range(33):
            await asks(groups[0])
        await asks(groups[1])
        await groups[1].hears("private")
        for _ in range(30):
            await groups[0].hears("private")
    assert len(await groups[0].messages()) == 30


async def test_a_press_too_many_is_told_so_in_a_toast(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        zoe = await sandbox.person("Zoe")
        await zoe.says("/help")
        message = await zoe.hears("One question a day")
        toasts = [(await zoe.press_data(message, "nonsense"))["text"] for _ in range(30)]
        assert ["skipped the last one" in toast for toast in toasts] == [False] * 29 + [True]


async def test_the_export_comes_once_a_minute(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        ana = await sandbox.subscriber()
        for _ in range(3):
            await ana.says("/export")
        await ana.hears("your data once a minute")
        await ana.hears_nothing_else()
        sandbox.clock.advance(60)
        await ana.says("/export")
        await ana.sees(lambda message: "document" in message)
        messages = await ana.messages()
        assert sum("document" in each for each in messages) == 2
        assert sum("data once a minute" in words(each) for each in messages) == 1


async def test_a_large_export_comes_as_several_files(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(privacy, "export", partial(privacy.export, largest=100))
    async with sandbox.bot():
        ana = await sandbox.subscriber()
        await ana.says("/export")
        files: list[tuple[Any, str]] = []
        for _ in range(3):
            message = await ana.sees(lambda message: "document" in message)
            files.append((message["document"]["file_name"], words(message)))
        assert files == [
            ("quizbot-export.json", "Here's everything I keep about you."),
            ("quizbot-export-2.json", "Part 2 of your data."),
            ("quizbot-export-3.json", "Part 3 of your data."),
        ]


@pytest.mark.parametrize("cause", ["Telegram", "database"])
async def test_an_export_that_stops_in_the_middle_says_so(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, cause: str
) -> None:
    monkeypatch.setattr(privacy, "export", partial(privacy.export, largest=100))

    def fail(*arguments: object) -> None:
        if str(arguments[2]).startswith("SELECT parked_updates"):  # the last section
            raise LookupError

    async with sandbox.bot():
        ana = await sandbox.subscriber()
        if cause == "database":
            event.listen(Engine, "before_cursor_execute", fail)
        else:
            await sandbox.control.fault("error", method="sendDocument", status=400)
        await ana.says("/export")
        await ana.hears("couldn't send all of your data")
        await ana.hears_nothing_else()
        if cause == "database":
            event.remove(Engine, "before_cursor_execute", fail)


async def test_practice_has_a_daily_limit(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana, question = await sandbox.asked_subscriber(jobs)
        await ana.votes(question)
        await ana.hears("+10 points")
        await ana.says("/quiz")
        await ana.votes(await ana.gets_question())
        await ana.hears("That was practice")
        async with sandbox.sessions.begin() as session:
            await session.execute(update(Delivery).where(Delivery.slot == 1).values(slot=30))
        await ana.says("/quiz")
        await ana.hears("all the practice for today")
        assert len(await ana.deliveries()) == 2
        await sandbox.later(jobs, hours=24)
        await ana.votes(await ana.gets_question())
        await ana.says("/quiz")
        await ana.gets_question()

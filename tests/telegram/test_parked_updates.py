"""An update that fails is parked: it holds up nobody, and it is retried for a day."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from db.models import ParkedUpdate, Subscriber
from db.session import Sessions
from quizbot.quiz.answers.recording import PollAnswer
from quizbot.telegram.updates.parking import Parking
from tests.processes import without_file_descriptors
from tests.telegram.conftest import START
from tests.telegram.sandbox import Person, Sandbox, on_each_database
from tests.telegram.test_privacy import exported

HELP = "One question a day"


@asynccontextmanager
async def without_table(sandbox: Sandbox, table: str) -> AsyncIterator[None]:
    """Takes a table away from the bot during the block, which ends when all updates are read.

    Without weekly_scores, no answer can be counted and no leaderboard be shown.
    """

    async def rename(old: str, new: str) -> None:
        async with sandbox.sessions.begin() as session:
            await session.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))

    await rename(table, "elsewhere")
    yield
    await sandbox.all_read()
    await rename("elsewhere", table)


async def parked(sandbox: Sandbox) -> list[ParkedUpdate]:
    async with sandbox.sessions() as session:
        return list(await session.scalars(select(ParkedUpdate).order_by(ParkedUpdate.id)))


async def failed_vote(sandbox: Sandbox, person: Person) -> ParkedUpdate:
    """The person votes while the bot cannot count it."""
    async with without_table(sandbox, "weekly_scores"):
        await person.votes(person.heard)
    [row] = await parked(sandbox)
    return row


@on_each_database
async def test_a_vote_that_fails_holds_up_nobody_and_is_counted_later(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        bea = await sandbox.subscriber("Bea")
        ana, _ = await sandbox.asked_subscriber(jobs)
        voted_at = sandbox.clock.now()
        async with without_table(sandbox, "weekly_scores"):
            await ana.votes(ana.heard)
            await bea.says("/help")
            await bea.hears(HELP)
            await ana.says("/help")  # later updates of the same chat do not wait either
            await ana.hears(HELP)
        [row] = await parked(sandbox)
        assert (row.kind, row.user_id, row.attempts) == ("poll_answer", ana.id, 1)
        assert row.parked_at == voted_at
        assert await jobs.parked.run() == 0  # not yet
        # The next day's question is answered first.
        await sandbox.later(jobs, hours=24)
        await ana.votes(await ana.gets_question())
        await ana.hears("+10 points")
        assert await jobs.parked.run() == 1
        await ana.hears("+10 points")
        [first, _] = await ana.answers()
        assert (first.answered_at, first.counted) == (voted_at, True)
        assert ((await ana.kept()).points, (await ana.kept()).streak) == (20, 2)
        assert await parked(sandbox) == []
        assert await jobs.parked.run() == 0
    assert [entry["event"] for entry in sandbox.faults_logged()] == ["update_parked"]
    assert await sandbox.totals_are_right()


@pytest.mark.parametrize("sandbox_database", ["postgresql"], indirect=True)
async def test_a_vote_whose_row_stays_locked_holds_up_nobody(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database is there, so it is this vote that fails, though with a transient error."""
    monkeypatch.setattr("quizbot.telegram.handlers.questions._LOCK_WAIT", 0.01)
    async with sandbox.bot() as jobs:
        bea = await sandbox.subscriber("Bea")
        ana, _ = await sandbox.asked_subscriber(jobs)
        await bea.gets_question()
    async with sandbox.sessions.begin() as session:
        await session.get(Subscriber, ana.id, with_for_update=True)
        await ana.votes(ana.heard)
        await bea.votes(bea.heard)
        async with sandbox.bot() as jobs:
            await bea.hears("+10 points")
            await sandbox.all_read()
            [row] = await parked(sandbox)
            assert row.user_id == ana.id
            await session.rollback()
            sandbox.clock.advance(30)
            assert await jobs.parked.run() == 1
            await ana.hears("+10 points")
    assert await sandbox.totals_are_right()


async def test_retries_pause_longer_and_longer_and_end_after_a_day(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana, _ = await sandbox.asked_subscriber(jobs)
        await failed_vote(sandbox, ana)
        seconds = []
        async with without_table(sandbox, "weekly_scores"):
            while (row := (await parked(sandbox))[0]).retry_at is not None:
                seconds.append((row.retry_at - sandbox.clock.now()).total_seconds())
                sandbox.clock.advance(seconds[-1])
                assert await jobs.parked.run() == 1
        assert seconds[:9] == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]
        assert timedelta(days=1) <= timedelta(seconds=sum(seconds)) < timedelta(hours=25)
        assert row.attempts == len(seconds) + 1
        assert row.error.startswith("OperationalError quizbot.quiz.answers.totals:")
        [entry] = sandbox.logged("update_set_aside")
        assert (entry["update"], entry["kind"]) == (row.id, "poll_answer")
        sandbox.clock.advance(timedelta(days=28).total_seconds())
        await jobs.purge.run()
        assert await jobs.parked.run() == 0
        async with sandbox.sessions.begin() as session:
            again = "UPDATE parked_updates SET retry_at = parked_at WHERE content IS NOT NULL"
            await session.execute(text(again))  # as docs/deploy.md says
        assert await jobs.parked.run() == 1
        await ana.hears("+10 points")
        assert await parked(sandbox) == []


async def test_what_was_set_aside_is_deleted_after_thirty_days(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana = await sandbox.subscriber()
        async with without_table(sandbox, "weekly_scores"):
            await ana.says("/leaderboard")
        for days, left in ((29, 1), (1, 0)):
            sandbox.clock.advance(timedelta(days=days).total_seconds())
            await jobs.purge.run()
            assert len(await parked(sandbox)) == left


@on_each_database
async def test_a_press_that_fails_is_answered_and_retried_without_names(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana = await sandbox.subscriber("Anastasia")
        async with without_table(sandbox, "weekly_scores"):
            await ana.press_data(ana.heard, "leaderboard")
            await ana.hears("try again by myself")
        [row] = await parked(sandbox)
        assert row.content is not None
        assert "Anastasia" not in str(row.content)
        assert "text" not in row.content["callback_query"]["message"]
        sandbox.clock.advance(30)
        assert await jobs.parked.run() == 1
        await ana.hears("This week")
        assert await parked(sandbox) == []


@pytest.mark.parametrize("newer", ["/help", "press", "hello"])
async def test_a_newer_press_or_command_replaces_a_parked_press(
    sandbox: Sandbox, newer: str
) -> None:
    async with sandbox.bot() as jobs:
        ana = await sandbox.subscriber()
        pressed = ana.heard
        async with without_table(sandbox, "weekly_scores"):
            await ana.press_data(pressed, "leaderboard")
            await ana.hears("Something went wrong")
        if newer == "press":
            await ana.press_data(pressed, "score")
        else:
            await ana.says(newer)
        await ana.sees(lambda message: not message["out"])
        await sandbox.all_read()
        sandbox.clock.advance(30)
        assert await jobs.parked.run() == (1 if newer == "hello" else 0)


async def test_a_parked_press_does_not_choose_a_name(sandbox: Sandbox) -> None:
    """Names are not kept, so the press of "my first name" is out of date when it is retried."""
    async with sandbox.bot() as jobs:
        ana = await sandbox.subscriber()
        async with without_table(sandbox, "enrolments"):
            await ana.press_data(ana.heard, "myname:1:first")
            await ana.hears("try again by myself")
        sandbox.clock.advance(30)
        assert await jobs.parked.run() == 1
        assert await parked(sandbox) == []


@on_each_database
async def test_of_a_message_that_fails_only_id_and_kind_are_kept(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana = await sandbox.subscriber()
        async with without_table(sandbox, "weekly_scores"):
            await ana.says("/leaderboard my secret")
            await ana.hears("try again in a moment")
        [row] = await parked(sandbox)
        assert (row.kind, row.content, row.retry_at) == ("message", None, None)
        sandbox.clock.advance(timedelta(hours=2).total_seconds())
        assert await jobs.parked.run() == 0
    assert len(sandbox.logged("update_set_aside")) == 1


@on_each_database
async def test_export_tells_of_parked_updates_and_forget_erases_them(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana, question = await sandbox.asked_subscriber(jobs)
        row = await failed_vote(sandbox, ana)
        [told] = (await exported(ana))["parked_updates"]
        assert (told["id"], told["kind"]) == (row.id, "poll_answer")
        assert told["content"]["poll_answer"]["poll_id"] == question["poll"]["id"]
        await ana.says("/forget")
        await ana.hears("Are you sure?")
        await ana.presses("Erase everything")
        ana.heard = {}
        await ana.hears("is erased")
        assert await parked(sandbox) == []
        sandbox.clock.advance(30)
        assert await jobs.parked.run() == 0


async def test_export_tells_strangers_of_parked_updates_too(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        zoe = await sandbox.person("Zoe")
        async with without_table(sandbox, "coordinators"):
            await zoe.says("/programme")
            await zoe.hears("Something went wrong")
        assert list(await exported(zoe)) == ["parked_updates"]


async def test_an_update_that_cannot_be_parked_either_is_logged(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana, _ = await sandbox.asked_subscriber(jobs)
        async with sandbox.sessions.begin() as session:
            await session.execute(text("DROP TABLE parked_updates"))
        async with without_table(sandbox, "weekly_scores"):
            await ana.votes(ana.heard)
    events = [entry["event"] for entry in sandbox.faults_logged()]
    assert events == ["update_parked", "update_not_parked"]


async def test_parking_waits_for_a_file_descriptor(
    postgresql_sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without one, the process cannot connect to the database: the vote must not be lost."""
    parking = Parking(postgresql_sessions, lambda: START, lambda *_: None)
    with without_file_descriptors() as end, monkeypatch.context() as patch:

        async def until_there_is_one(_seconds: float) -> None:
            end()

        patch.setattr("quizbot.telegram.updates.parking.asyncio.sleep", until_there_is_one)
        await parking.park(5, PollAnswer("1", 7, (0,)), ValueError("what somebody typed"))
    async with postgresql_sessions() as session:
        row = await session.get_one(ParkedUpdate, 5)
        assert (row.user_id, row.error) == (7, "ValueError")


async def test_a_retry_that_a_crash_cuts_short_is_due_again_later(sandbox: Sandbox) -> None:
    parking = Parking(sandbox.sessions, sandbox.clock.now, lambda *_: None)
    await parking.park(5, PollAnswer("1", 7, (0,)), ValueError())
    sandbox.clock.advance(30)
    first = await parking.take_due()
    assert await parking.take_due() is None
    sandbox.clock.advance(300)
    assert await parking.take_due() is not None
    assert first is not None
    await parking.failed(first, ValueError())  # of the one that was thought dead
    [row] = await parked(sandbox)
    assert row.attempts == 1


@on_each_database
async def test_an_update_that_telegram_repeats_was_parked_the_first_time(sandbox: Sandbox) -> None:
    """A vote is recorded as of the time it arrived, and retried for a day from then on."""
    parking = Parking(sandbox.sessions, sandbox.clock.now, lambda *_: None)
    parked_at = sandbox.clock.now()
    await parking.park(5, PollAnswer("1", 7, (0,)), ValueError())
    sandbox.clock.advance(30)
    due = await parking.take_due()
    assert due is not None
    await parking.failed(due, ValueError())
    await parking.park(5, PollAnswer("1", 7, (0,)), TypeError())
    [row] = await parked(sandbox)
    assert (row.parked_at, row.attempts, row.error) == (parked_at, 2, "TypeError")

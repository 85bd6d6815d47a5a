"""Updates over long polling: none lost, none repeated, whatever the connection does."""

import asyncio
from collections.abc import Iterator, Sequence, Sized
from contextlib import AsyncExitStack, contextmanager

import httpx
import pytest
from sqlalchemy import Engine, event, text
from telegram import Bot, Update
from telegram.ext import ApplicationBuilder, MessageHandler, filters

from db.batch_committer import BatchCommitter
from db.models import Answer, Subscriber
from quizbot.quiz.answers.recording import PollAnswer
from quizbot.settings import StartError
from quizbot.telegram.updates.polling import Poller
from quizbot.telegram.updates.receiver import Receiver
from tests.sizes import PATIENCE
from tests.telegram.sandbox import TOKEN, Person, Sandbox, on_each_database, words
from tests.telegram.test_metrics import value
from tests.telegram.webhook_bot import free_port


@on_each_database
async def test_a_restart_loses_nothing_and_repeats_nothing(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana, bea = await sandbox.subscriber(), await sandbox.subscriber("Bea")
        await sandbox.later(jobs, hours=1)
        for person in (ana, bea):
            await person.gets_question()
        await ana.votes(ana.heard)
        await ana.hears("+10 points")
    # The bot is down.
    await bea.votes(bea.heard, right=False)
    await bea.says("/leaderboard")
    await ana.says("/alias Quiet Heron")
    async with sandbox.bot() as jobs:
        await bea.hears("+2 points")
        await bea.hears("2 points ← you")
        await ana.hears("on the leaderboard you're now Quiet Heron")
        await jobs.broadcast.run()
        await ana.hears_nothing_else()
        await bea.hears_nothing_else()
        assert await sandbox.count(Answer) == 2
    async with sandbox.bot():
        await ana.hears_nothing_else()
        await bea.hears_nothing_else()
    assert await sandbox.totals_are_right()
    assert sandbox.faults_logged() == []


async def test_handled_updates_are_acknowledged_before_a_stop(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        ana = await sandbox.subscriber()
        await ana.says("/help")
        await ana.hears("One question a day")
    assert (await sandbox.control.pending(sandbox.bot_id))["pending"] == 0


async def test_a_stop_among_many_updates_loses_and_repeats_none(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        people = [await sandbox.subscriber(f"Person {number}") for number in range(6)]
    for number in range(150):
        await sandbox.raw({"message": people[number % 6].raw_message(text=f"hello {number}")})
    async with sandbox.bot():
        await people[0].hears("I didn't get that")
    async with sandbox.bot():
        for person in people:
            await person.says("/leaderboard")
            await person.hears("This week")
            assert await _small_talk(person) == 25


async def test_an_update_in_progress_is_finished_and_acknowledged_before_a_stop(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot():
        ana = await sandbox.subscriber()
    stack = AsyncExitStack()
    await stack.enter_async_context(sandbox.bot())
    await sandbox.all_read()
    async with sandbox.sessions.begin() as session:
        await session.get(Subscriber, ana.id)  # SQLite has one writer: the handler waits
        await ana.says("/alias Quiet Heron")
        while (await sandbox.control.calls("getUpdates"))[-1]["ok"] is None:
            pass
        stopping = asyncio.create_task(stack.aclose())
        await sandbox.control.now()
        assert not stopping.done()
    await stopping
    assert (await ana.kept()).alias == "Quiet Heron"
    assert (await sandbox.control.pending(sandbox.bot_id))["pending"] == 0
    await ana.hears("on the leaderboard you're now Quiet Heron")


async def test_one_persons_commands_keep_their_order(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        people = [await sandbox.subscriber(f"Person {number}") for number in range(4)]
    for hour in range(10, 20):
        for person in people:
            await person.says(f"/time {hour}:00")
    async with sandbox.bot():
        for person in people:
            for hour in range(10, 20):
                assert f"Done: {hour}:00" in words(await person.hears("Done: "))
            assert (await person.kept()).question_time.hour == 19


async def test_more_updates_than_fit_into_one_batch_are_handled(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        people = [await sandbox.subscriber(f"Person {number}") for number in range(10)]
    texts = [
        {"message": people[number % 10].raw_message(text=f"hello {number}")}
        for number in range(230)
    ]
    await sandbox.control.raw_updates(sandbox.bot_id, texts)
    async with sandbox.bot():
        for person in people:
            await person.says("/leaderboard")
            await person.hears("This week")
            assert await _small_talk(person) == 23


async def test_another_bot_that_polls_is_logged_and_survived(sandbox: Sandbox) -> None:
    listen = f"127.0.0.1:{free_port()}"
    async with sandbox.bot(listen=listen):
        ana = await sandbox.subscriber()
        await sandbox.all_read()
        before = value("quizbot_telegram_errors_total", kind="conflict")
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as other:
            reply = await other.get(
                f"{sandbox.url}/bot{TOKEN}/getUpdates", params={"timeout": 10}, timeout=20
            )
            assert reply.status_code == 409  # the bot has taken over again
            ready = (await other.get(f"http://{listen}/ready")).json()
        await ana.says("/leaderboard")
        await ana.hears("This week")
        (entry,) = sandbox.logged("another_bot_polls")
        assert "stop it" in entry["advice"]
        assert entry["advice"] == ready["faults"]["telegram"]
        assert value("quizbot_telegram_errors_total", kind="conflict") == before + 1


async def test_a_failed_getupdates_is_logged_and_retried(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        ana = await sandbox.subscriber()
        await sandbox.control.fault("error", method="getUpdates", status=502)
        await ana.says("/leaderboard")  # ends the waiting long poll; the next one fails
        await ana.hears("This week")
        await ana.says("/help")
        await ana.hears("One question a day")
        assert len(sandbox.logged("cannot_receive")) == 1
    assert await sandbox.control.faults() == []


async def test_a_start_without_telegram_fails_with_a_sentence(sandbox: Sandbox) -> None:
    await sandbox.control.fault("error", method="getMe", status=502, count=0)
    with pytest.raises(StartError, match="Telegram cannot be reached at") as refusal:
        await sandbox.bot().__aenter__()
    assert TOKEN not in str(refusal.value)


async def test_a_stop_finishes_messages_in_flight(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana, bea = await sandbox.subscriber(), await sandbox.subscriber("Bea")
        await bea.says("/time 20:00")
        await bea.hears("Done: 20:00")
        await sandbox.control.fault("delay", method="sendMessage", chat_id=bea.id, seconds=0.3)
        await sandbox.control.fault("delay", method="sendPoll", seconds=0.3)
        await bea.says("/help")
        await bea.says("/score")
        await sandbox.all_read()
        sandbox.clock.advance(3600)
        delivering = asyncio.create_task(jobs.broadcast.run())
        await ana.gets_question()
    assert delivering.done()
    await bea.hears("One question a day")
    await bea.hears("Points: 0")
    assert (await ana.deliveries())[0].poll_id == ana.heard["poll"]["id"]
    assert sandbox.faults_logged() == []


@on_each_database
async def test_votes_that_arrive_together_share_a_commit(sandbox: Sandbox) -> None:
    people = await _asked(sandbox, 8)
    for person in people:
        await person.votes(person.heard)
    with written("answers") as statements:
        async with sandbox.bot():
            for person in people:
                await person.hears("+10 points")
    assert statements == [8]
    assert await sandbox.totals_are_right()


async def _asked(sandbox: Sandbox, number: int) -> list[Person]:
    """Adds people with an open question. The bot does not run afterwards."""
    async with sandbox.bot() as jobs:
        people = [await sandbox.subscriber(f"Person {each}") for each in range(number)]
        await sandbox.later(jobs, hours=1)
        for person in people:
            await person.gets_question()
    return people


@contextmanager
def written(table: str) -> Iterator[list[int]]:
    """Collects how many rows each INSERT of any engine puts into the table."""
    rows: list[int] = []

    def note(*arguments: object) -> None:
        _, _, statement, parameters, _, many = arguments
        if str(statement).startswith(f"INSERT INTO {table} "):
            rows.append(len(parameters) if many and isinstance(parameters, Sized) else 1)

    event.listen(Engine, "before_cursor_execute", note)
    yield rows
    event.remove(Engine, "before_cursor_execute", note)


async def test_a_vote_that_cannot_be_stored_fails_alone(sandbox: Sandbox) -> None:
    people = await _asked(sandbox, 5)
    bad = people[2]
    async with sandbox.sessions.begin() as session:
        [delivery] = await bad.deliveries()
        trigger = (
            "CREATE TRIGGER broken BEFORE INSERT ON answers WHEN NEW.delivery_id = "
            f"{delivery.id} BEGIN SELECT RAISE(ABORT, 'broken'); END"
        )
        await session.execute(text(trigger))
    for person in people:
        await person.votes(person.heard)
    update_id = await sandbox.raw({"poll_answer": {"poll_id": 7}})
    await people[4].says("/help")
    async with sandbox.bot():
        for person in people:
            if person is not bad:
                await person.hears("+10 points")
        await people[4].hears("One question a day")
        await bad.hears_nothing_else()
    [failed] = sandbox.logged("update_parked")
    assert "broken" in str(failed["exception"])
    [malformed] = sandbox.logged("update_set_aside")
    assert malformed["update"] == update_id
    assert (await sandbox.control.pending(sandbox.bot_id))["pending"] == 0
    assert await sandbox.totals_are_right()


async def test_polling_can_be_resumed(sandbox: Sandbox) -> None:
    """A process that lost the leadership and regained it does this."""
    async with sandbox.bot():
        ana = await sandbox.subscriber()
    bot = Bot(TOKEN, f"{sandbox.url}/bot")
    told: list[str] = []

    async def record(poll_answers: Sequence[PollAnswer]) -> None:
        told.extend(each.poll_id for each in poll_answers)

    application = ApplicationBuilder().bot(bot).updater(None).job_queue(None).build()
    receiver = Receiver(application, BatchCommitter(record), _nothing)
    poller = Poller(bot, receiver)
    async with application, receiver.open(lambda: 1):
        for number in ("1", "2", "3"):
            await sandbox.raw(
                {"poll_answer": {"poll_id": number, "user": {"id": ana.id}, "option_ids": [0]}}
            )
            polling = asyncio.create_task(poller.run(lambda: 1))
            await sandbox.all_read()
            assert poller.caught_up.is_set()
            polling.cancel()
            await asyncio.wait([polling])
    assert told == ["1", "2", "3"]


async def test_updates_of_one_chat_wait_for_each_other_and_others_do_not(sandbox: Sandbox) -> None:
    ana, bea = await sandbox.person("Ana"), await sandbox.person("Bea")
    handled: list[str] = []
    first_may_end = asyncio.Event()

    async def handle(update: Update, _: object) -> None:
        assert update.message is not None
        if update.message.text == "first":
            await first_may_end.wait()
        handled.append(update.message.text or "")

    bot = Bot(TOKEN, f"{sandbox.url}/bot")
    application = ApplicationBuilder().bot(bot).updater(None).job_queue(None).build()
    application.add_handler(MessageHandler(filters.ALL, handle))
    receiver = Receiver(application, BatchCommitter(_nothing), _nothing)
    said = ((ana, "first"), (ana, "second"), (bea, "beside"), (ana, "third"))
    async with application, receiver.open(lambda: 1):
        updates = [
            {"update_id": number, "message": person.raw_message(text=text)}
            for number, (person, text) in enumerate(said)
        ]
        first, second, beside, third = [receiver.take(update) for update in updates]
        await beside
        assert handled == ["beside"]
        first_may_end.set()
        await asyncio.wait([first, second, third])
    assert handled == ["beside", "first", "second", "third"]


async def test_after_a_failure_no_further_group_handles_the_update(sandbox: Sandbox) -> None:
    """The update is retried as a whole, so another group would handle it twice."""
    ana = await sandbox.person("Ana")
    handled: list[str] = []

    async def fail(_: Update, context: object) -> None:
        raise LookupError

    async def handle(update: Update, _: object) -> None:
        handled.append("once more")

    bot = Bot(TOKEN, f"{sandbox.url}/bot")
    application = ApplicationBuilder().bot(bot).updater(None).job_queue(None).build()
    application.add_handler(MessageHandler(filters.ALL, fail))
    application.add_handler(MessageHandler(filters.ALL, handle), group=1)
    receiver = Receiver(application, BatchCommitter(_nothing), _nothing)
    async with application, receiver.open(lambda: 1):
        with pytest.raises(LookupError):
            await receiver.retry({"update_id": 1, "message": ana.raw_message(text="hello")})
    assert handled == []


async def _small_talk(person: Person) -> int:
    """Returns how many of the person's texts were answered."""
    return sum("I didn't get that" in words(each) for each in await person.messages())


async def _nothing(*_: object) -> None:
    pass

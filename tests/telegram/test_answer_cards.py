"""Each answer gets its card, also after a crash, a refusal or too many replies at once."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from db.models import Answer
from quizbot.quiz.answers.cards import take_due_cards
from quizbot.quiz.answers.recording import CARD_LEASE, PollAnswer, record_answers
from quizbot.scheduler import Jobs
from quizbot.telegram.client import sender
from quizbot.telegram.jobs import answer_cards
from tests.quiz.steps import OBJECTIVE_OF
from tests.sizes import PATIENCE
from tests.telegram.conftest import START
from tests.telegram.sandbox import Message, Person, Sandbox, on_each_database, words

LEASE = CARD_LEASE.total_seconds()
UNTIL = START + timedelta(days=1)


async def record_only(sandbox: Sandbox, person: Person, question: Message) -> None:
    """Records the person's vote like a bot that crashes right after."""
    vote = PollAnswer(question["poll"]["id"], person.id, (0,))
    async with sandbox.sessions.begin() as session:
        await record_answers(session, [vote], sandbox.clock.now(), OBJECTIVE_OF)


async def lease_ends(sandbox: Sandbox, jobs: Jobs) -> None:
    sandbox.clock.advance(LEASE)
    await jobs.answer_cards.run_once()


async def all_settled(sandbox: Sandbox, jobs: Jobs) -> None:
    """Waits until no card is still to be sent."""
    waiting = select(func.count(Answer.delivery_id)).where(Answer.card_due_at.is_not(None))
    async with asyncio.timeout(PATIENCE), sandbox.sessions() as session:
        while await session.scalar(waiting):
            await session.rollback()
            await jobs.answer_cards.run_once()


async def queue_is_empty(sandbox: Sandbox, jobs: Jobs, person: Person) -> None:
    """Waits until no reply to the person is waiting or in flight."""
    await sandbox.all_read()
    done = asyncio.Event()

    async def last() -> None:
        done.set()

    jobs.answer_cards.reply_queue.post(person.id, last)
    await done.wait()


@on_each_database
async def test_a_card_lost_in_a_crash_comes_with_the_next_start(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana, question = await sandbox.asked_subscriber(jobs)
    await record_only(sandbox, ana, question)
    async with sandbox.bot() as jobs:
        await jobs.answer_cards.run_once()
        card = await ana.hears("Source:")
        assert card["reply_to_message"]["message_id"] == question["message_id"]
        await all_settled(sandbox, jobs)
        await lease_ends(sandbox, jobs)
        await ana.hears_nothing_else()


@pytest.mark.parametrize("fault", ["error", "lost_reply"])
async def test_a_card_in_doubt_comes_again(sandbox: Sandbox, fault: str) -> None:
    async with sandbox.bot() as jobs:
        ana, question = await sandbox.asked_subscriber(jobs)
        await sandbox.control.fault(fault, method="sendMessage", chat_id=ana.id)
        await ana.votes(question)
        async with asyncio.timeout(PATIENCE):
            while not sandbox.logged("call_failed"):
                await sandbox.control.now()
        if fault == "lost_reply":
            await ana.hears("Source:")
        await lease_ends(sandbox, jobs)
        await ana.hears("Source:")
        await all_settled(sandbox, jobs)
        await ana.hears_nothing_else()


async def test_no_card_comes_after_a_block(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana, question = await sandbox.asked_subscriber(jobs)
        await sandbox.control.fault("blocked", method="sendMessage", chat_id=ana.id)
        await ana.votes(question)
        await all_settled(sandbox, jobs)
        await lease_ends(sandbox, jobs)
        await ana.hears_nothing_else()


async def test_a_card_that_did_not_fit_in_memory_comes_later(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with sandbox.bot() as jobs:
        ana, question = await sandbox.asked_subscriber(jobs)
        with monkeypatch.context() as full:
            full.setattr(sender, "_MAX_WAITING", 0)
            await ana.votes(question)
            await sandbox.all_read()
        await ana.hears_nothing_else()
        await lease_ends(sandbox, jobs)
        await ana.hears("Source:")


async def test_a_card_that_waits_in_this_process_is_not_sent_by_another(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana, question = await sandbox.asked_subscriber(jobs)
        earlier = asyncio.Event()
        jobs.answer_cards.reply_queue.post(ana.id, earlier.wait)
        await ana.votes(question)
        await sandbox.all_read()
        for _ in range(3):
            sandbox.clock.advance(0.6 * LEASE)
            async with sandbox.sessions.begin() as session:
                assert await take_due_cards(session, sandbox.clock.now(), 1, UNTIL) == []
            await jobs.answer_cards.run_once()
        earlier.set()
        await ana.hears("Source:")
        await all_settled(sandbox, jobs)
        await ana.hears_nothing_else()


async def test_a_card_that_was_sent_right_before_a_stop_does_not_come_again(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot() as jobs:
        ana, question = await sandbox.asked_subscriber(jobs)
        await ana.votes(question)
        await ana.hears("Source:")
    async with sandbox.bot() as jobs:
        await lease_ends(sandbox, jobs)
        await ana.hears_nothing_else()


async def test_a_late_card_leaves_out_a_streak_that_has_moved_on(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answer_cards, "_INTERVAL", 3600)
    async with sandbox.bot() as jobs:
        ana, question = await sandbox.asked_subscriber(jobs)
        await sandbox.later(jobs, hours=1)
        await sandbox.control.fault("error", method="sendMessage", chat_id=ana.id)
        await ana.votes(question)
        await queue_is_empty(sandbox, jobs, ana)
        await sandbox.later(jobs, hours=23)
        await ana.votes(await ana.gets_question())
        assert "🔥 2-day streak" in words(await ana.hears("Source:"))
        await jobs.answer_cards.run_once()
        late = words(await ana.hears("Source:"))
        assert "+10 points" in late
        assert "🔥" not in late


async def test_a_card_in_doubt_comes_again_after_a_growing_time(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each reply is lost, but the cards may be there: so few are sent."""
    monkeypatch.setattr(answer_cards, "_INTERVAL", 3600)
    async with sandbox.bot() as jobs:
        ana, question = await sandbox.asked_subscriber(jobs)
        await sandbox.control.fault("lost_reply", method="sendMessage", chat_id=ana.id, count=99)
        await ana.votes(question)
        for _ in range(60):
            await queue_is_empty(sandbox, jobs, ana)
            sandbox.clock.advance(60)
            await jobs.answer_cards.run_once()
        calls = await sandbox.control.calls("sendMessage")
        assert 5 <= len([each for each in calls if "Source" in each["params"]["text"]]) <= 8

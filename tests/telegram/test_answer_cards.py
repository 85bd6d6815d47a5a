"""Each answer gets its card, also after a crash, a refusal or too many replies at once."""

import asyncio

import pytest
from sqlalchemy import func, select

from db.models import Answer
from quizbot.quiz.answers.recording import CARD_LEASE, PollAnswer, record_answers
from quizbot.scheduler import Jobs
from quizbot.telegram.client import sender
from tests.telegram.sandbox import Message, Person, Sandbox, on_each_database

LEASE = CARD_LEASE.total_seconds()


async def record_only(sandbox: Sandbox, person: Person, question: Message) -> None:
    """Records the person's vote like a bot that crashes right after."""
    vote = PollAnswer(question["poll"]["id"], person.id, (0,))
    async with sandbox.sessions.begin() as session:
        await record_answers(session, [vote], sandbox.clock.now())


async def lease_ends(sandbox: Sandbox, jobs: Jobs) -> None:
    sandbox.clock.advance(LEASE)
    await jobs.answer_cards.tend()


async def all_settled(sandbox: Sandbox, jobs: Jobs) -> None:
    """Waits until no card is still to be sent."""
    waiting = select(func.count(Answer.delivery_id)).where(Answer.card_due_at.is_not(None))
    async with asyncio.timeout(10), sandbox.sessions() as session:
        while await session.scalar(waiting):
            await session.rollback()
            await jobs.answer_cards.tend()


@on_each_database
async def test_a_card_lost_in_a_crash_comes_with_the_next_start(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana, question = await sandbox.asked_subscriber(jobs)
    await record_only(sandbox, ana, question)
    async with sandbox.bot() as jobs:
        await jobs.answer_cards.tend()
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
        async with asyncio.timeout(10):
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

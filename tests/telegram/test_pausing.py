"""After a long silence the bot asks once whether to pause, and pauses if nothing is answered."""

from db.models import SubscriberState
from quizbot.scheduler import Jobs
from tests.quiz.steps import past_delivery
from tests.telegram.sandbox import Message, Person, Sandbox, buttons


async def silent(sandbox: Sandbox, days: int = 14) -> Person:
    """Returns a subscriber who has left so many questions unanswered before today's."""
    ana = await sandbox.subscriber()
    async with sandbox.sessions.begin() as session:
        for day in range(days):
            past = past_delivery(day - days, "b12-two-million-a-second")
            past.subscriber_id = ana.id
            session.add(past)
    return ana


async def next_question(sandbox: Sandbox, jobs: Jobs, ana: Person, hours: int = 24) -> Message:
    await sandbox.later(jobs, hours=hours)
    return await ana.gets_question()


def asks(question: Message) -> bool:
    return "Shall I pause?" in question["poll"]["description"]


async def test_who_stays_silent_is_asked_once_and_paused_three_days_later(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot() as jobs:
        ana = await silent(sandbox, 13)
        assert not asks(await next_question(sandbox, jobs, ana, hours=1))
        before = len(await ana.messages())
        question = await next_question(sandbox, jobs, ana)  # the fifteenth
        assert asks(question)
        assert "I'll pause on Friday" in question["poll"]["description"]
        assert [each["text"] for each in buttons(question)] == ["▶️ Keep going", "⏸ Pause"]
        assert len(await ana.messages()) == before + 1
        for _ in range(2):
            assert not asks(await next_question(sandbox, jobs, ana))
        await sandbox.later(jobs, hours=24)
        await ana.hears_nothing_else()
        kept = await ana.kept()
        assert (kept.state, kept.next_due_at, kept.pause_on) == (SubscriberState.PAUSED, None, None)
        await ana.says("/resume")
        await ana.hears("You're back!")
        for _ in range(5):
            assert not asks(await next_question(sandbox, jobs, ana))
    assert sandbox.faults_logged() == []


async def test_an_answer_or_keep_going_means_no_pause_and_no_second_question(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot() as jobs:
        ana = await silent(sandbox)
        assert asks(await next_question(sandbox, jobs, ana, hours=1))
        await ana.presses("▶️ Keep going")
        await ana.hears("You're back!")
        for _ in range(5):
            question = await next_question(sandbox, jobs, ana)
            assert not asks(question)
        await ana.votes(question)
        await ana.hears("points")
        assert (await ana.kept()).pause_on is None


async def test_the_answer_to_the_question_that_asks_is_enough(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana = await silent(sandbox)
        question = await next_question(sandbox, jobs, ana, hours=1)
        assert asks(question)
        await ana.votes(question)
        await ana.hears("points")
        for _ in range(5):
            assert not asks(await next_question(sandbox, jobs, ana))
        assert (await ana.kept()).state is SubscriberState.ACTIVE


async def test_pause_pauses_at_once(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana = await silent(sandbox)
        await next_question(sandbox, jobs, ana, hours=1)
        await ana.presses("⏸ Pause")
        await ana.hears("Paused.")
        kept = await ana.kept()
        assert (kept.state, kept.pause_on) == (SubscriberState.PAUSED, None)

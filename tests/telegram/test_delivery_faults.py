"""Faults between the bot and Telegram: no question is doubled or lost."""

import asyncio
from random import Random

from sqlalchemy import text, update

from db.models import Delivery, DeliveryState, Subscriber, SubscriberState
from quizbot.application import running
from quizbot.scheduler import Jobs
from quizbot.telegram.client.limiter import TELEGRAM
from tests.sizes import PATIENCE
from tests.telegram.sandbox import Person, Sandbox, buttons, on_each_database, words
from tests.telegram.wire import Wire

OFFER = "if your question arrived"


async def two_subscribers(sandbox: Sandbox) -> tuple[Person, Person]:
    """Adds Ana, whose calls fail, and Bea, whose question gets through at once.

    If no call got through, the bot would pause for a few real seconds.
    """
    return await sandbox.subscriber(), await sandbox.subscriber("Bea")


async def state_of(person: Person) -> DeliveryState:
    return (await person.deliveries())[-1].state


async def test_blocking_stops_the_questions_and_start_brings_them_back(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana = await sandbox.subscriber()
        await sandbox.control.block(ana.id, sandbox.bot_id)
        await sandbox.all_read()
        assert (await ana.kept()).state is SubscriberState.BLOCKED
        await sandbox.later(jobs, days=2, hours=2)
        await sandbox.control.unblock(ana.id, sandbox.bot_id)
        await ana.hears_nothing_else()
        assert (await ana.kept()).state is SubscriberState.BLOCKED  # until /start
        await ana.says("/start")
        await ana.hears("Welcome back")
        await sandbox.later(jobs, hours=24)
        await ana.gets_question()


async def test_a_403_marks_the_subscriber_as_blocked_and_ends_the_questions(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot() as jobs:
        ana, bea = await two_subscribers(sandbox)
        await sandbox.control.fault("blocked", method="sendPoll", chat_id=ana.id)
        await sandbox.later(jobs, hours=1)
        assert (await ana.kept()).state is SubscriberState.BLOCKED
        assert await state_of(ana) is DeliveryState.BLOCKED
        for _ in range(3):
            await sandbox.later(jobs, hours=24)
        calls = await sandbox.control.calls("sendPoll")
        assert [call["status"] for call in calls if call["params"]["chat_id"] == ana.id] == [403]
        assert len(await bea.questions()) == 4
        await ana.says("/start")
        await ana.hears("Welcome back")
        assert (await ana.kept()).state is SubscriberState.ACTIVE


async def test_after_a_return_on_the_same_day_todays_question_can_be_requested(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot() as jobs:
        ana, _ = await two_subscribers(sandbox)
        await sandbox.control.fault("blocked", method="sendPoll", chat_id=ana.id)
        await sandbox.later(jobs, hours=1)
        await ana.says("/start")
        await ana.hears("tomorrow at 09:00")
        await ana.presses("Today's question now")
        await ana.votes(await ana.gets_question())
        await ana.hears("+10 points")
        assert len(await ana.deliveries()) == 1
    assert await sandbox.totals_are_right()


async def test_a_reply_refused_with_403_marks_the_subscriber_as_blocked(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        ana, _ = await two_subscribers(sandbox)
        await sandbox.control.fault("blocked", method="sendMessage", chat_id=ana.id)
        await ana.says("/help")
        await sandbox.all_read()
    assert (await ana.kept()).state is SubscriberState.BLOCKED


async def test_a_deactivated_account_gets_no_more_questions(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana, bea = await two_subscribers(sandbox)
        await sandbox.control.deactivate(ana.id)
        for _ in range(2):
            await sandbox.later(jobs, hours=25)
        assert (await ana.kept()).state is SubscriberState.BLOCKED
        assert len(await ana.deliveries()) == 1
        assert len(await bea.questions()) == 2


async def test_after_a_429_the_bot_waits_as_long_as_told(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana, _ = await two_subscribers(sandbox)
        await sandbox.control.fault("flood", method="sendPoll", chat_id=ana.id, seconds=1)
        await sandbox.later(jobs, hours=1)
        assert await state_of(ana) is DeliveryState.CLAIMED
        await jobs.broadcast.run()
        assert await ana.questions() == []
        await sandbox.later(jobs, seconds=1)
        await ana.gets_question()
        assert await state_of(ana) is DeliveryState.SENT
        assert len(await ana.questions()) == 1
        assert [entry["seconds"] for entry in sandbox.logged("told_to_wait")] == [1]


async def test_a_question_that_was_not_sent_is_sent_later(sandbox: Sandbox) -> None:
    async with Wire.to(sandbox.url) as wire:
        async with sandbox.bot(api_url=wire.url) as jobs:
            ana = await sandbox.subscriber()
            wire.cut()
            sandbox.clock.advance(3600)
            delivering = asyncio.create_task(jobs.broadcast.run())
            while not sandbox.logged("call_failed"):
                await sandbox.control.now()
        await delivering  # stopping ended its pause
        assert await state_of(ana) is DeliveryState.CLAIMED
        async with sandbox.bot() as jobs:
            await sandbox.later(jobs, seconds=2)
            await ana.votes(await ana.gets_question())
            await ana.hears("+10 points")
            assert len(await ana.questions()) == 1
    assert await sandbox.totals_are_right()


async def lose_the_reply(sandbox: Sandbox, jobs: Jobs, ana: Person) -> None:
    await sandbox.control.fault("lost_reply", method="sendPoll", chat_id=ana.id)
    await sandbox.later(jobs, hours=1)
    assert await state_of(ana) is DeliveryState.UNCONFIRMED


async def test_a_question_whose_reply_was_lost_is_offered_once_and_never_resent(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot() as jobs:
        ana, _ = await two_subscribers(sandbox)
        await lose_the_reply(sandbox, jobs, ana)
        lost = await ana.gets_question()
        await sandbox.later(jobs, minutes=9)
        await jobs.offers.run()
        await ana.hears_nothing_else()
        await sandbox.later(jobs, minutes=1)
        await jobs.offers.run()
        offer = await ana.hears(OFFER)
        await sandbox.later(jobs, minutes=30)
        await jobs.offers.run()
        await ana.hears_nothing_else()
        assert await state_of(ana) is DeliveryState.OFFERED
        assert len(await ana.questions()) == 1

        await ana.presses("Send me the question")
        again = await ana.gets_question()
        assert again["poll"]["question"] == lost["poll"]["question"]
        assert again["poll"]["id"] != lost["poll"]["id"]
        assert len(await ana.deliveries()) == 1
        await ana.votes(lost)  # the one whose id the bot never learned
        await ana.hears("+10 points")
        await ana.votes(again, right=False)
        await ana.hears_nothing_else()
        assert len(await ana.answers()) == 1
        await ana.press_data(offer, buttons(offer)[0]["callback_data"])
        await ana.hears("no longer open")
        assert len(await ana.questions()) == 2
    assert await sandbox.totals_are_right()


async def test_a_question_that_came_twice_counts_the_first_vote_on_either_poll(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot() as jobs:
        ana, _ = await two_subscribers(sandbox)
        await lose_the_reply(sandbox, jobs, ana)
        lost = await ana.gets_question()
        await sandbox.later(jobs, minutes=10)
        await jobs.offers.run()
        await ana.hears(OFFER)
        await ana.presses("Send me the question")
        await ana.votes(await ana.gets_question(), right=False)
        await ana.hears("+2 points")
        await ana.votes(lost)
        await ana.hears_nothing_else()
        assert (await ana.kept()).points == 2
    assert await sandbox.totals_are_right()


async def test_a_vote_on_a_question_whose_reply_was_lost_counts_at_once(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot() as jobs:
        ana, _ = await two_subscribers(sandbox)
        await lose_the_reply(sandbox, jobs, ana)
        await ana.votes(await ana.gets_question())
        await ana.hears("+10 points")
        assert await state_of(ana) is DeliveryState.SENT
        await sandbox.later(jobs, minutes=20)
        await jobs.offers.run()
        await ana.hears_nothing_else()
    assert await sandbox.totals_are_right()


async def test_quiz_sends_an_unconfirmed_question_again(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana, _ = await two_subscribers(sandbox)
        await sandbox.control.fault("error", method="sendPoll", chat_id=ana.id)
        await sandbox.later(jobs, hours=1)
        assert await ana.questions() == []
        await ana.says("/quiz")
        await ana.votes(await ana.gets_question())
        await ana.hears("+10 points")
        assert len(await ana.deliveries()) == 1
    assert await sandbox.totals_are_right()


async def test_a_5xx_leaves_a_question_unconfirmed_and_the_offer_brings_it(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot() as jobs:
        ana, _ = await two_subscribers(sandbox)
        await sandbox.control.fault("error", method="sendPoll", chat_id=ana.id, status=500)
        await sandbox.later(jobs, hours=1)
        assert await state_of(ana) is DeliveryState.UNCONFIRMED
        await sandbox.later(jobs, minutes=10)
        await jobs.offers.run()
        await ana.hears(OFFER)
        assert await ana.questions() == []
        await ana.presses("Send me the question")
        await ana.votes(await ana.gets_question())
        await ana.hears("+10 points")
    assert await sandbox.totals_are_right()


async def test_a_closed_question_is_not_offered(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana, _ = await two_subscribers(sandbox)
        await sandbox.control.fault("error", method="sendPoll", chat_id=ana.id)
        await sandbox.later(jobs, hours=1)
    sandbox.clock.advance(24 * 3600)
    async with sandbox.bot() as jobs:
        await jobs.offers.run()
        await jobs.broadcast.run()
        await ana.gets_question()
        await ana.hears_nothing_else()
        assert not [m for m in await ana.messages() if OFFER in words(m)]
        expected = [DeliveryState.EXPIRED, DeliveryState.SENT]
        assert [each.state for each in await ana.deliveries()] == expected


@on_each_database
async def test_a_question_in_flight_during_a_crash_is_unconfirmed(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        ana, bea = await two_subscribers(sandbox)
    sandbox.clock.advance(3600)
    await sandbox.claim_due()
    async with sandbox.sessions.begin() as session:
        sending = update(Delivery).where(Delivery.subscriber_id == ana.id)
        now = sandbox.clock.now()
        await session.execute(sending.values(state=DeliveryState.SENDING, sending_at=now))
    async with sandbox.bot() as jobs:
        await jobs.broadcast.run()
        await bea.gets_question()
        assert await ana.questions() == []
        assert await state_of(ana) is DeliveryState.UNCONFIRMED
        await sandbox.later(jobs, minutes=10)
        await jobs.offers.run()
        await ana.hears(OFFER)
        await ana.presses("Send me the question")
        await ana.gets_question()


async def test_a_vote_before_the_reply_to_the_poll_counts(sandbox: Sandbox) -> None:
    """The poll is in the chat, but the reply to sendPoll has not arrived yet."""
    async with sandbox.bot() as jobs:
        ana = await sandbox.subscriber()
        await sandbox.control.fault("delay", method="sendPoll", seconds=0.3)
        sandbox.clock.advance(3600)
        delivering = asyncio.create_task(jobs.broadcast.run())
        question = await ana.gets_question()
        await ana.votes(question)
        await ana.hears("+10 points")
        assert not delivering.done()
        await delivering
        delivery = (await ana.deliveries())[0]
        assert (delivery.state, delivery.poll_id) == (DeliveryState.SENT, question["poll"]["id"])
        await ana.hears_nothing_else()
    assert await sandbox.totals_are_right()


async def test_a_poll_that_telegram_refuses_delays_nobody(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana, bea = await two_subscribers(sandbox)
        await sandbox.control.fault("error", method="sendPoll", chat_id=ana.id, status=400)
        await sandbox.later(jobs, hours=1)
        await bea.gets_question()
        assert await state_of(ana) is DeliveryState.REFUSED
        assert (await ana.kept()).state is SubscriberState.ACTIVE
        [refused], [line] = await ana.deliveries(), sandbox.logged("call_failed")
        assert (line["delivery"], line["result"]) == (refused.id, "refused")
        await sandbox.later(jobs, hours=24)
        await ana.gets_question()


async def test_a_card_whose_reply_was_lost_is_not_repeated(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana, question = await sandbox.asked_subscriber(jobs)
        await sandbox.control.fault("lost_reply", method="sendMessage", chat_id=ana.id)
        await ana.votes(question)
        await ana.hears("+10 points")
        await ana.hears_nothing_else()
    assert await sandbox.totals_are_right()


async def test_one_slow_button_does_not_delay_the_others(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        ana, bea = await two_subscribers(sandbox)
        await sandbox.control.fault("delay", method="answerCallbackQuery", seconds=4)
        await ana.press_data(ana.heard, "score")
        async with asyncio.timeout(3.5):
            assert await bea.press_data(bea.heard, "score")


async def test_a_chat_that_must_wait_delays_nobody(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana, bea = await two_subscribers(sandbox)
        await sandbox.control.fault("flood", method="sendPoll", chat_id=ana.id, seconds=600)
        await sandbox.later(jobs, hours=1)
        await bea.gets_question()
        assert [each.state for each in await ana.deliveries()] == [DeliveryState.CLAIMED]
        tried = len(await sandbox.control.calls("sendPoll"))
        sandbox.clock.advance(60)
        await bea.says("/timezone Asia/Tokyo")  # her next question is due at midnight UTC
        await bea.hears("Done: 09:00")
        await sandbox.later(jobs, hours=15)
        await bea.gets_question()
        called = await sandbox.control.calls("sendPoll")
        assert len(called) == tried + 1  # no call before the time that Telegram named


async def test_a_failed_command_is_logged_and_answered_with_an_apology(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        ana = await sandbox.subscriber()
        async with sandbox.sessions.begin() as session:
            await session.execute(text("DROP TABLE weekly_scores"))
        await ana.says("/leaderboard")
        await ana.hears("Something went wrong on my side")
        await ana.says("/help")
        await ana.hears("One question a day")
    assert [line["event"] for line in sandbox.faults_logged()] == ["update_set_aside"]


async def test_an_outage_leaves_few_questions_unconfirmed(sandbox: Sandbox) -> None:
    """After an unconfirmed batch the rest wait until Telegram is back."""
    async with sandbox.bot():
        people = [await sandbox.subscriber(f"Person {number}") for number in range(25)]
    async with running(sandbox.settings(), sandbox.clock.now, Random(7), TELEGRAM) as jobs:
        await sandbox.control.fault("error", method="sendPoll", count=0, status=502)
        sandbox.clock.advance(3600)
        delivering = asyncio.create_task(jobs.broadcast.run())
        async with asyncio.timeout(PATIENCE):
            while not sandbox.logged("broadcast_paused"):
                await sandbox.control.now()
    await delivering  # stopping ended its pause
    unconfirmed = [await state_of(each) is DeliveryState.UNCONFIRMED for each in people]
    assert 0 < sum(unconfirmed) <= TELEGRAM.window


async def test_an_unknown_zone_delays_nobody_else(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana, bea = await two_subscribers(sandbox)
        sandbox.clock.advance(3600)
        await sandbox.claim_due()
        async with sandbox.sessions.begin() as session:
            (await session.get_one(Subscriber, ana.id)).timezone = "Mars/Olympus"
        await jobs.broadcast.run()
        await ana.gets_question()
        await bea.gets_question()

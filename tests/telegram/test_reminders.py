"""The evening reminder and /reminders in a private chat."""

from typing import Any

import pytest

from db.models import SubscriberState
from quizbot.scheduler import Jobs
from tests.telegram.sandbox import Person, Sandbox, buttons, on_each_database, words
from tests.telegram.wire import Wire

REMINDER = "🌙 "


async def later(sandbox: Sandbox, jobs: Jobs, **amount: float) -> None:
    """Moves the clock on, and sends the questions and reminders that have become due."""
    await sandbox.later(jobs, **amount)
    await jobs.reminders.run()


async def asked(sandbox: Sandbox, jobs: Jobs, name: str = "Ana") -> tuple[Person, dict[str, Any]]:
    """Returns a subscriber with their question of 09:00."""
    ana = await sandbox.subscriber(name)
    await later(sandbox, jobs, hours=1)
    return ana, await ana.gets_question()


async def reminders_of(person: Person) -> int:
    return sum(REMINDER in words(message) for message in await person.messages())


@on_each_database
async def test_an_unanswered_question_brings_one_reminder_in_the_evening(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot() as jobs:
        ana, question = await asked(sandbox, jobs)
        await later(sandbox, jobs, hours=9, minutes=59)
        await ana.hears_nothing_else()
        await later(sandbox, jobs, minutes=1)
        note = await ana.hears(REMINDER)
        assert "closes tomorrow at 09:00" in words(note)
        assert note["reply_to_message"]["message_id"] == question["message_id"]
        for _ in range(4):
            await later(sandbox, jobs, hours=1)
        await ana.hears_nothing_else()
        await ana.votes(question)
        await ana.hears("+10 points")
        await later(sandbox, jobs, hours=10)  # 09:00
        await ana.gets_question()
        await later(sandbox, jobs, hours=10)
        await ana.hears(REMINDER)
        assert await reminders_of(ana) == 2
    assert sandbox.faults_logged() == []
    assert await sandbox.totals_are_right()


async def test_a_reminder_leads_to_the_question_and_brings_it_if_it_is_gone(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot() as jobs:
        ana, question = await asked(sandbox, jobs)
        await later(sandbox, jobs, hours=10)
        assert buttons(await ana.hears(REMINDER))[0]["text"] == "✍️ Answer now"
        await ana.presses("Answer now")
        here = await ana.hears("Here's your question")
        assert here["reply_to_message"]["message_id"] == question["message_id"]
        await sandbox.control.delete(ana.id, sandbox.bot_id, question["message_id"])
        await ana.presses("Answer now")
        again = await ana.gets_question()
        assert again["poll"]["question"] == question["poll"]["question"]


@pytest.mark.parametrize(
    ("answered", "missed", "told"),
    [
        (2, 0, " keeps your 2-day streak."),
        (2, 1, ""),  # it has ended
        (7, 1, " keeps your 7-day streak."),  # a freeze saves it
    ],
)
async def test_a_reminder_names_the_streak_that_an_answer_keeps(
    sandbox: Sandbox, answered: int, missed: int, told: str
) -> None:
    async with sandbox.bot() as jobs:
        ana = await sandbox.subscriber()
        await later(sandbox, jobs, hours=1)
        for _ in range(answered):
            await ana.votes(await ana.gets_question())
            await ana.hears("+10 points")
            await sandbox.later(jobs, days=1)
        for _ in range(missed):
            await ana.gets_question()
            await sandbox.later(jobs, days=1)
        await later(sandbox, jobs, hours=10)
        reminder = words(await ana.hears(REMINDER))
        assert told in reminder
        assert ("streak" in reminder) is bool(told)


async def test_an_answered_question_brings_no_reminder(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana, question = await asked(sandbox, jobs)
        await ana.votes(question, right=False)
        await ana.hears("Not quite")
        await later(sandbox, jobs, hours=10)
        await later(sandbox, jobs, hours=1)
        await ana.hears_nothing_else()


async def test_a_question_requested_early_brings_a_reminder_as_well(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana = await sandbox.subscriber()
        await ana.says("/quiz")
        await ana.gets_question()
        await later(sandbox, jobs, hours=11)
        await ana.hears(REMINDER)


async def test_a_button_switches_reminders_off_and_a_command_on_again(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot() as jobs:
        ana, _ = await asked(sandbox, jobs)
        await later(sandbox, jobs, hours=10)
        await ana.hears(REMINDER)
        await ana.presses("No more reminders")
        await ana.hears("Reminders are off.")
        await later(sandbox, jobs, hours=14)
        await ana.gets_question()
        await later(sandbox, jobs, hours=10)
        await ana.hears_nothing_else()
        await later(sandbox, jobs, hours=14)
        await ana.gets_question()
        await later(sandbox, jobs, hours=6)
        await ana.says("/reminders on")  # in the afternoon, early enough for today
        await ana.hears("Reminders are on.")
        await later(sandbox, jobs, hours=4)
        await ana.hears(REMINDER)


async def test_reminders_are_shown_and_switched(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        ana = await sandbox.subscriber()
        await ana.says("/timezone Europe/Athens")
        await ana.hears("Done:")
        await ana.says("/reminders")
        shown = await ana.hears("Reminders are on.")
        assert "by 19:00, Athens time" in words(shown)
        await ana.presses("Turn reminders off")
        off = await ana.hears("Reminders are off.")
        assert (await ana.kept()).reminders is False
        assert [button["text"] for button in buttons(off)] == ["🔔 Turn reminders on"]
        await ana.presses("Turn reminders on")
        await ana.hears("Reminders are on.")
        assert (await ana.kept()).reminders is True
        for typed, state in (("OFF", "off"), ("on", "on"), ("  Off ", "off"), ("", "off")):
            await ana.says(f"/reminders {typed}")
            await ana.hears(f"Reminders are {state}.")
        for typed in ("at noon", "<b>", "off please", "0", "ｏｎ", "x" * 4000):
            await ana.says(f"/reminders {typed}")
            await ana.hears("Send /reminders on or /reminders off.")
        assert (await ana.kept()).reminders is False
        await ana.press_data(ana.heard, "reminders:maybe")
        await ana.hears_nothing_else()
    assert sandbox.faults_logged() == []


async def test_strangers_have_no_reminders(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        zoe = await sandbox.person("Zoe")
        for typed in ("", " on", " off"):
            await zoe.says(f"/reminders{typed}")
            await zoe.hears("Send /start to join")


@pytest.mark.parametrize(
    ("time", "told"), [("09:00", "by 19:00"), ("18:30", "by 20:30"), ("20:00", "none will come")]
)
async def test_a_late_question_has_a_later_reminder_or_none(
    sandbox: Sandbox, time: str, told: str
) -> None:
    async with sandbox.bot() as jobs:
        ana = await sandbox.subscriber()
        await ana.says(f"/time {time}")
        await ana.hears(f"Done: {time}")
        await ana.says("/reminders")
        assert told in words(await ana.hears("Reminders are on."))
        for _ in range(30):
            await later(sandbox, jobs, minutes=30)
        assert await reminders_of(ana) == ("none" not in told)


@pytest.mark.parametrize(
    ("command", "said"),
    [("/pause", "Paused"), ("/pause 3 days", "Paused"), ("/stop", "You've left")],
)
async def test_a_pause_or_a_stop_ends_reminders_and_a_return_brings_them_back(
    sandbox: Sandbox, command: str, said: str
) -> None:
    async with sandbox.bot() as jobs:
        ana, _ = await asked(sandbox, jobs)
        bea = await sandbox.subscriber("Bea")
        await bea.says("/quiz")
        await bea.gets_question()
        for person in (ana, bea):
            await person.says(command)
            await person.hears(said)
        await bea.says("/start")
        await bea.hears("Welcome back")
        await later(sandbox, jobs, hours=10)
        await ana.hears_nothing_else()
        await bea.hears(REMINDER)


async def test_nobody_is_reminded_after_a_block_or_erasure(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana, _ = await asked(sandbox, jobs)
        bea = await sandbox.subscriber("Bea")
        await bea.says("/quiz")
        await bea.gets_question()
        await bea.says("/forget")
        await bea.hears("Are you sure?")
        await bea.presses("Erase everything")
        await sandbox.control.block(ana.id, sandbox.bot_id)
        await sandbox.all_read()
        await later(sandbox, jobs, hours=10)
        assert await reminders_of(ana) == await reminders_of(bea) == 0
    assert sandbox.faults_logged() == []


async def test_a_reminder_refused_with_403_marks_the_subscriber_as_blocked(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot() as jobs:
        ana, _ = await asked(sandbox, jobs)
        await sandbox.control.fault("blocked", method="sendMessage", chat_id=ana.id)
        await later(sandbox, jobs, hours=10)
        assert (await ana.kept()).state is SubscriberState.BLOCKED


async def test_after_a_change_of_zone_the_reminder_comes_in_the_new_evening(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot() as jobs:
        ana, _ = await asked(sandbox, jobs)
        bea = await sandbox.subscriber("Bea")
        await bea.says("/quiz")
        await bea.gets_question()
        await ana.says("/timezone America/New_York")
        await ana.hears("Done:")
        await later(sandbox, jobs, hours=4)
        await bea.says("/timezone Asia/Tokyo")  # where it is 22:00
        await bea.hears("Done:")
        await later(sandbox, jobs, hours=6)
        assert await reminders_of(ana) == 0  # 14:00 there
        await later(sandbox, jobs, hours=5)
        await ana.hears(REMINDER)
        assert await reminders_of(bea) == 0


@pytest.mark.parametrize(("hours", "reminded"), [(10.5, 1), (12.5, 0), (14, 0)])
async def test_after_an_outage_a_reminder_comes_late_but_not_in_the_quiet_hours(
    sandbox: Sandbox, hours: float, reminded: int
) -> None:
    async with sandbox.bot() as jobs:
        ana, _ = await asked(sandbox, jobs)
    sandbox.clock.advance(hours * 3600)
    async with sandbox.bot() as jobs:
        await jobs.reminders.run()
        assert await reminders_of(ana) == reminded


async def test_a_stopping_bot_leaves_reminders_to_the_next_one(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana, _ = await asked(sandbox, jobs)
        await jobs.finish(5)
        await later(sandbox, jobs, hours=10)
        assert await reminders_of(ana) == 0
    async with sandbox.bot() as jobs:
        await jobs.reminders.run()
        assert await reminders_of(ana) == 1


async def test_a_reminder_whose_reply_was_lost_is_not_repeated(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana, _ = await asked(sandbox, jobs)
        await sandbox.control.fault("lost_reply", method="sendMessage", chat_id=ana.id)
        for minutes in (600, 1, 1, 30):
            await later(sandbox, jobs, minutes=minutes)
        assert await reminders_of(ana) == 1


async def test_a_reminder_that_was_not_sent_comes_when_telegram_is_back(sandbox: Sandbox) -> None:
    async with Wire.to(sandbox.url) as wire:
        async with sandbox.bot(api_url=wire.url) as jobs:
            ana, _ = await asked(sandbox, jobs)
            wire.cut()
            sandbox.clock.advance(10 * 3600)
            await jobs.reminders.run()
            assert await reminders_of(ana) == 0
        async with sandbox.bot() as jobs:
            await later(sandbox, jobs, minutes=1)
            await ana.hears(REMINDER)


async def test_a_deleted_question_still_brings_a_reminder(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana, question = await asked(sandbox, jobs)
        await sandbox.control.delete(ana.id, sandbox.bot_id, question["message_id"])
        await later(sandbox, jobs, hours=10)
        await ana.hears(REMINDER)


async def test_one_run_takes_as_many_batches_as_necessary(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        jobs.reminders.batch_size = 2
        people = [await sandbox.subscriber(f"Person {number}") for number in range(5)]
        await later(sandbox, jobs, hours=1)
        await people[0].votes(await people[0].gets_question())
        await people[0].hears("+10 points")
        await later(sandbox, jobs, hours=10)
        assert [await reminders_of(person) for person in people] == [0, 1, 1, 1, 1]
    assert sum(entry["people"] for entry in sandbox.logged("reminded")) == 4


async def test_the_settings_change_the_time_of_reminders(sandbox: Sandbox) -> None:
    async with sandbox.bot(remind_at="12:30", quiet_hours="13:00-08:00") as jobs:
        ana, _ = await asked(sandbox, jobs)
        await later(sandbox, jobs, hours=3.5)
        await ana.hears(REMINDER)
        await ana.says("/time 11:00")  # its reminder would be due at 13:00
        await ana.hears("Done:")
        await ana.says("/reminders")
        assert "none will come" in words(await ana.hears("Reminders are on."))

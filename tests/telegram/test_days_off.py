"""Days without a question: the bot says so, and they break no streak."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from db.programmes import WORKDAYS, Programme
from quizbot.programmes import programme as programmes
from tests.telegram.programmes import MONDAY, make_programme
from tests.telegram.sandbox import Person, Sandbox, words


async def answers(person: Person) -> str:
    """Answers the day's question correctly. Returns the answer card."""
    await person.votes(await person.gets_question())
    return words(await person.hears("Right!"))


async def test_a_weekend_breaks_no_streak_and_offers_practice(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        programme = await make_programme(sandbox, weekdays=WORKDAYS, holidays=(date(2026, 11, 27),))
        ana = await sandbox.person("Ana")
        await programme.joins(ana)
        await sandbox.later(jobs, hours=1)
        for day in range(4):  # until Thursday
            if day:
                await sandbox.later(jobs, days=1)
            card = await answers(ana)
        assert "4-day streak" in card
        assert "Next question: on Monday, 30 November at 09:00" in card
        await sandbox.later(jobs, days=1)  # a holiday
        await ana.says("/quiz")
        await ana.hears("No question today")
        assert "comes on Monday, 30 November at 09:00" in words(ana.heard)
        practice = await ana.gets_question()
        await ana.votes(practice)
        await ana.hears("That was practice, so your score stays as it is")
        await sandbox.later(jobs, days=3)
        card = await answers(ana)
        assert "5-day streak" in card
        assert "streak." not in card  # nobody wonders about a long weekend
    assert await sandbox.totals_are_right()


async def test_on_a_day_with_a_question_the_bot_does_not_mention_days_off(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana = await sandbox.subscriber()
        await sandbox.later(jobs, hours=1)
        await answers(ana)
        await ana.says("/quiz")
        await ana.gets_question()
        assert not [m for m in await ana.messages() if "No question today" in words(m)]


async def test_a_member_who_waits_for_the_start_may_practise(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        programme = await make_programme(sandbox, starts_on=date(2026, 11, 30))
        ana = await sandbox.person("Ana")
        await programme.joins(ana)
        await ana.says("/quiz")
        await ana.hears("on Monday, 30 November at 09:00")
        await ana.gets_question()


async def test_a_pause_breaks_no_streak(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana = await sandbox.subscriber()
        await sandbox.later(jobs, hours=1)
        await answers(ana)
        await ana.says("/pause")
        await ana.hears("your streak is safe")
        await sandbox.later(jobs, days=30)
        await ana.says("/score")
        await ana.hears("\nStreak: 1 day\n")
        await ana.says("/resume")
        await ana.hears("Your next question comes")
        await sandbox.later(jobs, days=1)
        assert "2-day streak" in await answers(ana)
    assert await sandbox.totals_are_right()


@pytest.mark.parametrize("command", ["/pause", "/pause 3 days"])
async def test_a_pause_says_that_the_open_question_still_counts(
    sandbox: Sandbox, command: str
) -> None:
    async with sandbox.bot() as jobs:
        ana = await sandbox.subscriber()
        await sandbox.later(jobs, hours=1)
        await answers(ana)
        await sandbox.later(jobs, days=1)
        question = await ana.gets_question()
        await ana.says(command)
        told = words(await ana.hears("For your streak, answer the open question"))
        assert "it closes tomorrow at 09:00" in told
        await ana.votes(question)
        await ana.hears("2-day streak")
        await ana.says(command)
        await ana.hears("your streak is safe")


async def test_the_score_shows_the_freezes_that_are_left(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana = await sandbox.subscriber()
        await sandbox.later(jobs, hours=1)
        for _ in range(7):
            card = await answers(ana)
            await sandbox.later(jobs, days=1)
        assert "earned a freeze" in card
        await ana.says("/score")
        score = words(await ana.hears("Points: 70"))
        assert "Freezes: 1" in score
        await sandbox.later(jobs, days=1)  # one unanswered question has closed
        await ana.says("/score")
        score = words(await ana.sees(lambda message: "Freezes: 0" in words(message)))
        assert "\nStreak: 7 days" in score
        await sandbox.later(jobs, days=1)  # and a second one
        await ana.says("/score")
        score = words(await ana.sees(lambda message: "\nStreak: 0 days" in words(message)))
        assert "Freezes: 0" in score
    assert await sandbox.totals_are_right()


async def test_help_explains_the_rules_of_streaks(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        zoe = await sandbox.person("Zoe")
        await zoe.says("/help")
        text = words(await zoe.hears("One question a day"))
        for said in ("continue on days without a question", "7 in a row", "You can have 2"):
            assert said in text


async def test_a_question_before_very_long_holidays_is_sent(sandbox: Sandbox) -> None:
    """Telegram refuses to close a poll more than a month ahead."""
    async with sandbox.bot() as jobs:
        off = tuple(date(2026, 11, 24) + timedelta(days=n) for n in range(60))
        programme = await make_programme(sandbox, ends_on=None, holidays=off)
        ana = await sandbox.person("Ana")
        await programme.joins(ana)
        await sandbox.later(jobs, hours=1)
        assert "Next question: on Saturday, 23 January" in await answers(ana)
    assert sandbox.faults_logged() == []


async def test_a_start_that_is_moved_just_before_a_crash_has_its_question(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot() as jobs:
        programme = await make_programme(sandbox, starts_on=MONDAY + timedelta(days=9))
        ana = await sandbox.person("Ana")
        await programme.joins(ana)
        tuesday, now = MONDAY + timedelta(days=1), sandbox.clock.now()
        async with sandbox.sessions.begin() as session:
            found = await session.get_one(Programme, programme.id)
            wanted = replace(programmes.plan_of(found), starts_on=tuesday)
            await programmes.change(session, found, wanted, programme.coordinator.id, now)
        await sandbox.later(jobs, hours=1)
        assert await jobs.replans.run() == 1
        await sandbox.later(jobs, days=1)
        await ana.gets_question()

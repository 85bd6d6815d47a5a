"""Joining a programme by a link: what the offer says, and what begins."""

from datetime import date, time
from random import Random

import pytest
from sqlalchemy import select, update

from db.models import Subscriber, SubscriberState
from db.programmes import WORKDAYS, Enrolment, Invite
from quizbot.programmes import membership
from quizbot.quiz.asking.choosing import ItemPool
from quizbot.quiz.subscription import NewSubscriber
from tests.quiz.steps import TOPIC
from tests.telegram.programmes import make_coordinator, make_programme, make_team, turned
from tests.telegram.sandbox import Person, Sandbox, buttons, on_each_database, words


async def enrolments(sandbox: Sandbox) -> list[Enrolment]:
    async with sandbox.sessions() as session:
        return list(await session.scalars(select(Enrolment)))


async def test_the_offer_says_everything_before_a_stranger_agrees(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        cora = await make_coordinator(sandbox, "Cora <Wellness>")
        programme = await make_programme(
            sandbox,
            cora,
            name="Autumn & <b>Co</b>",
            starts_on=date(2026, 11, 30),
            zone="Asia/Kathmandu",
            weekdays=WORKDAYS,
            holidays=(date(2026, 12, 8),),
        )
        ana = await sandbox.person("Ana")
        await ana.says(f"/start {programme.code}")
        offer = words(await ana.hears("You're invited to Autumn & <b>Co</b>"))
        for told in (
            "Run by: Cora <Wellness>",
            "Dates: 30 Nov 2026 – 20 Dec 2026",
            "Questions: Mon–Fri at 09:00, Kathmandu time",
            "Days off: 8 Dec 2026",
            "Topic: Is vitamin B12 good for blood flow?",
            "does not replace the advice",
            "see your alias",
            "never see what you answered",
            "points show how well",
            "points from outside the programme",
            "the programme's group chats",
            "Your first name shows only if you choose that",
            "Your coordinators can write to you up to twice a week. One tap turns that off.",
            "leave any time with one tap: /programmes",
            "a daily question at 09:00, Kathmandu time",
        ):
            assert told in offer
        assert [each["text"] for each in buttons(ana.heard)] == ["✅ Join", "Not now"]
        assert (await ana.kept()).state is SubscriberState.INVITED
        assert await enrolments(sandbox) == []

        joined = words(await turned(ana, "Join", "You're in Autumn & <b>Co</b>"))
        assert "on Monday, 30 November at 09:00, Kathmandu time" in joined
        kept = await ana.kept()
        assert (kept.timezone, kept.question_time) == ("Asia/Kathmandu", time(9))
        assert kept.alias in joined
        assert "Ana" not in joined
        days = "From 30 Nov 2026 to 20 Dec 2026, your question comes Mon–Fri at 09:00. After that,"
        assert days in joined
        assert "streak" not in joined
        await sandbox.later(jobs, days=6)
        await ana.hears_nothing_else()
        await sandbox.later(jobs, days=1)
        await ana.gets_question()
    assert sandbox.faults_logged() == []


@on_each_database
async def test_not_now_leaves_nothing_stored_and_the_link_keeps_working(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        programme = await make_programme(sandbox)
        ana, bea = await sandbox.person("Ana"), await sandbox.subscriber("Bea")
        nothing, unchanged = "I've kept nothing about you", "Nothing has changed"
        cora = programme.coordinator  # tries the link, and is known as the coordinator
        for person, told in ((ana, nothing), (bea, unchanged), (cora, unchanged)):
            await person.says(f"/start {programme.code}")
            await person.hears("You're invited to")
            declined = words(await turned(person, "Not now", "Okay, not now."))
            assert told in declined
            assert "the link keeps working" in declined
        assert await ana.row() is None
        assert await cora.row() is None
        assert (await bea.kept()).state is SubscriberState.ACTIVE
        await programme.joins(ana)
        await ana.press_data(ana.heard, "decline:" + programme.code)  # an old button
        assert (await ana.kept()).state is SubscriberState.ACTIVE
        assert [each.subscriber_id for each in await enrolments(sandbox)] == [ana.id]


async def test_joining_twice_changes_nothing(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        programme = await make_programme(sandbox)
        ana = await sandbox.person("Ana")
        await programme.joins(ana)
        before = await enrolments(sandbox)
        await ana.press_data(ana.heard, f"join:{programme.code}")
        await ana.says(f"/start {programme.code}")
        await ana.hears("already in that programme. See /programmes")
        [one], [same] = before, await enrolments(sandbox)
        assert (one.enrolled_on, one.waits_for_start) == (same.enrolled_on, same.waits_for_start)
        assert await sandbox.count(Subscriber) == 1


async def test_a_subscriber_keeps_their_time_and_gets_the_programmes_days(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot() as jobs:
        ana = await sandbox.subscriber()
        await ana.says("/time 12:00")
        await ana.hears("Done: 12:00")
        programme = await make_programme(
            sandbox, zone="Asia/Tokyo", weekdays=0b001_0101
        )  # Mon, Wed, Fri
        await ana.says(f"/start {programme.code}")
        offer = words(await ana.hears("You're invited"))
        days = "your question comes Mon, Wed, Fri at 12:00, your usual time. After that, it comes"
        assert f"Until 20 Dec 2026, {days} every day" in offer
        assert "Your streak and points go on." in offer
        joined = words(await turned(ana, "Join", "today at 12:00, UTC"))
        assert f"Until 20 Dec 2026, {days} every day. Your streak and points go on." in joined
        await sandbox.later(jobs, hours=4)
        await ana.gets_question()
        await sandbox.later(jobs, days=1)
        await ana.hears_nothing_else()
        await ana.says("/quiz")  # yesterday's is still open
        await ana.hears("Here's your question")
        await sandbox.later(jobs, days=1)
        await ana.gets_question()


@pytest.mark.parametrize(
    ("command", "said", "state"),
    [("/stop", "You've left", "stopped"), ("/pause", "Paused", "paused")],
    ids=["stopped", "paused"],
)
async def test_the_offer_says_that_daily_questions_start_again(
    sandbox: Sandbox, command: str, said: str, state: str
) -> None:
    async with sandbox.bot():
        ana = await sandbox.subscriber()
        await ana.says(command)
        await ana.hears(said)
        programme = await make_programme(sandbox)
        await ana.says(f"/start {programme.code}")
        offer = words(await ana.hears("invited"))
        assert "your daily question starts again" in offer
        assert "your question comes every day at 09:00, your usual time. Your streak" in offer
        assert (await ana.kept()).state == state  # until they agree
        await turned(ana, "Join", "tomorrow at 09:00")
        await ana.gets_question()
        assert (await ana.kept()).state is SubscriberState.ACTIVE


async def test_the_offer_comes_again_after_a_plain_start(sandbox: Sandbox) -> None:
    """Somebody reads the offer, starts without it, and gets the offer again."""
    async with sandbox.bot():
        programme = await make_programme(sandbox)
        ana = await sandbox.person("Ana")
        await ana.says(f"/start {programme.code}")
        await ana.hears("You're invited to")
        await ana.says("/start")
        await ana.hears("Hello Ana!")
        await ana.presses("Start my daily")
        await ana.hears("You're in")
        await ana.hears("You're invited to")
        await turned(ana, "Join", "You're in Autumn")
        await ana.says("/start")
        await ana.hears("Welcome back")
        await ana.hears_nothing_else()


async def test_a_team_invitation_names_the_team_and_moves_a_member(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        programme = await make_programme(sandbox)
        red, red_code = await make_team(sandbox, programme, "Red <3")
        blue, blue_code = await make_team(sandbox, programme, "Blue")
        ana = await sandbox.person("Ana")
        await ana.says(f"/start {red_code}")
        assert "Your team: Red <3" in words(await ana.hears("You're invited"))
        assert "Your team: Red <3" in words(await turned(ana, "Join", "You're in"))
        assert [each.team_id for each in await enrolments(sandbox)] == [red.id]
        await ana.says(f"/start {red_code}")
        await ana.hears("already")
        await ana.says(f"/start {blue_code}")
        await ana.hears("This link is for team Blue")
        await turned(ana, "Move to this team", "Your team: Blue")
        assert [each.team_id for each in await enrolments(sandbox)] == [blue.id]


async def test_a_team_can_be_chosen_after_joining(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        programme = await make_programme(sandbox)
        red, _ = await make_team(sandbox, programme, "Red")
        ana = await sandbox.person("Ana")
        await programme.joins(ana)
        await turned(ana, "Choose a team", "Autumn: which team are you in?")
        await turned(ana, "Red", "Team: Red")
        assert [each.team_id for each in await enrolments(sandbox)] == [red.id]


async def test_invalid_links_are_answered_with_the_reason(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        programme = await make_programme(sandbox)
        over = await make_programme(
            sandbox, programme.coordinator, name="Over", ends_on=date(2026, 11, 24)
        )
        ana, stranger = await sandbox.subscriber(), await sandbox.person("Stranger")
        await ana.says("/start " + "A" * 22)
        await ana.hears("don't know that link")
        await stranger.says("/start " + "A" * 22)
        await stranger.hears("Hello Stranger!")  # the usual introduction
        async with sandbox.sessions.begin() as session:
            await session.execute(
                update(Invite)
                .where(Invite.code == programme.code)
                .values(ended_at=sandbox.clock.now())
            )
        sandbox.clock.advance(2 * 24 * 3600)
        for person in (ana, stranger):
            await person.says(f"/start {programme.code}")
            closed = await person.hears("no longer works")
            await person.press_data(closed, f"join:{programme.code}")
            person.heard = closed
            await person.hears("no longer works")
            await person.says(f"/start {over.code}")
            await person.hears("That programme has ended")
            await person.press_data(closed, "join:" + "B" * 22)
            await person.hears("don't know that link")
        assert await enrolments(sandbox) == []
    assert sandbox.faults_logged() == []


async def test_one_person_can_be_in_several_programmes(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        programme = await make_programme(sandbox)
        other = await make_programme(sandbox, programme.coordinator, name="Winter")
        ana = await sandbox.person("Ana")
        assert "comes every day at 09:00" in words(await programme.joins(ana))
        joined = words(await other.joins(ana))
        assert "your question comes on the days of your programmes at 09:00" in joined
        await ana.says("/programmes")
        both = await ana.hears("Your programmes:")
        assert {button["text"] for button in buttons(both)} == {"Autumn", "Winter"}


async def test_an_erased_member_can_join_again(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        programme = await make_programme(sandbox)
        ana: Person = await sandbox.person("Ana")
        await programme.joins(ana)
        await ana.says("/forget")
        await ana.hears("Are you sure?")
        await turned(ana, "Erase", "is erased")
        assert await enrolments(sandbox) == []
        await programme.joins(ana)
        assert len(await enrolments(sandbox)) == 1


async def test_a_member_who_stopped_can_resume_by_the_same_link(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        programme = await make_programme(sandbox)
        ana = await sandbox.person("Ana")
        await programme.joins(ana)
        await ana.says("/stop")
        await ana.hears("You've left the quiz")
        await ana.says(f"/start {programme.code}")
        offer = words(await ana.hears("You're invited"))
        assert "your daily question starts again" in offer
        await turned(ana, "Join", "tomorrow at 09:00")
        assert (await ana.kept()).state is SubscriberState.ACTIVE


@on_each_database
async def test_who_joins_a_running_programme_is_asked_at_once_and_only_once(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot() as jobs:
        programme = await make_programme(sandbox)
        ana = await sandbox.person("Ana")
        joined = words(await programme.joins(ana))
        assert "Here's your question for today" in joined
        assert "tomorrow at 09:00" in joined
        await ana.votes(await ana.gets_question())
        await ana.hears("+10 points")
        await ana.press_data((await ana.messages())[-1], f"join:{programme.code}")
        await sandbox.later(jobs, hours=1)  # 09:00
        await ana.hears_nothing_else()
        await sandbox.later(jobs, days=1)
        await ana.gets_question()
        assert len(await ana.deliveries()) == 2
    assert sandbox.faults_logged() == []


@pytest.mark.parametrize("why_not", ["weekday", "holiday", "night", "later", "asked", "own time"])
async def test_who_joins_is_not_asked_on_a_day_off_at_night_or_again(
    sandbox: Sandbox, why_not: str
) -> None:
    async with sandbox.bot() as jobs:
        programme = await make_programme(
            sandbox,
            starts_on=date(2026, 11, 30 if why_not == "later" else 23),
            weekdays=0b1111110 if why_not == "weekday" else 0b1111111,
            holidays=(date(2026, 11, 23),) if why_not == "holiday" else (),
            zone="America/New_York" if why_not == "night" else "UTC",  # 03:00 there
        )
        if why_not == "asked":
            ana, question = await sandbox.asked_subscriber(jobs)
            await ana.votes(question)
            await ana.hears("points")
        elif why_not == "own time":
            ana = await sandbox.subscriber()
        else:
            ana = await sandbox.person("Ana")
        asked = len(await ana.deliveries())
        assert "Here's your question for today" not in words(await programme.joins(ana))
        await ana.hears_nothing_else()
        assert len(await ana.deliveries()) == asked


async def test_a_first_question_that_a_crash_held_back_comes_once(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        programme = await make_programme(sandbox)
        ana = await sandbox.person("Ana")
        await ana.says("/start")  # opens the chat
        await ana.hears("What I keep")
    now, policy = sandbox.clock.now(), sandbox.settings().reminder_policy
    pool = ItemPool.of(TOPIC, Random(7))
    new = NewSubscriber(ana.id, "en", "UTC", time(9))
    async with sandbox.sessions.begin() as session:  # like a bot that crashes right after
        part = await membership.accept(session, new, programme.code, now, Random(1))
        assert isinstance(part, membership.Membership)
        assert await membership.claim_first_question(session, part, None, pool, now, policy)
    async with sandbox.bot() as jobs:
        await sandbox.later(jobs, minutes=1)
        await ana.gets_question()
        await sandbox.later(jobs, hours=1)
        await ana.hears_nothing_else()

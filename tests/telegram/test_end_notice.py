"""The notice that members get at the end of a programme."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from db.models import Subscriber, SubscriberState
from db.programmes import Enrolment, Programme, Team
from quizbot.programmes import end_notice, staff
from quizbot.scheduler import Jobs
from tests.programmes import steps
from tests.telegram.group_chats import MONDAY, Group, answer, enrol, later, member_of, programme_of
from tests.telegram.programmes import turned
from tests.telegram.sandbox import Message, Person, Sandbox, buttons, on_each_database, words
from tests.telegram.wire import Wire

ENDED = "has ended"


async def one_day_programme(sandbox: Sandbox, jobs: Jobs, **plan: object) -> Programme:
    """Creates a programme that lasts one day, Monday; its question closes on Tuesday at 09:00."""
    return await programme_of(sandbox, await sandbox.person("Cora"), ends_on=MONDAY, **plan)


async def advance_to_notice(sandbox: Sandbox, jobs: Jobs) -> None:
    """Moves the clock from Monday at eight to Tuesday at eleven, when the date is settled."""
    await later(sandbox, jobs, hours=25)
    await later(sandbox, jobs, hours=2)


def is_notice(message: Message) -> bool:
    return ENDED in words(message)


async def notices(person: Person) -> list[str]:
    return [words(each) for each in await person.messages() if ENDED in words(each)]


@on_each_database
async def test_each_member_gets_one_notice_with_their_season(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        programme = await one_day_programme(sandbox, jobs)
        ana, bea = [await member_of(sandbox, programme, name) for name in ("Ana", "Bea")]
        cleo = await member_of(sandbox, programme, "Cleo")
        hidden = await member_of(sandbox, programme, "Dora", hidden=True)
        silent = await member_of(sandbox, programme, "Eva")
        zoe = await sandbox.subscriber("Zoe")
        await later(sandbox, jobs, hours=1)
        for person, right in ((ana, True), (bea, True), (cleo, False), (hidden, True)):
            await answer(person, right=right)
        await later(sandbox, jobs, hours=24)
        await later(sandbox, jobs, hours=1, minutes=59)
        await jobs.notes.run()
        assert await notices(ana) == []
        async with sandbox.sessions() as session:
            now, key = sandbox.clock.now(), (ana.id, MONDAY + timedelta(days=1))
            assert (await end_notice.ended_for_members(session, now))[key] == ["Spring & well"]
        await later(sandbox, jobs, minutes=1)
        assert await jobs.notes.run() == 5
        async with sandbox.sessions() as session:
            assert await end_notice.ended_for_members(session, now) == {}
        told = words(await ana.hears(ENDED))
        assert "Thanks for taking part!" in told
        assert "You answered 1 question, 1 right." in told
        assert "10 points: place 1 of 3" in told
        assert "10 points: place 1 of 3" in words(await bea.hears(ENDED))
        last = words(await cleo.hears(ENDED))
        assert "You answered 1 question, 0 right." in last
        assert "2 points" in last
        assert "place" not in last
        assert "place" not in words(await hidden.hears(ENDED))
        assert "You answered" not in words(await silent.hears(ENDED))
        assert "every day" in words(ana.heard)
        for _ in range(3):
            await later(sandbox, jobs, hours=24)
            await jobs.notes.run()
        assert [len(await notices(each)) for each in (ana, silent, zoe)] == [1, 1, 0]
    assert sandbox.faults_logged() == []
    assert await sandbox.totals_are_right()


async def test_the_season_is_that_of_the_programme(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        tuesday, thursday = (MONDAY + timedelta(days=each) for each in (1, 3))
        programme = await programme_of(
            sandbox, await sandbox.person("Cora"), starts_on=tuesday, ends_on=thursday
        )
        ana = await member_of(sandbox, programme, "Ana")
        await later(sandbox, jobs, hours=1)
        for right in (True, True, False, True, True):  # from Monday to Friday
            await answer(ana, right=right)
            await later(sandbox, jobs, hours=24)
            await jobs.notes.run()
        [told] = await notices(ana)
        assert "You answered 3 questions, 2 right." in told
        assert "Up to 3 questions in a row" in told
        assert "22 points" in told
        assert [each["text"] for each in buttons(await ana.hears(ENDED))] == [
            "🏆 Final board",
            "📊 My score",
        ]
        last = [each for each in await ana.questions() if "The last question of" in str(each)]
        assert last == [(await ana.questions())[3]]


async def test_after_the_end_the_daily_question_goes_on_every_day(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        programme = await programme_of(
            sandbox, await sandbox.person("Cora"), ends_on=MONDAY + timedelta(days=4)
        )
        ana = await member_of(sandbox, programme, "Ana")
        await later(sandbox, jobs, hours=1)
        for _ in range(7):
            await later(sandbox, jobs, hours=24)
            await jobs.notes.run()
        asked = [each.local_date.day for each in await ana.deliveries()]
        assert asked == [23, 24, 25, 26, 27, 28, 29, 30]  # Saturday is the first day after
        assert len(await notices(ana)) == 1


async def test_a_programme_ended_today_brings_its_notice_tomorrow(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        cora = await sandbox.person("Cora")
        made = await programme_of(sandbox, cora)
        ana = await member_of(sandbox, made, "Ana")
        async with sandbox.sessions.begin() as session:
            programme = await session.get_one(Programme, made.id)
            await steps.change(session, programme, sandbox.clock.now(), ends_on=MONDAY)
        await later(sandbox, jobs, hours=26, minutes=59)
        await jobs.notes.run()
        assert await notices(ana) == []
        await later(sandbox, jobs, minutes=1)
        await jobs.notes.run()
        assert len(await notices(ana)) == 1


async def test_former_members_get_no_notice_and_paused_ones_learn_how_to_resume(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot() as jobs:
        programme = await one_day_programme(sandbox, jobs)
        left = await member_of(sandbox, programme, "Ana", left_at=sandbox.clock.now())
        stopped = await member_of(sandbox, programme, "Bea")
        await stopped.says("/stop")
        await stopped.hears("You've left")
        paused = await member_of(sandbox, programme, "Cleo")
        await paused.says("/pause")
        await paused.hears("Paused")
        both = await member_of(sandbox, programme, "Dora")
        other = await programme_of(sandbox, await sandbox.person("Dan"), name="Other")
        async with sandbox.sessions.begin() as session:
            session.add(
                Enrolment(
                    programme_id=other.id,
                    subscriber_id=both.id,
                    enrolled_on=MONDAY,
                    hidden=False,
                    waits_for_start=False,
                )
            )
        await advance_to_notice(sandbox, jobs)
        assert await jobs.notes.run() == 2
        assert "/resume" in words(await paused.hears(ENDED))
        assert "goes on with Other." in words(await both.hears(ENDED))
        assert await notices(left) == await notices(stopped) == []


async def test_no_notice_comes_while_a_member_far_west_can_still_answer(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot() as jobs:
        programme = await one_day_programme(sandbox, jobs)
        ana = await member_of(sandbox, programme, "Ana")
        await ana.says("/timezone Pacific/Honolulu")
        await ana.hears("Honolulu")
        bea = await member_of(sandbox, programme, "Bea")
        group = await Group.of(await sandbox.person("Dan"))
        await link(sandbox, group, programme)
        await later(sandbox, jobs, hours=1)
        await answer(bea, right=False)
        for _ in range(33):  # to Tuesday, 18:00
            await later(sandbox, jobs, hours=1)
            await jobs.notes.run()
        assert await notices(bea) == await group.said(ENDED) == []
        await answer(ana)
        await later(sandbox, jobs, hours=1)
        await jobs.notes.run()
        assert "2 points" in words(await bea.hears(ENDED))
        assert "10 points: place 1 of 2" in words(await ana.hears(ENDED))
        await later(sandbox, jobs, hours=24)
        assert "· 10 points" in words(await group.hears(ENDED))
        await later(sandbox, jobs, hours=24)
        assert len(await group.said(ENDED)) == 1
    assert sandbox.faults_logged() == []


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Pacific/Honolulu"])
async def test_the_first_question_after_the_end_thanks_if_the_notice_has_not(
    sandbox: Sandbox, zone: str
) -> None:
    async with sandbox.bot() as jobs:
        programme = await one_day_programme(sandbox, jobs, name="Autumn %s")
        ana, late = [await member_of(sandbox, programme, name) for name in ("Ana", "Late")]
        await ana.says(f"/timezone {zone}")
        await ana.hears(zone.rsplit("/", maxsplit=1)[-1])
        await late.says("/time 13:00")
        await late.hears("13:00")
        for _ in range(75):  # to Thursday
            await later(sandbox, jobs, hours=1)
            await jobs.notes.run()
        for person in (ana, late):
            told = [each for each in await person.messages() if "poll" in each or is_notice(each)]
            days = [each.local_date for each in await person.deliveries()]
            before = sum(day <= MONDAY for day in days)
            thanked = [n for n, each in enumerate(told) if "Thanks for taking part!" in str(each)]
            assert thanked[0] <= before, told
            assert len(thanked) == 2, told  # above the question, and the notice
            assert len(await notices(person)) == 1
    assert sandbox.faults_logged() == []


async def test_a_question_that_stays_open_for_weeks_keeps_nobody_waiting(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        programme = await one_day_programme(sandbox, jobs)
        ana, bea = [await member_of(sandbox, programme, name) for name in ("Ana", "Bea")]
        later_on = MONDAY + timedelta(days=21)
        cora = await sandbox.person("Dan")
        following = await programme_of(sandbox, cora, name="Next", starts_on=later_on)
        await enrol(sandbox, ana, following, waits_for_start=True)
        await later(sandbox, jobs, hours=1)
        await answer(bea)
        for _ in range(48):  # to Wednesday, 09:00
            await later(sandbox, jobs, hours=1)
            await jobs.notes.run()
        assert len(await notices(bea)) == len(await notices(ana)) == 1


async def link(sandbox: Sandbox, group: Group, programme: Programme) -> None:
    """Makes the owner of the group a coordinator, and links the group."""
    async with sandbox.sessions.begin() as session:
        owner = group.owner.id
        await staff.make_coordinator(session, owner, "Dan", "en", sandbox.clock.now())
        await staff.add_coordinator(session, programme.id, owner)
    await group.link(programme)


async def test_today_tells_for_two_weeks_what_has_ended(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        programme = await one_day_programme(sandbox, jobs, name="Autumn")
        async with sandbox.sessions.begin() as session:
            session.add(Team(programme_id=programme.id, name="Red", name_key="red"))
        ana, bea = [await member_of(sandbox, programme, name) for name in ("Ana", "Bea")]
        await later(sandbox, jobs, hours=1)
        await answer(ana)
        await answer(bea, right=False)
        await later(sandbox, jobs, hours=24)
        await ana.says("/today")
        told = words(await ana.hears("🎓 Autumn ended on Monday, 23 November."))
        assert "⭐ 10 points: place 1 of 2" in told
        assert "Your question is waiting" in told
        board = await turned(ana, "Final board", "🏆 Autumn · Final board")
        assert "10 points" in words(board)
        assert "👥 Teams\n– Red · 0 members" in words(board)
        labels = [each["text"] for each in buttons(board)]
        assert labels == ["All time", "👥 Teams", "‹ Back", "🌍 Whole quiz"]
        await turned(ana, "All time", "🏆 Autumn · All time")
        await ana.press_data(board, f"boards:{programme.id}:week:all")  # of an older message
        ana.heard = {}
        await ana.sees(lambda each: "· Final board" in words(each))
        sandbox.clock.advance(14 * 24 * 3600)
        await ana.says("/today")
        await ana.hears("not in a programme")


async def test_a_member_of_the_next_programme_learns_when_it_begins(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        programme = await one_day_programme(sandbox, jobs)
        ana = await member_of(sandbox, programme, "Ana")
        friday = MONDAY + timedelta(days=4)
        following = await programme_of(
            sandbox, await sandbox.person("Dan"), name="Next", starts_on=friday, holidays=[friday]
        )
        await enrol(sandbox, ana, following, waits_for_start=True)
        await advance_to_notice(sandbox, jobs)
        await jobs.notes.run()
        told = words(await ana.hears(ENDED))
        assert "You're still in Next: your first question comes on Monday, 30 November." in told
        assert "every day" not in told


async def test_a_programme_with_an_unknown_zone_delays_no_other(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        broken, whole = (
            await one_day_programme(sandbox, jobs, name="Broken"),
            await one_day_programme(sandbox, jobs),
        )
        ana = await member_of(sandbox, broken, "Ana")
        bea = await member_of(sandbox, whole, "Bea")
        async with sandbox.sessions.begin() as session:
            (await session.get_one(Programme, broken.id)).timezone = "Mars/Olympus_Mons"
        await advance_to_notice(sandbox, jobs)
        assert await jobs.notes.run() == 1
        await bea.hears(ENDED)
        sandbox.clock.advance(24 * 3600)
        assert await jobs.notes.run() == 1  # its dates will never be settled
        await ana.hears(ENDED)


async def test_demo_members_get_no_notice(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        programme = await one_day_programme(sandbox, jobs, demo=True)
        ana = await member_of(sandbox, programme, "Ana")
        demo = await member_of(sandbox, programme, "Nobody")
        async with sandbox.sessions.begin() as session:
            subscriber = await session.get_one(Subscriber, demo.id)
            subscriber.state, subscriber.next_due_at = SubscriberState.PAUSED, None
        await advance_to_notice(sandbox, jobs)
        assert await jobs.notes.run() == 1
        await ana.hears(ENDED)
        assert await notices(demo) == []


async def test_a_blocked_bot_is_no_fault(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        programme = await one_day_programme(sandbox, jobs)
        ana = await member_of(sandbox, programme, "Ana")
        bea = await member_of(sandbox, programme, "Bea")
        await later(sandbox, jobs, hours=1)
        await sandbox.control.fault("blocked", method="sendMessage", chat_id=ana.id)
        await later(sandbox, jobs, hours=26)
        await jobs.notes.run()
        await bea.hears(ENDED)
        assert (await ana.kept()).state is SubscriberState.BLOCKED
        async with sandbox.sessions() as session:
            assert (await session.get_one(Programme, programme.id)).end_notice_due_at is None
    assert sandbox.faults_logged() == []


async def test_concurrent_runs_notify_every_member_once(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        jobs.notes.batch_size = 2
        programme = await one_day_programme(sandbox, jobs)
        members = [await member_of(sandbox, programme, f"Member {n}") for n in range(5)]
        await advance_to_notice(sandbox, jobs)
        await asyncio.gather(*(jobs.notes.run() for _ in range(3)))
        assert [len(await notices(each)) for each in members] == [1] * 5


async def test_after_a_crash_every_member_gets_the_notice(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        programme = await one_day_programme(sandbox, jobs)
        members = [await member_of(sandbox, programme, f"Member {n}") for n in range(3)]
        await advance_to_notice(sandbox, jobs)
    async with sandbox.sessions.begin() as session:  # the bot plans them and crashes
        assert await end_notice.plan(session, sandbox.clock.now()) == programme.id
    async with sandbox.bot() as jobs:
        await jobs.notes.run()
        assert [len(await notices(each)) for each in members] == [1, 1, 1]
        await jobs.notes.run()
        assert [len(await notices(each)) for each in members] == [1, 1, 1]
    async with sandbox.sessions() as session:
        assert all(await session.scalars(select(Enrolment.end_notice_sent)))


async def test_a_notice_that_was_not_sent_comes_a_minute_later(sandbox: Sandbox) -> None:
    async with Wire.to(sandbox.url) as wire, sandbox.bot(api_url=wire.url) as jobs:
        programme = await one_day_programme(sandbox, jobs)
        ana = await member_of(sandbox, programme, "Ana")
        await advance_to_notice(sandbox, jobs)
        wire.cut()
        await jobs.notes.run()
    async with sandbox.bot() as jobs:
        sandbox.clock.advance(60)
        await jobs.notes.run()
        assert len(await notices(ana)) == 1


@pytest.mark.parametrize("name", ["<b>x", "{points}", "%s & co"])
async def test_names_are_shown_as_they_are(sandbox: Sandbox, name: str) -> None:
    async with sandbox.bot() as jobs:
        programme = await one_day_programme(sandbox, jobs, name=name)
        ana = await member_of(sandbox, programme, "Ana")
        await advance_to_notice(sandbox, jobs)
        await jobs.notes.run()
        assert words(await ana.hears(ENDED)).startswith(f"🎓 {name} has ended.")

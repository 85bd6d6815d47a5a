"""The weekly digest for a programme's coordinators, and /digest."""

import asyncio
from datetime import UTC, datetime, time, timedelta

import pytest

from db.models import Subscriber
from db.programmes import ALL_WEEKDAYS, Programme
from db.reports import ItemReport, ProgrammeDay
from quizbot.charts.render import Rasteriser, RasteriserError
from quizbot.programmes import digest, staff
from quizbot.programmes import programme as programmes
from quizbot.scheduler import Jobs
from tests.quiz.steps import TOPIC
from tests.telegram.group_chats import MONDAY, answer, later, member_of, programme_of
from tests.telegram.programmes import open_card
from tests.telegram.sandbox import Message, Person, Sandbox, buttons, on_each_database, words
from tests.telegram.wire import Wire

DIGEST = "📬"
TO_DIGEST = timedelta(days=7, hours=3).total_seconds()  # from Monday at eight to the next at eleven


@pytest.fixture
async def cora(sandbox: Sandbox) -> Person:
    return await reachable_person(sandbox, "Cora")


async def reachable_person(sandbox: Sandbox, name: str) -> Person:
    """Adds a person to whom the bot may write, who is no subscriber."""
    person = await sandbox.person(name)
    await person.says("/start")
    return person


async def advance_to(sandbox: Sandbox, jobs: Jobs, day: int, hour: int) -> None:
    """Moves the clock to this hour (UTC) of the day, counted from 0, unless it has passed."""
    moment = datetime.combine(MONDAY + timedelta(days=day), time(hour), UTC)
    wait = (moment - sandbox.clock.now()).total_seconds()
    await later(sandbox, jobs, seconds=max(0, wait))


async def answer_for_a_week(
    sandbox: Sandbox, jobs: Jobs, members: list[Person], right: int, first_day: int = 0
) -> None:
    """From Monday to a second before the digest: all answer, this many of them correctly.

    These are others every day, so that enough different people are correct and are not.
    """
    for day in range(first_day, first_day + 5):
        await advance_to(sandbox, jobs, day, 9)
        for number, person in enumerate(members):
            if await person.questions():  # a later member's first question is the next day's
                await answer(person, right=(number + day) % len(members) < right)
    await advance_to(sandbox, jobs, first_day + 7, 9)
    await later(sandbox, jobs, hours=2, seconds=-1)


async def digests(person: Person, sign: str = DIGEST) -> list[Message]:
    return [each for each in await person.messages() if sign in words(each)]


async def test_on_monday_the_coordinator_gets_the_digest_of_the_week(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot() as jobs:
        cora = await reachable_person(sandbox, "Cora")
        programme = await programme_of(sandbox, cora, name="Spring & <b>well</b>")
        members = [await member_of(sandbox, programme, f"Member {n}") for n in range(6)]
        await answer_for_a_week(sandbox, jobs, members, right=4)
        await jobs.digests.run()
        assert await digests(cora) == []
        sandbox.clock.advance(1)
        await jobs.digests.run()
        told = words(await cora.hears(DIGEST))
        for part in (
            "Spring & <b>well</b> · 23 Nov – 29 Nov",
            "Enrolled: 6",
            "Active: 6",
            "Answered: 100% (30 of 30)",
            "Right: 67%",
            "🏆 Winners: 🥇 ",
            "Learning: too few answers so far",
            "Hardest question: ",
            "Questions delivered: 30; none late or lost.",
        ):
            assert part in told
        assert "since" not in told
        [best] = [line for line in told.splitlines() if "Winners" in line]
        assert (best.count("🥇"), best.count("🥉")) == (2, 4)  # the tie is not cut
        assert "Lapsed" not in told
        picture = await cora.sees(lambda message: "photo" in message)
        assert words(picture) == "Spring & <b>well</b> · 23 Nov – 29 Nov"
        await jobs.digests.run()
        await cora.hears_nothing_else()
        members += [await member_of(sandbox, programme, "Late")]
        await answer_for_a_week(sandbox, jobs, members, right=5, first_day=7)
        sandbox.clock.advance(1)
        await jobs.digests.run()
        second = words(await cora.hears(DIGEST))
        assert "30 Nov – 6 Dec" in second
        assert "Enrolled: 7 (+1)" in second
        assert "Active: 7 (+1)" in second
        assert "Answered: 100% (34 of 34, ±0 points)" in second
        # The first Friday had to wait for these days, as the last two days do now.
        assert "Right: 73% (+6 points)" in second
    assert sandbox.faults_logged() == []
    assert await sandbox.totals_are_right()


async def test_there_is_no_digest_about_a_week_of_holidays(sandbox: Sandbox, cora: Person) -> None:
    async with sandbox.bot() as jobs:
        week = [MONDAY + timedelta(days=number) for number in range(7)]
        programme = await programme_of(sandbox, cora, holidays=week)
        await member_of(sandbox, programme, "Ana")
        sandbox.clock.advance(TO_DIGEST)
        await jobs.digests.run()
        assert await digests(cora) == []
        sandbox.clock.advance(timedelta(days=7).total_seconds())
        await jobs.digests.run()
        assert "30 Nov – 6 Dec" in words(await cora.hears(DIGEST))


async def test_while_nobody_takes_part_a_line_says_what_to_do(
    sandbox: Sandbox, cora: Person
) -> None:
    async with sandbox.bot() as jobs:
        await programme_of(sandbox, cora)
        sandbox.clock.advance(TO_DIGEST)
        await jobs.digests.run()
        told = words(await cora.hears(DIGEST))
        assert told == "📬 Spring & well: nobody takes part yet. Invite people: /programme"
        await cora.hears_nothing_else()  # no picture


async def test_a_digest_has_one_picture_and_links_to_the_pages(
    sandbox: Sandbox, cora: Person
) -> None:
    async with sandbox.bot(public_url="https://quiz.example.org") as jobs:
        programme = await programme_of(sandbox, cora)
        sandbox.clock.advance(TO_DIGEST)
        item = TOPIC.approved[3]
        for number, took in enumerate(([6, 8, 0, 0], [9, 1, 1, 0])):
            reported = ItemReport(
                programme_id=programme.id,
                item_id=item.id if number == 0 else "of-old",
                item_revision=item.revision,
                option_counts=took,
            )
            async with sandbox.sessions.begin() as session:
                session.add(reported)
        await jobs.digests.run()
        told = await cora.hears(DIGEST)
        assert f"{item.stem} · 43% right of 14 answers" in words(told)
        links = [each["url"] for each in told["entities"] if each["type"] == "text_link"]
        page = f"https://quiz.example.org/p/{programme.id}/questions/{item.id}"
        assert links == [page, f"https://quiz.example.org/p/{programme.id}"]
        picture = await cora.sees(lambda message: "photo" in message)
        file = await sandbox.control.file(picture["photo"][-1]["file_id"])
        assert file.startswith(b"\x89PNG")


async def test_reports_are_refreshed_although_nobody_looks(sandbox: Sandbox, cora: Person) -> None:
    async with sandbox.bot() as jobs:
        programme = await programme_of(sandbox, cora)
        over = await programme_of(sandbox, cora, name="Over", ends_on=MONDAY)
        ana = await member_of(sandbox, programme, "Ana")
        await later(sandbox, jobs, hours=1)
        await answer(ana)
        await jobs.reports.run()
        async with sandbox.sessions() as session:
            day = await session.get_one(ProgrammeDay, (programme.id, MONDAY))
            assert (day.asked, day.answered) == (1, 1)
        sandbox.clock.advance(70 * 24 * 3600)
        async with sandbox.sessions() as session:
            assert await programmes.unreported_programmes(session, sandbox.clock.now()) == [
                programme.id
            ]
        assert over.id != programme.id


async def test_without_a_picture_the_words_come_alone(
    sandbox: Sandbox, cora: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> bytes:
        raise RasteriserError("no process")

    monkeypatch.setattr(Rasteriser, "png", broken)
    async with sandbox.bot() as jobs:
        await programme_of(sandbox, cora)
        sandbox.clock.advance(TO_DIGEST)
        await jobs.digests.run()
        await cora.hears(DIGEST)
        await cora.hears_nothing_else()
    assert sandbox.faults_logged() == []


async def test_figures_of_few_people_are_suppressed(sandbox: Sandbox, cora: Person) -> None:
    async with sandbox.bot() as jobs:
        programme = await programme_of(sandbox, cora)
        members = [await member_of(sandbox, programme, f"Member {n}") for n in range(4)]
        await answer_for_a_week(sandbox, jobs, members, right=2)
        sandbox.clock.advance(1)
        await jobs.digests.run()
        told = words(await cora.hears(DIGEST))
        assert "Answered: 100% (20 of 20)" in told
        assert told.count("too few answers so far") == 3
        assert "Right: –" in told


async def test_a_digest_reports_deliveries_that_failed(sandbox: Sandbox, cora: Person) -> None:
    async with sandbox.bot() as jobs:
        programme = await programme_of(sandbox, cora)
        ana = await member_of(sandbox, programme, "Ana")
        bea = await member_of(sandbox, programme, "Bea")
        await sandbox.control.fault("blocked", method="sendPoll", chat_id=ana.id)
        await later(sandbox, jobs, hours=1)
        await answer(bea)
        await advance_to(sandbox, jobs, 7, 11)
        await jobs.digests.run()
        told = words(await cora.hears(DIGEST))
        assert "1 blocked or refused" in told
        assert "none late or lost" not in told


async def test_the_digest_of_a_demo_programme_says_so(sandbox: Sandbox, cora: Person) -> None:
    async with sandbox.bot() as jobs:
        programme = await programme_of(sandbox, cora, demo=True)
        await member_of(sandbox, programme, "Ana")
        sandbox.clock.advance(TO_DIGEST)
        await jobs.digests.run()
        assert "a demo" in words(await cora.hears(DIGEST))
        picture = await cora.sees(lambda message: "photo" in message)
        assert "demo data" in words(picture)


async def test_before_the_start_the_digest_counts_who_has_joined(
    sandbox: Sandbox, cora: Person
) -> None:
    async with sandbox.bot() as jobs:
        programme = await programme_of(sandbox, cora, starts_on=MONDAY + timedelta(days=14))
        await member_of(sandbox, programme, "Ana")
        sandbox.clock.advance(TO_DIGEST)
        await jobs.digests.run()
        told = words(await cora.hears(DIGEST))
        assert "starts on Monday, 7 December. 1 has joined so far." in told
        await cora.hears_nothing_else()


async def test_digests_follow_the_programmes_zone_and_end_with_it(
    sandbox: Sandbox, cora: Person
) -> None:
    async with sandbox.bot() as jobs:
        await programme_of(
            sandbox, cora, timezone="America/New_York", ends_on=MONDAY + timedelta(days=8)
        )
        sandbox.clock.advance(8 * 3600)  # 16:00 UTC is 11:00 there
        mondays = []
        for _ in range(30):
            await jobs.reports.run()
            await jobs.digests.run()
            mondays.append(len(await digests(cora)) + len(await digests(cora, "final report.")))
            sandbox.clock.advance(24 * 3600)
        assert [day for day in range(1, 30) if mondays[day] > mondays[day - 1]] == [7, 14]
        assert mondays[0] == 0  # on the day of the start


async def test_after_an_outage_only_one_digest_comes(sandbox: Sandbox, cora: Person) -> None:
    async with sandbox.bot():
        programme = await programme_of(sandbox, cora)
        await member_of(sandbox, programme, "Ana")
    sandbox.clock.advance(23 * 24 * 3600)
    async with sandbox.bot() as jobs:
        await jobs.digests.run()
        told = words(await cora.hears(DIGEST))
        assert "7 Dec – 13 Dec" in told
        assert len(await digests(cora)) == 1


async def test_every_coordinator_gets_the_digest_even_if_one_has_blocked_the_bot(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot() as jobs:
        cora, dan = await reachable_person(sandbox, "Cora"), await reachable_person(sandbox, "Dan")
        programme = await programme_of(sandbox, cora)
        async with sandbox.sessions.begin() as session:
            await staff.make_coordinator(session, dan.id, "Dan", "en", sandbox.clock.now())
            await staff.add_coordinator(session, programme.id, dan.id)
        await sandbox.control.block(cora.id, sandbox.bot_id)
        sandbox.clock.advance(TO_DIGEST)
        await jobs.digests.run()
        await dan.hears(DIGEST)
    assert sandbox.faults_logged() == []


async def test_a_programme_that_fails_delays_no_other_and_gets_its_digest_later(
    sandbox: Sandbox, cora: Person
) -> None:
    async with sandbox.bot() as jobs:
        broken = await programme_of(sandbox, cora, name="Broken")
        await programme_of(sandbox, cora, name="Whole")
        await move(sandbox, broken, "Mars/Olympus_Mons")
        sandbox.clock.advance(TO_DIGEST)
        await jobs.reports.run()
        assert [each["programme"] for each in sandbox.logged("reports_failed")] == [broken.id]
        assert await jobs.digests.run() == 1
        await cora.hears("📬 Whole")
        assert [each["programme"] for each in sandbox.logged("digest_failed")] == [broken.id]
        await move(sandbox, broken, "UTC")
        await jobs.digests.run()
        assert len(await digests(cora)) == 1
        sandbox.clock.advance(15 * 60)
        assert await jobs.digests.run() == 1
        await cora.hears("📬 Broken")
        await jobs.digests.run()
        assert len(await digests(cora)) == 2


async def move(sandbox: Sandbox, programme: Programme, zone: str) -> None:
    async with sandbox.sessions.begin() as session:
        (await session.get_one(Programme, programme.id)).timezone = zone


async def test_a_digest_whose_lease_was_lost_is_not_sent_twice(
    sandbox: Sandbox, cora: Person
) -> None:
    async with sandbox.bot():
        made = await programme_of(sandbox, cora)
    sandbox.clock.advance(TO_DIGEST)
    async with sandbox.sessions.begin() as session:
        first = await digest.take_due(session, sandbox.clock.now())
        assert first
        assert not await digest.take_due(session, sandbox.clock.now())
    sandbox.clock.advance(15 * 60)
    async with sandbox.sessions.begin() as session:
        second = await digest.take_due(session, sandbox.clock.now())
        assert second.ids == (made.id,)
        assert not await digest.begin_sending(session, first, sandbox.clock.now())
        assert await digest.begin_sending(session, second, sandbox.clock.now())


async def test_a_digest_that_was_not_sent_comes_a_minute_later(
    sandbox: Sandbox, cora: Person
) -> None:
    async with Wire.to(sandbox.url) as wire, sandbox.bot(api_url=wire.url) as jobs:
        await programme_of(sandbox, cora)
        sandbox.clock.advance(TO_DIGEST)
        wire.cut()
        await jobs.digests.run()
    async with sandbox.bot() as jobs:
        await jobs.digests.run()
        assert await digests(cora) == []
        sandbox.clock.advance(60)
        await jobs.digests.run()
        assert len(await digests(cora)) == 1


@on_each_database
async def test_concurrent_runs_send_one_digest(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        cora = await reachable_person(sandbox, "Cora")
        made = await programme_of(sandbox, cora)
        sandbox.clock.advance(TO_DIGEST)
        await sandbox.control.fault("lost_reply", method="sendMessage", chat_id=cora.id)
        await asyncio.gather(*(jobs.digests.run() for _ in range(3)))
        assert len(await digests(cora)) == 1
        async with sandbox.sessions() as session:
            programme = await session.get_one(Programme, made.id)
            assert programme.digest_due_at == sandbox.clock.now() + timedelta(days=7)


async def test_the_digest_command_shows_this_week_so_far(sandbox: Sandbox, cora: Person) -> None:
    async with sandbox.bot() as jobs:
        programme = await programme_of(sandbox, cora)
        ana = await member_of(sandbox, programme, "Ana")
        await later(sandbox, jobs, hours=1)
        await answer(ana)
        await cora.says("/digest")
        told = words(await cora.hears(DIGEST))
        assert "23 Nov – 29 Nov" in told
        assert "Answered: 100% (1 of 1)" in told
        await cora.sees(lambda message: "photo" in message)


async def test_a_coordinator_of_several_programmes_chooses_one(
    sandbox: Sandbox, cora: Person
) -> None:
    async with sandbox.bot():
        await programme_of(sandbox, cora, name="One")
        await programme_of(sandbox, cora, name="Two")
        await cora.says("/digest")
        asked = await cora.hears("Which programme?")
        assert sorted(each["text"] for each in buttons(asked)) == ["One", "Two"]
        await cora.presses("One")
        assert "One · 23 Nov" in words(await cora.hears("📬 One"))


async def test_nobody_else_gets_the_digest_of_a_programme(sandbox: Sandbox, cora: Person) -> None:
    async with sandbox.bot():
        programme = await programme_of(sandbox, cora)
        zoe = await sandbox.subscriber("Zoe")
        await zoe.says("/digest")
        await zoe.hears("I don't know that command")
        for id_ in (programme.id, 0, 10**17, "x", "1;", f"{programme.id}:1"):
            answer = await zoe.press_data(zoe.heard, f"digest:{id_}")
            assert "out of date" in answer["text"]
        await zoe.hears_nothing_else()
        assert await digests(zoe) == []


async def test_a_coordinator_without_a_programme_is_told_how_to_make_one(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        dan = await reachable_person(sandbox, "Dan")
        async with sandbox.sessions.begin() as session:
            await staff.make_coordinator(session, dan.id, "Dan", "en", sandbox.clock.now())
        await dan.says("/digest")
        await dan.hears("Make your first one!")


@on_each_database
async def test_the_last_digest_is_the_final_report(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        cora = await reachable_person(sandbox, "Cora")
        sunday = MONDAY + timedelta(days=6)
        programme = await programme_of(sandbox, cora, ends_on=sunday, weekdays=ALL_WEEKDAYS)
        members = [await member_of(sandbox, programme, f"Member {n}") for n in range(6)]
        await answer_for_a_week(sandbox, jobs, members, right=4)
        await later(sandbox, jobs, seconds=1)
        await jobs.digests.run()
        report = words(await cora.hears("is over. Here's your final report."))
        for part in (
            "6 joined, 6 stayed to the end",
            "Answered: 100% (30 of 30)",
            "What to do next",
            "1. Next season, link a group chat",
        ):
            assert part in report
        labels = [each["text"] for each in buttons(cora.heard)]
        assert labels == ["📈 Dashboard", "🔁 Next season"]
        picture = await cora.sees(lambda each: "photo" in each)
        assert picture["caption"].endswith("final report")
        card = words(await open_card(cora, "It's over", programme.name))
        assert "✅ Answered: 100% (30 of 30)" in card
        assert "every day at" not in card
        await later(sandbox, jobs, hours=14 * 24)
        await jobs.digests.run()
        assert len(await digests(cora, "final report.")) == 1
    assert sandbox.faults_logged() == []


async def test_the_final_report_waits_for_the_last_answer(sandbox: Sandbox, cora: Person) -> None:
    async with sandbox.bot() as jobs:
        sunday = MONDAY + timedelta(days=6)
        programme = await programme_of(sandbox, cora, ends_on=sunday, weekdays=ALL_WEEKDAYS)
        ana = await member_of(sandbox, programme, "Ana")
        async with sandbox.sessions.begin() as session:
            (await session.get_one(Subscriber, ana.id)).timezone = "America/Los_Angeles"
        await advance_to(sandbox, jobs, 6, 20)
        await advance_to(sandbox, jobs, 7, 12)
        await jobs.digests.run()
        assert "final report" not in str(await cora.messages())
        await cora.says("/digest")
        await cora.hears("is over. Its report comes once the last question has closed.")
        await advance_to(sandbox, jobs, 8, 10)
        await jobs.digests.run()
        assert "final report" not in str(await cora.messages())
        await advance_to(sandbox, jobs, 8, 11)
        await jobs.digests.run()
        await cora.hears("final report")
    assert sandbox.faults_logged() == []

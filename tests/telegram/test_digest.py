"""The weekly digest for those who run a programme, and /digest."""

import asyncio
from datetime import timedelta

import pytest

from db.programmes import ItemReport, Programme, ProgrammeDay
from questions import load_topic
from quizbot.charts.drawing import Drawing, DrawingError
from quizbot.jobs import Jobs
from quizbot.quiz.programmes import coordinating, organising
from tests.telegram.in_groups import MONDAY, answer, later, member_of, programme_of
from tests.telegram.play import Message, Person, Play, buttons, words
from tests.telegram.wire import Wire

DIGEST = "📬"


@pytest.fixture
async def cora(play: Play) -> Person:
    return await talking(play, "Cora")


async def talking(play: Play, name: str) -> Person:
    """Somebody whom the bot may write to; the start button they did not press."""
    person = await play.person(name)
    await person.says("/start")
    return person


async def week(play: Play, jobs: Jobs, members: list[Person], right: int) -> None:
    """From Monday, 08:00, to just before the next one: all answer, so many of them right."""
    for day in range(5):
        await later(play, jobs, hours=1 if day == 0 else 24)
        for number, person in enumerate(members):
            await answer(person, right=number < right)
    await later(play, jobs, days=2, hours=23, seconds=-1)


async def digests(person: Person) -> list[Message]:
    return [each for each in await person.messages() if DIGEST in words(each)]


async def test_on_monday_at_eight_the_coordinator_hears_of_the_week(play_on_each: Play) -> None:
    play = play_on_each
    async with play.bot() as jobs:
        cora = await talking(play, "Cora")
        programme = await programme_of(play, cora, name="Spring & <b>well</b>")
        members = [await member_of(play, programme, f"Member {n}") for n in range(6)]
        await week(play, jobs, members, right=4)
        await jobs.send_digests()
        assert await digests(cora) == []
        play.clock.advance(1)
        await jobs.send_digests()
        told = words(await cora.hears(DIGEST))
        for part in (
            "Spring & <b>well</b> · 23 Nov – 29 Nov",
            "Enrolled: 6",
            "Active: 6",
            "Answered: 100% (30 of 30)",
            "Right: 67%",
            "Learning: not shown: fewer than 5 people so far",
            "Hardest question: ",
            "Questions that arrived: 30; none was late or lost.",
        ):
            assert part in told
        assert "since" not in told
        picture = await cora.sees(lambda message: "photo" in message)
        assert words(picture) == "Spring & <b>well</b> · 23 Nov – 29 Nov"
        await jobs.send_digests()
        await cora.hears_nothing_else()
        members += [await member_of(play, programme, "Late")]
        await week(play, jobs, members, right=7)
        play.clock.advance(1)
        await jobs.send_digests()
        second = words(await cora.hears(DIGEST))
        assert "30 Nov – 6 Dec" in second
        assert "Enrolled: 7 (+1)" in second
        assert "Active: 7 (+1)" in second
        assert "Answered: 100% (35 of 35, ±0 points)" in second
        assert "Right: 100% (+33 points)" in second
    assert play.faults_logged() == []
    assert await play.totals_are_right()


async def test_the_picture_is_one_and_its_words_lead_to_the_pages(play: Play, cora: Person) -> None:
    async with play.bot(public_url="https://quiz.example.org") as jobs:
        programme = await programme_of(play, cora)
        play.clock.advance(7 * 24 * 3600)
        item = load_topic(play.settings().topic_dir).approved[3]
        for number, took in enumerate(([3, 4, 0, 0], [9, 1, 1, 0])):
            reported = ItemReport(
                programme_id=programme.id,
                item_id=item.id if number == 0 else "of-old",
                item_revision=item.revision,
                took=took,
            )
            async with play.sessions.begin() as session:
                session.add(reported)
        await jobs.send_digests()
        told = await cora.hears(DIGEST)
        assert f"{item.stem} · 43% right of 7 answers" in words(told)
        links = [each["url"] for each in told["entities"] if each["type"] == "text_link"]
        page = f"https://quiz.example.org/p/{programme.id}/questions/{item.id}"
        assert links == [page, f"https://quiz.example.org/p/{programme.id}"]
        picture = await cora.sees(lambda message: "photo" in message)
        file = await play.control.file(picture["photo"][-1]["file_id"])
        assert file.startswith(b"\x89PNG")


async def test_reports_are_kept_fresh_without_anybody_looking(play: Play, cora: Person) -> None:
    async with play.bot() as jobs:
        programme = await programme_of(play, cora)
        over = await programme_of(play, cora, name="Over", ends_on=MONDAY)
        ana = await member_of(play, programme, "Ana")
        await later(play, jobs, hours=1)
        await answer(ana)
        await jobs.freshen_reports()
        async with play.sessions() as session:
            day = await session.get_one(ProgrammeDay, (programme.id, MONDAY))
            assert (day.asked, day.answered) == (1, 1)
        play.clock.advance(20 * 24 * 3600)
        async with play.sessions() as session:
            assert await organising.running(session, play.clock.now()) == [programme.id]
        assert over.id != programme.id


async def test_where_there_is_no_picture_the_words_come_alone(
    play: Play, cora: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> bytes:
        raise DrawingError("no worker")

    monkeypatch.setattr(Drawing, "draw", broken)
    async with play.bot() as jobs:
        await programme_of(play, cora)
        play.clock.advance(7 * 24 * 3600)
        await jobs.send_digests()
        await cora.hears(DIGEST)
        await cora.hears_nothing_else()
    assert play.faults_logged() == []


async def test_figures_of_few_people_are_not_told(play: Play, cora: Person) -> None:
    async with play.bot() as jobs:
        programme = await programme_of(play, cora)
        members = [await member_of(play, programme, f"Member {n}") for n in range(4)]
        await week(play, jobs, members, right=2)
        play.clock.advance(1)
        await jobs.send_digests()
        told = words(await cora.hears(DIGEST))
        assert "Answered: 100% (20 of 20)" in told
        assert told.count("not shown: fewer than 5 people so far") == 3
        assert "Right: –" in told


async def test_trouble_with_deliveries_is_told(play: Play, cora: Person) -> None:
    async with play.bot() as jobs:
        programme = await programme_of(play, cora)
        ana = await member_of(play, programme, "Ana")
        bea = await member_of(play, programme, "Bea")
        await play.control.fault("blocked", method="sendPoll", chat_id=ana.id)
        await later(play, jobs, hours=1)
        await answer(bea)
        await later(play, jobs, hours=7 * 24 - 1)
        await jobs.send_digests()
        told = words(await cora.hears(DIGEST))
        assert "1 blocked or refused" in told
        assert "none was late or lost" not in told


async def test_a_made_up_programme_says_so(play: Play, cora: Person) -> None:
    async with play.bot() as jobs:
        await programme_of(play, cora, made_up=True)
        play.clock.advance(7 * 24 * 3600)
        await jobs.send_digests()
        assert "made up" in words(await cora.hears(DIGEST))
        picture = await cora.sees(lambda message: "photo" in message)
        assert "made-up data" in words(picture)


async def test_before_the_start_it_tells_who_has_joined(play: Play, cora: Person) -> None:
    async with play.bot() as jobs:
        programme = await programme_of(play, cora, starts_on=MONDAY + timedelta(days=14))
        await member_of(play, programme, "Ana")
        play.clock.advance(7 * 24 * 3600)
        await jobs.send_digests()
        told = words(await cora.hears(DIGEST))
        assert "begins on Monday, 7 December. 1 has joined so far." in told
        await cora.hears_nothing_else()


async def test_mondays_are_the_programmes_and_end_with_it(play: Play, cora: Person) -> None:
    async with play.bot() as jobs:
        await programme_of(
            play, cora, timezone="America/New_York", ends_on=MONDAY + timedelta(days=8)
        )
        play.clock.advance(5 * 3600)  # 13:00 UTC is 08:00 there
        mondays = []
        for _ in range(30):
            await jobs.send_digests()
            mondays.append(len(await digests(cora)))
            play.clock.advance(24 * 3600)
        assert [day for day in range(1, 30) if mondays[day] > mondays[day - 1]] == [7, 14]
        assert mondays[0] == 1  # made on the day of the start, before eight there


async def test_after_an_outage_one_digest_comes_and_not_several(play: Play, cora: Person) -> None:
    async with play.bot():
        await programme_of(play, cora)
    play.clock.advance(23 * 24 * 3600)
    async with play.bot() as jobs:
        await jobs.send_digests()
        told = words(await cora.hears(DIGEST))
        assert "7 Dec – 13 Dec" in told
        assert len(await digests(cora)) == 1


async def test_all_who_run_it_hear_and_one_who_blocked_the_bot_is_no_fault(play: Play) -> None:
    async with play.bot() as jobs:
        cora, dan = await talking(play, "Cora"), await talking(play, "Dan")
        programme = await programme_of(play, cora)
        async with play.sessions.begin() as session:
            await coordinating.make_coordinator(session, dan.id, "Dan", "en", play.clock.now())
            await coordinating.share(session, programme.id, dan.id)
        await play.control.block(cora.id, play.bot_id)
        play.clock.advance(7 * 24 * 3600)
        await jobs.send_digests()
        await dan.hears(DIGEST)
    assert play.faults_logged() == []


async def test_what_never_left_comes_a_minute_later(play: Play, cora: Person) -> None:
    async with Wire.to(play.url) as wire, play.bot(api_url=wire.url) as jobs:
        await programme_of(play, cora)
        play.clock.advance(7 * 24 * 3600)
        wire.cut()
        await jobs.send_digests()
    async with play.bot() as jobs:
        await jobs.send_digests()
        assert await digests(cora) == []
        play.clock.advance(60)
        await jobs.send_digests()
        assert len(await digests(cora)) == 1


async def test_it_is_taken_before_it_is_sent(play_on_each: Play) -> None:
    play = play_on_each
    async with play.bot() as jobs:
        cora = await talking(play, "Cora")
        made = await programme_of(play, cora)
        play.clock.advance(7 * 24 * 3600)
        await play.control.fault("lost_reply", method="sendMessage", chat_id=cora.id)
        await asyncio.gather(*(jobs.send_digests() for _ in range(3)))
        assert len(await digests(cora)) == 1
        async with play.sessions() as session:
            programme = await session.get_one(Programme, made.id)
            assert programme.digest_due_at == play.clock.now() + timedelta(days=7)


async def test_digest_tells_of_this_week_so_far(play: Play, cora: Person) -> None:
    async with play.bot() as jobs:
        programme = await programme_of(play, cora)
        ana = await member_of(play, programme, "Ana")
        await later(play, jobs, hours=1)
        await answer(ana)
        await cora.says("/digest")
        told = words(await cora.hears(DIGEST))
        assert "23 Nov – 29 Nov" in told
        assert "Answered: 100% (1 of 1)" in told
        await cora.sees(lambda message: "photo" in message)


async def test_who_runs_several_is_asked_which(play: Play, cora: Person) -> None:
    async with play.bot():
        await programme_of(play, cora, name="One")
        await programme_of(play, cora, name="Two")
        await cora.says("/digest")
        asked = await cora.hears("Which programme's week?")
        assert sorted(each["text"] for each in buttons(asked)) == ["One", "Two"]
        await cora.presses("One")
        assert "One · 23 Nov" in words(await cora.hears("📬 One"))


async def test_strangers_are_refused_and_foreign_programmes_do_not_exist(
    play: Play, cora: Person
) -> None:
    async with play.bot():
        programme = await programme_of(play, cora)
        zoe = await play.subscriber("Zoe")
        await zoe.says("/digest")
        await zoe.hears("I do not know that command")
        for id_ in (programme.id, 0, 10**17, "x", "1;", f"{programme.id}:1"):
            answer = await zoe.press_data(zoe.heard, f"digest:{id_}")
            assert "out of date" in answer["text"]
        await zoe.hears_nothing_else()
        assert await digests(zoe) == []


async def test_a_coordinator_without_a_programme_is_told_how_to_make_one(play: Play) -> None:
    async with play.bot():
        dan = await talking(play, "Dan")
        async with play.sessions.begin() as session:
            await coordinating.make_coordinator(session, dan.id, "Dan", "en", play.clock.now())
        await dan.says("/digest")
        await dan.hears("/programme new")

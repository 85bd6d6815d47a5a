"""The board in a programme's group chat: every week, and when it is asked for."""

from datetime import date, timedelta

import pytest

from quizbot.scheduler import Jobs
from tests.telegram.group_chats import MONDAY, Group, answer, enrol, later, member_of, programme_of
from tests.telegram.sandbox import Person, Sandbox, words

LAST_WEEK = "🏆 Week of"


@pytest.fixture
async def cora(sandbox: Sandbox) -> Person:
    return await sandbox.person("Cora")


async def answered_group(
    sandbox: Sandbox, jobs: Jobs, coordinator: Person, **plan: object
) -> tuple[Person, Group]:
    """Links a group to a programme with one member, who answers the first question correctly."""
    programme = await programme_of(sandbox, coordinator, **plan)
    ana = await member_of(sandbox, programme, "Ana")
    group = await Group.of(coordinator)
    await group.link(programme)
    await later(sandbox, jobs, hours=1)
    await answer(ana)
    return ana, group


async def days(sandbox: Sandbox, jobs: Jobs, number: int) -> None:
    for _ in range(number):
        await later(sandbox, jobs, hours=24)


async def test_the_first_question_of_a_week_brings_last_weeks_board(
    sandbox: Sandbox, cora: Person
) -> None:
    async with sandbox.bot() as jobs:
        programme = await programme_of(sandbox, cora)
        ana = await member_of(sandbox, programme, "Ana", shown_name="Ana <b>A</b>")
        bea = await member_of(sandbox, programme, "Bea")
        hidden = await member_of(sandbox, programme, "Cleo", hidden=True)
        group = await Group.of(cora)
        await group.link(programme)
        await later(sandbox, jobs, hours=1)
        await answer(ana)
        await answer(bea, right=False)
        await answer(hidden)
        await days(sandbox, jobs, 6)
        assert await group.said(LAST_WEEK) == []
        await days(sandbox, jobs, 1)
        board = words(await group.hears(LAST_WEEK))
        assert "23 Nov to 29 Nov" in board
        assert "2 players" in board
        assert "🥇 Ana <b>A</b> · 10 points" in board
        assert f"🥈 {(await bea.kept()).alias} · 2 points" in board
        assert (await hidden.kept()).alias not in board
        assert "Teams" not in board
        await answer(ana)
        await days(sandbox, jobs, 6)
        assert len(await group.said(LAST_WEEK)) == 1
        await days(sandbox, jobs, 1)
        assert len(await group.said(LAST_WEEK)) == 2
        assert [each for each in await group.said(LAST_WEEK) if "30 Nov to 6 Dec" in each]
    assert sandbox.faults_logged() == []


async def test_an_empty_week_has_the_last_winners_and_says_when_it_begins(
    sandbox: Sandbox, cora: Person
) -> None:
    async with sandbox.bot() as jobs:
        programme = await programme_of(sandbox, cora)
        ana = await member_of(sandbox, programme, "Ana", shown_name="Ana <b>A</b>")
        bea = await member_of(sandbox, programme, "Bea", shown_name="Bea")
        hidden = await member_of(sandbox, programme, "Cleo", shown_name="Cleo", hidden=True)
        group = await Group.of(cora)
        await group.link(programme)
        await later(sandbox, jobs, hours=1)
        for person in (ana, hidden):
            await answer(person)
        await answer(bea, right=False)
        await days(sandbox, jobs, 6)
        await later(sandbox, jobs, hours=20)  # Monday at five
        await group.say("/board")
        board = words(await group.hears("This week so far"))
        assert "Nobody has points yet" not in board
        assert "player" not in board
        assert "The next question comes today at 09:00" in board
        assert "🏅 Winners of the week of 23 Nov: 🥇 Ana <b>A</b>, 🥈 Bea" in board
        assert "Cleo" not in board
        await later(sandbox, jobs, hours=4)
        await answer(bea)
        await group.say("/board")
        board = words(await group.hears("Bea · 10 points"))
        assert "next question" not in board
        assert "player" not in board  # the first one is no "1 player" yet
        assert "🏅 Winners of the week of 23 Nov: 🥇 Ana <b>A</b>, 🥈 Bea" in board


async def test_nothing_is_posted_where_nobody_has_points(sandbox: Sandbox, cora: Person) -> None:
    async with sandbox.bot() as jobs:
        programme = await programme_of(sandbox, cora)
        group = await Group.of(cora)
        await group.link(programme)
        await later(sandbox, jobs, hours=1)
        await days(sandbox, jobs, 10)
        assert len(await group.questions()) == 9
        assert await group.said("🏆") == []


async def test_after_a_holiday_on_monday_the_board_comes_on_tuesday(
    sandbox: Sandbox, cora: Person
) -> None:
    async with sandbox.bot() as jobs:
        monday = MONDAY + timedelta(days=7)
        _, group = await answered_group(sandbox, jobs, cora, holidays=[monday])
        await days(sandbox, jobs, 7)
        assert await group.said(LAST_WEEK) == []
        await days(sandbox, jobs, 1)
        await group.hears(LAST_WEEK)
        await days(sandbox, jobs, 3)
        assert len(await group.said(LAST_WEEK)) == 1


async def test_after_a_week_of_holidays_the_board_of_the_week_before_it_comes(
    sandbox: Sandbox, cora: Person
) -> None:
    async with sandbox.bot() as jobs:
        week_off = [MONDAY + timedelta(days=7 + day) for day in range(5)]
        _, group = await answered_group(sandbox, jobs, cora, holidays=week_off)
        await days(sandbox, jobs, 13)
        assert await group.said(LAST_WEEK) == []
        await days(sandbox, jobs, 1)
        assert "23 Nov to 29 Nov" in words(await group.hears(LAST_WEEK))
        await days(sandbox, jobs, 7)
        assert len(await group.said(LAST_WEEK)) == 1  # nobody has answered since


async def test_the_first_week_has_no_board_of_earlier_points(
    sandbox: Sandbox, cora: Person
) -> None:
    async with sandbox.bot() as jobs:
        earlier = await programme_of(sandbox, cora, name="Earlier", starts_on=MONDAY)
        wednesday = MONDAY + timedelta(days=9)
        programme = await programme_of(sandbox, cora, starts_on=wednesday)
        ana = await member_of(sandbox, earlier, "Ana")
        await enrol(sandbox, ana, programme)
        group = await Group.of(cora)
        await group.link(programme)
        await later(sandbox, jobs, hours=1)
        await answer(ana)
        await days(sandbox, jobs, 9)
        for _ in range(3):
            await answer(ana)
            await days(sandbox, jobs, 1)
        assert len(await group.questions()) == 3
        assert await group.said(LAST_WEEK) == []
        await days(sandbox, jobs, 2)
        board = words(await group.hears(LAST_WEEK))
        assert "30 Nov to 6 Dec" in board
        assert f"• {(await ana.kept()).alias} · 30 points" in board  # nobody to be ahead of


async def test_a_board_that_was_not_sent_comes_with_the_next_question(
    sandbox: Sandbox, cora: Person
) -> None:
    async with sandbox.bot() as jobs:
        _, group = await answered_group(sandbox, jobs, cora)
        await days(sandbox, jobs, 6)
        # The first message of that day holds Friday's results.
        await sandbox.control.fault(
            "flood", method="sendMessage", chat_id=group.id, seconds=0, after=1
        )
        await days(sandbox, jobs, 1)
        assert await group.said(LAST_WEEK) == []
        await days(sandbox, jobs, 1)
        assert len(await group.said(LAST_WEEK)) == 1


async def test_teams_are_ranked_by_points_per_member_except_small_ones(
    sandbox: Sandbox, cora: Person
) -> None:
    async with sandbox.bot() as jobs:
        programme = await programme_of(sandbox, cora)
        large = [await member_of(sandbox, programme, f"A{n}", "Red & <i>") for n in range(5)]
        small = [await member_of(sandbox, programme, f"B{n}", "Blue") for n in range(4)]
        group = await Group.of(cora)
        await group.link(programme)
        await later(sandbox, jobs, hours=1)
        for person in (*large[:2], *small):
            await answer(person)
        await days(sandbox, jobs, 7)
        board = words(await group.hears(LAST_WEEK))
        assert "🥇 Red & <i> · 4.0" in board  # 20 points of five members
        assert "– Blue · too small for an average" in board
        assert "and 3 more · 10 points each" in board  # all six: they tie


async def test_the_board_command_shows_this_week_at_most_once_a_minute(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        cora, zoe = await sandbox.person("Cora"), await sandbox.person("Zoe")
        programme = await programme_of(sandbox, cora)
        ana = await member_of(sandbox, programme, "Ana")
        group = await Group.of(cora, zoe)
        await group.link(programme)
        await group.say("/board", by=zoe)
        await group.hears("The next question comes today at 09:00.")
        await later(sandbox, jobs, hours=1)
        await answer(ana)
        await group.say("/board@health_quiz_bot", by=zoe)
        await group.hears("· 10 points")
        for _ in range(5):
            await group.say("/board", by=zoe)
        await sandbox.all_read()
        sandbox.clock.advance(59)
        await group.say("/board")
        await sandbox.all_read()
        assert len(await group.said("This week so far")) == 2
        sandbox.clock.advance(1)
        await group.say("/board")
        await group.hears("This week so far")
        assert len(await group.said("This week so far")) == 3


async def test_the_final_board_covers_the_whole_programme(sandbox: Sandbox, cora: Person) -> None:
    async with sandbox.bot() as jobs:
        ana, group = await answered_group(sandbox, jobs, cora, ends_on=date(2026, 12, 1), demo=True)
        await days(sandbox, jobs, 7)
        await answer(ana)
        # The board waits for the last day's report: if the scheduler posts in groups before the
        # reports have run, it comes a day later.
        await days(sandbox, jobs, 4)
        end = words(await group.hears("has ended"))
        assert "The final board" in end
        assert "a demo" in end
        assert "· 20 points" in end
        await days(sandbox, jobs, 7)
        assert len(await group.said("🏆")) == 2  # last week's, and the final one
        await group.say("/board")
        assert "· 20 points" in words(await group.hears("The whole programme"))

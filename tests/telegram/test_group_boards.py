"""The board in a programme's group chat: every week, and when it is asked for."""

from datetime import date, timedelta

import pytest

from quizbot.scheduler import Jobs
from tests.telegram.group_chats import MONDAY, Group, answer, enrol, later, member_of, programme_of
from tests.telegram.play import Person, Play, words

LAST_WEEK = "🏆 The week from"


@pytest.fixture
async def cora(play: Play) -> Person:
    return await play.person("Cora")


async def days(play: Play, jobs: Jobs, number: int) -> None:
    for _ in range(number):
        await later(play, jobs, hours=24)


async def test_the_first_question_of_a_week_brings_last_weeks_board(
    play: Play, cora: Person
) -> None:
    async with play.bot() as jobs:
        programme = await programme_of(play, cora)
        ana = await member_of(play, programme, "Ana", shown_name="Ana <b>A</b>")
        bea = await member_of(play, programme, "Bea")
        hidden = await member_of(play, programme, "Cleo", hidden=True)
        group = await Group.of(cora)
        await group.link(programme)
        await later(play, jobs, hours=1)
        await answer(ana)
        await answer(bea, right=False)
        await answer(hidden)
        await days(play, jobs, 6)
        assert await group.said(LAST_WEEK) == []
        await days(play, jobs, 1)
        board = words(await group.hears(LAST_WEEK))
        assert "23 Nov to 29 Nov" in board
        assert "2 players" in board
        assert "🥇 Ana <b>A</b> · 10 points" in board
        assert f"🥈 {(await bea.kept()).alias} · 2 points" in board
        assert (await hidden.kept()).alias not in board
        assert "Teams" not in board
        await answer(ana)
        await days(play, jobs, 6)
        assert len(await group.said(LAST_WEEK)) == 1
        await days(play, jobs, 1)
        assert len(await group.said(LAST_WEEK)) == 2
        assert [each for each in await group.said(LAST_WEEK) if "30 Nov to 6 Dec" in each]
    assert play.faults_logged() == []


async def test_nothing_is_posted_where_nobody_has_points(play: Play, cora: Person) -> None:
    async with play.bot() as jobs:
        programme = await programme_of(play, cora)
        group = await Group.of(cora)
        await group.link(programme)
        await later(play, jobs, hours=1)
        await days(play, jobs, 10)
        assert len(await group.questions()) == 9
        assert await group.said("🏆") == []


async def test_a_holiday_on_monday_puts_the_board_off_to_tuesday(play: Play, cora: Person) -> None:
    async with play.bot() as jobs:
        monday = MONDAY + timedelta(days=7)
        programme = await programme_of(play, cora, holidays=[monday])
        ana = await member_of(play, programme, "Ana")
        group = await Group.of(cora)
        await group.link(programme)
        await later(play, jobs, hours=1)
        await answer(ana)
        await days(play, jobs, 7)
        assert await group.said(LAST_WEEK) == []
        await days(play, jobs, 1)
        await group.hears(LAST_WEEK)
        await days(play, jobs, 3)
        assert len(await group.said(LAST_WEEK)) == 1


async def test_after_a_week_of_holidays_the_board_of_the_week_before_comes(
    play: Play, cora: Person
) -> None:
    async with play.bot() as jobs:
        week_off = [MONDAY + timedelta(days=7 + day) for day in range(5)]
        programme = await programme_of(play, cora, holidays=week_off)
        ana = await member_of(play, programme, "Ana")
        group = await Group.of(cora)
        await group.link(programme)
        await later(play, jobs, hours=1)
        await answer(ana)
        await days(play, jobs, 13)
        assert await group.said(LAST_WEEK) == []
        await days(play, jobs, 1)
        assert "23 Nov to 29 Nov" in words(await group.hears(LAST_WEEK))
        await days(play, jobs, 7)
        assert len(await group.said(LAST_WEEK)) == 1  # nobody has answered since


async def test_in_the_first_week_there_is_no_board_whatever_was_reached_before(
    play: Play, cora: Person
) -> None:
    async with play.bot() as jobs:
        earlier = await programme_of(play, cora, name="Earlier", starts_on=MONDAY)
        wednesday = MONDAY + timedelta(days=9)
        programme = await programme_of(play, cora, starts_on=wednesday)
        ana = await member_of(play, earlier, "Ana")
        await enrol(play, ana, programme)
        group = await Group.of(cora)
        await group.link(programme)
        await later(play, jobs, hours=1)
        await answer(ana)
        await days(play, jobs, 9)
        for _ in range(3):
            await answer(ana)
            await days(play, jobs, 1)
        assert len(await group.questions()) == 3
        assert await group.said(LAST_WEEK) == []
        await days(play, jobs, 2)
        board = words(await group.hears(LAST_WEEK))
        assert "30 Nov to 6 Dec" in board
        assert "· 30 points" in board


async def test_a_board_that_never_left_comes_with_the_next_question(
    play: Play, cora: Person
) -> None:
    async with play.bot() as jobs:
        programme = await programme_of(play, cora)
        ana = await member_of(play, programme, "Ana")
        group = await Group.of(cora)
        await group.link(programme)
        await later(play, jobs, hours=1)
        await answer(ana)
        await days(play, jobs, 6)
        # Friday's results are the first message of that day.
        await play.control.fault(
            "flood", method="sendMessage", chat_id=group.id, seconds=0, after=1
        )
        await days(play, jobs, 1)
        assert await group.said(LAST_WEEK) == []
        await days(play, jobs, 1)
        assert len(await group.said(LAST_WEEK)) == 1


async def test_teams_are_ranked_by_points_per_member_and_small_ones_not(
    play: Play, cora: Person
) -> None:
    async with play.bot() as jobs:
        programme = await programme_of(play, cora)
        large = [await member_of(play, programme, f"A{n}", "Red & <i>") for n in range(5)]
        small = [await member_of(play, programme, f"B{n}", "Blue") for n in range(4)]
        group = await Group.of(cora)
        await group.link(programme)
        await later(play, jobs, hours=1)
        for person in (*large[:2], *small):
            await answer(person)
        await days(play, jobs, 7)
        board = words(await group.hears(LAST_WEEK))
        assert "🥇 Red & <i> · 4.0" in board  # 20 points of five members
        assert "– Blue · too small for an average" in board
        assert board.count("points\n") == 5  # the first five of six


async def test_board_shows_this_week_once_a_minute(play_on_each: Play) -> None:
    play = play_on_each
    async with play.bot() as jobs:
        cora, zoe = await play.person("Cora"), await play.person("Zoe")
        programme = await programme_of(play, cora)
        ana = await member_of(play, programme, "Ana")
        group = await Group.of(cora, zoe)
        await group.link(programme)
        await group.say("/board", by=zoe)
        await group.hears("Nobody has points yet")
        await later(play, jobs, hours=1)
        await answer(ana)
        await group.say("/board@health_quiz_bot", by=zoe)
        await group.hears("· 10 points")
        for _ in range(5):
            await group.say("/board", by=zoe)
        await play.all_read()
        play.clock.advance(59)
        await group.say("/board")
        await play.all_read()
        assert len(await group.said("This week so far")) == 2
        play.clock.advance(1)
        await group.say("/board")
        await group.hears("This week so far")
        assert len(await group.said("This week so far")) == 3


async def test_the_last_board_is_of_the_whole_programme(play: Play, cora: Person) -> None:
    async with play.bot() as jobs:
        programme = await programme_of(play, cora, ends_on=date(2026, 12, 1), demo=True)
        ana = await member_of(play, programme, "Ana")
        group = await Group.of(cora)
        await group.link(programme)
        await later(play, jobs, hours=1)
        await answer(ana)
        await days(play, jobs, 7)
        await answer(ana)
        await days(play, jobs, 3)
        end = words(await group.hears("has ended"))
        assert "The final board" in end
        assert "made up" in end
        assert "· 20 points" in end
        await days(play, jobs, 7)
        assert len(await group.said("🏆")) == 2  # last week's, and the final one

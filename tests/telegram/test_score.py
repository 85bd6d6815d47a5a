"""/score and /leaderboard."""

import re
from datetime import date, time, timedelta

import pytest

from db.models import Answer, Delivery, DeliveryState, Subscriber, SubscriberState, WeeklyScore
from quizbot.charts.render import Rasteriser
from tests.quiz.steps import TOPIC
from tests.telegram.sandbox import Person, Sandbox, words
from tests.telegram.test_messages import W

MONDAY = date(2026, 11, 23)


async def players(sandbox: Sandbox, points: list[int], *, week: date = MONDAY) -> None:
    """Adds rows of other players, `Rival 1` first."""
    async with sandbox.sessions.begin() as session:
        for number, reached in enumerate(points, start=1):
            session.add(
                Subscriber(
                    id=number,
                    state=SubscriberState.ACTIVE,
                    alias=f"Rival {number}",
                    alias_key=f"rival{number}",
                    language="en",
                    timezone="UTC",
                    question_time=time(9),
                    joined_at=sandbox.clock.now(),
                    points=reached,
                )
            )
            await session.flush()
            session.add(WeeklyScore(week=week, subscriber_id=number, points=reached))


async def test_the_score_shows_what_has_been_learnt_in_words_and_in_a_picture(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot() as jobs:
        ana = await sandbox.subscriber()
        await sandbox.later(jobs, hours=1)
        for right in (True, False, True):
            await ana.votes(await ana.gets_question(), right=right)
            await ana.hears("points")
            await sandbox.later(jobs, hours=24)
        await ana.says("/score")
        score = words(await ana.hears("🎯 24 lessons, one thing to know in each"))
        met = len({line for line in score.splitlines() if line[0:1] == "•"})
        counted = re.search(r"\n(\d) learning · (\d+) new\n", score)
        assert counted is not None
        learning, new = map(int, counted.groups())
        assert learning + new == 24
        assert 1 <= met <= learning <= 3
        assert "0 mastered" not in score
        assert "Mastered: right twice" in score
        picture = await ana.sees(lambda message: "photo" in message)
        assert "3 of 3 answered, 2 right" in picture["caption"]
        assert picture["photo"][-1]["width"] >= 360  # three times as wide outside of tests
    assert sandbox.faults_logged() == []


async def test_the_score_button_sends_words_and_another_button_the_picture(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot():
        ana = await sandbox.subscriber()
        await ana.says("/leaderboard")
        await ana.hears("This week")
        await ana.presses("My score")
        await ana.hears("Points: 0")
        await ana.hears_nothing_else()
        await ana.presses("Picture")
        await ana.sees(lambda message: "photo" in message)


async def test_a_score_without_its_picture_offers_the_picture_again(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rasteriser cannot run on this machine."""
    defaults = Rasteriser.__init__.__kwdefaults__ or {}
    monkeypatch.setitem(defaults, "command", ("/bin/false",))
    async with sandbox.bot():
        ana = await sandbox.subscriber()
        await ana.says("/score")
        await ana.hears("Points: 0")
        await ana.hears("try again in a minute")
        monkeypatch.undo()
    async with sandbox.bot():
        await ana.presses("Picture")
        await ana.sees(lambda message: "photo" in message)
    assert sandbox.logged("no_picture")


async def test_the_score_before_and_after_the_first_answers(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana = await sandbox.subscriber("Ana Maria")
        await ana.says("/score")
        nothing = words(await ana.hears("Points: 0"))
        for line in (
            "Streak: 0 days",
            "Answered: 0 questions",
        ):
            assert line in nothing
        assert "Rank" not in nothing
        assert "Next question: today at 09:00" in nothing
        assert "Ana" not in nothing
        await sandbox.later(jobs, hours=1)
        for right in (True, True, False):
            await ana.votes(await ana.gets_question(), right=right)
            await ana.hears("points")
            await sandbox.later(jobs, hours=24)
        await ana.says("/score")
        score = words(await ana.hears("Points: 22"))
        for line in (
            "Streak: 3 days",
            "Best streak: 3 days",
            "Right answers: 67%",
        ):
            assert line in score
        assert "Answered: 3 questions" in score
        titles = [await _title_of(ana, number) for number in range(3)]
        assert f"💡 Right last time: “{titles[1]}”, “{titles[0]}”.\n" in score
        day = W.short_day((sandbox.clock.now() + timedelta(days=1)).date())
        assert f"\n👣 Comes back from {day}: “{titles[2]}”." in score
        await ana.says("Am I getting better?")
        better = words(await ana.hears("2 right so far"))
        assert better.endswith("You've been right in 2 of 3 lessons so far.")
        await ana.says("When does it come back?")
        await ana.hears(f"👣 Comes back from {day}: “{titles[2]}”.")
        await sandbox.later(jobs, hours=24)
        await ana.says("/score")
        score = words(await ana.hears("Points: 22"))
        assert "\nStreak: 0 days" in score
        assert f"\n👣 Next in line: “{titles[2]}”." in score  # the day has come
        assert "Best streak: 3 days" in score
    assert await sandbox.totals_are_right()


async def _title_of(person: Person, number: int) -> str:
    """Returns the title of the objective that so many questions came before."""
    item_id = (await person.deliveries())[number].item_id
    item = TOPIC.item(item_id)
    assert item is not None
    return TOPIC.objectives[item.objective].title or ""


async def test_an_empty_board_invites_to_answer(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        ana = await sandbox.subscriber()
        await ana.says("/leaderboard")
        board = words(await ana.hears("🏆 This week"))
        assert "Nobody has points yet. Be the first!\n\nYour next question comes today" in board
        assert f"– {(await ana.kept()).alias} · 0 points ← you" in board
        assert "Answer a question to join this board" in board


async def test_ties_share_a_rank_and_only_aliases_are_shown(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana, bea, zoe = [await sandbox.subscriber(name) for name in ("Anastasia", "Beatrix", "Zoe")]
        await bea.says("/alias <Bold & Brave>")
        await bea.hears("on the leaderboard you're now <Bold & Brave>")
        await sandbox.later(jobs, hours=1)
        for person, right in ((ana, True), (bea, True), (zoe, False)):
            await person.votes(await person.gets_question(), right=right)
            await person.hears("point")
        await zoe.says("/leaderboard")
        board = words(await zoe.hears("3 players"))
        first, second, third = board.split("\n\n")[1].splitlines()
        mine = (await zoe.kept()).alias
        assert first == f"🥇 {(await ana.kept()).alias} · 10 points"
        assert second == "🥇 <Bold & Brave> · 10 points"
        assert third == f"🥉 {mine} · 2 points ← you"
        assert not [name for name in ("Anastasia", "Beatrix", "Zoe") if name in board]
    assert await sandbox.totals_are_right()


async def test_the_reader_is_always_shown_between_neighbours(sandbox: Sandbox) -> None:
    points = [200, 190, 180, 170, 160, 150, 140, 130, 120, 110, 100, 90, 12, 10, 10]
    await players(sandbox, points)
    async with sandbox.bot() as jobs:
        ana = await sandbox.subscriber()
        await sandbox.later(jobs, hours=1)
        await ana.votes(await ana.gets_question())
        await ana.hears("+10 points")
        await ana.says("/leaderboard")
        board = words(await ana.hears("16 players"))
        _, top, around = board.split("\n\n")
        assert len(top.splitlines()) == 10
        assert top.splitlines()[-1] == "10. Rival 10 · 110 points"
        alias = (await ana.kept()).alias
        expected = ["⋯", "14. Rival 15 · 10 points", f"14. {alias} · 10 points ← you"]
        assert around.splitlines() == expected
        await ana.says("/score")
        await ana.hears("Rank, all time: 14")


async def test_a_board_switches_in_place_between_week_and_all_time(sandbox: Sandbox) -> None:
    await players(sandbox, [50], week=date(2026, 11, 16))  # the week before
    async with sandbox.bot() as jobs:
        ana = await sandbox.subscriber()
        await sandbox.later(jobs, hours=1)
        await ana.votes(await ana.gets_question())
        await ana.hears("+10 points")
        await ana.says("/leaderboard")
        board = await ana.hears("This week")
        assert "1 player" not in words(board)
        assert "Rival" not in words(board)
        for label, title in (("All time", "🏆 All time"), ("This week", "🏆 This week")):
            await ana.presses(label)
            ana.heard = {}
            turned = await ana.hears(title)
            assert turned["message_id"] == board["message_id"]
        await ana.press_data(board, "board:week")  # the same as shown: Telegram refuses the edit
        await ana.press_data(board, "board:all")
        ana.heard = {}
        assert "🥇 Rival 1 · 50 points" in words(await ana.hears("🏆 All time"))
        assert len([m for m in await ana.messages() if "players" in words(m)]) == 1
    assert sandbox.faults_logged() == []


async def test_a_new_week_begins_on_monday_by_the_local_date(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana = await sandbox.subscriber()
        await ana.says("/timezone Pacific/Auckland")  # Monday, 21:00
        await ana.hears("tomorrow at 09:00")
        await sandbox.later(jobs, days=5, hours=12)  # Sunday, 09:00 there
        await ana.votes(await ana.gets_question())
        await ana.hears("+10 points")
        await ana.says("/leaderboard")
        await ana.hears("10 points ← you")
        await sandbox.later(jobs, hours=24)  # Monday there, Sunday in UTC
        await ana.gets_question()
        await ana.says("/leaderboard")
        assert "Answer a question to join" in words(await ana.hears("This week"))
    assert await sandbox.totals_are_right()


async def test_a_board_is_still_right_after_somebody_is_erased(sandbox: Sandbox) -> None:
    await players(sandbox, [30, 20])
    async with sandbox.sessions.begin() as session:
        session.add(
            Delivery(
                subscriber_id=1,
                local_date=MONDAY,
                slot=0,
                item_id="gone",
                item_revision=1,
                option_order="012",
                state=DeliveryState.SENT,
                claimed_at=sandbox.clock.now(),
                closes_at=sandbox.clock.now(),
            )
        )
    async with sandbox.sessions.begin() as session:
        await session.delete(await session.get(Subscriber, 1))
    async with sandbox.bot():
        ana = await sandbox.subscriber()
        await ana.says("/leaderboard")
        board = words(await ana.hears("🏆 This week"))
        assert "🥇 Rival 2 · 20 points" in board
        assert "Rival 1" not in board
        assert await sandbox.count(Delivery) == await sandbox.count(Answer) == 0

"""A newcomer's first two days."""

from tests.telegram.sandbox import Sandbox, on_each_database, words


@on_each_database
async def test_the_first_two_days_of_a_subscriber(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana = await sandbox.person()
        await ana.says("/start")
        hello = await ana.hears("Hello Ana!")
        assert "What I keep" in words(hello)
        assert "does not replace the advice" in words(hello)
        await ana.presses("Start")
        begun = await ana.hears("You're in")
        assert "ready now, then daily at 09:00" in words(begun)
        assert "Is it 08:00 where you are?" in words(begun)

        sandbox.clock.advance(3600)
        await jobs.broadcast.run()
        await ana.votes(await ana.gets_question(), right=False)
        card = await ana.hears("Not quite")
        assert "+2 points" in words(card)
        assert "1-day streak" in words(card)

        sandbox.clock.advance(24 * 3600)
        await jobs.broadcast.run()
        await ana.votes(await ana.gets_question())
        card = await ana.hears("Right!")
        assert "+10 points" in words(card)
        assert "2-day streak" in words(card)
        await ana.presses("Score")
        score = words(await ana.hears("Right answers"))
        assert "Points: 12" in score
        assert "Rank" not in score  # nobody to compare with
        assert "Right answers: 50%" in score
        await ana.presses("Leaderboard")
        assert "12 points ← you" in words(await ana.hears("This week"))
    assert await sandbox.totals_are_right()

"""/quiz: today's question at once, then practice."""

from collections import Counter

from tests.telegram.sandbox import Sandbox, on_each_database, words


async def test_quiz_sends_todays_question_and_then_practice_without_points(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot() as jobs:
        ana = await sandbox.subscriber()
        await ana.presses("Today's question now")
        question = await ana.gets_question()
        assert question["poll"]["description"].startswith("Day 1")
        await ana.votes(question)
        await ana.hears("+10 points")
        await sandbox.later(jobs, hours=1)  # 09:00: today has had its question
        await ana.hears_nothing_else()

        for right, verdict in ((True, "Right!"), (False, "Not quite.")):
            await ana.says("/quiz")
            practice = await ana.gets_question()
            expected = "Practice: your points and streak stay as they are."
            assert practice["poll"]["description"] == expected
            await ana.votes(practice, right=right)
            card = await ana.hears(verdict)
            assert "That was practice, so your score stays as it is." in words(card)
            assert "does not replace the advice" in words(card)
        kept = await ana.kept()
        assert (kept.points, kept.answered, kept.streak) == (10, 1, 1)
        assert [each.slot for each in await ana.deliveries()] == [0, 1, 2]
        assert len({each.item_id for each in await ana.deliveries()}) == 3
    assert await sandbox.totals_are_right()


async def test_twenty_days_bring_no_item_twice_to_somebody_who_is_always_right(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot() as jobs:
        ana = await sandbox.subscriber()
        await sandbox.later(jobs, hours=1)
        for _ in range(20):
            await ana.votes(await ana.gets_question())
            await ana.hears("points")
            await sandbox.later(jobs, hours=24)
        asked = await ana.deliveries()
        assert len({each.item_id for each in asked}) == len(asked) == 21
        purposes = Counter(each.purpose for each in asked)
        assert purposes["new"] >= 12
        assert set(purposes) <= {"new", "due", "random"}
    assert await sandbox.totals_are_right()


async def test_a_second_request_points_to_the_open_question(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana, question = await sandbox.asked_subscriber(jobs)
        for _ in range(2):
            await ana.says("/quiz")
            pointer = await ana.hears("still open")
            assert pointer["reply_to_message"]["message_id"] == question["message_id"]
        assert len(await ana.questions()) == 1


async def test_a_deleted_question_is_sent_again(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana, first = await sandbox.asked_subscriber(jobs)
        await sandbox.control.delete(ana.id, sandbox.bot_id, first["message_id"])
        await ana.says("/quiz")
        again = await ana.gets_question()
        assert again["poll"]["question"] == first["poll"]["question"]
        await ana.votes(again)
        await ana.hears("+10 points")
        assert len(await ana.deliveries()) == 1
    assert await sandbox.totals_are_right()


async def test_quiz_works_during_a_pause_and_plans_nothing(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana = await sandbox.subscriber()
        await ana.says("/pause")
        await ana.hears("Paused")
        await ana.says("/quiz")
        await ana.votes(await ana.gets_question())
        await ana.hears("+10 points")
        await sandbox.later(jobs, days=1, hours=2)
        await ana.hears_nothing_else()
        assert (await ana.kept()).next_due_at is None
    assert await sandbox.totals_are_right()


@on_each_database
async def test_two_requests_at_once_send_one_question(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        ana = await sandbox.subscriber()
    await ana.says("/quiz")
    await ana.says("/quiz")
    sandbox.clock.advance(3600)  # the broadcast is due as well
    async with sandbox.bot() as jobs:
        await ana.gets_question()
        await jobs.broadcast.run()
        await sandbox.all_read()
        assert [each.slot for each in await ana.deliveries()] == [0]
        assert len(await ana.questions()) == 1


async def test_after_a_move_west_a_closed_question_is_not_called_open(
    sandbox: Sandbox,
) -> None:
    """A move west lengthens a date: its question closes before the date ends."""
    async with sandbox.bot() as jobs:
        ana = await sandbox.subscriber()
        await ana.says("/timezone Pacific/Auckland")  # 21:00 there
        await ana.hears("tomorrow at 09:00")
        await sandbox.later(jobs, hours=12)
        first = await ana.gets_question()  # Tuesday's, at 20:00 UTC on Monday
        await ana.says("/timezone Pacific/Honolulu")
        await ana.hears("Done: 09:00 Honolulu time")
        await sandbox.later(jobs, hours=25)  # still Tuesday in Honolulu
        assert (await ana.questions())[0]["poll"]["is_closed"]
        await ana.says("/quiz")
        await sandbox.all_read()
        await ana.says("/about")
        await ana.hears("quizbot")
        said = [words(m) for m in await ana.messages() if m["message_id"] > first["message_id"]]
        assert not [text for text in said if "still open" in text]


async def test_two_requests_for_a_deleted_question_send_it_once(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana, question = await sandbox.asked_subscriber(jobs)
        await sandbox.control.delete(ana.id, sandbox.bot_id, question["message_id"])
        await sandbox.control.fault("delay", method="sendMessage", seconds=0.3, count=2)
        await ana.says("/quiz")
        await ana.says("/quiz")  # both are handled before either reply arrives
        await ana.gets_question()
        await ana.hears_nothing_else()
        assert len(await sandbox.control.calls("sendPoll")) == 2


async def test_the_card_leads_to_the_article_in_the_chat_or_on_the_web(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana, question = await sandbox.asked_subscriber(jobs)
        await ana.votes(question)
        card = await ana.hears("Read it: ")
        command = words(card).partition("Read it: ")[2].split()[0]
        await ana.says(command.lower())
        told = await ana.hears("Open Government Licence")
        assert "does not replace the advice" in words(told)
        assert [each["type"] for each in told["entities"]].count("expandable_blockquote") == 2
        for missing in ("/read_KP99", "/read_X1"):
            await ana.says(missing)
            await ana.hears("no such part")
    async with sandbox.bot(public_url="https://quiz.example.org") as jobs:
        await sandbox.later(jobs, days=1)
        await ana.votes(await ana.gets_question())
        card = await ana.hears("📖 Source: ")
        assert "/read_" not in words(card)
        [url, *_] = [each["url"] for each in card["entities"] if each["type"] == "text_link"]
        assert url.startswith("https://quiz.example.org/a/vitamin-b12-blood-flow#")

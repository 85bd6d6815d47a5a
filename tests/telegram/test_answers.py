"""Votes in a private chat: which ones count, and what the answer card says."""

from db.models import Answer
from questions import Item
from tests.quiz.steps import TOPIC
from tests.telegram.sandbox import Message, Person, Sandbox, buttons, on_each_database, words

DISCLAIMER = "does not replace the advice of a doctor"


def item_of(question: Message) -> Item:
    return next(item for item in TOPIC.approved if item.stem == question["poll"]["question"])


async def test_the_answer_card_explains_right_and_wrong_answers(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana, bea = await sandbox.subscriber(), await sandbox.subscriber("Bea")
        await sandbox.later(jobs, hours=1)
        cards = []
        for person, right in ((ana, True), (bea, False)):
            question = await person.gets_question()
            item = item_of(question)
            await person.votes(question, right=right)
            card = await person.sees(lambda message: DISCLAIMER in words(message))
            cards.append(words(card))
            assert card["reply_to_message"]["message_id"] == question["message_id"]
            assert item.explanation in words(card)
            assert (item.more or "") in words(card)
            for cited in item.cites:
                kind, number = TOPIC.statements[cited].kind.value, TOPIC.statements[cited].number
                label = {"KP": f"Key point {number}: ", "FAQ": f"FAQ {number}: "}.get(kind, "")
                assert f"{label}" in words(card).partition("Source:")[2]
            labels = [button["text"] for button in buttons(card)]
            assert labels == ["➕ More", "📊 Score", "…"]
        assert cards[0].startswith(
            "✅ Right! +10 points · 🔥 1-day streak\n\n🎈 Your first right answer!\n\n💡 "
        )
        assert "Right answer" not in cards[0]
        assert cards[1].startswith(
            "❌ Not quite. +2 points · 🔥 1-day streak\n\n"
            "🌱 That's how learning starts. I'll ask you again.\n\nRight answer: "
        )
        answer, delivery = (await bea.answers())[0], (await bea.deliveries())[0]
        chosen = item_of((await bea.questions())[0]).options[answer.option]
        assert answer.option == int(delivery.option_order[(await _chosen_position(bea))])
        why = f"💡 You picked “{chosen.text}”. {chosen.why}"
        assert f"Right answer: {item.key}\n{why}\n\nFor learning only, " in cards[1]
    assert await sandbox.totals_are_right()


async def _chosen_position(person: Person) -> int:
    vote: list[int] = (await person.questions())[0]["my_vote"]
    return vote[0]


@on_each_database
async def test_an_update_that_comes_twice_counts_once(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana, question = await sandbox.asked_subscriber(jobs)
        await sandbox.all_read()
        await sandbox.control.fault("double_update")
        await ana.votes(question)
        await ana.hears("+10 points")
        await ana.hears_nothing_else()
        assert await sandbox.control.faults() == []
        await sandbox.raw(_vote(ana, question["poll"]["id"], 0))
        await ana.hears_nothing_else()
        assert (await ana.kept()).points == 10
        assert await sandbox.count(Answer) == 1
    assert await sandbox.totals_are_right()
    assert len(sandbox.logged("poll_answer_ignored")) == 2


def _vote(person: Person, poll_id: str, *options: int) -> Message:
    user = {"id": person.id, "is_bot": False, "first_name": "Somebody"}
    persistent = [str(option) for option in options]
    answer = {
        "poll_id": poll_id,
        "user": user,
        "option_ids": list(options),
        "option_persistent_ids": persistent,
    }
    return {"poll_answer": answer}


async def test_only_the_first_vote_counts(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana, question = await sandbox.asked_subscriber(jobs)
        await ana.votes(question, right=False)
        await ana.hears("+2 points")
        await ana.votes_for(question, force=True)  # withdrawn
        await ana.votes_for(question, await ana.right_option(question), force=True)
        await ana.hears_nothing_else()
        assert (await ana.kept()).points == 2
    assert await sandbox.totals_are_right()


async def test_a_withdrawn_vote_is_no_answer(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana, question = await sandbox.asked_subscriber(jobs)
        await sandbox.all_read()
        await sandbox.raw(_vote(ana, question["poll"]["id"]))
        await ana.hears_nothing_else()
        assert await ana.answers() == []
        await ana.votes(question)
        await ana.hears("+10 points")
    assert await sandbox.totals_are_right()


async def test_a_forwarded_question_scores_nobody_else(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana, bea = await sandbox.subscriber(), await sandbox.subscriber("Bea")
        await bea.says("/time 20:00")
        await bea.hears("Done: 20:00")
        stranger = await sandbox.person("Zoe")
        group = await sandbox.control.group("Friends", ana.id, [bea.id, stranger.id])
        await sandbox.later(jobs, hours=1)
        question = await ana.gets_question()
        sent = await sandbox.control.forward(
            ana.id, sandbox.bot_id, question["message_id"], group["id"]
        )
        assert sent["poll"]["id"] == question["poll"]["id"]
        key = await ana.right_option(question)
        for person in (bea, stranger):
            await sandbox.control.vote(person.id, group["id"], sent["message_id"], [key])
        await bea.hears_nothing_else()
        assert await sandbox.count(Answer) == 0
        assert await stranger.messages() == []

        await sandbox.control.vote(ana.id, group["id"], sent["message_id"], [key])
        await ana.hears("+10 points")  # only in private
        group_messages = await sandbox.control.messages(ana.id, group["id"])
        assert [message for message in group_messages if not message["out"]] == []
    assert await sandbox.totals_are_right()


async def test_votes_on_unknown_polls_and_options_change_nothing(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana, zoe = await sandbox.subscriber(), await sandbox.person("Zoe")
        await sandbox.later(jobs, hours=1)
        question = await ana.gets_question()
        poll_id = question["poll"]["id"]
        await sandbox.all_read()
        first = await sandbox.raw(_vote(ana, "12345", 0))  # a poll that nobody knows
        await sandbox.raw(_vote(zoe, "12345", 0))
        await sandbox.raw(_vote(ana, poll_id, 9))  # an option that the question does not have
        await sandbox.raw(_vote(ana, poll_id, -1))
        anonymous = _vote(ana, poll_id, 0)
        del anonymous["poll_answer"]["user"]
        anonymous["poll_answer"]["voter_chat"] = {"id": -100123, "type": "channel", "title": "C"}
        await sandbox.raw(anonymous)
        await ana.hears_nothing_else()
        assert await sandbox.count(Answer) == 0
        ignored = [line["update"] for line in sandbox.logged("poll_answer_ignored")]
        assert ignored == [first, first + 1, first + 2, first + 3]
        await ana.votes(question)
        await ana.hears("+10 points")
    assert sandbox.faults_logged() == []
    assert await sandbox.totals_are_right()


async def test_a_vote_after_the_next_question_earns_nothing_and_the_card_says_so(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot() as jobs:
        ana, first = await sandbox.asked_subscriber(jobs)
        await sandbox.later(jobs, hours=23)
        await ana.says("/quiz")  # the next day's, an hour early; the first is still open
        second = await ana.gets_question()
        await ana.votes(first)
        card = await ana.hears("Right!")
        assert "Too late for points" in words(card)
        assert "streak" not in words(card).splitlines()[0]
        assert (await ana.kept()).points == 0
        await ana.votes(second, right=False)
        await ana.hears("+2 points · 🔥 1-day streak")
        assert [answer.counted for answer in await ana.answers()] == [False, True]
    assert await sandbox.totals_are_right()


async def test_votes_during_a_downtime_count_afterwards(sandbox: Sandbox) -> None:
    """Even if the next question is due before the bot receives them."""
    async with sandbox.bot() as jobs:
        ana, bea = await sandbox.subscriber(), await sandbox.subscriber("Bea")
        await sandbox.later(jobs, hours=1)
        for person in (ana, bea):
            await person.gets_question()
    await ana.votes(ana.heard)
    sandbox.clock.advance(24 * 3600)
    async with sandbox.bot() as jobs:
        await ana.hears("+10 points · 🔥 1-day streak")
        await jobs.broadcast.run()
        await ana.votes(await ana.gets_question())
        await ana.hears("+10 points · 🔥 2-day streak")
        assert (await bea.kept()).points == 0
    assert await sandbox.totals_are_right()


async def test_a_vote_received_after_the_next_question_counts(sandbox: Sandbox) -> None:
    """Telegram accepted the vote in time, and the bot received it late."""
    async with sandbox.bot() as jobs:
        ana, first = await sandbox.asked_subscriber(jobs)
        await sandbox.all_read()
        await sandbox.later(jobs, hours=24)
        await ana.gets_question()
        assert (await ana.questions())[0]["poll"]["is_closed"]
        await sandbox.raw(_vote(ana, first["poll"]["id"], await ana.right_option(first)))
        await ana.hears("+10 points")
    assert await sandbox.totals_are_right()


async def test_a_streak_grows_day_by_day_and_ends_with_an_unanswered_question(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot() as jobs:
        ana = await sandbox.subscriber()
        await sandbox.later(jobs, hours=1)
        for day, right in enumerate((True, False, True), start=1):
            await ana.votes(await ana.gets_question(), right=right)
            await ana.hears(f"{day}-day streak")
            await sandbox.later(jobs, hours=24)
        await ana.gets_question()  # left unanswered
        await sandbox.later(jobs, hours=24)
        await ana.votes(await ana.gets_question())
        await ana.hears("Your 3-day streak ended. It's still your best. Day 1 of the next!")
        kept = await ana.kept()
        assert (kept.points, kept.answered, kept.correct) == (32, 4, 3)
        assert (kept.streak, kept.best_streak) == (1, 3)
    assert await sandbox.totals_are_right()

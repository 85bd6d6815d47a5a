"""Votes: what counts, what does not, and what people are told."""

from db.models import Answer
from questions import Item, load_topic
from tests.telegram.play import Message, Person, Play, buttons, words

DISCLAIMER = "does not replace the advice of a doctor"


def item_of(play: Play, question: Message) -> Item:
    items = load_topic(play.settings().topic_dir).approved
    return next(item for item in items if item.stem == question["poll"]["question"])


async def test_the_card_teaches_whatever_was_chosen(play: Play) -> None:
    topic = load_topic(play.settings().topic_dir)
    async with play.bot() as jobs:
        ana, bea = await play.subscriber(), await play.subscriber("Bea")
        await play.later(jobs, hours=1)
        cards = []
        for person, right in ((ana, True), (bea, False)):
            question = await person.gets_question()
            item = item_of(play, question)
            await person.votes(question, right=right)
            card = await person.sees(lambda message: DISCLAIMER in words(message))
            cards.append(words(card))
            assert card["reply_to_message"]["message_id"] == question["message_id"]
            assert item.explanation in words(card)
            assert (item.more or "") in words(card)
            for cited in item.cites:
                kind, number = topic.statements[cited].kind.value, topic.statements[cited].number
                label = {"KP": f"Key point {number}: ", "FAQ": f"FAQ {number}: "}.get(kind, "")
                assert f"{label}" in words(card).partition("Source:")[2]
            labels = [button["text"] for button in buttons(card)]
            assert labels == ["📊 My score", "🏆 Leaderboard"]
        assert "✅ Right! +10 points · 🔥 streak 1 day" in cards[0]
        assert "Your answer" not in cards[0]
        assert "❌ Not quite. +2 points · 🔥 streak 1 day" in cards[1]
        answer, delivery = (await bea.answers())[0], (await bea.deliveries())[0]
        chosen = item_of(play, (await bea.questions())[0]).options[answer.option]
        assert answer.option == int(delivery.option_order[(await _choice(bea))])
        assert f"Right answer: {item.key}\nYour answer: {chosen.text}\n↳ {chosen.why}" in cards[1]
    assert await play.totals_are_right()


async def _choice(person: Person) -> int:
    vote: list[int] = (await person.questions())[0]["my_vote"]
    return vote[0]


async def test_an_update_that_comes_twice_counts_once(play_on_each: Play) -> None:
    play = play_on_each
    async with play.bot() as jobs:
        ana = await play.subscriber()
        await play.later(jobs, hours=1)
        question = await ana.gets_question()
        await play.all_read()
        await play.control.fault("double_update")
        await ana.votes(question)
        await ana.hears("+10 points")
        await ana.hears_nothing_else()
        assert await play.control.faults() == []
        await play.raw(_vote(ana, question["poll"]["id"], 0))
        await ana.hears_nothing_else()
        assert (await ana.kept()).points == 10
        assert await play.count(Answer) == 1
    assert await play.totals_are_right()
    assert len(play.logged("poll_answer_ignored")) == 2


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


async def test_the_first_vote_stands_whatever_comes_after(play: Play) -> None:
    async with play.bot() as jobs:
        ana = await play.subscriber()
        await play.later(jobs, hours=1)
        question = await ana.gets_question()
        await ana.votes(question, right=False)
        await ana.hears("+2 points")
        await ana.votes_for(question, force=True)  # withdrawn
        await ana.votes_for(question, await ana.right_option(question), force=True)
        await ana.hears_nothing_else()
        assert (await ana.kept()).points == 2
    assert await play.totals_are_right()


async def test_a_vote_withdrawn_before_it_was_heard_of_is_no_answer(play: Play) -> None:
    async with play.bot() as jobs:
        ana = await play.subscriber()
        await play.later(jobs, hours=1)
        question = await ana.gets_question()
        await play.all_read()
        await play.raw(_vote(ana, question["poll"]["id"]))
        await ana.hears_nothing_else()
        assert await ana.answers() == []
        await ana.votes(question)
        await ana.hears("+10 points")
    assert await play.totals_are_right()


async def test_a_forwarded_question_scores_nobody_else(play: Play) -> None:
    async with play.bot() as jobs:
        ana, bea = await play.subscriber(), await play.subscriber("Bea")
        await bea.says("/time 20:00")
        await bea.hears("Set: 20:00")
        stranger = await play.person("Zoe")
        group = await play.control.group("Friends", ana.id, [bea.id, stranger.id])
        await play.later(jobs, hours=1)
        question = await ana.gets_question()
        sent = await play.control.forward(ana.id, play.bot_id, question["message_id"], group["id"])
        assert sent["poll"]["id"] == question["poll"]["id"]
        key = await ana.right_option(question)
        for person in (bea, stranger):
            await play.control.vote(person.id, group["id"], sent["message_id"], [key])
        await bea.hears_nothing_else()
        assert await play.count(Answer) == 0
        assert await stranger.messages() == []

        await play.control.vote(ana.id, group["id"], sent["message_id"], [key])
        await ana.hears("+10 points")  # in private, and only there
        group_messages = await play.control.messages(ana.id, group["id"])
        assert [message for message in group_messages if not message["out"]] == []
    assert await play.totals_are_right()


async def test_votes_that_fit_nothing_change_nothing(play: Play) -> None:
    async with play.bot() as jobs:
        ana, zoe = await play.subscriber(), await play.person("Zoe")
        await play.later(jobs, hours=1)
        question = await ana.gets_question()
        poll_id = question["poll"]["id"]
        await play.all_read()
        await play.raw(_vote(ana, "12345", 0))  # a poll that nobody knows
        await play.raw(_vote(zoe, "12345", 0))
        await play.raw(_vote(ana, poll_id, 9))  # an option that the question does not have
        await play.raw(_vote(ana, poll_id, -1))
        anonymous = _vote(ana, poll_id, 0)
        del anonymous["poll_answer"]["user"]
        anonymous["poll_answer"]["voter_chat"] = {"id": -100123, "type": "channel", "title": "C"}
        await play.raw(anonymous)
        await ana.hears_nothing_else()
        assert await play.count(Answer) == 0
        await ana.votes(question)
        await ana.hears("+10 points")
    assert play.faults_logged() == []
    assert await play.totals_are_right()


async def test_a_vote_after_the_next_question_earns_nothing_and_says_so(play: Play) -> None:
    async with play.bot() as jobs:
        ana = await play.subscriber()
        await play.later(jobs, hours=1)
        first = await ana.gets_question()
        await play.later(jobs, hours=23)
        await ana.says("/quiz")  # the next day's, an hour early; the first is still open
        second = await ana.gets_question()
        await ana.votes(first)
        card = await ana.hears("Right!")
        assert "The next question came first, so this one earns no points." in words(card)
        assert "streak" not in words(card).splitlines()[0]
        assert (await ana.kept()).points == 0
        await ana.votes(second, right=False)
        await ana.hears("+2 points · 🔥 streak 1 day")
        assert [answer.counted for answer in await ana.answers()] == [False, True]
    assert await play.totals_are_right()


async def test_votes_cast_while_the_bot_was_down_count_on_return(play_on_each: Play) -> None:
    """Even when the next question is due before the bot hears of them."""
    play = play_on_each
    async with play.bot() as jobs:
        ana, bea = await play.subscriber(), await play.subscriber("Bea")
        await play.later(jobs, hours=1)
        for person in (ana, bea):
            await person.gets_question()
    await ana.votes(ana.heard)
    play.clock.advance(24 * 3600)
    async with play.bot() as jobs:
        await ana.hears("+10 points · 🔥 streak 1 day")
        await jobs.broadcast.run()
        await ana.votes(await ana.gets_question())
        await ana.hears("+10 points · 🔥 streak 2 days")
        assert (await bea.kept()).points == 0
    assert await play.totals_are_right()


async def test_a_vote_heard_of_after_the_next_question_was_sent_counts(play: Play) -> None:
    """Telegram took the vote in time; that we hear of it late is not the voter's fault."""
    async with play.bot() as jobs:
        ana = await play.subscriber()
        await play.later(jobs, hours=1)
        first = await ana.gets_question()
        await play.all_read()
        await play.later(jobs, hours=24)
        await ana.gets_question()
        assert (await ana.questions())[0]["poll"]["is_closed"]
        await play.raw(_vote(ana, first["poll"]["id"], await ana.right_option(first)))
        await ana.hears("+10 points")
    assert await play.totals_are_right()


async def test_a_streak_grows_by_the_day_and_ends_with_a_day_left_out(play: Play) -> None:
    async with play.bot() as jobs:
        ana = await play.subscriber()
        await play.later(jobs, hours=1)
        for day, right in enumerate((True, False, True), start=1):
            await ana.votes(await ana.gets_question(), right=right)
            await ana.hears(f"streak {day} day")
            await play.later(jobs, hours=24)
        await ana.gets_question()  # left unanswered
        await play.later(jobs, hours=24)
        await ana.votes(await ana.gets_question())
        await ana.hears("streak 1 day")
        kept = await ana.kept()
        assert (kept.points, kept.answered, kept.correct) == (32, 4, 3)
        assert (kept.streak, kept.best_streak) == (1, 3)
    assert await play.totals_are_right()

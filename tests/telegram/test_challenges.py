"""/challenge: friends answer somebody's question of today, and both hear who was right."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import func, select

from db.challenges import Challenge, ChallengeAnswer
from db.models import Answer, Delivery, ObjectiveMemory, Subscriber
from quizbot.programmes.privacy import purge_expired
from quizbot.quiz import challenges
from quizbot.scheduler import Jobs
from tests.quiz.steps import TOPIC
from tests.telegram.programmes import code_in, turned
from tests.telegram.sandbox import Message, Person, Sandbox, buttons, on_each_database, words
from tests.telegram.test_privacy import exported
from tests.telegram.test_question_reports import card_now

ASKS_BOTH = "May I tell you both who was right?"


async def challenged(sandbox: Sandbox, jobs: Jobs) -> tuple[Person, str, Message]:
    """Returns a challenger, the code of their link, and their question, still open."""
    ana, question = await sandbox.asked_subscriber(jobs)
    await ana.says("/challenge")
    return ana, code_in(await ana.hears("Challenge a friend")), question


async def opens(person: Person, code: str) -> Message:
    await person.says(f"/start {code}")
    return await person.hears("A friend challenges you!")


async def answers(sandbox: Sandbox, person: Person, *, right: bool) -> Message:
    """Presses a letter; the card takes the question's place."""
    async with sandbox.sessions() as session:
        query = select(ChallengeAnswer).where(ChallengeAnswer.friend_id == person.id)
        given = (await session.scalars(query)).one()
    key = given.option_order.index("0")
    at = key if right else (key + 1) % len(given.option_order)
    return await turned(person, "ABCDEFGHIJKL"[at], "Right!" if right else "Not quite.")


async def all_answers(sandbox: Sandbox) -> list[ChallengeAnswer]:
    async with sandbox.sessions() as session:
        return list(await session.scalars(select(ChallengeAnswer).order_by(ChallengeAnswer.id)))


async def test_a_link_has_no_answer_and_is_the_same_all_day(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana = await sandbox.subscriber()
        await ana.says("/challenge")
        await ana.hears("no question to share today")
        await sandbox.later(jobs, hours=1)
        question = await ana.gets_question()
        await ana.says("/challenge")
        first = await ana.hears("Challenge a friend")
        code = code_in(first)
        for option in question["poll"]["options"]:
            assert option["text"] not in str(first)
        link = f"https://t.me/health_quiz_bot?start={code}"
        [share, *_] = buttons(first)
        assert share["url"].startswith("https://t.me/share/url?")
        assert parse_qs(urlsplit(share["url"]).query)["url"] == [link]
        assert challenges.looks_like_code(code)
        assert len(code) <= 64
        await ana.says("/challenge")
        assert code_in(await ana.hears("Challenge a friend")) == code
        await ana.says(f"/start {code}")
        await ana.hears("That's your own challenge")
        await sandbox.later(jobs, hours=24)
        await ana.gets_question()
        await ana.says("/challenge")
        assert code_in(await ana.hears("Challenge a friend")) != code
    assert sandbox.faults_logged() == []


@on_each_database
async def test_both_hear_who_was_right_if_both_agree(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana, code, question = await challenged(sandbox, jobs)
        await turned(ana, "Yes, tell us", "When a friend agrees too, I'll tell you both")
        bea = await sandbox.person("Bea")
        asked = words(await opens(bea, code))
        assert question["poll"]["question"] in asked
        assert all(option["text"] in asked for option in question["poll"]["options"])
        assert "I keep your Telegram id and your answer until 30 Nov" in asked
        card = words(await answers(sandbox, bea, right=False))
        assert question["poll"]["question"] in card
        assert all(option["text"] in card for option in question["poll"]["options"])
        assert card.index(question["poll"]["question"]) < card.index("Not quite.")
        assert (card.count(" ✅\n"), card.count(" ❌\n")) == (1, 1)
        assert "Right answer:" not in card  # it has the mark
        for said in ("Source:", "not medical advice", "no diagnosis"):
            assert said in card
        assert "Your friend has agreed. May I tell you both who was right?" in card
        told = words(await turned(bea, "Yes, tell us", "You both agreed"))
        assert question["poll"]["question"] in told
        assert "agrees too" not in told
        await jobs.comparisons.run()
        await bea.hears_nothing_else()  # Ana has not answered yet
        await ana.votes(question)
        await ana.hears("Source:")
        sandbox.clock.advance(600)
        await jobs.comparisons.run()
        assert "You: ❌ not quite\nYour friend: ✅ right" in words(await bea.hears("who was right"))
        assert "You: ✅ right\nYour friend: ❌ not quite" in words(await ana.hears("who was right"))
        for _ in range(3):
            sandbox.clock.advance(600)
            await jobs.comparisons.run()
        await bea.hears_nothing_else()
        await ana.hears_nothing_else()
        # It counts for nothing else.
        assert await bea.row() is None
        assert await sandbox.count(Delivery) == await sandbox.count(Answer) == 1
        assert await sandbox.count(ObjectiveMemory) == 1
        await bea.presses("Get a question every day")
        await bea.hears("You're in")
    assert sandbox.faults_logged() == []
    assert await sandbox.totals_are_right()


@pytest.mark.parametrize(("ana_says", "bea_says"), [("No", "Yes"), ("Yes", "No"), ("", "Yes")])
async def test_nobody_hears_anything_unless_both_agree(
    sandbox: Sandbox, ana_says: str, bea_says: str
) -> None:
    async with sandbox.bot() as jobs:
        ana, code, question = await challenged(sandbox, jobs)
        if ana_says:
            await ana.presses("Yes, tell us" if ana_says == "Yes" else "No")
        await ana.votes(question)
        await ana.hears("Source:")
        bea = await sandbox.person("Bea")
        await opens(bea, code)
        card = await answers(sandbox, bea, right=True)
        [given] = await all_answers(sandbox)
        asks = [each["text"] for each in buttons(card)]
        assert ("✅ Yes, tell us" in asks) == (ana_says != "No")
        decision = "yes" if bea_says == "Yes" else "no"
        await bea.press_data(card, f"tell:{given.id}:{decision}")
        await jobs.comparisons.run()
        await bea.hears_nothing_else()
        await ana.hears_nothing_else()
        if not ana_says:  # asked once, and it may be answered later
            assert "If your friend agrees too" in words(await card_now(bea, card))
            await turned(ana, "Yes, tell us", "When a friend agrees too")
            await jobs.comparisons.run()
            await bea.hears("Your friend: ✅ right")


async def test_only_the_first_answer_of_the_friend_counts(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        _, code, _ = await challenged(sandbox, jobs)
        bea, eve = await sandbox.person("Bea"), await sandbox.person("Eve")
        asked = await opens(bea, code)
        [given] = await all_answers(sandbox)
        await eve.says("/help")
        sent = await eve.hears("One question a day")
        for data in (f"dare:{given.id}:0", f"tell:{given.id}:yes", f"dare:{10**17}:0"):
            await eve.press_data(sent, data)
        await bea.press_data(asked, f"tell:{given.id}:yes")  # before an answer
        await bea.press_data(asked, f"dare:{given.id}:99")
        assert [each.option for each in await all_answers(sandbox)] == [None]
        await opens(bea, code)  # again: the same question
        await answers(sandbox, bea, right=False)
        key = given.option_order.index("0")
        await bea.press_data(asked, f"dare:{given.id}:{key}")
        [after] = await all_answers(sandbox)
        assert (after.option == 0, after.agrees) == (False, None)
        await bea.says(f"/start {code}")
        await bea.hears("Not quite.")
        for decision in ("no", "yes"):
            await bea.press_data(asked, f"tell:{given.id}:{decision}")
        assert [each.agrees for each in await all_answers(sandbox)] == [False]
    assert sandbox.faults_logged() == []


async def test_a_subscriber_with_the_same_question_compares_the_daily_answers(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot() as jobs:
        ana, bea = await sandbox.subscriber(), await sandbox.subscriber("Bea")
        await sandbox.later(jobs, hours=1)
        mine, theirs = await ana.gets_question(), await bea.gets_question()
        async with sandbox.sessions.begin() as session:  # they happen to get the same one
            first, second = await session.scalars(select(Delivery).order_by(Delivery.id))
            second.item_id, second.item_revision = first.item_id, first.item_revision
            second.option_order = first.option_order
        await ana.votes(mine, right=False)
        await ana.hears("Source:")
        await ana.says("/challenge")
        code = code_in(await ana.hears(ASKS_BOTH))
        await ana.presses("Yes, tell us")
        await bea.says(f"/start {code}")
        await bea.hears("You have the same question today. Answer it first")
        assert await all_answers(sandbox) == []
        key = second.option_order.index("0")
        await bea.votes_for(theirs, key, force=True)
        await bea.hears("Source:")
        await bea.says(f"/start {code}")
        await bea.hears("Your friend has agreed. May I tell you both")
        await bea.presses("Yes, tell us")
        await bea.hears_nothing_else()
        await jobs.comparisons.run()
        assert "You: ✅ right\nYour friend: ❌ not quite" in words(await bea.hears("who was right"))
        await ana.hears("Your friend: ✅ right")
        assert await sandbox.count(Answer) == 2
    assert sandbox.faults_logged() == []


async def test_a_link_opened_before_does_not_give_todays_own_question_away(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot() as jobs:
        _, code, _ = await challenged(sandbox, jobs)
        bea = await sandbox.subscriber("Bea")
        await bea.says("/time 23:00")
        await bea.hears("23:00")
        asked = await opens(bea, code)
        await sandbox.later(jobs, hours=14)
        theirs = await bea.gets_question()
        async with sandbox.sessions.begin() as session:  # they happen to get the same one
            first, second = await session.scalars(select(Delivery).order_by(Delivery.id))
            second.item_id, second.item_revision = first.item_id, first.item_revision
            second.option_order = first.option_order
        await bea.says(f"/start {code}")
        await bea.hears("You have the same question today. Answer it first")
        [given] = await all_answers(sandbox)
        await bea.press_data(asked, f"dare:{given.id}:0")
        await bea.hears("You have the same question today. Answer it first")
        assert [each.option for each in await all_answers(sandbox)] == [None]
        await bea.votes_for(theirs, second.option_order.index("1"), force=True)
        await bea.hears("Source:")
        await bea.press_data(asked, f"dare:{given.id}:{given.option_order.index('0')}")
        await bea.hears_nothing_else()
        assert [each.option for each in await all_answers(sandbox)] == [1]
    assert sandbox.faults_logged() == []


async def test_a_link_dies_after_seven_days_with_all_that_it_kept(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        _, code, _ = await challenged(sandbox, jobs)
        bea, zoe = await sandbox.person("Bea"), await sandbox.person("Zoe")
        asked = await opens(bea, code)
        [given] = await all_answers(sandbox)
        [exports] = (await exported(bea))["challenges_of_friends"]
        assert exports["option_order"] == given.option_order
        sandbox.clock.advance(timedelta(days=7).total_seconds())
        await zoe.says(f"/start {code}")
        await zoe.hears("This challenge is over")
        await bea.press_data(asked, f"dare:{given.id}:0")
        assert [each.option for each in await all_answers(sandbox)] == [None]
        async with sandbox.sessions.begin() as session:
            await purge_expired(session, sandbox.clock.now())
        assert await sandbox.count(Challenge) == await sandbox.count(ChallengeAnswer) == 0
        assert await zoe.row() is None


@on_each_database
async def test_forgetting_deletes_a_friends_answer_and_a_challengers_links(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot() as jobs:
        ana, code, _ = await challenged(sandbox, jobs)
        bea = await sandbox.person("Bea")
        await opens(bea, code)
        for person, left in ((bea, [1, 0]), (ana, [0, 0])):
            await person.says("/forget")
            await person.hears("Are you sure?")
            await turned(person, "Erase everything", "erased")
            assert [await sandbox.count(each) for each in (Challenge, ChallengeAnswer)] == left
    assert sandbox.faults_logged() == []


async def test_a_picture_comes_before_the_question_and_is_told_in_it(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        _, code, _ = await challenged(sandbox, jobs)
        item = next(each for each in TOPIC.approved if each.picture_text)
        async with sandbox.sessions.begin() as session:
            asked = (await session.scalars(select(Delivery))).one()
            asked.item_id, asked.item_revision = item.id, item.revision
            asked.option_order = "".join(str(place) for place in range(len(item.options)))
        bea = await sandbox.person("Bea")
        await bea.says(f"/start {code}")
        await bea.sees(lambda message: "photo" in message)
        told = await bea.hears("A friend challenges you!")
        assert f"🖼 {item.picture_text}" in words(told)
        assert "spoiler" in [each["type"] for each in told["entities"]]
        await bea.press_data(told, told["reply_markup"]["inline_keyboard"][0][1]["callback_data"])
        card = (await bea.messages())[-1]
        assert words(card).count(item.key) == 1  # marked in the list, and not named once more
        assert "spoiler" not in [each["type"] for each in card["entities"]]
    assert sandbox.faults_logged() == []


async def test_a_link_takes_ten_friends(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        _, code, _ = await challenged(sandbox, jobs)
        async with sandbox.sessions.begin() as session:
            for number in range(challenges.MAX_FRIENDS):
                session.add(
                    ChallengeAnswer(code=code, friend_id=number, language="en", option_order="012")
                )
        zoe = await sandbox.person("Zoe")
        await zoe.says(f"/start {code}")
        await zoe.hears("10 friends have already taken this challenge")
        assert len(await all_answers(sandbox)) == challenges.MAX_FRIENDS


HOSTILE = (
    "dare-" + "A" * 22,
    "dare-" + "A" * 21,
    "dare-" + "A" * 59,
    "dare-' OR 1=1 --aaaaaaaaaa",
    "dare-" + "é" * 22,
    "dare-" + "\u0661" * 22,
    "DARE-" + "A" * 22,
    "dare-\x00" + "A" * 21,
    "dare-",
)


async def test_hostile_codes_open_nothing(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        await challenged(sandbox, jobs)
        zoe = await sandbox.person("Zoe")
        for code in HOSTILE:
            await zoe.says(f"/start {code}")
            told = words(await zoe.sees(lambda message: bool(words(message))))
            assert "over" in told or "Hello" in told, code
        assert await all_answers(sandbox) == []
    assert sandbox.faults_logged() == []


async def both_to_be_told(sandbox: Sandbox, jobs: Jobs) -> tuple[Person, Person]:
    """Returns a challenger and a friend who have answered and agreed, and have not heard yet."""
    ana, code, question = await challenged(sandbox, jobs)
    await ana.presses("Yes, tell us")
    await ana.votes(question)
    await ana.hears("Source:")
    bea = await sandbox.person("Bea")
    await opens(bea, code)
    await answers(sandbox, bea, right=True)
    await turned(bea, "Yes, tell us", "You both agreed")
    return ana, bea


async def test_a_crash_or_a_block_while_telling_loses_nobody_else(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana, bea = await both_to_be_told(sandbox, jobs)
        async with sandbox.sessions.begin() as session:  # a process that dies right after this
            for side in challenges.SIDES:
                assert (await challenges.take_due(session, side, sandbox.clock.now(), 8))[1]
        await jobs.comparisons.run()
        await bea.hears_nothing_else()
        sandbox.clock.advance(60)
        await sandbox.control.fault("blocked", method="sendMessage", chat_id=bea.id)
        await jobs.comparisons.run()
        await ana.hears("who was right")
        due = (ChallengeAnswer.friend_due_at, ChallengeAnswer.challenger_due_at)
        async with sandbox.sessions() as session:
            assert (await session.execute(select(*map(func.count, due)))).one() == (0, 0)


async def test_a_comparison_whose_reply_was_lost_is_told_again(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        _, bea = await both_to_be_told(sandbox, jobs)
        sandbox.clock.advance(300)
        await sandbox.control.fault("lost_reply", method="sendMessage", chat_id=bea.id)
        await jobs.comparisons.run()
        await jobs.comparisons.run()
        sandbox.clock.advance(600)
        await jobs.comparisons.run()
        told = [each for each in await bea.messages() if "Your friend: ✅" in words(each)]
        assert len(told) == 2  # only the reply was lost
        due = select(ChallengeAnswer.friend_due_at)
        async with sandbox.sessions() as session:
            assert await session.scalar(due) is None


async def test_a_challenger_who_never_answers_is_told_as_that(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana, code, _ = await challenged(sandbox, jobs)
        await ana.presses("Yes, tell us")
        bea = await sandbox.person("Bea")
        await opens(bea, code)
        await answers(sandbox, bea, right=True)
        await turned(bea, "Yes, tell us", "You both agreed")
        await sandbox.later(jobs, hours=24)
        await jobs.comparisons.run()
        await bea.hears("Your friend: no answer")
        assert await sandbox.count(Subscriber) == 1

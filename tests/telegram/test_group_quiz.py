"""The daily question in a programme's group chat."""

import asyncio
from datetime import date, timedelta
from itertools import pairwise
from random import Random

import pytest
from sqlalchemy import text, update

from db.models import DeliveryState
from db.programmes import ALL_WEEKDAYS, GroupChat, GroupQuestion, Programme
from db.session import create_engine
from quizbot.programmes import group_quiz
from quizbot.programmes import programme as programmes
from quizbot.quiz.asking.choosing import ItemPool
from tests.programmes import steps
from tests.quiz.steps import TOPIC
from tests.sizes import IN_CI
from tests.telegram.group_chats import MONDAY, Group, call_bot_api, later, linked_group, people
from tests.telegram.sandbox import Message, Person, Sandbox, on_each_database, words
from tests.telegram.wire import Wire

SENT, UNCONFIRMED = DeliveryState.SENT, DeliveryState.UNCONFIRMED
REFUSED, EXPIRED = DeliveryState.REFUSED, DeliveryState.EXPIRED


async def claim(sandbox: Sandbox) -> None:
    """Claims for the groups that are due, like a bot that crashes right after."""
    pool = ItemPool.of(TOPIC, Random(7))
    async with sandbox.sessions.begin() as session:
        await group_quiz.claim_due(session, pool, sandbox.clock.now(), 100)


@on_each_database
async def test_a_group_gets_the_daily_question_and_its_results(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot() as jobs:
        voters = await people(sandbox, 11)
        group, _ = await linked_group(sandbox, *voters)
        assert "today at 09:00" in words(group.heard)
        await later(sandbox, jobs, minutes=59)
        assert await group.questions() == []
        await later(sandbox, jobs, minutes=1)
        question = await group.gets_question()
        assert question["poll"]["is_anonymous"]
        assert question["poll"]["type"] == "quiz"
        await vote(group, question, voters, right=6)
        await later(sandbox, jobs, hours=23)
        assert await group.said("answered") == []
        await later(sandbox, jobs, hours=1)
        results = await group.hears("11 answered, 55% right.")
        assert results["reply_to_message"]["message_id"] == question["message_id"]
        for part in ("Right answer:", "💡", "Source:", "⚕️"):
            assert part in words(results)
        await group.gets_question()
        await later(sandbox, jobs, minutes=5)
        assert len(await group.questions()) == 2
        first, second = await group.rows()
        assert sum(first.results or []) == 11
        assert first.settled
        assert not second.settled
        assert first.item_id != second.item_id
        assert await sandbox.control.calls("answerCallbackQuery") == []
    assert sandbox.faults_logged() == []


async def test_a_week_of_three_voters_with_a_holiday_and_a_weekend(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        voters = await people(sandbox, 3)
        group, _ = await linked_group(sandbox, *voters, holidays=[date(2026, 11, 26)])
        await later(sandbox, jobs, hours=1)
        asked = [len(await group.questions())]
        for _ in range(7):
            await group.vote((await group.questions())[-1], voters[len(asked) % 3])
            await later(sandbox, jobs, hours=24)
            asked.append(len(await group.questions()))
        assert asked == [1, 2, 3, 3, 4, 4, 4, 5]  # from Monday to Monday
        rows = await group.rows()
        assert [each.local_date.day for each in rows] == [23, 24, 25, 27, 30]
        assert len({each.item_id for each in rows}) == 5
        closed = [each.closes_at.date().day for each in rows]
        assert closed == [24, 25, 27, 30, 1]  # each with the next one
        assert len(await group.said("Time's up!")) == 4
        assert await group.said("answered") == []  # fewer than five were right: no shares
        assert await group.said("%") == []
    assert sandbox.faults_logged() == []


async def test_shares_are_shown_if_five_were_right_and_five_were_not(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        voters = await people(sandbox, 10)
        group, _ = await linked_group(sandbox, *voters)
        await later(sandbox, jobs, hours=1)
        await vote(group, await group.gets_question(), voters, right=6)
        await later(sandbox, jobs, hours=24)
        closed = await group.hears("Time's up!")
        assert "%" not in words(closed)
        await vote(group, await group.gets_question(), voters, right=5)
        await later(sandbox, jobs, hours=24)
        await group.hears("10 answered, 50% right.")


async def vote(group: Group, question: Message, voters: list[Person], right: int) -> None:
    await group.vote(question, *voters[:right])
    await group.vote(question, *voters[right:], right=False)


async def test_questions_come_at_the_programmes_local_time(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        group, _ = await linked_group(sandbox, timezone="America/New_York")
        await later(sandbox, jobs, hours=5, minutes=59)  # 13:59 UTC is 08:59 there
        assert await group.questions() == []
        await later(sandbox, jobs, minutes=1)
        await group.gets_question()
        (row,) = await group.rows()
        assert row.local_date == MONDAY


async def test_no_question_comes_before_the_start(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        group, _ = await linked_group(sandbox, starts_on=MONDAY + timedelta(days=2))
        assert "on Wednesday, 25 November at 09:00" in words(group.heard)
        await group.say("/board")
        told = words(await group.hears("The first question comes on Wednesday"))
        assert "This week" not in told
        await later(sandbox, jobs, hours=48)
        assert await group.questions() == []
        await later(sandbox, jobs, hours=1)
        await group.gets_question()


async def test_after_the_last_question_the_group_gets_one_end_notice(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        group, _ = await linked_group(sandbox, ends_on=MONDAY + timedelta(days=1))
        await later(sandbox, jobs, hours=1)
        for _ in range(4):
            await later(sandbox, jobs, hours=24)
        first, last = [str(each) for each in await group.questions()]
        assert "🏁 The last question of Spring & well" in last
        assert "The last question of" not in first
        said = [words(each)[:20] for each in await group.messages() if "poll" not in each]
        assert len(said) == 4  # linked, two results, the end
        assert len(await group.said("has ended")) == 1
        assert said[-1].startswith("🎓")
        row = await group.row()
        assert row is not None
        assert row.next_due_at is None
    assert sandbox.faults_logged() == []


async def test_an_earlier_end_and_new_holidays_apply_to_the_group(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot() as jobs:
        group, made = await linked_group(sandbox)
        now, by = sandbox.clock.now(), group.owner.id
        tuesday, thursday = MONDAY + timedelta(days=1), MONDAY + timedelta(days=3)
        async with sandbox.sessions.begin() as session:
            programme = await session.get_one(Programme, made.id)
            await programmes.add_holidays(session, programme, tuesday, tuesday, by, now)
            await steps.change(session, programme, now, ends_on=thursday)
        await later(sandbox, jobs, hours=1)
        async with sandbox.sessions.begin() as session:
            programme = await session.get_one(Programme, made.id)
            assert await programmes.remove_holiday(
                session, programme, tuesday, by, sandbox.clock.now()
            )
        for _ in range(6):
            await later(sandbox, jobs, hours=24)
        assert [each.local_date.day for each in await group.rows()] == [23, 24, 25, 26]
        assert len(await group.said("has ended")) == 1


@pytest.mark.parametrize(("hours", "asked"), [(5, [23]), (25, [24]), (24 * 5, []), (24 * 7, [30])])
async def test_after_an_outage_todays_question_comes_late_and_no_earlier_one(
    sandbox: Sandbox, hours: int, asked: list[int]
) -> None:
    async with sandbox.bot():
        group, _ = await linked_group(sandbox)
    sandbox.clock.advance(3600 * hours)
    async with sandbox.bot() as jobs:
        await later(sandbox, jobs, hours=1)
        assert [each.local_date.day for each in await group.rows()] == asked


async def test_a_question_claimed_before_a_crash_is_sent(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        group, _ = await linked_group(sandbox)
    sandbox.clock.advance(3600)
    await claim(sandbox)
    assert await group.questions() == []
    async with sandbox.bot() as jobs:
        await later(sandbox, jobs, seconds=1)
        await group.gets_question()
        assert await group.states() == [SENT]
    assert len(await group.questions()) == 1


async def test_a_claim_of_a_past_date_is_not_sent(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        group, _ = await linked_group(sandbox, weekdays=0b001_0001)  # Monday and Friday
    sandbox.clock.advance(3600)
    await claim(sandbox)
    sandbox.clock.advance(48 * 3600)
    async with sandbox.bot() as jobs:
        await later(sandbox, jobs, seconds=1)
        assert await group.states() == [EXPIRED]
        assert await group.questions() == []


async def test_a_question_in_flight_during_a_crash_is_unconfirmed_and_not_sent_again(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot():
        group, _ = await linked_group(sandbox)
    sandbox.clock.advance(3600)
    await claim(sandbox)
    now = sandbox.clock.now()
    async with sandbox.sessions.begin() as session:
        assert len(await group_quiz.begin_sending(session, now, 10, now)) == 1
    async with sandbox.bot() as jobs:
        await later(sandbox, jobs, minutes=1)
        assert await group.states() == [UNCONFIRMED]
        await later(sandbox, jobs, hours=23)
        assert await group.questions() == []
        await later(sandbox, jobs, hours=1)
        await group.gets_question()
        assert await group.states() == [UNCONFIRMED, SENT]
        assert await group.said("closed") == []  # its message is unknown


async def test_a_question_whose_reply_was_lost_is_not_sent_again(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        group, _ = await linked_group(sandbox)
        await sandbox.control.fault("lost_reply", method="sendPoll", chat_id=group.id)
        await later(sandbox, jobs, hours=1)
        for _ in range(3):
            await later(sandbox, jobs, minutes=10)
        assert len(await group.questions()) == 1
        assert await group.states() == [UNCONFIRMED]
        await later(sandbox, jobs, hours=24)
        assert await group.states() == [UNCONFIRMED, SENT]


async def test_a_question_that_was_not_sent_is_sent_when_telegram_is_back(sandbox: Sandbox) -> None:
    async with Wire.to(sandbox.url) as wire, sandbox.bot(api_url=wire.url) as jobs:
        group, _ = await linked_group(sandbox)
        wire.cut()
        await later(sandbox, jobs, hours=1)
        assert await group.states() == [DeliveryState.CLAIMED]
    async with sandbox.bot() as jobs:
        await later(sandbox, jobs, seconds=10)
        await group.gets_question()
        assert len(await group.questions()) == 1


async def test_a_group_that_must_wait_delays_no_other(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        slow, programme = await linked_group(sandbox)
        other = await Group.of(slow.owner, title="Others")
        await other.link(programme)
        await sandbox.control.fault("flood", method="sendPoll", chat_id=slow.id, seconds=1)
        await later(sandbox, jobs, hours=1)
        await other.gets_question()
        assert await slow.questions() == []
        while not await slow.questions():  # a real second
            await later(sandbox, jobs, seconds=6)
        assert len(await slow.questions()) == 1
        assert await slow.states() == [SENT]


async def test_results_come_although_the_reply_to_stoppoll_was_lost(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        voters = await people(sandbox, 10)
        group, _ = await linked_group(sandbox, *voters)
        await later(sandbox, jobs, hours=1)
        question = await group.gets_question()
        await vote(group, question, voters, right=5)
        await sandbox.control.fault("lost_reply", method="stopPoll")
        await later(sandbox, jobs, hours=24)
        await later(sandbox, jobs, seconds=6)
        results = await group.hears("10 answered, 50% right.")
        assert results["reply_to_message"]["message_id"] == question["message_id"]
        assert await group.said("Time's up!") == []
        assert sum((await group.rows())[0].results or []) == 10


async def test_results_come_although_telegram_closed_the_poll_during_a_downtime(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot() as jobs:
        voters = await people(sandbox, 10)
        group, _ = await linked_group(sandbox, *voters)
        await later(sandbox, jobs, hours=1)
        question = await group.gets_question()
        await vote(group, question, voters, right=5)
    sandbox.clock.advance(25 * 3600)
    assert (await group.questions())[0]["poll"]["is_closed"]
    async with sandbox.bot() as jobs:
        await later(sandbox, jobs, seconds=1)
        await group.hears("10 answered, 50% right.")
        await later(sandbox, jobs, minutes=10)
        assert len(await group.said("Right answer:")) == 1


async def test_results_that_were_not_sent_come_later(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        voters = await people(sandbox, 10)
        group, _ = await linked_group(sandbox, *voters)
        await later(sandbox, jobs, hours=1)
        await vote(group, await group.gets_question(), voters, right=5)
        await sandbox.control.fault("flood", method="sendMessage", chat_id=group.id, seconds=1)
        await later(sandbox, jobs, hours=24)
        assert await group.said("Right answer:") == []
        while not await group.said("Right answer:"):
            await later(sandbox, jobs, seconds=6)
        assert len(await group.said("10 answered, 50% right.")) == 1


async def test_a_deleted_question_is_still_closed(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        group, _ = await linked_group(sandbox)
        await later(sandbox, jobs, hours=1)
        question = await group.gets_question()
        await call_bot_api(
            sandbox, "deleteMessage", chat_id=group.id, message_id=question["message_id"]
        )
        await later(sandbox, jobs, hours=24)
        closed = await group.hears("Time's up!")
        assert "reply_to_message" not in closed
    assert sandbox.faults_logged() == []


async def test_a_withdrawn_item_has_no_results(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        group, _ = await linked_group(sandbox)
        await later(sandbox, jobs, hours=1)
        async with sandbox.sessions.begin() as session:
            await session.execute(update(GroupQuestion).values(item_id="gone"))
        await later(sandbox, jobs, hours=24)
        assert await group.said("Right answer:") == []
        assert len(await group.questions()) == 2


@on_each_database
async def test_concurrent_runs_post_once(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        group, programme = await linked_group(sandbox)
        for number in range(4):
            await (await Group.of(group.owner, title=f"Group {number}")).link(programme)
        sandbox.clock.advance(3600)
        await asyncio.gather(*(jobs.group_quiz.run() for _ in range(4)))
        assert len(await sandbox.control.calls("sendPoll")) == 5
        sandbox.clock.advance(24 * 3600)
        await asyncio.gather(*(jobs.group_quiz.run() for _ in range(4)))
        assert len(await sandbox.control.calls("sendPoll")) == 10
        assert len(await group.said("Right answer:")) == 1


@on_each_database
async def test_concurrent_processes_claim_and_finish_once(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        group, _ = await linked_group(sandbox)
    sandbox.clock.advance(3600)
    await asyncio.gather(*(claim(sandbox) for _ in range(4)))
    (row,) = await group.rows()

    async def finish() -> bool:
        async with sandbox.sessions.begin() as session:
            return await group_quiz.mark_done(session, row.id, [1, 2])

    assert sorted(await asyncio.gather(*(finish() for _ in range(4)))) == [False] * 3 + [True]


async def test_a_group_has_one_question_a_date_even_if_it_is_due_again(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        group, _ = await linked_group(sandbox)
    sandbox.clock.advance(3600)
    for _ in range(2):
        await claim(sandbox)
        async with sandbox.sessions.begin() as session:
            await session.execute(update(GroupChat).values(next_due_at=sandbox.clock.now()))
    assert len(await group.rows()) == 1


async def test_a_group_is_asked_most_of_the_bank_before_anything_repeats(sandbox: Sandbox) -> None:
    """In CI three quarters of it, else 30 questions."""
    async with sandbox.bot():
        group, _ = await linked_group(sandbox, weekdays=ALL_WEEKDAYS)
    pool = ItemPool.of(TOPIC, Random(7))
    sandbox.clock.advance(3600)
    most = len(pool.items) * 3 // 4 if IN_CI else 30
    for _ in range(most):
        await claim(sandbox)
        sandbox.clock.advance(24 * 3600)
    asked = [each.item_id for each in await group.rows()]
    assert len(set(asked)) == len(asked) == most
    assert not any(after in pool.related(before) for before, after in pairwise(asked))


async def test_a_question_is_posted_when_it_is_due(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        group, _ = await linked_group(sandbox)
        sandbox.clock.advance(3600)
        await jobs.group_quiz.run()
        await group.gets_question()


async def test_a_stopping_bot_leaves_the_group_to_the_next_one(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        group, _ = await linked_group(sandbox)
        await jobs.finish(5)
        await later(sandbox, jobs, hours=1)
        assert await group.questions() == []
    async with sandbox.bot() as jobs:
        await later(sandbox, jobs, seconds=1)
        await group.gets_question()


async def test_unsettled_questions_are_found_by_an_index(database: str) -> None:
    engine = create_engine(database)
    explain = "EXPLAIN" if engine.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
    is_open = "NOT settled" if engine.dialect.name == "postgresql" else "settled = 0"
    async with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            await connection.execute(text("SET LOCAL enable_seqscan = off"))
        plan = await connection.execute(
            text(f"{explain} SELECT id FROM group_questions WHERE {is_open}")  # noqa: S608
        )
        assert any("ix_group_questions_unsettled" in str(row) for row in plan)
    await engine.dispose()

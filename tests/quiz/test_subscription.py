"""Joining, pausing, leaving, blocking the bot; preferences."""

import asyncio
from datetime import time, timedelta
from random import Random

import pytest

from db.models import Subscriber, SubscriberState
from db.session import Sessions
from quizbot.quiz import aliases, subscription
from quizbot.quiz.subscription import NewSubscriber
from tests.quiz.steps import (
    DUE,
    START,
    answer,
    claim,
    join,
    new_subscriber,
    send_due,
    subscriber,
    vote_on,
)

DAY = timedelta(days=1)


async def invite(sessions: Sessions, payload: str, person: int = 1) -> None:
    async with sessions.begin() as session:
        await subscription.invite(session, new_subscriber(person), payload, START, Random(1))


async def found(sessions: Sessions, person: int = 1) -> Subscriber | None:
    async with sessions() as session:
        return await subscription.find(session, person)


@pytest.mark.parametrize("nobody", [0, -5, 2**52, 2**63, 10**30])
async def test_an_id_that_telegram_never_gives_is_refused(sessions: Sessions, nobody: int) -> None:
    assert await found(sessions, nobody) is None
    async with sessions.begin() as session:
        await subscription.mark_blocked(session, nobody)
        with pytest.raises(ValueError, match="not a Telegram id"):
            await subscription.subscribe(session, new_subscriber(nobody), START, Random(1))


async def test_a_new_subscriber_has_what_was_given(sessions: Sessions) -> None:
    joining = NewSubscriber(7_000_000_000, "de", "Asia/Kathmandu", time(7, 30))
    async with sessions.begin() as session:
        await subscription.subscribe(session, joining, START, Random(1))
    person = await found(sessions, joining.id)
    assert person is not None
    assert (person.language, person.timezone, person.question_time) == (
        "de",
        "Asia/Kathmandu",
        time(7, 30),
    )
    assert (person.state, person.joined_at) == (SubscriberState.ACTIVE, START)
    assert person.next_due_at == START.replace(hour=1, minute=45) + DAY
    assert (person.points, person.streak, person.last_answered_on) == (0, 0, None)
    assert person.alias


async def test_an_invited_person_is_no_subscriber_until_they_agree(sessions: Sessions) -> None:
    await invite(sessions, "ward-7")
    await invite(sessions, "another")
    assert await found(sessions) is None
    assert await claim(sessions, DUE + DAY) == 0
    await join(sessions, now=DUE + DAY)
    person = await found(sessions)
    assert person is not None
    assert (person.start_payload, person.joined_at) == ("ward-7", DUE + DAY)


@pytest.mark.parametrize("way", ["pause", "stop", "mark_blocked"])
async def test_a_return_keeps_everything(sessions: Sessions, way: str) -> None:
    await invite(sessions, "ward-7")
    await join(sessions)
    [asked] = await send_due(sessions, DUE)
    await answer(sessions, vote_on(asked), DUE)
    async with sessions.begin() as session:
        person = await subscriber(session)
        await aliases.set_alias(session, person, "Quiet Heron")
        match way:
            case "pause":
                await subscription.pause(session, person)
            case "stop":
                await subscription.stop(session, person)
            case _:
                await subscription.mark_blocked(session, 1)
        assert person.next_due_at is None
    await join(sessions, zone="Asia/Tokyo", at=time(3), now=DUE + 40 * DAY)
    person_now = await found(sessions)
    assert person_now is not None
    assert person_now.state is SubscriberState.ACTIVE
    assert person_now.next_due_at == DUE + 41 * DAY
    assert (person_now.timezone, person_now.question_time) == ("UTC", time(9))
    assert (person_now.alias, person_now.start_payload) == ("Quiet Heron", "ward-7")
    assert (person_now.points, person_now.joined_at) == (10, START)


async def test_joining_again_while_active_changes_only_the_language(
    sqlite_sessions: Sessions,
) -> None:
    await join(sqlite_sessions)
    before = await found(sqlite_sessions)
    joining = NewSubscriber(1, "de", "Asia/Tokyo", time(3))
    async with sqlite_sessions.begin() as session:
        await subscription.subscribe(session, joining, DUE + DAY, Random(2))
    after = await found(sqlite_sessions)
    assert before is not None
    assert after is not None
    changed = [
        column.key
        for column in Subscriber.__table__.columns
        if getattr(before, column.key) != getattr(after, column.key)
    ]
    assert changed == ["language"]


async def test_a_return_after_todays_question_is_asked_tomorrow(
    sqlite_sessions: Sessions,
) -> None:
    await join(sqlite_sessions, at=time(8, 30))
    await claim(sqlite_sessions, DUE)
    async with sqlite_sessions.begin() as session:
        await subscription.pause(session, await subscriber(session))
        (await subscriber(session)).question_time = time(23)
    await join(sqlite_sessions, now=DUE + timedelta(hours=1))
    assert await claim(sqlite_sessions, DUE + timedelta(hours=14, minutes=59)) == 0
    assert await claim(sqlite_sessions, DUE + DAY + timedelta(hours=14)) == 1


async def test_a_block_by_a_stranger_is_no_error(sqlite_sessions: Sessions) -> None:
    async with sqlite_sessions.begin() as session:
        await subscription.mark_blocked(session, 99)
    assert await found(sqlite_sessions, 99) is None


async def test_preferences_set_during_a_pause_apply_after_it(sqlite_sessions: Sessions) -> None:
    await join(sqlite_sessions)
    async with sqlite_sessions.begin() as session:
        person = await subscriber(session)
        await subscription.pause(session, person)
        await subscription.set_time(session, person, time(12), START)
        await subscription.set_timezone(session, person, "Asia/Kathmandu", START)
        assert person.next_due_at is None
    await join(sqlite_sessions, now=START)
    person_now = await found(sqlite_sessions)
    assert person_now is not None
    assert person_now.next_due_at == START.replace(hour=6, minute=15) + DAY


async def test_a_person_who_joins_in_several_processes_at_once_is_added_once(
    sessions: Sessions,
) -> None:
    async def begin_here(number: int) -> None:
        async with sessions.begin() as session:
            if number % 2:
                await subscription.invite(
                    session, new_subscriber(1), "poster", START, Random(number)
                )
            else:
                await subscription.subscribe(session, new_subscriber(1), START, Random(number))

    await asyncio.gather(*(begin_here(number) for number in range(6)))
    async with sessions() as session:
        person = await subscriber(session)
    assert person.state is SubscriberState.ACTIVE

"""Claiming a question for each due subscriber, never two a date (invariant 1, ARCHITECTURE.md)."""

import asyncio
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from db.models import Answer, Delivery, DeliveryState, Subscriber, SubscriberState
from db.session import Sessions
from quizbot.quiz import subscription
from quizbot.quiz.asking import claiming
from quizbot.quiz.asking.choosing import ItemPool
from quizbot.quiz.asking.question_days import GRACE_PERIOD, local_date
from quizbot.quiz.delivery import outcomes
from tests.quiz.steps import (
    DUE,
    REMINDER_POLICY,
    START,
    TOPIC,
    answer,
    claim,
    deliveries,
    join,
    make_pool,
    new_subscriber,
    past_delivery,
    send_due,
    statements,
    subscriber,
    vote_on,
)

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
MONDAY = date(2026, 11, 23)


async def dates(sessions: Sessions, person: int = 1) -> list[date]:
    """Returns the local dates that have a daily question, in the order of claiming."""
    return [each.local_date for each in await deliveries(sessions, person) if each.slot == 0]


async def set_zone(sessions: Sessions, zone: str, now: datetime) -> None:
    async with sessions.begin() as session:
        await subscription.set_timezone(session, await subscriber(session), zone, now)


async def set_time(sessions: Sessions, at: time, now: datetime) -> None:
    async with sessions.begin() as session:
        await subscription.set_time(session, await subscriber(session), at, now)


async def ask(sessions: Sessions, now: datetime) -> Delivery:
    """Claims today's question as /quiz does before it falls back to practice."""
    async with sessions.begin() as session:
        found = await subscription.find(session, 1)
        assert found is not None
        asked = await claiming.claim_today(session, found, make_pool(), now, REMINDER_POLICY)
        assert asked is not None
        return asked


async def test_one_question_is_claimed_at_the_time_and_none_before(
    sessions: Sessions,
) -> None:
    await join(sessions)
    assert await claim(sessions, DUE - timedelta(seconds=1)) == 0
    assert await claim(sessions, DUE) == 1
    assert await claim(sessions, DUE) == 0
    [claimed] = await deliveries(sessions)
    assert (claimed.local_date, claimed.slot, claimed.possibly_delivered) == (MONDAY, 0, False)
    assert claimed.state is DeliveryState.CLAIMED
    assert (claimed.claimed_at, claimed.closes_at) == (DUE, DUE + DAY)
    item = TOPIC.item(claimed.item_id)
    assert item is not None
    assert item.approved
    assert sorted(claimed.option_order) == [str(place) for place in range(len(item.options))]
    async with sessions() as session:
        assert (await subscriber(session)).next_due_at == DUE + DAY


async def test_the_longest_due_come_first_in_batches_with_a_few_queries(
    sessions: Sessions, engine: AsyncEngine
) -> None:
    for person, minute in ((1, 50), (2, 10), (3, 40), (4, 20), (5, 30)):
        await join(sessions, person, at=time(8, minute))
    counts = []
    for limit in (3, 3):
        with statements(engine) as seen:
            counts.append(await claim(sessions, DUE, limit))
        reads = [each for each in seen if each.lstrip().upper().startswith("SELECT")]
        # Who is due, their memories, questions and latest ones, corrections, programmes.
        assert len(reads) <= 6
    assert counts == [3, 2]
    async with sessions() as session:
        order = await session.scalars(select(Delivery.subscriber_id).order_by(Delivery.id))
        assert order.all() == [2, 4, 5, 3, 1]


async def test_only_active_subscribers_get_a_claim_and_a_return_makes_them_active(
    sessions: Sessions,
) -> None:
    for person in (1, 2, 3, 4):
        await join(sessions, person)
    async with sessions.begin() as session:
        await subscription.pause(session, await subscriber(session, 1))
        await subscription.stop(session, await subscriber(session, 2))
        await subscription.mark_blocked(session, 3)
    assert await claim(sessions, DUE) == 1
    assert await claim(sessions, DUE + 3 * DAY) == 1
    assert [len(await deliveries(sessions, person)) for person in (1, 2, 3, 4)] == [0, 0, 0, 2]
    for person in (1, 2, 3):
        await join(sessions, person, now=DUE + 3 * DAY + HOUR)
    assert await claim(sessions, DUE + 4 * DAY) == 4


async def test_the_table_refuses_a_second_daily_question_for_a_date(sessions: Sessions) -> None:
    await join(sessions)
    await claim(sessions, DUE)
    [first] = await deliveries(sessions)
    second = Delivery(
        subscriber_id=1,
        local_date=first.local_date,
        slot=0,
        item_id=TOPIC.approved[0].id,
        item_revision=1,
        option_order="012",
        state=DeliveryState.CLAIMED,
        possibly_delivered=False,
        claimed_at=DUE,
        closes_at=DUE + DAY,
    )
    with pytest.raises(IntegrityError):
        async with sessions.begin() as session:
            session.add(second)


async def test_claims_at_the_same_time_give_each_person_one_question(sessions: Sessions) -> None:
    for person in range(1, 21):
        await join(sessions, person)
    await asyncio.gather(*(claim(sessions, DUE, 8) for _ in range(6)))
    while await claim(sessions, DUE):
        pass
    counts = [len(await deliveries(sessions, person)) for person in range(1, 21)]
    assert counts == [1] * 20


async def test_a_request_during_the_broadcast_claims_one_question(sessions: Sessions) -> None:
    await join(sessions)
    await asyncio.gather(ask(sessions, DUE), claim(sessions, DUE), ask(sessions, DUE))
    await claim(sessions, DUE + MINUTE)
    assert await dates(sessions) == [MONDAY]


async def test_a_request_before_the_time_brings_todays_question_forward(sessions: Sessions) -> None:
    await join(sessions)
    asked = await ask(sessions, START)
    assert (asked.local_date, asked.closes_at) == (MONDAY, DUE + DAY)
    assert (await ask(sessions, START + MINUTE)).id == asked.id
    assert await claim(sessions, DUE) == 0
    assert await claim(sessions, DUE + DAY) == 1
    assert await dates(sessions) == [MONDAY, MONDAY + DAY]


async def test_a_request_during_a_pause_plans_no_daily_questions(sessions: Sessions) -> None:
    await join(sessions)
    async with sessions.begin() as session:
        await subscription.pause(session, await subscriber(session))
    await ask(sessions, START)
    assert await claim(sessions, DUE + DAY) == 0


@pytest.mark.parametrize(
    ("late", "served"),
    [
        (timedelta(hours=14), [MONDAY]),  # the same date, late in the evening
        (timedelta(hours=15, minutes=1), []),  # a new date, before its time: Monday's is lost
        (timedelta(hours=25), [MONDAY + DAY]),  # late for Tuesday's, Monday's is not sent
        (timedelta(days=5, hours=3), [MONDAY + 5 * DAY]),
    ],
)
async def test_after_an_outage_todays_question_comes_late_and_earlier_ones_do_not(
    sqlite_sessions: Sessions, late: timedelta, served: list[date]
) -> None:
    await join(sqlite_sessions)
    assert await claim(sqlite_sessions, DUE + late) == 1
    assert await dates(sqlite_sessions) == served
    async with sqlite_sessions() as session:
        upcoming = (await subscriber(session)).next_due_at
    assert upcoming is not None
    assert DUE + late < upcoming <= DUE + late + DAY
    assert await claim(sqlite_sessions, upcoming) == 1
    assert await dates(sqlite_sessions) == [*served, upcoming.date()]


async def test_a_question_due_just_before_midnight_has_an_hour_of_grace(
    sqlite_sessions: Sessions,
) -> None:
    await join(sqlite_sessions, 1, at=time(23, 59))
    await join(sqlite_sessions, 2, at=time(23, 58))
    due = datetime.combine(MONDAY, time(23, 59), DUE.tzinfo)
    await claim(sqlite_sessions, due + GRACE_PERIOD)
    assert await dates(sqlite_sessions, 1) == [MONDAY]
    assert await dates(sqlite_sessions, 2) == []
    await claim(sqlite_sessions, due + DAY)
    assert await dates(sqlite_sessions, 1) == [MONDAY, MONDAY + DAY]
    assert await dates(sqlite_sessions, 2) == [MONDAY + DAY]


async def test_a_move_west_gives_no_date_a_second_question(sqlite_sessions: Sessions) -> None:
    await join(sqlite_sessions, zone="Pacific/Auckland", now=START - 2 * DAY)
    await claim(sqlite_sessions, DUE - 13 * HOUR)  # 09:00 on Monday there
    assert await dates(sqlite_sessions) == [MONDAY]
    now = DUE - 12 * HOUR  # still Sunday in Honolulu
    await set_zone(sqlite_sessions, "Pacific/Honolulu", now)
    assert local_date(now, "Pacific/Honolulu") == MONDAY - DAY
    assert (await ask(sqlite_sessions, now)).local_date == MONDAY
    for hour in range(72):
        await claim(sqlite_sessions, now + hour * HOUR)
    assert await dates(sqlite_sessions) == [MONDAY, MONDAY + DAY, MONDAY + 2 * DAY]


async def test_after_a_move_east_the_date_there_has_a_question(sqlite_sessions: Sessions) -> None:
    await join(sqlite_sessions, zone="Pacific/Honolulu", now=START - DAY)
    await claim(sqlite_sessions, DUE + 10 * HOUR)  # 09:00 on Monday there
    now = DUE + 11 * HOUR  # Tuesday 09:00 in Auckland
    await set_zone(sqlite_sessions, "Pacific/Auckland", now - MINUTE)
    await claim(sqlite_sessions, now)
    assert await dates(sqlite_sessions) == [MONDAY, MONDAY + DAY]


async def test_a_later_time_after_todays_question_counts_from_tomorrow(
    sqlite_sessions: Sessions,
) -> None:
    await join(sqlite_sessions)
    await claim(sqlite_sessions, DUE)
    await set_time(sqlite_sessions, time(10), DUE + MINUTE)
    assert await claim(sqlite_sessions, DUE + 2 * HOUR) == 0
    await claim(sqlite_sessions, DUE + DAY + HOUR)
    assert await dates(sqlite_sessions) == [MONDAY, MONDAY + DAY]


async def test_a_new_time_before_todays_question_counts_today(
    sqlite_sessions: Sessions,
) -> None:
    await join(sqlite_sessions)
    await set_time(sqlite_sessions, time(8, 30), START)
    assert await claim(sqlite_sessions, START + 30 * MINUTE) == 1
    await set_time(sqlite_sessions, time(8, 40), START + 31 * MINUTE)
    assert await claim(sqlite_sessions, DUE) == 0
    assert await dates(sqlite_sessions) == [MONDAY]


@pytest.mark.parametrize("seed", range(6))
async def test_random_changes_give_no_date_two_questions_and_no_earlier_date(
    sqlite_sessions: Sessions, seed: int
) -> None:
    """Changes of zone and time, requests, pauses and outages, in any order."""
    rng, now = Random(seed), START
    zones = ["Pacific/Auckland", "Pacific/Honolulu", "Europe/Berlin", "Pacific/Kiritimati", "UTC"]
    await join(sqlite_sessions)
    for _ in range(60):
        now += timedelta(minutes=rng.choice([1, 20, 120, 600, 1500]))
        match rng.randrange(7):
            case 0:
                await set_zone(sqlite_sessions, rng.choice(zones), now)
            case 1:
                await set_time(sqlite_sessions, time(rng.randrange(24)), now)
            case 2:
                await ask(sqlite_sessions, now)
            case 3:
                async with sqlite_sessions.begin() as session:
                    await subscription.pause(session, await subscriber(session))
            case 4:
                await join(sqlite_sessions, now=now)
            case _:
                await claim(sqlite_sessions, now)
    served = await dates(sqlite_sessions)
    assert len(served) > 5
    assert served == sorted(set(served))


async def test_a_due_time_restored_from_a_backup_gives_no_second_question(
    sessions: Sessions,
) -> None:
    """The due time is repaired, and the others get their questions."""
    for person in (1, 2):
        await join(sessions, person)
    await claim(sessions, DUE)
    async with sessions.begin() as session:
        (await subscriber(session, 1)).next_due_at = DUE
    await join(sessions, 3, at=time(9, 1))
    assert await claim(sessions, DUE + MINUTE) == 2
    counts = [len(await deliveries(sessions, person)) for person in (1, 2, 3)]
    assert counts == [1, 1, 1]
    async with sessions() as session:
        assert (await subscriber(session, 1)).next_due_at == DUE + DAY


async def test_there_is_no_limit_to_practice(sqlite_sessions: Sessions) -> None:
    """One question at a time: the next comes after an answer."""
    await join(sqlite_sessions)
    await claim(sqlite_sessions, DUE)
    pool = make_pool()
    for minute in range(5):
        async with sqlite_sessions.begin() as session:
            person = await subscriber(session)
            now = DUE + minute * MINUTE
            practice = await claiming.claim_practice(session, person, pool, now)
            assert await claiming.claim_practice(session, person, pool, now) is practice
            session.add(
                Answer(delivery_id=practice.id, option=0, counted=False, points=0, answered_at=now)
            )
    found = await deliveries(sqlite_sessions)
    assert [each.slot for each in found] == [0, 1, 2, 3, 4, 5]
    assert len({each.item_id for each in found}) == 6
    assert all(each.closes_at == each.claimed_at + DAY for each in found[1:])
    async with sqlite_sessions() as session:
        assert (await subscriber(session)).next_due_at == DUE + DAY


async def test_every_item_of_a_small_pool_is_asked(sqlite_sessions: Sessions) -> None:
    await join(sqlite_sessions)
    pool = ItemPool(TOPIC.approved[:8], Random(3))
    for day in range(20):
        async with sqlite_sessions.begin() as session:
            await claiming.claim_due(session, pool, DUE + day * DAY, 10, REMINDER_POLICY)
    asked = [each.item_id for each in await deliveries(sqlite_sessions)]
    assert set(asked) == {item.id for item in pool.items}
    assert all(one != two for one, two in pairwise(asked))


async def test_a_question_is_open_until_it_is_answered_or_closes(
    sqlite_sessions: Sessions,
) -> None:
    await join(sqlite_sessions)
    [question] = await send_due(sqlite_sessions, DUE)
    for now, expected in ((DUE, True), (DUE + DAY, False)):
        async with sqlite_sessions() as session:
            found = await claiming.latest_daily(session, 1)
            assert found is not None
            assert await claiming.is_open_unanswered(session, found, now) is expected
    await answer(sqlite_sessions, vote_on(question), DUE)
    async with sqlite_sessions() as session:
        found = await claiming.latest_daily(session, 1)
        assert found is not None
        assert not await claiming.is_open_unanswered(session, found, DUE)


async def test_a_date_whose_time_falls_into_a_gap_has_a_question(
    sqlite_sessions: Sessions,
) -> None:
    """Berlin, 29 March 2026: 02:30 does not exist."""
    zone, now = ZoneInfo("Europe/Berlin"), datetime(2026, 3, 28, 0, tzinfo=DUE.tzinfo)
    await join(sqlite_sessions, zone=zone.key, at=time(2, 30), now=now)
    for hour in range(72):
        await claim(sqlite_sessions, now + hour * HOUR)
    assert await dates(sqlite_sessions) == [date(2026, 3, 28), date(2026, 3, 29), date(2026, 3, 30)]


async def test_a_subscriber_without_a_due_time_is_never_due(sqlite_sessions: Sessions) -> None:
    await join(sqlite_sessions)
    async with sqlite_sessions.begin() as session:
        (await session.get_one(Subscriber, 1)).next_due_at = None
    assert await claim(sqlite_sessions, DUE + 100 * DAY) == 0


async def test_a_claim_of_a_withdrawn_item_gets_another_at_the_start(
    sqlite_sessions: Sessions,
) -> None:
    await join(sqlite_sessions)
    await claim(sqlite_sessions, DUE)
    [before] = await deliveries(sqlite_sessions)
    left = [item for item in TOPIC.approved if item.id != before.item_id]
    async with sqlite_sessions.begin() as session:
        assert await claiming.replace_withdrawn(session, ItemPool(left, Random(1))) == 1
        assert await claiming.replace_withdrawn(session, ItemPool(left, Random(1))) == 0
    [after] = await deliveries(sqlite_sessions)
    item = TOPIC.item(after.item_id)
    assert item in left
    assert item is not None
    assert sorted(after.option_order) == [str(place) for place in range(len(item.options))]


async def test_a_large_time_slot_does_not_starve_a_later_one(sessions: Sessions) -> None:
    """Three quarters of each batch go to the longest due, a quarter to the latest."""
    for person in range(1, 41):
        await join(sessions, person, at=time(8, 10))
    for person in range(41, 45):
        await join(sessions, person, at=time(8, 30))
    assert await claim(sessions, DUE, 16) == 16
    claimed = await claimed_for(sessions)
    assert {41, 42, 43, 44} <= claimed
    assert len(claimed) == 16
    assert [await claim(sessions, DUE, 16) for _ in range(4)] == [12, 12, 4, 0]
    assert await claimed_for(sessions) == set(range(1, 45))


async def claimed_for(sessions: Sessions) -> set[int]:
    async with sessions() as session:
        return set(await session.scalars(select(Delivery.subscriber_id)))


async def test_a_question_that_another_process_is_sending_keeps_its_item(
    postgresql_sessions: Sessions,
) -> None:
    """In a rolling upgrade the new bank lacks an item that an old process is sending."""
    await join(postgresql_sessions)
    await claim(postgresql_sessions, DUE)
    [before] = await deliveries(postgresql_sessions)
    pool = make_pool()
    without = replace(pool, items=[item for item in pool.items if item.id != before.item_id])
    async with postgresql_sessions.begin() as sending:
        [leaving] = await outcomes.begin_sending(sending, DUE, 1)
        async with postgresql_sessions.begin() as upgrading:
            await claiming.replace_withdrawn(upgrading, without)
    [after] = await deliveries(postgresql_sessions)
    assert (after.item_id, after.option_order) == (leaving.item_id, leaving.option_order)


@pytest.mark.parametrize("days", [14, 15, 40])
async def test_whoever_has_been_silent_for_14_questions_or_more_is_asked_once(
    sqlite_sessions: Sessions, days: int
) -> None:
    await join(sqlite_sessions)
    async with sqlite_sessions.begin() as session:
        session.add_all(past_delivery(day - days, "item") for day in range(days))
    await claim(sqlite_sessions, DUE)
    async with sqlite_sessions.begin() as session:
        silent = await subscriber(session)
        assert (silent.pause_asked_on, silent.pause_on) == (DUE.date(), date(2026, 11, 26))
        await subscription.subscribe(session, new_subscriber(), DUE, Random(1))  # goes on
    await send_due(sqlite_sessions, DUE + timedelta(days=1))
    async with sqlite_sessions() as session:
        assert (await subscriber(session)).pause_on is None


async def test_pausing_the_silent_takes_no_statement_per_person(
    sessions: Sessions, engine: AsyncEngine
) -> None:
    numbers = []
    for people in (range(1, 3), range(3, 13)):
        for person in people:
            await join(sessions, person)
        async with sessions.begin() as session:
            for person in people:
                (await subscriber(session, person)).pause_on = DUE.date()
        with statements(engine) as run:
            await claim(sessions, DUE)
        async with sessions() as session:
            found = [await subscriber(session, person) for person in people]
        assert {(each.state, each.next_due_at, each.pause_on) for each in found} == {
            (SubscriberState.PAUSED, None, None)
        }
        numbers.append(len(run))
    assert numbers[0] == numbers[1]

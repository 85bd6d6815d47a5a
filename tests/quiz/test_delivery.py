"""From claimed to sent, and repair: never doubled, never lost (invariant 2, ARCHITECTURE.md)."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from db.models import Delivery, DeliveryState, SubscriberState
from db.session import Sessions
from quizbot.quiz import subscription
from quizbot.quiz.asking import claiming
from quizbot.quiz.delivery import outcomes, repair
from quizbot.quiz.delivery.outcomes import Outgoing, Result
from quizbot.quiz.delivery.repair import NotReceived, Unconfirmed
from tests.quiz.steps import (
    DUE,
    answer,
    begin,
    begin_one,
    claim,
    confirmed,
    deliveries,
    join,
    make_pool,
    record,
    send_due,
    subscriber,
    vote_on,
)

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
AFTER = 10 * MINUTE


async def state(sessions: Sessions) -> DeliveryState:
    [only] = await deliveries(sessions)
    return only.state


async def begin_first(sessions: Sessions, now: datetime = DUE) -> Outgoing:
    """Subscriber 1 joins, and the bot begins to send their question."""
    await join(sessions)
    await claim(sessions, now)
    [leaving] = await begin(sessions, now)
    return leaving


async def lose_reply(sessions: Sessions, now: datetime = DUE) -> Outgoing:
    """The same, and Telegram's reply is lost."""
    leaving = await begin_first(sessions, now)
    await record(sessions, leaving.failed(Result.UNCONFIRMED))
    return leaving


async def to_offer(sessions: Sessions, now: datetime) -> list[Unconfirmed]:
    async with sessions.begin() as session:
        return await repair.unconfirmed_to_offer(session, now, AFTER, 10)


async def again(
    sessions: Sessions, number: int, now: datetime, *, person: int = 1, deleted: bool = False
) -> bool:
    async with sessions.begin() as session:
        not_received = NotReceived(person, number, deleted=deleted)
        return await repair.claim_again(session, not_received, make_pool(), now)


async def set_state(sessions: Sessions, to: DeliveryState) -> None:
    async with sessions.begin() as session:
        await session.execute(update(Delivery).values(state=to))


async def test_a_question_is_marked_as_sending_before_it_is_sent(sessions: Sessions) -> None:
    leaving = await begin_first(sessions)
    [marked] = await deliveries(sessions)
    assert (marked.state, marked.possibly_delivered) == (DeliveryState.SENDING, False)
    assert marked.sending_at == DUE
    assert leaving == Outgoing(
        delivery_id=marked.id,
        sending_at=DUE,
        chat_id=1,
        language="en",
        item_id=marked.item_id,
        option_order=marked.option_order,
        closes_at=DUE + DAY,
        practice=False,
        local_date=DUE.date(),
        streak_day=1,
        recap_on=DUE.date(),
    )
    assert await begin(sessions, DUE) == []


async def test_batches_are_sent_oldest_first_and_nobody_gets_two(sessions: Sessions) -> None:
    for person in range(1, 8):
        await join(sessions, person)
    await claim(sessions, DUE)
    first = await begin(sessions, DUE, 3)
    assert [each.chat_id for each in first] == [1, 2, 3]
    others = await asyncio.gather(*(begin(sessions, DUE, 2) for _ in range(3)))
    rest = [each.chat_id for group in [*others, await begin(sessions, DUE)] for each in group]
    assert sorted(rest) == [4, 5, 6, 7]


async def test_one_delivery_can_be_sent_ahead(sqlite_sessions: Sessions) -> None:
    for person in (1, 2):
        await join(sqlite_sessions, person)
    await claim(sqlite_sessions, DUE)
    [second] = await deliveries(sqlite_sessions, 2)
    async with sqlite_sessions.begin() as session:
        [leaving] = await outcomes.begin_sending_one(session, DUE, second.id)
    assert leaving.chat_id == 2


async def test_practice_is_sent_as_practice(sqlite_sessions: Sessions) -> None:
    await join(sqlite_sessions)
    await send_due(sqlite_sessions, DUE)
    async with sqlite_sessions.begin() as session:
        person = await subscriber(session)
        claimed = await claiming.claim_practice(session, person, make_pool(), DUE)
    assert (await begin_one(sqlite_sessions, DUE, claimed.id)).practice


@pytest.mark.parametrize(("minutes", "leaves"), [(59, True), (60, False)])
async def test_a_claim_expires_after_its_date(
    sqlite_sessions: Sessions, minutes: int, leaves: bool
) -> None:
    """Due at nine; the date ends fifteen hours later, with an hour of grace."""
    await join(sqlite_sessions)
    await claim(sqlite_sessions, DUE)
    later = DUE + timedelta(hours=15, minutes=minutes)
    assert bool(await begin(sqlite_sessions, later)) is leaves
    expected = DeliveryState.SENDING if leaves else DeliveryState.EXPIRED
    assert await state(sqlite_sessions) is expected


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (Result.SENT, DeliveryState.SENT),
        (Result.NOT_SENT, DeliveryState.CLAIMED),
        (Result.UNCONFIRMED, DeliveryState.UNCONFIRMED),
        (Result.REFUSED, DeliveryState.REFUSED),
        (Result.BLOCKED, DeliveryState.BLOCKED),
    ],
)
async def test_every_result_is_recorded(
    sessions: Sessions, result: Result, expected: DeliveryState
) -> None:
    leaving = await begin_first(sessions)
    sent = result is Result.SENT
    await record(sessions, confirmed(leaving) if sent else leaving.failed(result))
    [written] = await deliveries(sessions)
    assert written.state is expected
    assert written.poll_id == (f"poll-{written.id}" if sent else None)
    assert written.message_id == (1000 + written.id if sent else None)
    async with sessions() as session:
        person = await subscriber(session)
    unreachable = result is Result.BLOCKED
    assert person.state is (SubscriberState.BLOCKED if unreachable else SubscriberState.ACTIVE)
    assert (person.next_due_at is None) is unreachable
    # Only a question that was certainly not sent is sent again without a request.
    assert bool(await begin(sessions, DUE + MINUTE)) is (result is Result.NOT_SENT)


async def test_a_late_confirmation_makes_an_unconfirmed_question_sent(
    sessions: Sessions,
) -> None:
    leaving = await lose_reply(sessions)
    await record(sessions, confirmed(leaving))
    [written] = await deliveries(sessions)
    assert written.state is DeliveryState.SENT
    assert written.poll_id == f"poll-{written.id}"


async def test_a_failure_of_a_question_that_is_not_in_flight_changes_nothing(
    sqlite_sessions: Sessions,
) -> None:
    leaving = await lose_reply(sqlite_sessions)
    await record(sqlite_sessions, leaving.failed(Result.BLOCKED))
    assert await state(sqlite_sessions) is DeliveryState.UNCONFIRMED
    async with sqlite_sessions() as session:
        assert (await subscriber(session)).state is SubscriberState.ACTIVE


async def test_after_a_crash_only_questions_in_flight_are_unconfirmed(
    sessions: Sessions,
) -> None:
    for person in range(1, 5):
        await join(sessions, person)
    await claim(sessions, DUE)
    first, *_ = await begin(sessions, DUE, 3)
    await record(sessions, confirmed(first))
    async with sessions.begin() as session:
        assert await repair.mark_interrupted(session) == 2
    states = [(await deliveries(sessions, person))[0].state for person in range(1, 5)]
    lost = DeliveryState.UNCONFIRMED
    assert states == [DeliveryState.SENT, lost, lost, DeliveryState.CLAIMED]
    # Nothing unconfirmed is sent without a request; what was only claimed is.
    assert [each.chat_id for each in await begin(sessions, DUE)] == [4]


async def test_an_unconfirmed_question_is_offered_once_after_the_delay(
    sessions: Sessions,
) -> None:
    leaving = await lose_reply(sessions)
    assert await to_offer(sessions, DUE + AFTER - timedelta(seconds=1)) == []
    offer = Unconfirmed(leaving.delivery_id, 1, 1, "en")
    assert await to_offer(sessions, DUE + AFTER) == [offer]
    async with sessions.begin() as session:
        await repair.record_offer(session, offer, Result.SENT, DUE + AFTER)
    assert await state(sessions) is DeliveryState.OFFERED
    assert await to_offer(sessions, DUE + 10 * AFTER) == []


async def test_an_unconfirmed_offer_is_tried_after_another_delay(
    sqlite_sessions: Sessions,
) -> None:
    await lose_reply(sqlite_sessions)
    [offer] = await to_offer(sqlite_sessions, DUE + AFTER)
    async with sqlite_sessions.begin() as session:
        await repair.record_offer(session, offer, Result.UNCONFIRMED, DUE + AFTER)
    assert await to_offer(sqlite_sessions, DUE + AFTER + MINUTE) == []
    assert len(await to_offer(sqlite_sessions, DUE + 2 * AFTER)) == 1


async def test_who_presses_before_the_offer_is_recorded_gets_another_if_that_is_lost_as_well(
    sqlite_sessions: Sessions,
) -> None:
    leaving = await lose_reply(sqlite_sessions)
    [offer] = await to_offer(sqlite_sessions, DUE + AFTER)
    pressed = DUE + AFTER + timedelta(seconds=1)
    assert await again(sqlite_sessions, leaving.delivery_id, pressed)
    [leaving] = await begin(sqlite_sessions, pressed)
    await record(sqlite_sessions, leaving.failed(Result.UNCONFIRMED))
    async with sqlite_sessions.begin() as session:
        await repair.record_offer(session, offer, Result.SENT, pressed)
    assert await state(sqlite_sessions) is DeliveryState.UNCONFIRMED
    assert [each.attempt for each in await to_offer(sqlite_sessions, pressed + AFTER)] == [2]


async def test_an_answered_or_expired_question_is_not_offered(sqlite_sessions: Sessions) -> None:
    for person in (1, 2):
        await join(sqlite_sessions, person)
    await claim(sqlite_sessions, DUE)
    first, second = await begin(sqlite_sessions, DUE)
    await answer(
        sqlite_sessions, vote_on(first, poll="lost"), DUE
    )  # before the outcome is committed
    for each in (first, second):
        await record(sqlite_sessions, each.failed(Result.UNCONFIRMED))
    assert [each.chat_id for each in await to_offer(sqlite_sessions, DUE + AFTER)] == [2]
    async with sqlite_sessions.begin() as session:
        await repair.expire_unconfirmed(session, DUE + DAY)
    assert await to_offer(sqlite_sessions, DUE + DAY) == []
    [ended] = await deliveries(sqlite_sessions, 2)
    assert ended.state is DeliveryState.EXPIRED


@pytest.mark.parametrize("there", list(DeliveryState))
async def test_a_question_is_sent_again_only_when_it_may_be_missing(
    sqlite_sessions: Sessions, there: DeliveryState
) -> None:
    leaving = await lose_reply(sqlite_sessions)
    await set_state(sqlite_sessions, there)
    assert await again(sqlite_sessions, leaving.delivery_id, DUE) is (there in repair.MAYBE_MISSING)
    assert DeliveryState.SENT not in repair.MAYBE_MISSING
    assert DeliveryState.SENDING not in repair.MAYBE_MISSING


async def test_a_repeated_request_sends_the_question_once(sessions: Sessions) -> None:
    """After a crash Telegram repeats updates that were not acknowledged."""
    leaving = await lose_reply(sessions)
    for not_received in (
        NotReceived(1, leaving.delivery_id, attempt=1),
        NotReceived(1, leaving.delivery_id, asked_at=DUE + MINUTE),
    ):
        served = []
        for _ in range(2):
            async with sessions.begin() as session:
                served.append(await repair.claim_again(session, not_received, make_pool(), DUE))
            for each in await begin(sessions, DUE + 2 * MINUTE):
                await record(sessions, each.failed(Result.UNCONFIRMED))
        assert served == [True, False]
        async with sessions.begin() as session:  # for the other kind of request
            [delivery] = await session.scalars(select(Delivery))
            delivery.attempts, delivery.sending_at = 1, DUE


async def test_a_late_failure_does_not_undo_a_later_attempt(sessions: Sessions) -> None:
    first = await lose_reply(sessions)
    assert await again(sessions, first.delivery_id, DUE)
    [second] = await begin(sessions, DUE + MINUTE)
    for result in (Result.NOT_SENT, Result.UNCONFIRMED, Result.REFUSED, Result.BLOCKED):
        await record(sessions, first.failed(result))
        assert await state(sessions) is DeliveryState.SENDING
    await record(sessions, confirmed(second))
    assert await state(sessions) is DeliveryState.SENT


async def test_a_question_that_was_not_sent_waits_longer_each_time(sessions: Sessions) -> None:
    await join(sessions)
    await claim(sessions, DUE)
    now, waits = DUE, []
    for _ in range(8):
        [leaving] = await begin(sessions, now)
        await record(sessions, leaving.failed(Result.NOT_SENT), now=now)
        [waiting] = await deliveries(sessions)
        assert waiting.retry_at is not None
        waits.append((waiting.retry_at - now).total_seconds())
        assert await begin(sessions, waiting.retry_at - timedelta(milliseconds=1)) == []
        now = waiting.retry_at
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    [leaving] = await begin(sessions, now)
    await record(sessions, leaving.failed(Result.NOT_SENT, retry_after=7), now=now)
    assert await begin(sessions, now + timedelta(seconds=6)) == []
    assert len(await begin(sessions, now + timedelta(seconds=7))) == 1


async def test_practice_whose_process_died_is_sent_by_the_broadcast(
    sessions: Sessions,
) -> None:
    """The process that handles the request sends it at once, unless it dies."""
    await join(sessions)
    async with sessions.begin() as session:
        person = await subscriber(session)
        await claiming.claim_practice(session, person, make_pool(), DUE - MINUTE)
    assert await begin(sessions, DUE - MINUTE + timedelta(seconds=29)) == []
    [leaving] = await begin(sessions, DUE - MINUTE + timedelta(seconds=30))
    assert leaving.practice


async def test_a_question_that_was_deleted_from_the_chat_is_sent_again(
    sqlite_sessions: Sessions,
) -> None:
    await join(sqlite_sessions)
    [leaving] = await send_due(sqlite_sessions, DUE)
    assert not await again(sqlite_sessions, leaving.delivery_id, DUE)
    assert await again(sqlite_sessions, leaving.delivery_id, DUE, deleted=True)
    [once_more] = await begin(sqlite_sessions, DUE + MINUTE)
    assert once_more == replace(leaving, sending_at=DUE + MINUTE)
    [marked] = await deliveries(sqlite_sessions)
    assert marked.state is DeliveryState.SENDING


async def test_only_an_open_unanswered_question_is_sent_again_to_its_addressee(
    sessions: Sessions,
) -> None:
    leaving = await lose_reply(sessions)
    await join(sessions, 2)
    number = leaving.delivery_id
    assert not await again(sessions, number, DUE, person=2)
    assert not await again(sessions, number + 99, DUE)
    assert not await again(sessions, number, DUE + DAY)
    await set_state(sessions, DeliveryState.OFFERED)
    await answer(sessions, vote_on(leaving, poll="found"), DUE + MINUTE)
    assert not await again(sessions, number, DUE + 2 * MINUTE, deleted=True)


async def test_pressing_the_button_twice_sends_one_question(sessions: Sessions) -> None:
    leaving = await lose_reply(sessions)
    presses = await asyncio.gather(
        *(again(sessions, leaving.delivery_id, DUE + AFTER) for _ in range(3))
    )
    assert sorted(presses) == [False, False, True]
    assert len(await begin(sessions, DUE + AFTER)) == 1


async def test_nothing_is_sent_after_somebody_has_left(sqlite_sessions: Sessions) -> None:
    """Neither a claimed question nor the offer of an unconfirmed one."""
    for person in (1, 2):
        await join(sqlite_sessions, person)
    await claim(sqlite_sessions, DUE)
    [first] = await begin(sqlite_sessions, DUE, 1)
    await record(sqlite_sessions, first.failed(Result.UNCONFIRMED))
    async with sqlite_sessions.begin() as session:
        for person in (1, 2):
            await subscription.stop(session, await subscriber(session, person))
    assert await to_offer(sqlite_sessions, DUE + AFTER) == []
    assert await begin(sqlite_sessions, DUE + AFTER) == []

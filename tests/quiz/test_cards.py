"""Which answer cards are still to be sent."""

from datetime import timedelta

from sqlalchemy import select

from db.models import Answer
from db.session import Sessions
from quizbot.quiz.answers import cards
from quizbot.quiz.answers.cards import DueCard
from quizbot.quiz.answers.recording import CARD_LEASE
from tests.quiz.steps import DUE, counted, join, send_due, vote_on

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


async def answered(sessions: Sessions, *people: int) -> list[int]:
    """Sends a question to each of them, who answer a second apart. Returns the deliveries."""
    for person in people:
        await join(sessions, person)
    asked = sorted(await send_due(sessions, DUE), key=lambda each: people.index(each.chat_id))
    for number, each in enumerate(asked):
        await counted(sessions, vote_on(each), DUE + number * SECOND)
    return [each.delivery_id for each in asked]


async def due(sessions: Sessions, after: timedelta, limit: int = 10) -> list[DueCard]:
    async with sessions.begin() as session:
        return await cards.take_due_cards(session, DUE + after, limit, DUE + after + CARD_LEASE)


def deliveries_of(due_cards: list[DueCard]) -> list[int]:
    return [each.outcome.question.delivery_id for each in due_cards]


async def test_a_card_is_due_when_the_lease_ends_and_again_when_the_next_one_does(
    sessions: Sessions,
) -> None:
    [delivery] = await answered(sessions, 1)
    assert await due(sessions, CARD_LEASE - SECOND) == []
    [card] = await due(sessions, CARD_LEASE)
    assert (card.outcome.question.delivery_id, card.outcome.points) == (delivery, 10)
    assert await due(sessions, 2 * CARD_LEASE - SECOND) == []
    assert deliveries_of(await due(sessions, 2 * CARD_LEASE)) == [delivery]


async def test_the_newest_cards_come_first(sessions: Sessions) -> None:
    first, second, third = await answered(sessions, 1, 2, 3)
    assert deliveries_of(await due(sessions, 2 * CARD_LEASE, limit=2)) == [third, second]
    assert deliveries_of(await due(sessions, 2 * CARD_LEASE)) == [first]


async def test_a_settled_card_is_never_due_and_a_renewed_one_is_later(sessions: Sessions) -> None:
    sent, waiting = await answered(sessions, 1, 2)
    async with sessions.begin() as session:
        await cards.settle_cards(session, [sent])
        await cards.renew_cards(session, [sent, waiting], DUE + 2 * CARD_LEASE)
    assert await due(sessions, 2 * CARD_LEASE - SECOND) == []
    assert deliveries_of(await due(sessions, 2 * CARD_LEASE)) == [waiting]


async def test_a_postponed_card_is_due_when_told_unless_it_is_settled(sessions: Sessions) -> None:
    sent, waiting = await answered(sessions, 1, 2)
    async with sessions.begin() as session:
        await cards.settle_cards(session, [sent])
        await cards.postpone_cards(session, dict.fromkeys((waiting, sent), DUE + 5 * CARD_LEASE))
    assert await due(sessions, 5 * CARD_LEASE - SECOND) == []
    assert deliveries_of(await due(sessions, 5 * CARD_LEASE)) == [waiting]


async def test_a_card_that_is_over_a_day_late_is_settled_unsent(sessions: Sessions) -> None:
    await answered(sessions, 1)
    assert await due(sessions, DAY) == []
    async with sessions() as session:
        assert (await session.scalars(select(Answer.card_due_at))).all() == [None]


async def test_at_a_start_all_waiting_cards_are_due(sessions: Sessions) -> None:
    [delivery] = await answered(sessions, 1)
    async with sessions.begin() as session:
        await cards.end_all_leases(session, DUE + SECOND)
    assert deliveries_of(await due(sessions, SECOND)) == [delivery]

"""A bank that changes while somebody learns from it."""

from datetime import timedelta
from random import Random

from db.session import Sessions
from questions import Item, Topic
from quizbot.quiz.asking import claiming
from quizbot.quiz.asking.choosing import ItemPool
from quizbot.quiz.delivery.outcomes import Outgoing
from tests.quiz.steps import (
    DUE,
    REMINDER_POLICY,
    answer,
    begin,
    begin_one,
    confirmed,
    counted,
    join,
    make_item,
    record,
    subscriber,
    topic_of,
    vote_on,
)

DAY = timedelta(days=1)
ITEMS = tuple(make_item(f"item-{number}", cites=(f"KP{number}",)) for number in range(4))


def revised(item: Item, **fields: object) -> Item:
    return item.model_copy(update={"revision": item.revision + 1, **fields})


async def claim_from(sessions: Sessions, bank: Topic, days: int = 0) -> None:
    """Claims the question of that day from this bank."""
    async with sessions.begin() as session:
        pool = ItemPool.of(bank, Random(1))
        await claiming.claim_due(session, pool, DUE + days * DAY, 10, REMINDER_POLICY)


async def asked(sessions: Sessions, bank: Topic, days: int) -> Outgoing:
    """Sends the question of that day from this bank."""
    await claim_from(sessions, bank, days)
    [leaving] = await begin(sessions, DUE + days * DAY)
    await record(sessions, confirmed(leaving))
    return leaving


async def taught(sessions: Sessions, option: int = 0) -> Item:
    """Subscriber 1 is asked the first question and answers it."""
    await join(sessions)
    question = await asked(sessions, topic_of(ITEMS[0]), 0)
    await counted(sessions, vote_on(question, option), DUE)
    return ITEMS[0]


async def practised(sessions: Sessions, option: int) -> None:
    """Subscriber 1 answers the first question in practice only."""
    await join(sessions)
    another = ITEMS[0].model_copy(update={"id": "another"})  # practice leaves the last unseen item
    pool = ItemPool.of(topic_of(ITEMS[0], another), Random(3))
    async with sessions.begin() as session:
        person = await subscriber(session)
        practice = await claiming.claim_practice(session, person, pool, DUE)
    assert practice.item_id == ITEMS[0].id
    leaving = await begin_one(sessions, DUE, practice.id)
    await record(sessions, confirmed(leaving))
    await answer(sessions, vote_on(leaving, option), DUE)

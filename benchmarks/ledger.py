"""What the database says after a run: the bot's own word for it does not count."""

from dataclasses import dataclass
from random import Random

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Answer, Delivery, DeliveryState, Subscriber
from db.session import create_engine, create_sessions
from quizbot.quiz.answers import memory as answers_memory
from quizbot.quiz.answers import scoring
from quizbot.quiz.answers.totals import counted_answers, totals_of

_SAMPLE = 300  # subscribers whose totals are worked out anew


@dataclass(frozen=True)
class Ledger:
    """Counts over the whole database, and how many of a sample differ from their answers."""

    sent: int
    under_way: int
    answers: int
    wrong: int


async def audit(url: str) -> Ledger:
    """Read it all, through a session of our own."""
    engine = create_engine(url)
    try:
        async with create_sessions(engine)() as session:
            states = dict(
                (
                    await session.execute(
                        select(Delivery.state, func.count()).group_by(Delivery.state)
                    )
                )
                .tuples()
                .all()
            )
            answers = await session.scalar(select(func.count()).select_from(Answer)) or 0
            wrong = await _wrong(session)
    finally:
        await engine.dispose()
    sent = states.get(DeliveryState.SENT, 0)
    return Ledger(sent, sum(states.values()) - sent, answers, wrong)


async def _wrong(session: AsyncSession) -> int:
    """How many of a sample have totals or memories that their answers do not give."""
    ids = list(await session.scalars(select(Subscriber.id).order_by(Subscriber.id)))
    sample = Random(3).sample(ids, min(_SAMPLE, len(ids)))
    answers = await counted_answers(session, sample)
    memories = await answers_memory.memories_from_answers(session, sample)
    wrong = 0
    for subscriber in await session.scalars(select(Subscriber).where(Subscriber.id.in_(sample))):
        theirs = {key: memory for key, memory in memories.items() if key[0] == subscriber.id}
        same_totals = totals_of(subscriber) == scoring.total(answers[subscriber.id])
        same_memories = await answers_memory.stored_memories(session, subscriber.id) == theirs
        wrong += not (same_totals and same_memories)
    return wrong

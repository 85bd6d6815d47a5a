"""Attempts added to what is reported of their items: those of five people or more at a time.

So no figure tells what one person answered, nor does the difference of two that follow each other.
"""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from db.models import Delivery, Subscriber
from db.programmes import HeldAnswer, ItemReport
from quizbot.quiz.programmes.attempts import Pile, Question

_SUMS = (
    "paired",
    "paired_correct",
    "rest_sum",
    "rest_squares",
    "rest_correct",
    "later",
    "later_correct",
    "later_first_correct",
    "later_both_correct",
    "later_days",
)


async def publish(
    session: AsyncSession, programme_id: int, piles: Mapping[Question, Pile]
) -> list[int]:
    """Add the piles that are large enough; answers whose deliveries the others are of.

    The programme is locked.
    """
    rows = await session.scalars(select(ItemReport).where(ItemReport.programme_id == programme_id))
    reports = {(row.item_id, row.item_revision): row for row in rows}
    left: list[int] = []
    for question, pile in piles.items():
        if not pile.is_large:
            left += pile.deliveries
            continue
        key = question.item_id, question.revision
        if key not in reports:
            reports[key] = _empty(programme_id, *key)
            session.add(reports[key])
        _add(reports[key], pile)
    await session.flush()
    return left


async def hold(session: AsyncSession, programme_id: int, delivery_ids: Collection[int]) -> None:
    """These answers, and no others, wait for more. Those of people erased meanwhile do not.

    An erasure takes the person, their deliveries in any order, and what is held of these. So the
    people come first here as well, then what was held and will be: else the two could wait for each
    other.
    """
    held = select(HeldAnswer.delivery_id).where(HeldAnswer.programme_id == programme_id)
    before = (await session.scalars(held)).all()
    ids = {*before, *delivery_ids}
    people = select(Delivery.subscriber_id).where(Delivery.id.in_(ids))
    await _keep(session, Subscriber.id, (await session.scalars(people)).all())
    there = set(await _keep(session, Delivery.id, ids)).intersection(delivery_ids)
    await session.execute(delete(HeldAnswer).where(HeldAnswer.programme_id == programme_id))
    rows = [{"programme_id": programme_id, "delivery_id": each} for each in sorted(there)]
    if rows:
        connection = await session.connection()
        await connection.execute(insert(HeldAnswer), rows)


async def _keep(
    session: AsyncSession, key: InstrumentedAttribute[int], ids: Collection[int]
) -> Sequence[int]:
    """Those of these rows that are there, and will be until the transaction ends."""
    query = select(key).where(key.in_(ids)).order_by(key)
    return (await session.scalars(query.with_for_update(read=True, key_share=True))).all()


def _empty(programme_id: int, item_id: str, revision: int) -> ItemReport:
    return ItemReport(
        programme_id=programme_id,
        item_id=item_id,
        item_revision=revision,
        option_counts=[],
        later_people=0,
        **dict.fromkeys(_SUMS, 0),
    )


def _add(report: ItemReport, pile: Pile) -> None:
    places = max(len(report.option_counts), *(place + 1 for place in pile.option_counts), 0)
    before = [*report.option_counts, *[0] * (places - len(report.option_counts))]
    report.option_counts = [
        people + pile.option_counts[place] for place, people in enumerate(before)
    ]
    if pile.later:  # how many people there are in all cannot be told: those of before may be among
        report.later_people = max(report.later_people, len(pile.people))
    for name in _SUMS:
        setattr(report, name, getattr(report, name) + getattr(pile, name))

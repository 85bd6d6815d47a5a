"""How many people got a question right, for the line above the next one.

First answers are counted two days after their question was sent, in groups: the members of a
programme, and people in none. Hidden members are left out. A group's answers to an item are told
in blocks of at least MIN_GROUP_SIZE people who were correct and as many who were not, so that
neither a figure nor the difference of two reveals anybody's answer (docs/privacy.md).
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Result, Row, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from db.models import DAILY, Answer, Delivery
from db.programmes import Enrolment, ItemShare
from db.session import Sessions
from db.types import among
from db.upsert import upsert
from quizbot.programmes.disclosure_control import MIN_GROUP_SIZE

_NO_PROGRAMME = 0
_PAGE = 1000  # deliveries
_ANSWERED_WITHIN = timedelta(days=2)  # later answers are not counted
_STEP = 5  # percent: figures are rounded


async def count_shares(sessions: Sessions, now: datetime) -> None:
    """Count the answers that have become two days old, in short transactions, and form blocks.

    For one process at a time: two would count the same answers.
    """
    async with sessions() as session:
        after = await session.scalar(select(func.max(ItemShare.counted_to))) or 0
    while True:
        async with sessions.begin() as session:
            page = await _page(session, after, now)
            if not page:
                return
            after = page[-1].id
            await _count(session, page)
            await session.execute(update(ItemShare).values(counted_to=after))
            await _form_blocks(session)


_earlier = aliased(Delivery)
_ASKED_BEFORE = exists().where(
    _earlier.subscriber_id == Delivery.subscriber_id,
    _earlier.local_date < Delivery.local_date,
    _earlier.item_id == Delivery.item_id,
)


async def _page(session: AsyncSession, after: int, now: datetime) -> Sequence[Row[Any]]:
    """Returns the next deliveries that are old enough, answered or not."""
    connection = await session.connection()
    rows: Result[*tuple[Any, ...]] = await connection.execute(
        select(
            Delivery.id,
            Delivery.subscriber_id,
            Delivery.slot,
            Delivery.item_id,
            Delivery.claimed_at,
            Answer.option,
            Answer.counted,
            _ASKED_BEFORE.label("repeated"),
        )
        .outerjoin(Answer, Answer.delivery_id == Delivery.id)
        .where(Delivery.id > after)
        .order_by(Delivery.id)
        .limit(_PAGE)
    )
    page = rows.all()
    young = (n for n, each in enumerate(page) if each.claimed_at > now - _ANSWERED_WITHIN)
    return page[: next(young, len(page))]


async def _count(session: AsyncSession, page: Sequence[Row[Any]]) -> None:
    firsts = [each for each in page if each.counted and each.slot == DAILY and not each.repeated]
    members = await session.execute(
        select(Enrolment.subscriber_id, Enrolment.programme_id, Enrolment.hidden)
        .where(
            among(Enrolment.subscriber_id, [each.subscriber_id for each in firsts]),
            Enrolment.left_at.is_(None),
        )
        .order_by(Enrolment.programme_id)
    )
    groups, hidden = dict[int, int](), set[int]()
    for subscriber_id, programme_id, hides in members:
        groups[subscriber_id] = programme_id
        if hides:
            hidden.add(subscriber_id)
    counts = Counter(
        (each.item_id, groups.get(each.subscriber_id, _NO_PROGRAMME), each.option == 0)
        for each in firsts
        if each.subscriber_id not in hidden
    )
    rows = [
        {
            "item_id": item_id,
            "programme_id": group,
            "waiting_correct": counts[item_id, group, True],
            "waiting_incorrect": counts[item_id, group, False],
        }
        for item_id, group in sorted({(item_id, group) for item_id, group, _ in counts})
    ]
    await upsert(session, ItemShare, rows, add=True)


async def _form_blocks(session: AsyncSession) -> None:
    await session.execute(
        update(ItemShare)
        .where(
            ItemShare.waiting_correct >= MIN_GROUP_SIZE,
            ItemShare.waiting_incorrect >= MIN_GROUP_SIZE,
        )
        .values(
            correct=ItemShare.correct + ItemShare.waiting_correct,
            incorrect=ItemShare.incorrect + ItemShare.waiting_incorrect,
            waiting_correct=0,
            waiting_incorrect=0,
        )
    )


async def shares(session: AsyncSession) -> dict[str, int]:
    """Returns who got an item right, in percent of those told, by item; in steps of five."""
    rows = await session.execute(
        select(ItemShare.item_id, func.sum(ItemShare.correct), func.sum(ItemShare.incorrect))
        .where(ItemShare.correct > 0)
        .group_by(ItemShare.item_id)
    )
    return {
        item_id: _STEP * round(100 / _STEP * correct / (correct + incorrect))
        for item_id, correct, incorrect in rows
    }

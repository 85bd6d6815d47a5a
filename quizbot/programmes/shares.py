"""How many people got a question right, for the line above the next one.

Members' first answers are taken from their programmes' reports. Those of everybody else are counted
here, two days after their question was sent, and are told like those in reports: in blocks of at
least MIN_GROUP_SIZE people who were correct and as many who were not. As all figures are sums of
the same blocks, neither one nor the difference of two reveals anybody's answer (docs/privacy.md).
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Result, Row, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from db.models import DAILY, Answer, Delivery, RescoredItem
from db.programmes import Enrolment, Programme
from db.reports import ItemReport, ItemShare
from db.session import Sessions
from db.types import among
from db.upsert import upsert
from quizbot.programmes.disclosure_control import MIN_GROUP_SIZE

_MARK = ""  # the item of the row that says how far deliveries are counted
_PAGE = 1000  # deliveries
_ANSWERED_WITHIN = timedelta(days=2)  # later answers are not counted
_CLOCKS_DIFFER = timedelta(hours=1)  # those of two processes, at most
_STEP = 5  # percent: figures are rounded


async def count_shares(sessions: Sessions, now: datetime) -> bool:
    """Count some answers that have become two days old. Returns whether there may be more.

    If two processes count at the same time, one waits for the other: no answer is counted twice.
    """
    async with sessions.begin() as session:
        await upsert(session, ItemShare, [_row(_MARK, 0, 0)], add=True)  # locks it
        mark = select(ItemShare.counted_to).where(ItemShare.item_id == _MARK)
        page = await _page(session, await session.scalar(mark) or 0, now)
        if page:
            await _count(session, page)
            await _form_blocks(session)
            moved = update(ItemShare).where(ItemShare.item_id == _MARK)
            await session.execute(moved.values(counted_to=page[-1].id))
        return len(page) == _PAGE


_earlier = aliased(Delivery)
_ASKED_BEFORE = exists().where(
    _earlier.subscriber_id == Delivery.subscriber_id,
    _earlier.local_date < Delivery.local_date,
    _earlier.item_id == Delivery.item_id,
)


async def _page(session: AsyncSession, after: int, now: datetime) -> Sequence[Row[Any]]:
    """Returns the next deliveries that are old enough, answered or not.

    Those that a wrong clock dated in the future do not hold up the others.
    """
    connection = await session.connection()
    rows: Result[*tuple[Any, ...]] = await connection.execute(
        select(
            Delivery.id,
            Delivery.subscriber_id,
            Delivery.local_date,
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
    since, until = now - _ANSWERED_WITHIN, now + _CLOCKS_DIFFER
    young = (n for n, each in enumerate(page) if since < each.claimed_at <= until)
    return page[: next(young, len(page))]


async def _count(session: AsyncSession, page: Sequence[Row[Any]]) -> None:
    firsts = [each for each in page if each.counted and each.slot == DAILY and not each.repeated]
    members = await session.execute(
        select(Enrolment.subscriber_id, func.max(func.coalesce(Programme.ends_on, date.max)))
        .join(Programme, Programme.id == Enrolment.programme_id)
        .where(
            among(Enrolment.subscriber_id, [each.subscriber_id for each in firsts]),
            Enrolment.left_at.is_(None),
        )
        .group_by(Enrolment.subscriber_id)
    )
    until = dict(members.all())
    counts = Counter(
        (each.item_id, each.option == 0)
        for each in firsts
        if each.local_date > until.get(each.subscriber_id, date.min)
    )
    items = sorted({item_id for item_id, _ in counts})
    rows = [_row(each, counts[each, True], counts[each, False]) for each in items]
    await upsert(session, ItemShare, rows, add=True)


def _row(item_id: str, correct: int, incorrect: int) -> dict[str, Any]:
    return {"item_id": item_id, "waiting_correct": correct, "waiting_incorrect": incorrect}


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


_CORRECTED = exists().where(
    RescoredItem.item_id == ItemReport.item_id, RescoredItem.revision > ItemReport.item_revision
)


async def shares(session: AsyncSession) -> dict[str, int]:
    """Returns who got an item right, in percent of those told, by item; in steps of five.

    Reports on a revision whose key was corrected since are left out, and so are pools of items.
    """
    reports = await session.execute(
        select(ItemReport.item_id, ItemReport.option_counts).where(
            ItemReport.item_revision > 0, ~_CORRECTED
        )
    )
    others = await session.execute(
        select(ItemShare.item_id, ItemShare.correct, ItemShare.incorrect).where(
            ItemShare.correct > 0
        )
    )
    told: dict[str, Counter[bool]] = defaultdict(Counter)
    for item_id, options in reports:
        told[item_id] += Counter({True: sum(options[:1]), False: sum(options[1:])})
    for item_id, correct, incorrect in others:
        told[item_id] += Counter({True: correct, False: incorrect})
    return {
        item_id: _STEP * round(100 / _STEP * each[True] / each.total())
        for item_id, each in told.items()
        if each
    }

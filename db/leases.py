"""Leases: a due row belongs to one worker until a set time, and can be released sooner.

A column says when a row is due (UTC, NULL while nothing is planned). Taking a row moves that time
forward, and this is committed before the work begins: after a crash the row is due again at
`until`, and no other process works on it earlier. The time also identifies the holder: once
somebody else has changed it, `renew` and `release` leave the row alone. Rows that refer to a
leased row, such as a new member's, do not wait for its lock (`key_share`).
"""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Row, UnaryExpression, inspect, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

DueColumn = InstrumentedAttribute[datetime | None]
MarkColumn = InstrumentedAttribute[datetime | None] | InstrumentedAttribute[date | None]


@dataclass(frozen=True, slots=True)
class Lease:
    """The rows with these `ids`, whose `column` holds `until` as long as the lease lasts.

    With `until` None, the rows do not become due again. `rows` are each row's id and the requested
    values, as they were before the rows were taken; the longest due comes first. A lease without
    ids is false.
    """

    column: MarkColumn
    ids: tuple[int, ...]
    until: datetime | date | None
    rows: tuple[Row[*tuple[Any, ...]], ...] = field(default=(), compare=False)

    def __bool__(self) -> bool:
        return bool(self.ids)

    def only(self, ids: Collection[int]) -> "Lease":
        """Returns the lease restricted to these ids."""
        return replace(
            self,
            ids=tuple(each for each in self.ids if each in ids),
            rows=tuple(row for row in self.rows if row.id in ids),
        )


async def take_due(
    session: AsyncSession,
    column: DueColumn,
    now: datetime,
    limit: int,
    until: datetime | None,
    *columns: InstrumentedAttribute[Any],
    order: UnaryExpression[Any] | None = None,
    only: ColumnElement[bool] | None = None,
) -> Lease:
    """Take up to `limit` rows that are due, the longest due first; other takers get the next ones.

    Locked rows are skipped. `columns` are read into the lease's `rows`. `order` is another order
    than by `column`. With `only`, others than those that meet the condition are left.
    """
    found = await session.execute(
        select(_key(column).label("id"), *columns)
        .where(column <= now, *([] if only is None else [only]))
        .order_by(column if order is None else order)
        .limit(limit)
        .with_for_update(of=column.class_, skip_locked=True, key_share=True)
    )
    rows = tuple(found)
    lease = Lease(column, tuple(row.id for row in rows), until, rows)
    if lease:
        await _set(session, column, lease.ids, until)
    return lease


async def take(
    session: AsyncSession,
    column: MarkColumn,
    row_id: int,
    mark: datetime | date,
    unless_after: datetime | date,
) -> Lease:
    """Take the row unless its mark is later than `unless_after`; then return a false lease.

    For work that happens once in a period: the column keeps the latest mark.
    """
    key = _key(column)
    taken = await session.execute(
        update(column.class_)
        .where(key == row_id, or_(column.is_(None), column <= unless_after))
        .values({column: mark})
        .returning(key)
        .execution_options(synchronize_session=False)
    )
    return Lease(column, tuple(taken.scalars()), mark)


async def renew(session: AsyncSession, lease: Lease, until: datetime | date | None) -> Lease:
    """Set the rows that this lease still holds to `until`, and return the lease of these rows."""
    key = _key(lease.column)
    # Ordered by id, as everywhere: two transactions must not deadlock.
    held = await session.scalars(
        select(key)
        .where(key.in_(lease.ids), lease.column == lease.until)
        .order_by(key)
        .with_for_update(key_share=True)
    )
    renewed = replace(lease.only(held.all()), until=until)
    if renewed:
        await _set(session, lease.column, renewed.ids, until)
    return renewed


async def release(session: AsyncSession, lease: Lease, due_at: datetime | date | None) -> None:
    """Give up the work: rows that this lease still holds are due again at `due_at`."""
    await renew(session, lease, due_at)


async def _set(
    session: AsyncSession, column: MarkColumn, ids: Collection[int], value: datetime | date | None
) -> None:
    await session.execute(
        update(column.class_)
        .where(_key(column).in_(ids))
        .values({column: value})
        .execution_options(synchronize_session=False)
    )


def _key(column: MarkColumn) -> ColumnElement[int]:
    """Returns the primary key of the column's table."""
    (key,) = inspect(column.class_).primary_key
    return cast("ColumnElement[int]", key)

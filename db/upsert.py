"""INSERT ... ON CONFLICT DO UPDATE, which SQLAlchemy builds differently for each database."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Insert, inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from db.base import Base


async def upsert(
    session: AsyncSession,
    table: type[Base],
    rows: Sequence[dict[str, Any]],
    *,
    add: bool = False,
    keep: Sequence[str] = (),
) -> None:
    """Insert the rows; where the primary key exists, set the other columns, or `add` to them.

    The columns in `keep` are only inserted. All rows must have the same columns. ORM objects in the
    session are not refreshed.
    """
    if rows:
        connection = await session.connection()
        statement = _statement(
            connection.dialect.name, table, tuple(rows[0]), add=add, keep=tuple(keep)
        )
        await connection.execute(statement, rows)


@lru_cache
def _statement(
    dialect: str, table: type[Base], columns: tuple[str, ...], *, add: bool, keep: tuple[str, ...]
) -> Insert:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement: postgresql.Insert | sqlite.Insert = insert(table)
    key = [column.name for column in inspect(table).primary_key]
    unchanged = {*key, *keep}
    new = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=key,
        set_={
            name: getattr(table, name) + new[name] if add else new[name]
            for name in columns
            if name not in unchanged
        },
    )

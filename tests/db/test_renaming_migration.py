"""Revision 0005 renames tables and columns: every value is found under its new name, and back."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from db import migrate
from db.session import create_engine
from tests.db.reflection import constraints, tables_of

RENAMED_TABLES = {
    "recalls": "memories",
    "standing_reports": "activity_reports",
    "dialogues": "text_inputs",
}
RENAMED_COLUMNS = {
    "deliveries": {"not_before": "retry_at", "maybe_elsewhere": "possibly_delivered"},
    "answers": {"missed": "unanswered"},
    "recalls": {
        "missed": "incorrect",
        "first_right_on": "first_correct_on",
        "last_right_on": "last_correct_on",
    },
    "corrections": {"learned": "learned_revision"},
    "programmes": {
        "made_up": "demo",
        "made_at": "created_at",
        "farewell_due_at": "end_notice_due_at",
    },
    "invites": {"made_at": "created_at"},
    "enrolments": {"waits": "waits_for_start", "told_of_end": "end_notice_sent"},
    "programme_days": {
        "right": "correct",
        "doubtful": "unconfirmed",
        "unsent": "not_sent",
        "looked_at": "counted_at",
    },
    "item_reports": {
        "took": "option_counts",
        "paired_right": "paired_correct",
        "rest_right": "rest_correct",
        "later_right": "later_correct",
        "later_first_right": "later_first_correct",
        "later_both_right": "later_both_correct",
    },
    "dialogues": {"person_id": "user_id", "about": "subject"},
    "web_sessions": {"began_at": "created_at"},
}

# Values of columns that have a check constraint.
ENUMS = {"state": {"subscribers": "active"}, "kind": {"invites": "member"}}

Rows = dict[str, Any]  # the one row of each table, by the table's name


async def test_every_value_is_found_under_its_new_name(empty_database: str) -> None:
    engine = create_engine(empty_database)
    await migrate.upgrade(engine, "0004")
    before = await _fill(engine)
    await migrate.upgrade(engine, "0005")
    expected = {
        RENAMED_TABLES.get(table, table): {
            RENAMED_COLUMNS.get(table, {}).get(column, column): value
            for column, value in row.items()
        }
        for table, row in before.items()
    }
    del expected["web_sessions"]["csrf"]
    assert await _rows(engine) == expected
    await migrate.downgrade(engine, "0004")
    assert await _rows(engine) == before | {"web_sessions": None}  # everybody signs in again
    await migrate.upgrade(engine, "0005")
    assert await _rows(engine) == expected | {"web_sessions": None}
    await engine.dispose()


async def test_constraints_have_their_old_names_again_after_a_downgrade(
    empty_database: str,
) -> None:
    engine = create_engine(empty_database)
    await migrate.upgrade(engine, "0004")
    before = await constraints(engine)
    await migrate.upgrade(engine, "0005")
    assert await constraints(engine) != before
    await migrate.downgrade(engine, "0004")
    assert await constraints(engine) == before
    await engine.dispose()


async def _fill(engine: AsyncEngine) -> Rows:
    """One row in every table, with a different value in each column; returns them as they read."""
    async with engine.begin() as connection:
        for table in await connection.run_sync(tables_of):
            row = {
                column.name: _value(column, number) for number, column in enumerate(table.columns)
            }
            await connection.execute(table.insert(), row)
    return await _rows(engine)


async def _rows(engine: AsyncEngine) -> Rows:
    async with engine.connect() as connection:
        found = {}
        for table in await connection.run_sync(tables_of):
            row = (await connection.execute(table.select())).mappings().one_or_none()
            found[table.name] = dict(row) if row is not None else None
    return found


def _value(column: sa.Column[Any], number: int) -> Any:
    """A value of the column's type; `number` tells the columns of a table apart."""
    if column.name in ENUMS:
        fallback = {"state": "sent", "kind": "week"}[column.name]
        return ENUMS[column.name].get(column.table.name, fallback)
    of_type: dict[type, Any] = {
        bool: True,
        datetime: datetime(2026, 11, 23, 9, number, tzinfo=UTC),
        date: date(2026, 11, 23) + timedelta(days=number),
        time: time(9, number),
        object: [number],  # JSON
        int: number + 1,
        float: number / 8,
        str: f"text {number}",
        bytes: bytes([number]),
    }
    is_key = column.primary_key or column.foreign_keys
    kind = column.type.python_type
    return 1 if is_key and kind is int else of_type[kind]

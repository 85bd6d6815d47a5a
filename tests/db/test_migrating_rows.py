"""A migration that copies a table on SQLite keeps the rows that refer to it."""

from datetime import UTC, datetime, time

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, String, func, select

from db import migrate
from db.models import Delivery, DeliveryState, Subscriber, SubscriberState
from db.session import create_engine, create_sessions

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def _widen_alias(connection: Connection) -> None:
    """The kind of change that SQLite makes by copying: here of the table all others refer to."""
    operations = Operations(MigrationContext.configure(connection))
    with operations.batch_alter_table("subscribers") as table:
        table.alter_column("alias", type_=String(40), existing_type=String(32))


async def test_copying_the_parent_table_keeps_its_children(sqlite_database: str) -> None:
    engine = create_engine(sqlite_database)
    sessions = create_sessions(engine)
    async with sessions.begin() as session:
        session.add(
            Subscriber(
                id=1, state=SubscriberState.ACTIVE, alias="Otter", alias_key="otter",
                language="en", timezone="UTC", question_time=time(9), joined_at=NOW,
            )
        )  # fmt: skip
        await session.flush()
        session.add(
            Delivery(
                subscriber_id=1, local_date=NOW.date(), slot=0, item_id="item", item_revision=1,
                option_order="012", state=DeliveryState.SENT, claimed_at=NOW, closes_at=NOW,
            )
        )  # fmt: skip
    async with migrate.migrating(engine) as connection:
        await connection.run_sync(_widen_alias)
    async with sessions() as session:
        assert await session.scalar(select(func.count()).select_from(Delivery)) == 1
        foreign_keys = await session.connection()
        pragma = await foreign_keys.exec_driver_sql("PRAGMA foreign_keys")
        assert pragma.scalar() == 1  # at work again
    await engine.dispose()

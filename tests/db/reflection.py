"""What a database has, whatever the models say."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine


def tables_of(connection: sa.Connection) -> list[sa.Table]:
    """The tables in the database, parents first; Alembic's own is left out."""
    metadata = sa.MetaData()
    metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if table.name != "alembic_version"]


async def constraints(engine: AsyncEngine) -> set[str]:
    """The names of all primary keys, foreign keys and unique constraints in the database."""
    async with engine.connect() as connection:
        tables = await connection.run_sync(tables_of)
    return {name for table in tables for name in names_of_constraints(table)}


def names_of_constraints(table: sa.Table) -> list[str]:
    kinds = sa.PrimaryKeyConstraint | sa.ForeignKeyConstraint | sa.UniqueConstraint
    return [str(each.name) for each in table.constraints if isinstance(each, kinds)]

"""Alembic's entry point: it always uses the connection that db.migrate passes on."""

from alembic import context

from db import challenges, models, programmes, reports  # noqa: F401 -- they fill the metadata
from db.base import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite alters tables by copying them
    compare_type=True,
    user_module_prefix="",
)
with context.begin_transaction():
    context.run_migrations()

"""evening reminders, later attempts to send, and two indexes."""

import sqlalchemy as sa
from alembic import op

from db.types import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_IS_SET = sa.text("remind_at IS NOT NULL")
_WAS_UNDER_WAY = sa.text("state IN ('claimed', 'sending', 'unconfirmed')")
_UNDER_WAY = sa.text("state = 'claimed' OR state = 'sending' OR state = 'unconfirmed'")


def _index(under_way: sa.TextClause) -> None:
    op.drop_index("ix_deliveries_under_way", "deliveries")
    op.create_index(
        "ix_deliveries_under_way",
        "deliveries",
        ["state", "id"],
        sqlite_where=under_way,
        postgresql_where=under_way,
    )


def upgrade() -> None:
    _index(_UNDER_WAY)
    op.create_index(
        "ix_deliveries_asked", "deliveries", ["subscriber_id", "local_date", "slot", "item_id"]
    )
    op.add_column(
        "deliveries",
        sa.Column("attempts", sa.SmallInteger(), nullable=False, server_default=sa.text("0")),
    )
    op.add_column("deliveries", sa.Column("not_before", UtcDateTime(), nullable=True))
    op.add_column(
        "subscribers",
        sa.Column("reminders", sa.Boolean(), nullable=False, server_default=sa.true()),
    )
    op.add_column("subscribers", sa.Column("remind_at", UtcDateTime(), nullable=True))
    op.create_index(
        "ix_subscribers_remind_at",
        "subscribers",
        ["remind_at"],
        sqlite_where=_IS_SET,
        postgresql_where=_IS_SET,
    )


def downgrade() -> None:
    op.drop_index("ix_deliveries_asked", "deliveries")
    _index(_WAS_UNDER_WAY)
    op.drop_index("ix_subscribers_remind_at", "subscribers")
    op.drop_column("subscribers", "remind_at")
    op.drop_column("subscribers", "reminders")
    op.drop_column("deliveries", "not_before")
    op.drop_column("deliveries", "attempts")

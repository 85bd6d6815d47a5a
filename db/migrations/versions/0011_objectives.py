"""memories by objective, and why each question was chosen.

The table `memories` stays, because an older process may still use it; see db.models.ItemMemory.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("purpose", sa.String(length=12), nullable=True))
    op.create_table(
        "objective_memories",
        sa.Column("subscriber_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("objective_id", sa.String(length=80), nullable=False),
        sa.Column("stability", sa.Double(), nullable=False),
        sa.Column("difficulty", sa.Double(), nullable=False),
        sa.Column("reviewed_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("incorrect", sa.Boolean(), nullable=False),
        sa.Column("first_correct_on", sa.Date(), nullable=True),
        sa.Column("last_correct_on", sa.Date(), nullable=True),
        sa.Column("reviews", sa.SmallInteger(), nullable=False),
        sa.Column("seen", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name=op.f("fk_objective_memories_subscriber_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "subscriber_id", "objective_id", name=op.f("pk_objective_memories")
        ),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("objective_memories")
    op.drop_column("deliveries", "purpose")

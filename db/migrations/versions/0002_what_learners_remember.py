"""what learners remember, and what was corrected."""

import sqlalchemy as sa
from alembic import op

from db.types import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recalls",
        sa.Column("subscriber_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("item_id", sa.String(length=80), nullable=False),
        sa.Column("stability", sa.Double(), nullable=False),
        sa.Column("difficulty", sa.Double(), nullable=False),
        sa.Column("reviewed_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("missed", sa.Boolean(), nullable=False),
        sa.Column("first_right_on", sa.Date(), nullable=True),
        sa.Column("last_right_on", sa.Date(), nullable=True),
        sa.Column("reviews", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name=op.f("fk_recalls_subscriber_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("subscriber_id", "item_id", name=op.f("pk_recalls")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "corrections",
        sa.Column(
            "delivery_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("item_id", sa.String(length=80), nullable=False),
        sa.Column("learned", sa.SmallInteger(), nullable=False),
        sa.Column("revision", sa.SmallInteger(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["deliveries.id"],
            name=op.f("fk_corrections_delivery_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_corrections")),
    )
    op.create_table(
        "rescorings",
        sa.Column(
            "delivery_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("revision", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("order_before", sa.String(length=12), nullable=False),
        sa.Column("option_before", sa.SmallInteger(), nullable=True),
        sa.Column("points_before", sa.SmallInteger(), nullable=True),
        sa.Column("points_after", sa.SmallInteger(), nullable=True),
        sa.Column("rescored_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["deliveries.id"],
            name=op.f("fk_rescorings_delivery_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("delivery_id", "revision", name=op.f("pk_rescorings")),
    )
    op.create_table(
        "rescored_items",
        sa.Column("item_id", sa.String(length=80), nullable=False),
        sa.Column("revision", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("rescored_at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("item_id", "revision", name=op.f("pk_rescored_items")),
    )
    with op.batch_alter_table("deliveries") as batch_op:
        # The default is for existing rows: no published bank had been changed before this revision.
        batch_op.add_column(
            sa.Column("item_revision", sa.SmallInteger(), nullable=False, server_default="1")
        )


def downgrade() -> None:
    with op.batch_alter_table("deliveries") as batch_op:
        batch_op.drop_column("item_revision")
    op.drop_table("rescored_items")
    op.drop_table("rescorings")
    op.drop_table("corrections")
    op.drop_table("recalls")

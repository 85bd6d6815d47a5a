"""first tables."""

import sqlalchemy as sa
from alembic import op

from db.types import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "subscribers",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "invited",
                "active",
                "paused",
                "stopped",
                "blocked",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=12,
            ),
            nullable=False,
        ),
        sa.Column("alias", sa.String(length=32), nullable=False),
        sa.Column("alias_key", sa.String(length=96), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("question_time", sa.Time(), nullable=False),
        sa.Column("joined_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("start_payload", sa.String(length=64), nullable=True),
        sa.Column("next_due_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("correct", sa.Integer(), nullable=False),
        sa.Column("streak", sa.Integer(), nullable=False),
        sa.Column("best_streak", sa.Integer(), nullable=False),
        sa.Column("last_answered_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscribers")),
        sa.UniqueConstraint("alias_key", name=op.f("uq_subscribers_alias_key")),
    )
    with op.batch_alter_table("subscribers", schema=None) as batch_op:
        batch_op.create_index(
            "ix_subscribers_next_due_at",
            ["next_due_at"],
            unique=False,
            sqlite_where=sa.text("next_due_at IS NOT NULL"),
            postgresql_where=sa.text("next_due_at IS NOT NULL"),
        )
        batch_op.create_index("ix_subscribers_points", ["points", "id"], unique=False)

    op.create_table(
        "deliveries",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("subscriber_id", sa.BigInteger(), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("slot", sa.SmallInteger(), nullable=False),
        sa.Column("item_id", sa.String(length=80), nullable=False),
        sa.Column("option_order", sa.String(length=12), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "claimed",
                "sending",
                "sent",
                "unconfirmed",
                "offered",
                "refused",
                "blocked",
                "expired",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=12,
            ),
            nullable=False,
        ),
        sa.Column("maybe_elsewhere", sa.Boolean(), nullable=False),
        sa.Column("claimed_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("closes_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("sending_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("poll_id", sa.String(length=64), nullable=True),
        sa.CheckConstraint("slot >= 0", name=op.f("ck_deliveries_slot")),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name=op.f("fk_deliveries_subscriber_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint(
            "subscriber_id", "local_date", "slot", name=op.f("uq_deliveries_subscriber_id")
        ),
    )
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.create_index(
            "ix_deliveries_poll_id",
            ["poll_id"],
            unique=True,
            sqlite_where=sa.text("poll_id IS NOT NULL"),
            postgresql_where=sa.text("poll_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_deliveries_under_way",
            ["state", "id"],
            unique=False,
            sqlite_where=sa.text("state IN ('claimed', 'sending', 'unconfirmed')"),
            postgresql_where=sa.text("state IN ('claimed', 'sending', 'unconfirmed')"),
        )

    op.create_table(
        "weekly_scores",
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("subscriber_id", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name=op.f("fk_weekly_scores_subscriber_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("week", "subscriber_id", name=op.f("pk_weekly_scores")),
    )
    with op.batch_alter_table("weekly_scores", schema=None) as batch_op:
        batch_op.create_index(
            "ix_weekly_scores_points", ["week", "points", "subscriber_id"], unique=False
        )
        batch_op.create_index("ix_weekly_scores_subscriber_id", ["subscriber_id"], unique=False)

    op.create_table(
        "answers",
        sa.Column(
            "delivery_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("option", sa.SmallInteger(), nullable=False),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.Column("points", sa.SmallInteger(), nullable=False),
        sa.Column("answered_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["deliveries.id"],
            name=op.f("fk_answers_delivery_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_answers")),
    )


def downgrade() -> None:
    op.drop_table("answers")
    with op.batch_alter_table("weekly_scores", schema=None) as batch_op:
        batch_op.drop_index("ix_weekly_scores_subscriber_id")
        batch_op.drop_index("ix_weekly_scores_points")

    op.drop_table("weekly_scores")
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_deliveries_under_way",
            sqlite_where=sa.text("state IN ('claimed', 'sending', 'unconfirmed')"),
            postgresql_where=sa.text("state IN ('claimed', 'sending', 'unconfirmed')"),
        )
        batch_op.drop_index(
            "ix_deliveries_poll_id",
            sqlite_where=sa.text("poll_id IS NOT NULL"),
            postgresql_where=sa.text("poll_id IS NOT NULL"),
        )

    op.drop_table("deliveries")
    with op.batch_alter_table("subscribers", schema=None) as batch_op:
        batch_op.drop_index("ix_subscribers_points")
        batch_op.drop_index(
            "ix_subscribers_next_due_at",
            sqlite_where=sa.text("next_due_at IS NOT NULL"),
            postgresql_where=sa.text("next_due_at IS NOT NULL"),
        )

    op.drop_table("subscribers")

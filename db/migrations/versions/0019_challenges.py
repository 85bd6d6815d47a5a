"""challenges of friends: new tables, which earlier versions do not need."""

import sqlalchemy as sa
from alembic import op

from db.types import UtcDateTime

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "challenges",
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column(
            "delivery_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("agrees", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["deliveries.id"],
            name=op.f("fk_challenges_delivery_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_challenges")),
        sa.UniqueConstraint("delivery_id", name=op.f("uq_challenges_delivery_id")),
    )
    op.create_index(op.f("ix_challenges_created_at"), "challenges", ["created_at"])
    op.create_table(
        "challenge_answers",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("friend_id", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("option_order", sa.String(length=12), nullable=False),
        sa.Column("option", sa.SmallInteger(), nullable=True),
        sa.Column("agrees", sa.Boolean(), nullable=True),
        sa.Column("friend_due_at", UtcDateTime(), nullable=True),
        sa.Column("challenger_due_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["code"],
            ["challenges.code"],
            name=op.f("fk_challenge_answers_code"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_challenge_answers")),
        sa.UniqueConstraint("code", "friend_id", name=op.f("uq_challenge_answers_code")),
    )
    for column in ("friend_id", "friend_due_at", "challenger_due_at"):
        op.create_index(op.f(f"ix_challenge_answers_{column}"), "challenge_answers", [column])


def downgrade() -> None:
    op.drop_table("challenge_answers")
    op.drop_table("challenges")

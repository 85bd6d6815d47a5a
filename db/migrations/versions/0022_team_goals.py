"""team goals: a table and a column that earlier versions do not need."""

import sqlalchemy as sa
from alembic import op

from db.types import UtcDateTime

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "team_goals",
        sa.Column(
            "programme_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("target", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("purpose", sa.String(length=80), nullable=False),
        sa.Column("reached_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programmes.id"],
            name=op.f("fk_team_goals_programme_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("programme_id", name=op.f("pk_team_goals")),
    )
    op.add_column("group_chats", sa.Column("goal_told", UtcDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("group_chats", "goal_told")
    op.drop_table("team_goals")

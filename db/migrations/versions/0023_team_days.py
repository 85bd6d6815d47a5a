"""participation by team and date, who is active in a week, and who has lapsed."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "team_days",
        sa.Column(
            "team_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name=op.f("fk_team_days_team_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("team_id", "local_date", name=op.f("pk_team_days")),
        sqlite_with_rowid=False,
    )
    op.add_column("programme_days", sa.Column("active_in_week", sa.Integer(), nullable=True))
    op.add_column("activity_reports", sa.Column("lapsed", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("activity_reports", "lapsed")
    op.drop_column("programme_days", "active_in_week")
    op.drop_table("team_days")

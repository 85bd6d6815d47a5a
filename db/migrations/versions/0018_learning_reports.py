"""the learning gain by random reviews.

The sums of later attempts in `item_reports` stay, because an older process may still use them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "learning_reports",
        sa.Column(
            "programme_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("cell", sa.String(length=100), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("reviews", sa.Integer(), nullable=False),
        sa.Column("correct", sa.Double(), nullable=False),
        sa.Column("expected", sa.Double(), nullable=False),
        sa.Column("margin", sa.Double(), nullable=False),
        sa.Column("rounds", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programmes.id"],
            name=op.f("fk_learning_reports_programme_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("programme_id", "cell", name=op.f("pk_learning_reports")),
    )


def downgrade() -> None:
    op.drop_table("learning_reports")

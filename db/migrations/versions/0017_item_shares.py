"""how many people outside of programmes got each question right."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    none = sa.text("0")
    op.create_table(
        "item_shares",
        sa.Column("item_id", sa.String(length=80), nullable=False),
        sa.Column("correct", sa.Integer(), server_default=none, nullable=False),
        sa.Column("incorrect", sa.Integer(), server_default=none, nullable=False),
        sa.Column("waiting_correct", sa.Integer(), nullable=False),
        sa.Column("waiting_incorrect", sa.Integer(), nullable=False),
        sa.Column("counted_to", sa.BigInteger(), server_default=none, nullable=False),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_item_shares")),
    )


def downgrade() -> None:
    op.drop_table("item_shares")

"""the shares of Telegram's pace that several processes have."""

import sqlalchemy as sa
from alembic import op

from db.types import UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pace_shares",
        sa.Column("process", sa.String(32), nullable=False),
        sa.Column("wanted", sa.Double(), nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("process", name=op.f("pk_pace_shares")),
    )


def downgrade() -> None:
    op.drop_table("pace_shares")

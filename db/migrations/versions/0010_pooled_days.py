"""pooled days: dates whose shares of correct answers are told together.

Dates that may be told alone are their own pools. The others wait for later dates.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("programme_days", sa.Column("pool_ends_on", sa.Date(), nullable=True))
    op.execute(
        "UPDATE programme_days SET pool_ends_on = local_date"
        " WHERE settled AND correct >= 5 AND answered - correct >= 5"
    )


def downgrade() -> None:
    op.drop_column("programme_days", "pool_ends_on")

"""the weekdays that a programme had before: answers count on its own days from now on.

Until two days from now, answers of all dates count, as so far: an earlier version that runs beside
this one counts them, and what is stored goes on being what the answers give.
"""

import json
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

_ALL_WEEKDAYS_AND_HOLIDAYS = 0b1111_1111


def upgrade() -> None:
    until = datetime.now(UTC).date() + timedelta(days=2)
    # As a default, it is also that of programmes which the earlier version creates.
    default = json.dumps({until.isoformat(): _ALL_WEEKDAYS_AND_HOLIDAYS})
    column = sa.Column("earlier_days", sa.JSON(), nullable=False, server_default=default)
    op.add_column("programmes", column)


def downgrade() -> None:
    op.drop_column("programmes", "earlier_days")

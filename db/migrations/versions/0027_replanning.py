"""When a programme's members are to be planned again, if the process that changed it has died."""

import sqlalchemy as sa
from alembic import op

from db.types import UtcDateTime

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("programmes", sa.Column("replan_due_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("programmes", "replan_due_at")

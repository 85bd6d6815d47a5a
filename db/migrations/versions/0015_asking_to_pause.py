"""when to pause a subscriber who has been silent for long, unless they answer."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("subscribers", sa.Column("pause_on", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("subscribers", "pause_on")

"""when a subscriber was asked whether to pause: once in a silence, however long it is."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("subscribers", sa.Column("pause_asked_on", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("subscribers", "pause_asked_on")

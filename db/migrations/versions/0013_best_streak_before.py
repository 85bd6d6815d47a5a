"""the best streak before the one that goes on."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("subscribers", sa.Column("best_before", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("subscribers", "best_before")

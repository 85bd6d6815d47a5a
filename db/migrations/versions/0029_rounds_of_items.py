"""Until when the answers of a programme have waited for a round of its items' figures."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("programmes", sa.Column("items_reported_until", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("programmes", "items_reported_until")

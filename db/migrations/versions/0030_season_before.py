"""which programme a next season follows: a column that earlier versions do not need."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("programmes", sa.Column("after_id", _ROW_ID, nullable=True))


def downgrade() -> None:
    op.drop_column("programmes", "after_id")

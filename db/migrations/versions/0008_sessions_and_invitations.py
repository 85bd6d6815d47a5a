"""when a web session was last used, and who made an open invitation.

Both columns may be NULL, so processes of an earlier version go on working beside this one.
"""

import sqlalchemy as sa
from alembic import op

from db.types import UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("web_sessions", sa.Column("last_used_at", UtcDateTime(), nullable=True))
    op.add_column("invites", sa.Column("created_by", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("invites", "created_by")
    op.drop_column("web_sessions", "last_used_at")

"""when operators hear of a report: a column that earlier versions do not need.

Reports made before it have none, so no note mentions them.
"""

import sqlalchemy as sa
from alembic import op

from db.types import UtcDateTime

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_INDEX = "ix_question_reports_operators_due_at"


def upgrade() -> None:
    op.add_column("question_reports", sa.Column("operators_due_at", UtcDateTime(), nullable=True))
    op.create_index(
        op.f(_INDEX),
        "question_reports",
        ["operators_due_at"],
        sqlite_where=sa.text("operators_due_at IS NOT NULL"),
        postgresql_where=sa.text("operators_due_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index(op.f(_INDEX), "question_reports")
    op.drop_column("question_reports", "operators_due_at")

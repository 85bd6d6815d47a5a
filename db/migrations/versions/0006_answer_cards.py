"""answer cards that are still to be sent; those of earlier answers count as sent."""

import sqlalchemy as sa
from alembic import op

from db.types import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_IS_SET = sa.text("card_due_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("answers", sa.Column("card_due_at", UtcDateTime(), nullable=True))
    op.create_index(
        "ix_answers_card_due_at",
        "answers",
        ["card_due_at"],
        sqlite_where=_IS_SET,
        postgresql_where=_IS_SET,
    )


def downgrade() -> None:
    op.drop_index("ix_answers_card_due_at", "answers")
    op.drop_column("answers", "card_due_at")

"""when members were told of a new team, and which one they knew: columns that may stay empty."""

import sqlalchemy as sa
from alembic import op

from db.types import UtcDateTime

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("enrolments", sa.Column("team_told_at", UtcDateTime(), nullable=True))
    with op.batch_alter_table("notes") as batch_op:
        batch_op.add_column(sa.Column("known_team_id", _ROW_ID, nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_notes_known_team_id"), "teams", ["known_team_id"], ["id"], ondelete="SET NULL"
        )


def downgrade() -> None:
    with op.batch_alter_table("notes") as batch_op:
        batch_op.drop_constraint(op.f("fk_notes_known_team_id"), type_="foreignkey")
        batch_op.drop_column("known_team_id")
    op.drop_column("enrolments", "team_told_at")

"""notes that invite to a next season, which earlier versions do not write."""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_KINDS = ("announcement", "welcome", "removal", "end", "team")


def upgrade() -> None:
    _allow(*_KINDS, "next-season")


def downgrade() -> None:
    op.execute("DELETE FROM notes WHERE kind = 'next-season'")
    _allow(*_KINDS)


def _allow(*kinds: str) -> None:
    listed = ", ".join(f"'{each}'" for each in kinds)
    with op.batch_alter_table("notes") as batch_op:
        batch_op.drop_constraint(op.f("ck_notes_kind"), type_="check")
        batch_op.create_check_constraint(op.f("ck_notes_kind"), f"kind IN ({listed})")

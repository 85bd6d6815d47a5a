"""notes to members: new tables and columns, which earlier versions do not need."""

import sqlalchemy as sa
from alembic import op

from db.types import UtcDateTime

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KINDS = ("announcement", "welcome", "removal", "end")
_INDEXES = {
    "announcements": ("programme_id", "coordinator_id"),
    "notes": ("programme_id", "subscriber_id", "announcement_id", "due_at"),
}


def upgrade() -> None:
    op.create_table(
        "announcements",
        sa.Column("id", _ROW_ID, autoincrement=True, nullable=False),
        _owner("announcements", "programme_id", "programmes"),
        _owner("announcements", "coordinator_id", "coordinators"),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.Column("muted", sa.Integer(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcements")),
    )
    op.create_table(
        "notes",
        sa.Column("id", _ROW_ID, autoincrement=True, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(*_KINDS, name="kind", native_enum=False, create_constraint=True, length=12),
            nullable=False,
        ),
        _owner("notes", "programme_id", "programmes"),
        _owner("notes", "subscriber_id", "subscribers"),
        _owner("notes", "announcement_id", "announcements", nullable=True),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
    )
    for table, columns in _INDEXES.items():
        for column in columns:
            op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    for column in ("welcomed", "messages_off"):
        op.add_column(
            "enrolments",
            sa.Column(column, sa.Boolean(), nullable=False, server_default=sa.false()),
        )
    op.add_column("coordinators", sa.Column("messages_stopped_at", UtcDateTime(), nullable=True))


def _owner(table: str, column: str, of: str, *, nullable: bool = False) -> sa.Column[int]:
    """Returns a column for the row that this one is deleted with."""
    key = sa.ForeignKey(f"{of}.id", name=op.f(f"fk_{table}_{column}"), ondelete="CASCADE")
    of_telegram = of in ("coordinators", "subscribers")
    return sa.Column(column, sa.BigInteger() if of_telegram else _ROW_ID, key, nullable=nullable)


def downgrade() -> None:
    op.drop_column("coordinators", "messages_stopped_at")
    op.drop_column("enrolments", "messages_off")
    op.drop_column("enrolments", "welcomed")
    op.drop_table("notes")
    op.drop_table("announcements")

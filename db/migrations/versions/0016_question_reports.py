"""reports of questions: a new table, which earlier versions do not need."""

import sqlalchemy as sa
from alembic import op

from db.types import UtcDateTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_KINDS = ("wrong", "unclear", "outdated", "other")


def upgrade() -> None:
    op.create_table(
        "question_reports",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("item_id", sa.String(length=80), nullable=False),
        sa.Column("item_revision", sa.SmallInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(*_KINDS, name="kind", native_enum=False, create_constraint=True, length=12),
            nullable=False,
        ),
        sa.Column("comment", sa.String(length=300), nullable=True),
        sa.Column("reporter_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("answer", sa.String(length=500), nullable=True),
        sa.Column("notice_due_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_reports")),
    )
    op.create_index(
        "ix_question_reports_open",
        "question_reports",
        ["reporter_id", "item_id", "item_revision"],
        unique=True,
        sqlite_where=sa.text("answered_at IS NULL"),
        postgresql_where=sa.text("answered_at IS NULL"),
    )
    op.create_index(
        "ix_question_reports_reporter_id", "question_reports", ["reporter_id", "created_at"]
    )
    op.create_index("ix_question_reports_item_id", "question_reports", ["item_id", "item_revision"])
    op.create_index(
        "ix_question_reports_notice_due_at",
        "question_reports",
        ["notice_due_at"],
        sqlite_where=sa.text("notice_due_at IS NOT NULL"),
        postgresql_where=sa.text("notice_due_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_table("question_reports")

"""names of the glossary: tables and columns are renamed, and rows stay as they are.

The column web_sessions.csrf is dropped: the dashboard checks the headers of requests instead.

Only the schema changes, so this is fast however many rows there are. It does not use batch mode,
which copies whole tables on SQLite. Versions of the bot for revision 0004 cannot use the new names.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# table (its new name) -> columns, old name to new.
_COLUMNS = {
    "deliveries": {"not_before": "retry_at", "maybe_elsewhere": "possibly_delivered"},
    "answers": {"missed": "unanswered"},
    "memories": {
        "missed": "incorrect",
        "first_right_on": "first_correct_on",
        "last_right_on": "last_correct_on",
    },
    "corrections": {"learned": "learned_revision"},
    "programmes": {
        "made_up": "demo",
        "made_at": "created_at",
        "farewell_due_at": "end_notice_due_at",
    },
    "invites": {"made_at": "created_at"},
    "enrolments": {"waits": "waits_for_start", "told_of_end": "end_notice_sent"},
    "programme_days": {
        "right": "correct",
        "doubtful": "unconfirmed",
        "unsent": "not_sent",
        "looked_at": "counted_at",
    },
    "item_reports": {
        "took": "option_counts",
        "paired_right": "paired_correct",
        "rest_right": "rest_correct",
        "later_right": "later_correct",
        "later_first_right": "later_first_correct",
        "later_both_right": "later_both_correct",
    },
    "text_inputs": {"person_id": "user_id", "about": "subject"},
    "web_sessions": {"began_at": "created_at"},
}

_TABLES = {
    "recalls": "memories",
    "standing_reports": "activity_reports",
    "dialogues": "text_inputs",
}

# Constraints that carry the name of a renamed table.
_CONSTRAINTS = {
    "memories": {
        "pk_recalls": "pk_memories",
        "fk_recalls_subscriber_id": "fk_memories_subscriber_id",
    },
    "activity_reports": {
        "pk_standing_reports": "pk_activity_reports",
        "fk_standing_reports_programme_id": "fk_activity_reports_programme_id",
    },
    "text_inputs": {"pk_dialogues": "pk_text_inputs"},
}


def upgrade() -> None:
    op.drop_column("web_sessions", "csrf")
    for old, new in _TABLES.items():
        op.rename_table(old, new)
    for table, columns in _COLUMNS.items():
        for old, new in columns.items():
            op.alter_column(table, old, new_column_name=new)
    for table, constraints in _CONSTRAINTS.items():
        _rename_constraints(table, constraints)


def downgrade() -> None:
    for table, constraints in _CONSTRAINTS.items():
        _rename_constraints(table, {new: old for old, new in constraints.items()})
    for table, columns in _COLUMNS.items():
        for old, new in columns.items():
            op.alter_column(table, new, new_column_name=old)
    for old, new in _TABLES.items():
        op.rename_table(new, old)
    # Sessions have no CSRF token now, which the older version needs: people sign in again.
    op.execute("DELETE FROM web_sessions")
    op.add_column(
        "web_sessions",
        sa.Column("csrf", sa.String(length=64), nullable=False, server_default=sa.text("''")),
    )


def _rename_constraints(table: str, names: dict[str, str]) -> None:
    if op.get_bind().dialect.name == "sqlite":
        _rename_in_schema(table, names)
        return
    for old, new in names.items():
        op.execute(f"ALTER TABLE {table} RENAME CONSTRAINT {old} TO {new}")


def _rename_in_schema(table: str, names: dict[str, str]) -> None:
    """Rename constraints in the text of CREATE TABLE, where SQLite keeps them without using them.

    A later migration in batch mode finds constraints by these names. SQLite's documentation of
    ALTER TABLE, section 7, describes how to edit that text.
    """
    connection = op.get_bind()
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    for old, new in names.items():
        connection.exec_driver_sql(
            "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = ?",
            (f"CONSTRAINT {old} ", f"CONSTRAINT {new} ", table),
        )
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = OFF")

"""programmes, and freezes that save streaks."""

from itertools import groupby
from typing import Any

import sqlalchemy as sa
from alembic import op

from db.types import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "coordinators",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("since", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coordinators")),
    )
    op.create_table(
        "dialogues",
        sa.Column("person_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("about", sa.String(length=32), nullable=False),
        sa.Column("step", sa.String(length=32), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("changed_at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_dialogues")),
    )
    op.create_table(
        "programmes",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("topic", sa.String(length=80), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("question_time", sa.Time(), nullable=False),
        sa.Column("weekdays", sa.SmallInteger(), nullable=False),
        sa.Column("made_up", sa.Boolean(), nullable=False),
        sa.Column("made_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("digest_due_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("reported_until", sa.Date(), nullable=True),
        sa.Column("farewell_due_at", UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_programmes_dates")
        ),
        sa.CheckConstraint("weekdays BETWEEN 1 AND 127", name=op.f("ck_programmes_weekdays")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programmes")),
    )
    op.create_table(
        "audit_entries",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "programme_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("detail", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programmes.id"],
            name=op.f("fk_audit_entries_programme_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
    )
    op.create_index("ix_audit_entries_programme_id", "audit_entries", ["programme_id"])

    op.create_table(
        "coordinations",
        sa.Column(
            "programme_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("coordinator_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["coordinator_id"],
            ["coordinators.id"],
            name=op.f("fk_coordinations_coordinator_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programmes.id"],
            name=op.f("fk_coordinations_programme_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("programme_id", "coordinator_id", name=op.f("pk_coordinations")),
    )
    op.create_index("ix_coordinations_coordinator_id", "coordinations", ["coordinator_id"])

    op.create_table(
        "group_chats",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "programme_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("title", sa.String(length=128), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("linked_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("next_due_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("board_week", sa.Date(), nullable=True),
        sa.Column("board_shown_at", UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programmes.id"],
            name=op.f("fk_group_chats_programme_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_chats")),
    )
    op.create_index("ix_group_chats_programme_id", "group_chats", ["programme_id"])

    op.create_table(
        "holidays",
        sa.Column(
            "programme_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programmes.id"],
            name=op.f("fk_holidays_programme_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("programme_id", "day", name=op.f("pk_holidays")),
    )
    op.create_table(
        "item_reports",
        sa.Column(
            "programme_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("item_id", sa.String(length=80), nullable=False),
        sa.Column("item_revision", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("took", sa.JSON(), nullable=False),
        sa.Column("paired", sa.Integer(), nullable=False),
        sa.Column("paired_right", sa.Integer(), nullable=False),
        sa.Column("rest_sum", sa.Double(), nullable=False),
        sa.Column("rest_squares", sa.Double(), nullable=False),
        sa.Column("rest_right", sa.Double(), nullable=False),
        sa.Column("later_people", sa.Integer(), nullable=False),
        sa.Column("later", sa.Integer(), nullable=False),
        sa.Column("later_right", sa.Integer(), nullable=False),
        sa.Column("later_first_right", sa.Integer(), nullable=False),
        sa.Column("later_both_right", sa.Integer(), nullable=False),
        sa.Column("later_days", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programmes.id"],
            name=op.f("fk_item_reports_programme_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "programme_id", "item_id", "item_revision", name=op.f("pk_item_reports")
        ),
    )
    op.create_table(
        "standing_reports",
        sa.Column(
            "programme_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("active", sa.Integer(), nullable=False),
        sa.Column("streaks", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programmes.id"],
            name=op.f("fk_standing_reports_programme_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("programme_id", name=op.f("pk_standing_reports")),
    )
    op.create_table(
        "held_answers",
        sa.Column(
            "programme_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column(
            "delivery_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programmes.id"],
            name=op.f("fk_held_answers_programme_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["deliveries.id"],
            name=op.f("fk_held_answers_delivery_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("programme_id", "delivery_id", name=op.f("pk_held_answers")),
    )
    op.create_index("ix_held_answers_delivery_id", "held_answers", ["delivery_id"])

    op.create_table(
        "mastery_reports",
        sa.Column(
            "programme_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("item_id", sa.String(length=80), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("mastered", sa.Integer(), nullable=False),
        sa.Column("learning", sa.Integer(), nullable=False),
        sa.Column("counted_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programmes.id"],
            name=op.f("fk_mastery_reports_programme_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("programme_id", "item_id", name=op.f("pk_mastery_reports")),
    )
    op.create_table(
        "programme_days",
        sa.Column(
            "programme_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("enrolled", sa.Integer(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("right", sa.Integer(), nullable=False),
        sa.Column("late", sa.Integer(), nullable=False),
        sa.Column("doubtful", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("unsent", sa.Integer(), nullable=False),
        sa.Column("reminded", sa.Integer(), nullable=False),
        sa.Column("looked_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programmes.id"],
            name=op.f("fk_programme_days_programme_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("programme_id", "local_date", name=op.f("pk_programme_days")),
    )
    op.create_table(
        "programme_scores",
        sa.Column(
            "programme_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column(
            "kind",
            sa.Enum(
                "week",
                "month",
                "programme",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=12,
            ),
            nullable=False,
        ),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("subscriber_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programmes.id"],
            name=op.f("fk_programme_scores_programme_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name=op.f("fk_programme_scores_subscriber_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "programme_id", "kind", "since", "subscriber_id", name=op.f("pk_programme_scores")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_programme_scores_subscriber_id", "programme_scores", ["subscriber_id"])

    op.create_table(
        "sign_ins",
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("coordinator_id", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("used_at", UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["coordinator_id"],
            ["coordinators.id"],
            name=op.f("fk_sign_ins_coordinator_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sign_ins")),
    )
    op.create_index("ix_sign_ins_coordinator_id", "sign_ins", ["coordinator_id"])

    op.create_table(
        "teams",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "programme_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("name_key", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programmes.id"],
            name=op.f("fk_teams_programme_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_teams")),
        sa.UniqueConstraint("programme_id", "name_key", name=op.f("uq_teams_programme_id")),
    )
    op.create_table(
        "web_sessions",
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("coordinator_id", sa.BigInteger(), nullable=False),
        sa.Column("csrf", sa.String(length=64), nullable=False),
        sa.Column("began_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["coordinator_id"],
            ["coordinators.id"],
            name=op.f("fk_web_sessions_coordinator_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_web_sessions")),
    )
    op.create_index("ix_web_sessions_coordinator_id", "web_sessions", ["coordinator_id"])

    op.create_table(
        "enrolments",
        sa.Column(
            "programme_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("subscriber_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("team_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("enrolled_on", sa.Date(), nullable=False),
        sa.Column("left_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("shown_name", sa.String(length=64), nullable=True),
        sa.Column("waits", sa.Boolean(), nullable=False),
        sa.Column("told_of_end", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programmes.id"],
            name=op.f("fk_enrolments_programme_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name=op.f("fk_enrolments_subscriber_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name=op.f("fk_enrolments_team_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("programme_id", "subscriber_id", name=op.f("pk_enrolments")),
    )
    op.create_index("ix_enrolments_subscriber_id", "enrolments", ["subscriber_id"])
    op.create_index(
        "ix_enrolments_hidden",
        "enrolments",
        ["subscriber_id"],
        sqlite_where=sa.text("hidden = 1 AND left_at IS NULL"),
        postgresql_where=sa.text("hidden AND left_at IS NULL"),
    )
    op.create_index("ix_enrolments_team_id", "enrolments", ["team_id"])

    op.create_table(
        "group_questions",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("item_id", sa.String(length=80), nullable=False),
        sa.Column("item_revision", sa.SmallInteger(), nullable=False),
        sa.Column("option_order", sa.String(length=12), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "claimed",
                "sending",
                "sent",
                "unconfirmed",
                "offered",
                "refused",
                "blocked",
                "expired",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=12,
            ),
            nullable=False,
        ),
        sa.Column("sending_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("closes_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("results", sa.JSON(), nullable=True),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["chat_id"],
            ["group_chats.id"],
            name=op.f("fk_group_questions_chat_id"),
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_questions")),
        sa.UniqueConstraint("chat_id", "local_date", name=op.f("uq_group_questions_chat_id")),
    )
    op.create_index(
        "ix_group_questions_unsettled",
        "group_questions",
        ["closes_at"],
        sqlite_where=sa.text("settled = 0"),
        postgresql_where=sa.text("NOT settled"),
    )

    op.create_table(
        "invites",
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "member",
                "group",
                "coordinator",
                "colleague",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=12,
            ),
            nullable=False,
        ),
        sa.Column(
            "programme_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("team_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("made_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_at", UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programmes.id"],
            name=op.f("fk_invites_programme_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name=op.f("fk_invites_team_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_invites")),
    )
    op.create_index("ix_invites_programme_id", "invites", ["programme_id"])

    none = sa.text("0")
    op.add_column(
        "answers", sa.Column("missed", sa.SmallInteger(), nullable=False, server_default=none)
    )
    op.add_column(
        "deliveries", sa.Column("reminded", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column(
        "subscribers", sa.Column("freezes", sa.SmallInteger(), nullable=False, server_default=none)
    )
    _recount_streaks(op.get_bind())


# How streaks are counted from this revision on. The rule is copied here, so that later versions of
# the code do not change this migration.

_BATCH = 2000  # subscribers


def _recount_streaks(connection: sa.Connection) -> None:
    """Only unanswered questions end a streak, and freezes save it."""
    after = 0
    while people := connection.scalars(
        sa.text("SELECT id FROM subscribers WHERE id > :after ORDER BY id LIMIT :size"),
        {"after": after, "size": _BATCH},
    ).all():
        missed, streaks = [], []
        questions = connection.execute(_QUESTIONS, {"after": after, "last": people[-1]})
        for person, rows in groupby(map(tuple, questions), key=lambda row: row[0]):
            gaps, streak = _history([row[1:] for row in rows])
            missed += gaps
            streaks += [{"person": person, **streak}] if streak else []
        if missed:
            connection.execute(_MISSED, missed)
        if streaks:
            connection.execute(_STREAK, streaks)
        after = people[-1]


def _history(questions: list[tuple[Any, ...]]) -> tuple[list[dict[str, int]], dict[str, int]]:
    """Returns a subscriber's answers with unanswered questions before them, and their streak."""
    gaps = []
    streak = best = freezes = since = 0
    for delivery_id, counted in questions:
        if not counted:
            since += bool(best)
            continue
        if since:
            gaps.append({"delivery": delivery_id, "since": since})
        goes_on = bool(best) and since <= freezes
        streak, freezes = (streak + 1, freezes - since) if goes_on else (1, 0)
        freezes = min(freezes + (streak % 7 == 0), 2)
        best, since = max(best, streak), 0
    return gaps, {"streak": streak, "best": best, "freezes": freezes} if best else {}


# Daily questions that arrived: the subscriber, the delivery, and whether its answer counted.
_QUESTIONS = sa.text(
    "SELECT d.subscriber_id, d.id, coalesce(a.counted, :no) FROM deliveries d "
    "LEFT JOIN answers a ON a.delivery_id = d.id "
    "WHERE d.subscriber_id > :after AND d.subscriber_id <= :last "
    "AND d.slot = 0 AND (d.state = 'sent' OR a.counted) "
    "ORDER BY d.subscriber_id, d.local_date"
).bindparams(sa.bindparam("no", False, sa.Boolean()))
_MISSED = sa.text("UPDATE answers SET missed = :since WHERE delivery_id = :delivery")
_STREAK = sa.text(
    "UPDATE subscribers SET streak = :streak, best_streak = :best, freezes = :freezes "
    "WHERE id = :person"
)


def downgrade() -> None:
    op.drop_column("subscribers", "freezes")
    op.drop_column("deliveries", "reminded")
    op.drop_column("answers", "missed")
    for table in (
        "invites",
        "group_questions",
        "group_chats",
        "enrolments",
        "web_sessions",
        "sign_ins",
        "teams",
        "programme_scores",
        "programme_days",
        "mastery_reports",
        "held_answers",
        "standing_reports",
        "item_reports",
        "holidays",
        "coordinations",
        "audit_entries",
        "programmes",
        "dialogues",
        "coordinators",
    ):
        op.drop_table(table)

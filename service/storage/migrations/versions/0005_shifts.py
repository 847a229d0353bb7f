"""Routes, shifts, presence, targets, marks and score cards.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "holidays",
        sa.Column("country", sa.String(length=8), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("country", "day"),
    )
    op.create_table(
        "routes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("intent", sa.String(length=80), nullable=True),
        sa.Column("department", sa.String(length=40), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("segment", sa.String(length=40), nullable=True),
        sa.Column("verified", sa.Boolean(), nullable=True),
        sa.Column("channel", sa.String(length=40), nullable=True),
        sa.Column("queue", sa.String(length=40), nullable=True),
        sa.Column("raise_by", sa.Integer(), nullable=False),
        sa.Column("mode", sa.String(length=8), nullable=True),
        sa.Column("skill", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "sla_targets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("department", sa.String(length=40), nullable=True),
        sa.Column("priority", sa.String(length=20), nullable=True),
        sa.Column("first_minutes", sa.Integer(), nullable=False),
        sa.Column("next_minutes", sa.Integer(), nullable=False),
        sa.Column("resolution_minutes", sa.Integer(), nullable=False),
        sa.Column("warn_share", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "days_off",
        sa.Column("staff_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("staff_id", "day"),
    )
    op.create_table(
        "operator_calls",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    with op.batch_alter_table("operator_calls", schema=None) as batch_op:
        batch_op.create_index("operator_calls_open", ["staff_id", "ended_at"], unique=False)

    op.create_table(
        "presence",
        sa.Column("staff_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resume", sa.String(length=20), nullable=True),
        sa.Column("vanished", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("staff_id"),
    )
    op.create_table(
        "presence_spans",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("presence_spans", schema=None) as batch_op:
        batch_op.create_index("presence_spans_by_staff", ["staff_id", "began_at"], unique=False)

    op.create_table(
        "shifts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("starts", sa.Integer(), nullable=False),
        sa.Column("ends", sa.Integer(), nullable=False),
        sa.Column("zone", sa.String(length=60), nullable=False),
        sa.Column("country", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("shifts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_shifts_staff_id"), ["staff_id"], unique=False)

    op.create_table(
        "ratings",
        sa.Column("handoff_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("conversation_id", sa.Integer(), nullable=False),
        sa.Column("operator_id", sa.Integer(), nullable=True),
        sa.Column("department", sa.String(length=40), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("rated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
        ),
        sa.ForeignKeyConstraint(
            ["handoff_id"],
            ["handoffs.id"],
        ),
        sa.ForeignKeyConstraint(
            ["operator_id"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("handoff_id"),
    )
    with op.batch_alter_table("ratings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ratings_rated_at"), ["rated_at"], unique=False)

    op.create_table(
        "score_cards",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("handoff_id", sa.Integer(), nullable=False),
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("judge_id", sa.Integer(), nullable=False),
        sa.Column("points", sa.JSON(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("scored_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["handoff_id"],
            ["handoffs.id"],
        ),
        sa.ForeignKeyConstraint(
            ["judge_id"],
            ["staff.id"],
        ),
        sa.ForeignKeyConstraint(
            ["operator_id"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("handoff_id", "judge_id"),
    )
    with op.batch_alter_table("score_cards", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_score_cards_operator_id"), ["operator_id"], unique=False)

    op.create_table(
        "sla_alarms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("handoff_id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.Integer(), nullable=False),
        sa.Column("department", sa.String(length=40), nullable=False),
        sa.Column("clock", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
        ),
        sa.ForeignKeyConstraint(
            ["handoff_id"],
            ["handoffs.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("handoff_id", "clock", "kind", "since"),
    )
    with op.batch_alter_table("sla_alarms", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sla_alarms_raised_at"), ["raised_at"], unique=False)

    # Without a batch: with such defaults it would copy the tables on SQLite, and others refer to their rows.
    for column in ("routed_to", "skill"):
        op.add_column("handoffs", sa.Column(column, sa.String(length=40), nullable=True))
    op.add_column("handoffs", sa.Column("mode", sa.String(length=8), nullable=True))
    op.add_column("handoffs", sa.Column("told_return", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("handoffs", sa.Column("survey", sa.String(length=20), nullable=True))
    op.create_index("handoffs_by_begin", "handoffs", ["created_at"])
    op.create_index("handoffs_by_end", "handoffs", ["ended_at"])
    op.add_column("identities", sa.Column("surveyed", sa.Boolean(), server_default=sa.true(), nullable=False))
    # Requests that were closed long ago are not asked about.
    op.execute("UPDATE handoffs SET survey = 'skipped' WHERE ended_at IS NOT NULL")


def downgrade() -> None:
    with op.batch_alter_table("sla_alarms", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sla_alarms_raised_at"))

    op.drop_table("sla_alarms")
    with op.batch_alter_table("score_cards", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_score_cards_operator_id"))

    op.drop_table("score_cards")
    with op.batch_alter_table("ratings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_ratings_rated_at"))

    op.drop_table("ratings")
    with op.batch_alter_table("shifts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_shifts_staff_id"))

    op.drop_table("shifts")
    with op.batch_alter_table("presence_spans", schema=None) as batch_op:
        batch_op.drop_index("presence_spans_by_staff")

    op.drop_table("presence_spans")
    op.drop_table("presence")
    with op.batch_alter_table("operator_calls", schema=None) as batch_op:
        batch_op.drop_index("operator_calls_open")

    op.drop_table("operator_calls")
    op.drop_table("days_off")
    op.drop_table("sla_targets")
    op.drop_table("routes")
    op.drop_table("holidays")
    op.drop_index("handoffs_by_end", "handoffs")
    op.drop_index("handoffs_by_begin", "handoffs")
    for column in ("survey", "told_return", "skill", "mode", "routed_to"):
        op.drop_column("handoffs", column)
    op.drop_column("identities", "surveyed")

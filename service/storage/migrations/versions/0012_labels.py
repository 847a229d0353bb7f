"""What training gets: understood messages, labels, topics found in them, intents added in the console.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    _understood()
    op.create_table(
        "labels",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("intents", sa.JSON(), nullable=True),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(length=100), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["log_id"], ["understood.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("log_id", "staff_id"):
        op.create_index(f"ix_labels_{column}", "labels", [column])
    op.create_table(
        "topics",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("recent", sa.Integer(), nullable=False),
        sa.Column("before", sa.Integer(), nullable=False),
        sa.Column("nearest", sa.String(length=80), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "added_intents",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("department", sa.String(length=40), nullable=False),
        sa.Column("does", sa.String(length=20), nullable=False),
        sa.Column("title_ru", sa.String(length=100), nullable=False),
        sa.Column("title_en", sa.String(length=100), nullable=False),
        sa.Column("about_ru", sa.Text(), nullable=False),
        sa.Column("about_en", sa.Text(), nullable=False),
        sa.Column("priority", sa.String(length=20), nullable=False),
        sa.Column("mode", sa.String(length=20), nullable=False),
        sa.Column("author", sa.String(length=100), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def downgrade() -> None:
    op.drop_table("added_intents")
    op.drop_table("topics")
    for column in ("staff_id", "log_id"):
        op.drop_index(f"ix_labels_{column}", table_name="labels")
    op.drop_table("labels")
    for name in (
        "ix_understood_topic_id", "ix_understood_client_id", "ix_understood_conversation_id", "understood_by_time",
        "understood_by_intent", "understood_by_likeness", "understood_by_worth",
    ):  # fmt: skip
        op.drop_index(name, table_name="understood")
    op.drop_table("understood")


def _understood() -> None:
    op.create_table(
        "understood",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("conversation_id", sa.Integer(), nullable=True),
        sa.Column("client_id", sa.Integer(), nullable=True),
        sa.Column("seq", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("likeness", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("model", sa.String(length=80), nullable=True),
        sa.Column("intent", sa.String(length=80), nullable=True),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("ranking", sa.JSON(), nullable=False),
        sa.Column("in_scope", sa.Boolean(), nullable=False),
        sa.Column("scope_score", sa.Double(), nullable=False),
        sa.Column("disagreement", sa.Double(), nullable=False),
        sa.Column("article", sa.String(length=120), nullable=True),
        sa.Column("article_score", sa.Double(), nullable=True),
        sa.Column("decision", sa.String(length=40), nullable=True),
        sa.Column("happened", sa.JSON(), nullable=False),
        sa.Column("weak_label", sa.String(length=80), nullable=True),
        sa.Column("weak_weight", sa.Double(), nullable=True),
        sa.Column("weak_reason", sa.String(length=40), nullable=True),
        sa.Column("label", sa.JSON(), nullable=True),
        sa.Column("labelled_by", sa.Integer(), nullable=False),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("worth", sa.Double(), nullable=False),
        sa.Column("alike", sa.Integer(), nullable=False),
        sa.Column("topic_id", sa.Integer(), nullable=True),
        sa.Column("topic_place", sa.Integer(), nullable=True),
        sa.Column("vector", sa.LargeBinary(), nullable=True),
        sa.Column("encoder", sa.String(length=200), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("message_id"),
    )
    op.create_index("understood_by_worth", "understood", ["state", "worth"])
    op.create_index("understood_by_likeness", "understood", ["likeness", "id"])
    op.create_index("understood_by_intent", "understood", ["intent", "created_at"])
    op.create_index("understood_by_time", "understood", ["created_at"])
    for column in ("conversation_id", "client_id", "topic_id"):
        op.create_index(f"ix_understood_{column}", "understood", [column])

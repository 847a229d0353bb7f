"""Suggestions, canned replies, versions of articles.

Revision ID: 0004
Revises: 0003
"""

import hashlib
import json

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    _offers()
    _past_replies()
    op.create_table(
        "canned_replies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(length=40), nullable=False),
        sa.Column("shortcut", sa.String(length=41), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("text_ru", sa.Text(), nullable=True),
        sa.Column("text_en", sa.Text(), nullable=True),
        sa.Column("department", sa.String(length=40), nullable=True),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("author", sa.String(length=100), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("scope", "shortcut"),
    )
    _articles()


def downgrade() -> None:
    op.drop_table("article_versions")
    with op.batch_alter_table("articles") as batch:
        batch.drop_column("version")
        batch.drop_column("imported_hash")
    op.drop_table("canned_replies")
    op.drop_index("past_questions_changed", table_name="past_questions")
    for column in ("client_id", "past_reply_id"):
        op.drop_index(f"ix_past_questions_{column}", table_name="past_questions")
    op.drop_table("past_questions")
    op.drop_index("past_replies_changed", table_name="past_replies")
    op.drop_index("past_replies_by_hash", table_name="past_replies")
    op.drop_table("past_replies")
    for column in ("staff_id", "reply_id", "conversation_id", "offer_id"):
        op.drop_index(f"ix_suggestion_outcomes_{column}", table_name="suggestion_outcomes")
    op.drop_table("suggestion_outcomes")
    op.drop_index("ix_offers_conversation_id", table_name="offers")
    op.drop_table("offers")


def _offers() -> None:
    op.create_table(
        "offers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("suggestions", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"]),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("message_id"),
    )
    op.create_index("ix_offers_conversation_id", "offers", ["conversation_id"])
    op.create_table(
        "suggestion_outcomes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("reply_id", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=True),
        sa.Column("source", sa.JSON(), nullable=True),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("client_text", sa.Text(), nullable=True),
        sa.Column("suggested_text", sa.Text(), nullable=True),
        sa.Column("final_text", sa.Text(), nullable=True),
        sa.Column("distance", sa.Double(), nullable=True),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("once"),
    )
    for column in ("offer_id", "conversation_id", "reply_id", "staff_id"):
        op.create_index(f"ix_suggestion_outcomes_{column}", "suggestion_outcomes", [column])


def _past_replies() -> None:
    op.create_table(
        "past_replies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("reply_hash", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("department", sa.String(length=40), nullable=True),
        sa.Column("intent", sa.String(length=80), nullable=True),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.Integer(), nullable=False),
        sa.Column("operator_id", sa.Integer(), nullable=True),
        sa.Column("given", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("edited", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("past_replies_by_hash", "past_replies", ["reply_hash"])
    op.create_index("past_replies_changed", "past_replies", ["changed"])
    op.create_table(
        "past_questions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("past_reply_id", sa.Integer(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=True),
        sa.Column("encoder", sa.String(length=200), nullable=True),
        sa.Column("intent", sa.String(length=80), nullable=True),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.Integer(), nullable=False),
        sa.Column("operator_id", sa.Integer(), nullable=True),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["past_reply_id"], ["past_replies.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("message_id"),
    )
    for column in ("past_reply_id", "client_id"):
        op.create_index(f"ix_past_questions_{column}", "past_questions", [column])
    op.create_index("past_questions_changed", "past_questions", ["changed"])


def _articles() -> None:
    with op.batch_alter_table("articles") as batch:
        batch.add_column(sa.Column("imported_hash", sa.String(length=64), nullable=True))
        batch.add_column(sa.Column("version", sa.Integer(), nullable=True))
    op.create_table(
        "article_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("article_id", sa.String(length=120), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=True),
        sa.Column("content", sa.JSON(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("author", sa.String(length=100), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("article_id", "language", "number"),
    )
    # What is served already came from an import: the next one may replace it.
    articles = sa.table("articles", *(sa.column(name) for name in ("id", "language", "imported_hash")),
                        sa.column("content", sa.JSON()))  # fmt: skip
    connection = op.get_bind()
    for row in connection.execute(sa.select(articles.c.id, articles.c.language, articles.c.content)).all():
        canonical = json.dumps(row.content, ensure_ascii=False, sort_keys=True)
        found = hashlib.sha256(canonical.encode()).hexdigest()
        mine = (articles.c.id == row.id) & (articles.c.language == row.language)
        connection.execute(sa.update(articles).where(mine).values(imported_hash=found))

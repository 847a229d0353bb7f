"""Verified clients: links, codes and their limits; errands of procedures and letters on their way.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

ACTIVE = sa.text("ended_at IS NULL")


def upgrade() -> None:
    _links()
    _codes()
    op.create_table(
        "errands",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("conversation_id", sa.Integer(), sa.ForeignKey("conversations.id"), nullable=False),
        sa.Column("identity_id", sa.Integer(), sa.ForeignKey("identities.id"), nullable=False),
        sa.Column("dialogue", sa.String(length=60), nullable=False),
        sa.Column("operation", sa.String(length=60), nullable=False),
        *_on_its_way("arguments"),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("errands_due", "errands", ["state", "due_at"])
    op.create_index("ix_errands_conversation_id", "errands", ["conversation_id"])
    op.create_table(
        "letters",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("once", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        *_on_its_way("content"),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("once"),
    )
    op.create_index("letters_due", "letters", ["state", "due_at"])


def downgrade() -> None:
    op.drop_index("letters_due", table_name="letters")
    op.drop_table("letters")
    op.drop_index("ix_errands_conversation_id", table_name="errands")
    op.drop_index("errands_due", table_name="errands")
    op.drop_table("errands")
    op.drop_table("code_limits")
    op.drop_index("code_challenges_open", table_name="code_challenges")
    op.drop_table("code_challenges")
    for index in ("ix_account_links_expires_at", "account_links_by_account", "account_links_active"):
        op.drop_index(index, table_name="account_links")
    op.drop_table("account_links")


def _links() -> None:
    op.create_table(
        "account_links",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("identity_id", sa.Integer(), sa.ForeignKey("identities.id"), nullable=False),
        sa.Column("account", sa.String(length=120), nullable=False),
        sa.Column("address", sa.String(length=120), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=100), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "account_links_active", "account_links", ["identity_id"], unique=True, sqlite_where=ACTIVE,
        postgresql_where=ACTIVE,
    )  # fmt: skip
    op.create_index("account_links_by_account", "account_links", ["account"])
    op.create_index("ix_account_links_expires_at", "account_links", ["expires_at"])


def _codes() -> None:
    op.create_table(
        "code_challenges",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.Integer(), sa.ForeignKey("conversations.id"), nullable=False),
        sa.Column("identity_id", sa.Integer(), sa.ForeignKey("identities.id"), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("number_index", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=120), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("code_hash", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("code_challenges_open", "code_challenges", ["identity_id", "state"])
    op.create_table(
        "code_limits",
        sa.Column("subject", sa.String(length=100), nullable=False),
        sa.Column("sends", sa.JSON(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("subject"),
    )


def _on_its_way(what: str) -> tuple[sa.Column[object], ...]:
    """What waits, is tried and has ended: errands and letters alike."""
    columns: tuple[sa.Column[object], ...] = (
        sa.Column(what, sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    return columns

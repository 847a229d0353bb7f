"""Channels of platforms: settings and state, arrivals, parts of messages on their way.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

UNNAMED = {"uq": "uq_%(table_name)s_%(column_0_name)s"}


def upgrade() -> None:
    op.create_table(
        "channels",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("settings", sa.Text(), nullable=True),
        sa.Column("enabled", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.Column("trouble_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("last_error_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("leased_by", sa.String(length=80), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "arrivals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("client_external_id", sa.String(length=200), nullable=False),
        sa.Column("album", sa.String(length=200), nullable=True),
        sa.Column("content", sa.JSON(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("channel", "external_id"),
    )
    op.create_index("arrivals_due", "arrivals", ["state", "due_at"])
    op.create_index("arrivals_of_client", "arrivals", ["channel", "client_external_id", "state"])
    op.create_table(
        "early_reports",
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("platform_id", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("channel", "platform_id"),
    )
    op.create_index("ix_early_reports_created_at", "early_reports", ["created_at"])
    op.add_column("identities", sa.Column("reachable", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column("identities", sa.Column("thread", sa.Text(), nullable=True))
    op.drop_index("outbox_due", "outbox")
    with op.batch_alter_table("outbox", naming_convention=UNNAMED) as batch:
        batch.add_column(sa.Column("part", sa.Integer(), server_default="0", nullable=False))
        batch.add_column(sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True))
        batch.drop_constraint(_unique_message(), type_="unique")
        batch.create_unique_constraint("outbox_parts", ["message_id", "part"])
    op.create_index("outbox_due", "outbox", ["channel", "state", "due_at"])
    op.create_index("outbox_of_conversation", "outbox", ["conversation_id", "state", "id"])
    op.create_index("outbox_by_platform_id", "outbox", ["channel", "platform_id"])


def downgrade() -> None:
    for index in ("outbox_by_platform_id", "outbox_of_conversation", "outbox_due"):
        op.drop_index(index, "outbox")
    op.execute(sa.text("DELETE FROM outbox WHERE part > 0"))
    with op.batch_alter_table("outbox") as batch:
        batch.drop_constraint("outbox_parts", type_="unique")
        batch.drop_column("sent_at")
        batch.drop_column("part")
        batch.create_unique_constraint("outbox_message_id_key", ["message_id"])
    op.create_index("outbox_due", "outbox", ["state", "due_at"])
    op.drop_column("identities", "thread")
    op.drop_column("identities", "reachable")
    op.drop_table("early_reports")
    op.drop_table("arrivals")
    op.drop_table("channels")


def _unique_message() -> str:
    """The first version left the constraint unnamed; PostgreSQL named it, and SQLite keeps ours after a way back."""
    constraints = sa.inspect(op.get_bind()).get_unique_constraints("outbox")
    named = next((each["name"] for each in constraints if each["column_names"] == ["message_id"]), None)
    return named or "uq_outbox_message_id"

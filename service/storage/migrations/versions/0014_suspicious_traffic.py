"""Restrictions of suspicious senders, and which of them keeps a conversation waiting.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "restrictions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=260), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("signal", sa.String(length=40), nullable=False),
        sa.Column("signals", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_by", sa.String(length=100), nullable=True),
        sa.Column("lifted_by", sa.String(length=100), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("restrictions_by_subject", "restrictions", ["scope", "subject", "since"])
    op.create_index("restrictions_standing", "restrictions", ["until"])
    op.create_index("restrictions_recent", "restrictions", ["since"])
    op.add_column("conversations", sa.Column("held_by", sa.Integer(), nullable=True))
    op.create_index("conversations_held", "conversations", ["held_by"])


def downgrade() -> None:
    op.drop_index("conversations_held", "conversations")
    op.drop_column("conversations", "held_by")
    op.drop_table("restrictions")

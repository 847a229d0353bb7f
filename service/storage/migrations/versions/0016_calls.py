"""The call log, and the phone with which a link was proved.

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table(
        "calls",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("phone_index", sa.String(length=64), nullable=True),
        sa.Column("operator_id", sa.Integer(), sa.ForeignKey("staff.id"), nullable=True),
        sa.Column("department", sa.String(length=40), nullable=False),
        sa.Column("direction", sa.String(length=8), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("intent", sa.String(length=80), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("external_id"),
    )
    op.create_index("calls_by_time", "calls", ["started_at"])
    op.create_index("calls_by_phone", "calls", ["phone_index", "started_at"])
    op.add_column("account_links", sa.Column("phone_index", sa.String(length=64), nullable=True))
    op.create_index("account_links_by_phone", "account_links", ["phone_index"])


def downgrade() -> None:
    op.drop_index("account_links_by_phone", "account_links")
    op.drop_column("account_links", "phone_index")
    op.drop_table("calls")

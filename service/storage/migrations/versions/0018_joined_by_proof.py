"""Identities proved to be of one client are joined; a link keeps the segment that the bank gave.

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    with op.batch_alter_table("client_merges") as batch:
        batch.alter_column("staff_id", existing_type=sa.Integer(), nullable=True)
        batch.add_column(sa.Column("link_id", sa.Integer(), nullable=True))
        batch.create_index("ix_client_merges_link_id", ["link_id"])
    with op.batch_alter_table("account_links") as batch:
        batch.add_column(sa.Column("segment", sa.String(length=40), nullable=True))
    with op.batch_alter_table("code_challenges") as batch:
        batch.add_column(sa.Column("segment", sa.String(length=40), nullable=True))
        batch.add_column(sa.Column("language", sa.String(length=8), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("code_challenges") as batch:
        batch.drop_column("language")
        batch.drop_column("segment")
    with op.batch_alter_table("account_links") as batch:
        batch.drop_column("segment")
    op.execute("DELETE FROM client_merges WHERE staff_id IS NULL")
    with op.batch_alter_table("client_merges") as batch:
        batch.drop_index("ix_client_merges_link_id")
        batch.drop_column("link_id")
        batch.alter_column("staff_id", existing_type=sa.Integer(), nullable=False)

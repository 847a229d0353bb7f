"""An operator without a capacity of their own has the one of the settings.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    with op.batch_alter_table("staff") as batch:
        batch.alter_column("capacity", existing_type=sa.Integer(), nullable=True)
    op.execute("UPDATE staff SET capacity = NULL WHERE capacity = 5")  # what 0002 wrote for everybody


def downgrade() -> None:
    op.execute("UPDATE staff SET capacity = 5 WHERE capacity IS NULL")
    with op.batch_alter_table("staff") as batch:
        batch.alter_column("capacity", existing_type=sa.Integer(), nullable=False)

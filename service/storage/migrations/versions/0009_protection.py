"""E-mail addresses of the staff are kept encrypted.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

from service.storage.sealed import ring_of

revision = "0009"
down_revision = "0008"

PURPOSE = "staff.email"


def upgrade() -> None:
    with op.batch_alter_table("staff") as batch:
        batch.alter_column("email", existing_type=sa.String(length=254), type_=sa.Text(), existing_nullable=True)
    for key, email in _emails():
        _write(key, ring_of(op.get_bind()).seal(email, PURPOSE))


def downgrade() -> None:
    for key, sealed in _emails():
        _write(key, ring_of(op.get_bind()).unseal(sealed, PURPOSE))
    with op.batch_alter_table("staff") as batch:
        batch.alter_column("email", existing_type=sa.Text(), type_=sa.String(length=254), existing_nullable=True)


def _emails() -> list[tuple[int, str]]:
    found = op.get_bind().execute(sa.text("SELECT id, email FROM staff WHERE email IS NOT NULL"))
    return [(row.id, row.email) for row in found]


def _write(key: int, email: str) -> None:
    op.get_bind().execute(sa.text("UPDATE staff SET email = :email WHERE id = :key"), {"email": email, "key": key})

"""Everything that platforms tell us is put down first, sealed: a message is made of it a moment later.

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

from service.storage.sealed import ring_of

revision = "0017"
down_revision = "0016"

PURPOSE = "arrivals.content"


def upgrade() -> None:
    kept = _contents()
    with op.batch_alter_table("arrivals") as batch:
        batch.add_column(sa.Column("has_files", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch.drop_column("content")
        batch.add_column(sa.Column("content", sa.Text(), nullable=True))
    op.execute(sa.text("UPDATE arrivals SET has_files = true"))  # only such were put down before
    for key, content in kept:
        _write(key, ring_of(op.get_bind()).seal(content, PURPOSE))


def downgrade() -> None:
    kept = _contents()
    op.execute(sa.text("DELETE FROM arrivals WHERE state = 'stuck'"))
    with op.batch_alter_table("arrivals") as batch:
        batch.drop_column("content")
        batch.drop_column("has_files")
        batch.add_column(sa.Column("content", sa.JSON(), nullable=True))
    for key, sealed in kept:
        _write(key, ring_of(op.get_bind()).unseal(sealed, PURPOSE))


def _contents() -> list[tuple[int, str]]:
    found = op.get_bind().execute(
        sa.text("SELECT id, CAST(content AS TEXT) AS content FROM arrivals WHERE content IS NOT NULL")
    )
    return [(row.id, row.content) for row in found]


def _write(key: int, content: str) -> None:
    statement = sa.text("UPDATE arrivals SET content = :content WHERE id = :key")
    if op.get_bind().dialect.name == "postgresql" and not content.startswith("sealed:"):
        statement = sa.text("UPDATE arrivals SET content = CAST(:content AS JSON) WHERE id = :key")
    op.get_bind().execute(statement, {"content": content, "key": key})

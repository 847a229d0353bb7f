"""The audit trail is only added to: a seal on each entry, a chain over all of them, triggers that refuse the rest.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

TABLES = ("audit", "audit_links", "audit_anchors")
CHAINED = (
    "SELECT 1 FROM audit_links l WHERE l.audit_id = OLD.id AND l.place <= (SELECT MAX(a.place) FROM audit_anchors a)"
)
MAY_GO = {
    "audit": f"EXISTS ({CHAINED})",
    "audit_links": "OLD.place <= (SELECT MAX(a.place) FROM audit_anchors a)",
    "audit_anchors": "1 = 0",
}
"""Whether a row of a table may be deleted: what an anchor stands for, and nothing else."""


def upgrade() -> None:
    with op.batch_alter_table("audit") as batch:
        batch.add_column(sa.Column("nonce", sa.String(length=32), nullable=True))
        batch.add_column(sa.Column("mac", sa.String(length=64), nullable=True))
        batch.create_unique_constraint("audit_nonce_key", ["nonce"])
    op.create_table(
        "audit_links",
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("audit_id", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("place"),
        sa.UniqueConstraint("audit_id"),
    )
    op.create_table(
        "audit_anchors",
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("mac", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("place"),
    )
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def _guard_sqlite() -> None:
    for table in TABLES:
        refuse = "BEGIN SELECT RAISE(ABORT, 'the audit trail is only added to'); END"
        op.execute(f"CREATE TRIGGER {table}_unchanged BEFORE UPDATE ON {table} {refuse}")
        op.execute(
            f"CREATE TRIGGER {table}_kept BEFORE DELETE ON {table} WHEN NOT COALESCE({MAY_GO[table]}, 0) {refuse}"
        )


def _guard_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_to_change_the_audit() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit trail is only added to' USING ERRCODE = '23000'; "
        "END $$"
    )
    for table in TABLES:
        op.execute(
            f"CREATE FUNCTION keep_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF COALESCE({MAY_GO[table]}, FALSE) THEN RETURN OLD; END IF; "
            "RAISE EXCEPTION 'the audit trail is only added to' USING ERRCODE = '23000'; END $$"
        )
        refuse = "EXECUTE FUNCTION refuse_to_change_the_audit()"
        op.execute(f"CREATE TRIGGER {table}_unchanged BEFORE UPDATE ON {table} FOR EACH ROW {refuse}")
        op.execute(f"CREATE TRIGGER {table}_emptied BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {refuse}")
        op.execute(f"CREATE TRIGGER {table}_kept BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION keep_{table}()")


def downgrade() -> None:
    on = {"sqlite": "", "postgresql": " ON {table}"}[op.get_bind().dialect.name]
    for table in TABLES:
        for trigger in ("unchanged", "kept", "emptied") if on else ("unchanged", "kept"):
            op.execute(f"DROP TRIGGER {table}_{trigger}{on.format(table=table)}")
    if on:
        for name in ("refuse_to_change_the_audit", *(f"keep_{table}" for table in TABLES)):
            op.execute(f"DROP FUNCTION {name}()")
    op.drop_table("audit_anchors")
    op.drop_table("audit_links")
    with op.batch_alter_table("audit") as batch:
        batch.drop_constraint("audit_nonce_key", type_="unique")
        batch.drop_column("mac")
        batch.drop_column("nonce")

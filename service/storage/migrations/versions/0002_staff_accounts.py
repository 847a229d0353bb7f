"""Accounts of the staff: passwords, sessions, codes, tokens, departments, the audit trail.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=True),
        sa.Column("last_used_at", TIME, nullable=True),
        sa.Column("revoked_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_hash"),
    )
    op.create_index("ix_api_tokens_staff_id", "api_tokens", ["staff_id"])
    op.execute(
        "INSERT INTO api_tokens (staff_id, name, token_hash, created_at) "
        "SELECT id, 'first', token_hash, created_at FROM staff"
    )
    op.create_table(
        "staff_sessions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("method", sa.String(length=20), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("agent", sa.String(length=200), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("revoked_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key_hash"),
    )
    op.create_index("ix_staff_sessions_staff_id", "staff_sessions", ["staff_id"])
    op.create_table(
        "recovery_codes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("used_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_recovery_codes_staff_id", "recovery_codes", ["staff_id"])
    op.create_table(
        "sign_in_tries",
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", TIME, nullable=False),
        sa.Column("locked_until", TIME, nullable=True),
        sa.PrimaryKeyConstraint("subject"),
    )
    op.create_table(
        "departments",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("title_ru", sa.String(length=100), nullable=False),
        sa.Column("title_en", sa.String(length=100), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("successor", sa.String(length=40), nullable=True),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("object_kind", sa.String(length=40), nullable=False),
        sa.Column("object_id", sa.String(length=100), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("audit_by_time", "audit", ["created_at"])
    op.create_index("audit_by_object", "audit", ["object_kind", "object_id"])
    op.create_index("ix_audit_actor", "audit", ["actor"])
    op.create_index("ix_facts_created_at", "facts", ["created_at"])
    said_by_staff = sa.text("operator_id IS NOT NULL")
    op.create_index(
        "messages_by_operator", "messages", ["operator_id", "created_at"],
        sqlite_where=said_by_staff, postgresql_where=said_by_staff,
    )  # fmt: skip

    # Defaults for the accounts that are there; the service itself always says the value.
    with op.batch_alter_table("staff") as batch:
        batch.add_column(sa.Column("email", sa.String(length=254), nullable=True))
        batch.add_column(sa.Column("languages", sa.JSON(), nullable=False, server_default="[]"))
        batch.add_column(sa.Column("skills", sa.JSON(), nullable=False, server_default="[]"))
        batch.add_column(sa.Column("time_zone", sa.String(length=60), nullable=True))
        batch.add_column(sa.Column("capacity", sa.Integer(), nullable=False, server_default="5"))
        batch.add_column(sa.Column("password_hash", sa.String(length=200), nullable=True))
        batch.add_column(sa.Column("password_changed_at", TIME, nullable=True))
        batch.add_column(sa.Column("password_is_temporary", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("totp_secret", sa.Text(), nullable=True))
        batch.add_column(sa.Column("totp_confirmed_at", TIME, nullable=True))
        batch.add_column(sa.Column("totp_step", sa.BigInteger(), nullable=True))
        batch.drop_column("token_hash")
    with op.batch_alter_table("staff") as batch:
        for column, kind in (
            ("languages", sa.JSON()),
            ("skills", sa.JSON()),
            ("capacity", sa.Integer()),
            ("password_is_temporary", sa.Boolean()),
        ):
            batch.alter_column(column, existing_type=kind, existing_nullable=False, server_default=None)


def downgrade() -> None:
    # One token a person again: the newest that still works, or one that nobody can have.
    with op.batch_alter_table("staff") as batch:
        batch.add_column(sa.Column("token_hash", sa.String(length=64), nullable=True))
    op.execute(
        "UPDATE staff SET token_hash = COALESCE((SELECT token_hash FROM api_tokens WHERE id = (SELECT MAX(id) "
        "FROM api_tokens WHERE api_tokens.staff_id = staff.id AND revoked_at IS NULL)), "
        "'none of ' || CAST(id AS VARCHAR(20)))"
    )
    with op.batch_alter_table("staff") as batch:
        for column in (
            "email", "languages", "skills", "time_zone", "capacity", "password_hash", "password_changed_at",
            "password_is_temporary", "totp_secret", "totp_confirmed_at", "totp_step",
        ):  # fmt: skip
            batch.drop_column(column)
        batch.alter_column("token_hash", existing_type=sa.String(length=64), nullable=False)
        batch.create_unique_constraint("staff_token_hash_key", ["token_hash"])
    op.drop_index("messages_by_operator", "messages")
    op.drop_index("ix_facts_created_at", "facts")
    for name in (
        "audit", "departments", "sign_in_tries", "recovery_codes", "staff_sessions", "api_tokens",
    ):  # fmt: skip
        op.drop_table(name)

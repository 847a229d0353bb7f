"""What staff do with conversations.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    # Columns that may be empty are added in place by both engines; a foreign key would need a copy on SQLite.
    op.add_column("conversations", sa.Column("snoozed_until", MOMENT, nullable=True))
    op.add_column("messages", sa.Column("files", sa.JSON(), nullable=True))
    op.add_column("facts", sa.Column("seq", sa.Integer(), nullable=True))
    waiting = ["state", "department", "priority", "queued_at", "snoozed_until"]
    op.create_index("conversations_waiting", "conversations", waiting)
    op.create_index("conversations_snoozed", "conversations", ["snoozed_until"])
    op.create_index("conversations_recent", "conversations", ["updated_at"])
    op.create_index("messages_by_time", "messages", ["conversation_id", "created_at"])
    _notes_and_tags()
    _files()
    _merges_and_views()
    _search()


def _notes_and_tags() -> None:
    op.create_table(
        "staff_notes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"]),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("conversation_id", "key"),
    )
    op.create_table(
        "conversation_tags",
        sa.Column("conversation_id", sa.Integer(), nullable=False),
        sa.Column("tag", sa.String(length=40), nullable=False),
        sa.Column("added_by", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"]),
        sa.ForeignKeyConstraint(["added_by"], ["staff.id"]),
        sa.PrimaryKeyConstraint("conversation_id", "tag"),
    )
    op.create_index("conversation_tags_by_tag", "conversation_tags", ["tag", "conversation_id"])


def _files() -> None:
    op.create_table(
        "files",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("owner", sa.String(length=200), nullable=True),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("conversation_id", sa.Integer(), nullable=True),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=120), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"]),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_index("files_unattached", "files", ["message_id", "created_at"])
    op.create_index("ix_files_conversation_id", "files", ["conversation_id"])


def _merges_and_views() -> None:
    op.create_table(
        "client_merges",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("from_client", sa.Integer(), nullable=False),
        sa.Column("into_client", sa.Integer(), nullable=False),
        sa.Column("identities", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("undone_by", sa.Integer(), nullable=True),
        sa.Column("undone_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["from_client"], ["clients.id"]),
        sa.ForeignKeyConstraint(["into_client"], ["clients.id"]),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.ForeignKeyConstraint(["undone_by"], ["staff.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_client_merges_from_client", "client_merges", ["from_client"])
    op.create_index("ix_client_merges_into_client", "client_merges", ["into_client"])
    op.create_table(
        "saved_views",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("search", sa.JSON(), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("staff_id", "name"),
    )


def _search() -> None:
    op.create_table(
        "search_texts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("note_id", sa.Integer(), nullable=True),
        sa.Column("stems", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["note_id"], ["staff_notes.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("message_id"),
        sa.UniqueConstraint("note_id"),
    )
    op.create_index("search_texts_by_conversation", "search_texts", ["conversation_id"])
    if op.get_bind().dialect.name == "sqlite":
        # The words stay in search_texts; FTS5 keeps the index only, and triggers keep it in step.
        op.execute(
            "CREATE VIRTUAL TABLE search_texts_fts USING fts5("
            "stems, content='search_texts', content_rowid='id', tokenize='unicode61 remove_diacritics 0')"
        )
        op.execute(
            "CREATE TRIGGER search_texts_added AFTER INSERT ON search_texts BEGIN "
            "INSERT INTO search_texts_fts (rowid, stems) VALUES (new.id, new.stems); END"
        )
        op.execute(
            "CREATE TRIGGER search_texts_removed AFTER DELETE ON search_texts BEGIN "
            "INSERT INTO search_texts_fts (search_texts_fts, rowid, stems) VALUES ('delete', old.id, old.stems); END"
        )
    else:
        # Not to_tsvector: its parser would take our stems apart again.
        op.execute(
            "CREATE INDEX search_texts_words ON search_texts USING gin (array_to_tsvector(string_to_array(stems, ' ')))"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE search_texts_fts")
    for name in ("search_texts", "saved_views", "client_merges", "files", "conversation_tags", "staff_notes"):
        op.drop_table(name)
    op.drop_index("messages_by_time", "messages")
    for name in ("conversations_recent", "conversations_snoozed", "conversations_waiting"):
        op.drop_index(name, "conversations")
    for table, column in (("facts", "seq"), ("messages", "files"), ("conversations", "snoozed_until")):
        op.drop_column(table, column)

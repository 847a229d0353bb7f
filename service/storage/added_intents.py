"""Intents added in the console."""

from datetime import datetime

from sqlalchemy import Connection, insert, select

from service.domain.labels import AddedIntent
from service.storage.tables import AddedIntentRow, table

A = table(AddedIntentRow).c


def all_added(connection: Connection) -> list[AddedIntent]:
    """Every added intent, oldest first."""
    return [
        AddedIntent(
            id=row.id,
            department=row.department,
            does=row.does,
            title={"ru": row.title_ru, "en": row.title_en},
            about={"ru": row.about_ru, "en": row.about_en},
            priority=row.priority,
            mode=row.mode,
            author=row.author,
            created_at=row.created_at,
        )
        for row in connection.execute(select(table(AddedIntentRow)).order_by(A.created_at, A.id))
    ]


def add(connection: Connection, intent: AddedIntent, now: datetime) -> None:
    """Keep a new intent; IntegrityError when its id is taken."""
    connection.execute(
        insert(table(AddedIntentRow)).values(
            id=intent.id, department=intent.department, does=intent.does, title_ru=intent.title["ru"],
            title_en=intent.title["en"], about_ru=intent.about["ru"], about_en=intent.about["en"],
            priority=intent.priority, mode=intent.mode, author=intent.author, created_at=now,
        )
    )  # fmt: skip

"""What people said clients' messages were really about; facts are only added, so the last word stands."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, select

from service.storage.tables import FactRow, table

F = table(FactRow).c
CORRECTED, UNDONE = "intent_corrected", "intent_correction_undone"


def of(connection: Connection, conversation_ids: Sequence[int]) -> dict[tuple[int, int], tuple[str, ...]]:
    """(conversation, seq) -> the intents a person said a message was about, where that still stands."""
    query = (
        select(F.conversation_id, F.kind, F.data)
        .where(F.conversation_id.in_(conversation_ids), F.kind.in_((CORRECTED, UNDONE)))
        .order_by(F.id)
    )
    return standing(connection.execute(query))


def standing(facts: Iterable[Any]) -> dict[tuple[int, int], tuple[str, ...]]:
    """The labels that stand after all corrections and their undoing, in order of writing."""
    found: dict[tuple[int, int], tuple[str, ...]] = {}
    for row in facts:
        place = (row.conversation_id, row.data["seq"])
        if row.kind == UNDONE:
            found.pop(place, None)
        else:
            found[place] = tuple(row.data.get("intents") or (row.data["intent"],))
    return found

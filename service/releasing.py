"""Give conversations of an operator back to the queue, their places kept: who leaves takes nobody's turn away."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection, select

from service import texts
from service.acts import write_replies
from service.domain.conversations import ConversationState
from service.domain.messages import Author, Reply
from service.office import Office
from service.storage import conversations, queue, records
from service.storage.tables import ConversationRow, table

C = table(ConversationRow).c


def release_all(
    connection: Connection, staff_id: int, office: Office, now: datetime, *, actor: str, reason: str,
    only: Callable[[str | None], bool] = lambda _department: True,
) -> tuple[int, ...]:  # fmt: skip
    """Return what `staff_id` holds to the queue, in the caller's transaction; announce the result after the commit.

    `queued_at` stays, so each client keeps their place; they are told that a colleague goes on. `only` chooses by
    department. Returns the conversations.
    """
    held = [key for key, department in held_by(connection, staff_id) if only(department)]
    return tuple(each for each in held if release(connection, each, staff_id, office, now, actor=actor, reason=reason))


def held_by(connection: Connection, staff_id: int) -> list[tuple[int, str | None]]:
    """(conversation, department) of everything this person holds."""
    query = select(C.id, C.department).where(
        C.operator_id == staff_id, C.state == ConversationState.OPERATOR.value
    ).order_by(C.id)  # fmt: skip
    return [(row.id, row.department) for row in connection.execute(query)]


def release(
    connection: Connection, conversation_id: int, staff_id: int, office: Office, now: datetime, *, actor: str,
    reason: str,
) -> bool:  # fmt: skip
    """Return one conversation to the queue; False when `staff_id` doesn't hold it any more."""
    view = conversations.get(connection, conversation_id, lock=True)
    if view.state is not ConversationState.OPERATOR or queue.operator_of(connection, conversation_id) != staff_id:
        return False
    said = Reply(texts.text("operator_left", view.language), author=Author.SYSTEM)
    write_replies(connection, view, view.last_seq + 1, (said,), office, now)
    conversations.change(
        connection, view, state=ConversationState.QUEUED.value, operator_id=None, last_seq=view.last_seq + 1,
        updated_at=now,
    )  # fmt: skip
    queue.change_open(connection, conversation_id, taken_at=None, taken_by=None)
    records.add_fact(connection, conversation_id, "released", actor, {"operator": staff_id, "reason": reason}, now)
    return True

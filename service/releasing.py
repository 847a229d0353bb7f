"""Give a conversation of an operator back to the queue, its place kept: who leaves takes nobody's turn away.

The one way back: by hand, when an account is disabled or loses a department, when its department closes, when the
operator is gone.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from service import outbox, texts
from service.acts import write_replies
from service.domain.conversations import ConversationState
from service.domain.messages import Author, Reply
from service.office import Office
from service.policies.routing import DEFAULT_DEPARTMENT
from service.storage import conversations, departments, queue, records


@dataclass(frozen=True)
class Released:
    """A conversation that went back: from whom, and the departments whose lists have changed."""

    conversation_id: int
    operator_id: int
    departments: tuple[str, ...]
    channel: str


def release(
    connection: Connection, conversation_id: int, staff_id: int, office: Office, now: datetime, *, actor: str,
    reason: str,
) -> Released | None:  # fmt: skip
    """Return one conversation to the queue in the caller's transaction; None when `staff_id` doesn't hold it any more.

    `queued_at` and the priority stay, so the client keeps their place; they are told once a hand-off that a colleague
    goes on. A snooze ends. What belonged to a department that was closed goes to its successor. Announce the result
    after the commit. Raises Conflict when somebody changed the conversation at the same moment.
    """
    view = conversations.get(connection, conversation_id, lock=True)
    if view.state is not ConversationState.OPERATOR or view.operator_id != staff_id:
        return None
    meant = view.department or DEFAULT_DEPARTMENT
    found = departments.serving(connection, meant, DEFAULT_DEPARTMENT)
    department = found.id if found else meant
    told = (queue.open_summary(connection, conversation_id) or {}).get("told_return", False)
    said = () if told else (Reply(texts.text("released", view.language, "desk"), author=Author.SYSTEM),)
    write_replies(connection, view, view.last_seq + 1, said, office, now)
    place = conversations.place_in_queue(connection, conversation_id) or now
    conversations.change(
        connection, view, state=ConversationState.QUEUED.value, operator_id=None, snoozed_until=None, told_waiting=True,
        department=department, queued_at=place, last_seq=view.last_seq + len(said), updated_at=now,
    )  # fmt: skip
    queue.change_open(
        connection, conversation_id, taken_at=None, taken_by=None, told_return=True, department=department
    )
    data = {"operator_id": staff_id, "reason": reason, "department": department}
    records.add_fact(connection, conversation_id, "released", actor, data, now, seq=view.last_seq)
    return Released(conversation_id, staff_id, tuple(dict.fromkeys((meant, department))), view.channel)


def release_all(
    connection: Connection, staff_id: int, office: Office, now: datetime, *, actor: str, reason: str,
    only: Callable[[str | None], bool] = lambda _department: True,
) -> tuple[Released, ...]:  # fmt: skip
    """Return what `staff_id` holds to the queue, in the caller's transaction; `only` chooses by department."""
    held = [each for each, department in conversations.held_by(connection, staff_id) if only(department)]
    for each in held:  # all conversations before the first department: see `departments.close_department`
        conversations.get(connection, each, lock=True)
    found = (release(connection, each, staff_id, office, now, actor=actor, reason=reason) for each in held)
    return tuple(each for each in found if each is not None)


def announce_released(released: Iterable[Released], office: Office) -> None:
    """After the commit: tell everyone concerned, and send what a push channel has to send."""
    moved = tuple(released)
    for each in moved:
        outbox.announce(each.conversation_id, office, each.departments, (each.operator_id,))
    for channel in {each.channel for each in moved}:
        outbox.send_soon(channel, office)

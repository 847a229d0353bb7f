"""Put a conversation aside until a time; it comes back by itself, or when the client writes."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from service.desk.acting import act_on, add_fact, announce_change, must_steer
from service.domain.conversations import ConversationView
from service.errors import Conflict, InvalidInput
from service.office import Office
from service.storage import conversations
from service.storage.staff import StaffMember

LONGEST_DAYS = 90


def snooze(
    conversation_id: int, staff: StaffMember, office: Office, *, until: datetime, version: int | None = None
) -> ConversationView:
    """Hide the conversation from the lists until `until` (aware); it stays with its operator.

    Raises InvalidInput for a time that is past or more than ninety days away.
    """
    if until.tzinfo is None:
        raise InvalidInput("until: say in which time zone, as in 2026-11-20T09:00:00+03:00")
    now = office.clock()
    if not now < until <= now + timedelta(days=LONGEST_DAYS):
        raise InvalidInput(f"until: choose a time within the next {LONGEST_DAYS} days")

    def change(connection: Connection, conversation: ConversationView, now: datetime) -> None:
        must_steer(conversation, staff)
        if conversation.snoozed_until == until:
            return
        conversations.change(connection, conversation, snoozed_until=until, updated_at=now)
        add_fact(connection, conversation, "snoozed", staff.login, now, until=until.isoformat())

    return act_on(conversation_id, staff, office, change, version=version)


def wake(conversation_id: int, staff: StaffMember, office: Office) -> ConversationView:
    """Bring a snoozed conversation back now; one that is awake stays as it is."""

    def change(connection: Connection, conversation: ConversationView, now: datetime) -> None:
        if conversation.snoozed_until is not None:
            must_steer(conversation, staff)
            conversations.change(connection, conversation, snoozed_until=None, updated_at=now)
            add_fact(connection, conversation, "snooze_ended", staff.login, now)

    return act_on(conversation_id, staff, office, change)


def wake_due(office: Office) -> int:
    """Bring back what was put aside until now: to its operator, or to the queue if it waits there; returns how many."""
    now = office.clock()
    with office.database.read() as connection:
        due = conversations.due_to_wake(connection, now)
    return sum(_wake(each, office, now) for each in due)


def _wake(conversation_id: int, office: Office, now: datetime) -> bool:
    try:
        with office.database.write() as connection:
            before = conversations.get(connection, conversation_id, lock=True)
            if before.snoozed_until is None or before.snoozed_until > now:
                return False  # another worker or the client was faster
            conversations.change(connection, before, snoozed_until=None, updated_at=now)
            add_fact(connection, before, "snooze_ended", "system", now)
            after = conversations.get(connection, conversation_id)
    except Conflict:
        return False
    announce_change(before, after, office)
    return True

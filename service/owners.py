"""What the owner of an account hears of, and what they can do about it: wrong codes, and «it wasn't me»."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from service import outbox, texts
from service.domain.conversations import ConversationState, ConversationView
from service.domain.decisions import HandOff, Reason
from service.domain.intents import Priority
from service.letter_texts import lock_letter, read_not_me
from service.office import Office
from service.performers.joining import part
from service.policies.routing import DEFAULT_DEPARTMENT
from service.storage import codes, conversations, departments, letters, links, queue, records

SECURITY = "security"
BLOCKED_FOR = timedelta(days=1)
"""An identity that was linked without its owner asks for no code for so long."""


def tell_failures(office: Office) -> int:
    """Write to the owners of accounts at which somebody guessed; returns how many were told.

    Not in the transaction of the guess: that takes the same time whether there is an owner or not.
    """
    with office.database.read() as connection:
        failed = codes.untold_failures(connection)
    return sum(_tell_failure(each, office) for each in failed)


def _tell_failure(challenge_id: int, office: Office) -> bool:
    now = office.clock()
    with office.database.write() as connection:
        challenge = codes.get(connection, challenge_id, lock=True)
        if challenge is None or not codes.told(connection, challenge_id, now):
            return False
        if challenge.account is None or challenge.email is None:
            return False
        conversation = conversations.get(connection, challenge.conversation_id)
        language = texts.spoken(challenge.language or conversation.language)
        letter = lock_letter(challenge.id, challenge.email, conversation.channel, language, office, now)
        letters.add(connection, letter, now)
    office.bell.ring()
    return True


def is_not_me(token: str, office: Office) -> bool:
    """Whether this is an address from one of our letters that still holds."""
    return read_not_me(token, office, office.clock()) is not None


def take_back(token: str, office: Office) -> bool:
    """The owner says that a link is not theirs: it ends, and the security department has it at the top of its queue.

    False for an address that is not one of ours. Doing it twice changes nothing.
    """
    now = office.clock()
    number = read_not_me(token, office, now)
    if number is None:
        return False
    with office.database.write() as connection:
        disowned = links.disown(connection, number, now)
        if disowned is None:
            return True
        identity, account = disowned
        conversation = conversations.of_identity(connection, identity, lock=True)
        part(connection, conversation, account, now)
        subject = codes.subject(connection, "identity", str(identity))
        used = codes.allowances(connection, [subject], now)[subject]
        codes.set_allowances(connection, {subject: replace(used, locked_until=now + BLOCKED_FOR)}, now)
        department = _alarm(connection, conversation, now)
    office.metrics.verifications.labels("disowned").inc()
    outbox.announce(conversation.id or 0, office, (conversation.department, department), (conversation.operator_id,))
    return True


def _alarm(connection: Connection, conversation: ConversationView, now: datetime) -> str:
    """Put the conversation into the queue of the security department, and tell who writes there nothing of it."""
    number = conversation.id or 0
    serving = departments.serving(connection, SECURITY, DEFAULT_DEPARTMENT)
    department = serving.id if serving else SECURITY
    records.add_fact(connection, number, "link_disowned", "owner", {}, now, seq=conversation.last_seq)
    changes: dict[str, Any] = {"dialogue": None, "updated_at": now}
    if conversation.state is not ConversationState.OPERATOR:  # otherwise who has it sees it in the timeline
        priority = Priority.URGENT.value
        changes |= {"state": ConversationState.QUEUED.value, "department": department, "priority": priority}
        if conversation.state is ConversationState.QUEUED:
            queue.change_open(connection, number, priority=priority, department=department, routed_to=department)
        else:
            handed = HandOff(department, Priority.URGENT, Reason.LINK_DISOWNED, conversation.last_intent)
            queue.open_handoff(connection, number, handed, {"reason": Reason.LINK_DISOWNED.value}, now)
            changes |= {"queued_at": now, "told_waiting": True}
    conversations.change(connection, conversation, **changes)
    return department

"""What every action of staff shares: the transaction, who may see and hold, the fact written down, who is told."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from service import outbox
from service.acts import storable, write_replies
from service.domain.conversations import ConversationState, ConversationView
from service.domain.messages import Author, Reply
from service.errors import Conflict, Forbidden, InvalidInput, NotFound, NotHolder, StaleVersion
from service.office import Office
from service.storage import conversations, departments, records
from service.storage import staff as people
from service.storage.staff import Role, StaffMember

LEADING = (Role.SUPERVISOR, Role.ADMIN)
Change = Callable[[Connection, ConversationView, datetime], Any]


def act_on(
    conversation_id: int, staff: StaffMember, office: Office, change: Change, *, version: int | None = None
) -> ConversationView:
    """Run `change` on the locked conversation in one transaction and tell everyone concerned; the state afterwards.

    Raises NotFound when `staff` may not see it and StaleVersion when `version` is given and is not the present one.
    """
    now = office.clock()
    try:
        with office.database.write() as connection:
            who = people.must_work(connection, staff.id)
            before = see(connection, conversation_id, who, lock=True)
            if version is not None and version != before.version:
                raise StaleVersion("the conversation has changed since you read it; look at it and try again")
            change(connection, replace(before, channel_kind=office.kind_of(before.channel)), now)
            after = conversations.get(connection, conversation_id)
    except IntegrityError as error:
        raise Conflict("the same action was done at the same moment by somebody else; read the conversation") from error
    announce_change(before, after, office)
    return after


def announce_change(before: ConversationView, after: ConversationView, office: Office) -> None:
    """Tell the lists of both departments and both operators, and send what a push channel has to send."""
    outbox.announce(
        after.id or 0, office, (before.department, after.department), (before.operator_id, after.operator_id)
    )
    outbox.send_soon(after.channel, office)


def see(connection: Connection, conversation_id: int, staff: StaffMember, *, lock: bool = False) -> ConversationView:
    """The conversation, if `staff` may see it; NotFound otherwise."""
    must_serve_clients(staff)
    conversation = conversations.get(connection, conversation_id, lock=lock)
    if not staff.may_see(conversation.department):
        # The same words as for one that isn't there: what others have is nobody's business.
        raise NotFound(f"there is no conversation {conversation_id}")
    return conversation


def must_serve_clients(staff: StaffMember) -> None:
    """Forbidden for those who don't work with clients."""
    if staff.role is Role.ML:
        raise Forbidden("the role ml reads data sets, not clients' conversations")


def must_hold(conversation: ConversationView, staff: StaffMember) -> None:
    """NotHolder unless `staff` holds the conversation."""
    if conversation.state is not ConversationState.OPERATOR or conversation.operator_id != staff.id:
        raise NotHolder("take the conversation first: it is not with you")


def may_steer(conversation: ConversationView, staff: StaffMember) -> bool:
    """Whether `staff` holds the conversation, or leads those who do and it is with people."""
    if staff.role in LEADING and conversation.state in (ConversationState.QUEUED, ConversationState.OPERATOR):
        return True
    return conversation.state is ConversationState.OPERATOR and conversation.operator_id == staff.id


def must_steer(conversation: ConversationView, staff: StaffMember) -> None:
    """NotHolder unless `staff` holds the conversation, or leads those who do and it is with people."""
    if not may_steer(conversation, staff):
        must_hold(conversation, staff)


def visible_departments(staff: StaffMember, office: Office) -> tuple[str, ...]:
    """The row-level rule as a list: the departments whose conversations this person may see."""
    with office.database.read() as connection:
        known = departments.all_departments(connection)
    return tuple(each.id for each in known if staff.may_see(each.id))


def add_fact(
    connection: Connection, conversation: ConversationView, kind: str, actor: str, now: datetime, **data: Any
) -> None:
    """Write down what was done, after the last message of the conversation."""
    records.add_fact(connection, conversation.id or 0, kind, actor, data, now, seq=conversation.last_seq)


def move(
    connection: Connection, conversation: ConversationView, said: Sequence[str], office: Office, now: datetime,
    **values: Any,
) -> None:  # fmt: skip
    """Change the conversation and tell the client these sentences."""
    replies = tuple(Reply(each, author=Author.SYSTEM) for each in said)
    write_replies(connection, conversation, conversation.last_seq + 1, replies, office, now)
    last = conversation.last_seq + len(replies)
    conversations.change(connection, conversation, last_seq=last, updated_at=now, **values)


def words(written: str, what: str, most: int, *, may_be_empty: bool = False) -> str:
    """What a member of staff wrote, fit to be stored; InvalidInput when it is empty or too long."""
    if len(written) > 4 * most:  # not even looked at
        raise InvalidInput(f"{what}: {len(written)} characters are too many, at most {most} are allowed")
    kept = storable(written)
    if not kept and not may_be_empty:
        raise InvalidInput(f"{what}: is empty; write something")
    if len(kept) > most:
        raise InvalidInput(f"{what}: has {len(kept)} characters, at most {most} are allowed")
    return kept

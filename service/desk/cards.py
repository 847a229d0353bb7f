"""The client's card: who they are, how they reach us, what they came with before."""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

from service.desk.acting import see
from service.domain.console import ClientCard, PastCall
from service.domain.conversations import ConversationView
from service.office import Office
from service.storage import calls, clients, marks
from service.storage.staff import StaffMember
from service.storage.visibility import visible_calls

PAST_REQUESTS = 20
PAST_CALLS = 5


def client_card(conversation_id: int, staff: StaffMember, office: Office) -> ClientCard:
    """What `staff` may know of the client of this conversation; what other departments have is left out."""
    with office.database.read() as connection:
        return card_of(connection, see(connection, conversation_id, staff), staff)


def card_of(connection: Connection, conversation: ConversationView, staff: StaffMember) -> ClientCard:
    """The same in the caller's transaction, of a conversation that `staff` may see."""
    conversation_id, client_id = conversation.id or 0, conversation.client_id or 0
    about = clients.about(connection, client_id)
    channels = clients.channels(connection, client_id, staff)
    seen = [each.conversation_id for each in channels]
    requests = clients.requests(connection, seen, PAST_REQUESTS)
    merges = [
        each
        for each in clients.merges_of(connection, client_id)
        if set(clients.conversations_moved(connection, each.id)) & {*seen, conversation_id}
    ]
    tags = marks.tags_of(connection, [conversation_id]).get(conversation_id, ())
    link = conversation.link
    return ClientCard(
        client_id=client_id,
        name=about.name,
        segment=conversation.segment,
        verified=link is not None,
        languages=tuple(dict.fromkeys((conversation.language, *(each.language for each in channels)))),
        since=about.created_at,
        channels=tuple(channels),
        requests=tuple(requests),
        merges=tuple(merges),
        tags=tags,
        verified_at=link.verified_at if link else None,
        verified_by=link.address if link else "",
        calls=tuple(_calls(connection, [*seen, conversation_id], staff)),
    )


def _calls(connection: Connection, conversation_ids: Sequence[int], staff: StaffMember) -> Iterator[PastCall]:
    for each in calls.of_client(connection, conversation_ids, visible_calls(staff), PAST_CALLS):
        call = each.call
        yield PastCall(call.direction.value, call.outcome.value, each.name, call.started_at, call.talk_seconds)

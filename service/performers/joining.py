"""Two identities that proved to be the same client of the bank are one client here; whoever is unlinked is alone again.

Nothing is said of it to the clients, and nothing moves between their chats: what is joined is the history that people
see at the desk. A name, an address or a guess joins nobody.
"""

from datetime import datetime

from sqlalchemy import Connection

from service.domain.conversations import ConversationView
from service.storage import clients, joins, links, records


def join_by_proof(connection: Connection, identity_id: int, account: str, link_id: int, now: datetime) -> bool:
    """Put an identity to those that are linked to the same account; False when it is alone or there already.

    The conversation of the identity is held by the caller, and no other is touched: two who prove the same at the same
    moment can't wait for each other.
    """
    here = joins.client_of(connection, identity_id)
    there = joins.host_of(connection, account, identity_id, now)
    if there is None or there == here:
        return False
    clients.lock(connection, (here, there), with_conversations=False)
    there = joins.host_of(connection, account, identity_id, now)  # as it is now that nobody can move it
    if there is None or there == here:
        return False
    joins.join(connection, identity_id, there, link_id, now)
    return True


def part(connection: Connection, conversation: ConversationView, account: str, now: datetime) -> None:
    """Take an identity whose link to `account` has ended out of the client it was joined to.

    When it was the first of them, the others leave it and stay together.
    """
    identity_id = conversation.identity_id or 0
    own = joins.of_identity(connection, identity_id)
    if own is not None and own.account == account:
        joins.part(connection, own, now)
    elif own is None:
        guests = joins.of_account(connection, account)
        for each in guests:
            joins.part(connection, each, now)
        for each in guests:
            linked = links.active(connection, each.identity_id)
            if linked is not None and linked.link.account == account:
                join_by_proof(connection, each.identity_id, account, linked.id, now)
        if not guests:
            return
    else:
        return
    records.add_fact(connection, conversation.id or 0, "parted", "system", {}, now, seq=conversation.last_seq)


def end_link(connection: Connection, conversation: ConversationView, now: datetime, by: str) -> bool:
    """End the link of the conversation's identity, and what was joined by it; False when there is none."""
    linked = links.active(connection, conversation.identity_id or 0)
    if linked is None or not links.end(connection, linked.identity_id, now, by):
        return False
    part(connection, conversation, linked.link.account, now)
    return True

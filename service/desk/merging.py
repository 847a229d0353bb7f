"""Say that two clients are one person, and take it back. Never done by itself: a name proves nothing."""

from collections.abc import Sequence

from service import outbox
from service.desk.acting import add_fact, must_serve_clients, see, words
from service.domain.console import ClientMerge
from service.domain.conversations import ConversationView
from service.errors import Conflict, InvalidInput, NotFound
from service.office import Office
from service.storage import clients, conversations
from service.storage.staff import StaffMember, must_work

LONGEST_REASON = 500


def merge_clients(
    conversation_id: int, other_id: int, staff: StaffMember, office: Office, *, reason: str
) -> ClientMerge:
    """Join the client of `other_id` to the client of `conversation_id`; their timelines become one.

    Both conversations go on in their own channels. Raises NotFound unless `staff` may see both, and Conflict when
    they belong to one client already.
    """
    why = words(reason, "reason", LONGEST_REASON)
    if conversation_id == other_id:
        raise InvalidInput("other: choose another conversation than this one")
    now = office.clock()
    with office.database.write() as connection:
        who = must_work(connection, staff.id)
        into, from_it = (see(connection, each, who) for each in (conversation_id, other_id))
        clients.lock(connection, (into.client_id or 0, from_it.client_id or 0))
        # Read again: somebody may have merged one of them while we waited for the lock.
        into, from_it = (conversations.get(connection, each) for each in (conversation_id, other_id))
        if into.client_id == from_it.client_id:
            raise Conflict("these conversations belong to one client already")
        number = clients.merge(connection, from_it.client_id or 0, into.client_id or 0, why, staff.id, now)
        for each, with_id in ((into, other_id), (from_it, conversation_id)):
            add_fact(connection, each, "merged", staff.login, now, merge=number, comment=why, **{"with": with_id})
        merge = clients.get_merge(connection, number)
    _tell((into, from_it), office)
    if merge is None:
        raise NotFound("the merge was not stored; try again")
    return merge


def undo_merge(merge_id: int, staff: StaffMember, office: Office) -> ClientMerge:
    """Separate two clients again; each gets back what was theirs. Undoing twice changes nothing.

    Raises NotFound unless `staff` may see a conversation that was moved, and Conflict when the client was merged on
    in the meantime (undo that first).
    """
    must_serve_clients(staff)
    now = office.clock()
    with office.database.write() as connection:
        who = must_work(connection, staff.id)
        merge = clients.get_merge(connection, merge_id)
        moved = (
            [conversations.get(connection, each) for each in clients.conversations_moved(connection, merge_id)]
            if merge is not None
            else []
        )
        if merge is None or not any(who.may_see(each.department) for each in moved):
            raise NotFound(f"there is no merge {merge_id}")
        clients.lock(connection, (merge.from_client, merge.into_client))
        merge = clients.get_merge(connection, merge_id) or merge
        if merge.undone_at is None:
            if not clients.unmerge(connection, merge_id, staff.id, now):
                raise Conflict("this client was merged with another one since; undo that first")
            for each in moved:
                add_fact(connection, each, "merge_undone", staff.login, now, merge=merge_id)
        after = clients.get_merge(connection, merge_id) or merge
    _tell(moved, office)
    return after


def _tell(changed: Sequence[ConversationView], office: Office) -> None:
    for each in changed:
        outbox.announce(each.id or 0, office, (each.department,), (each.operator_id,))

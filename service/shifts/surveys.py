"""Ask for a mark after a request was closed. For the worker."""

from service import outbox
from service.acts import write_replies
from service.dialogues import satisfaction
from service.errors import Conflict
from service.office import Office
from service.storage import conversations
from service.storage import surveys as storage
from service.surveys import ASK_WITHIN, is_to_be_asked, question


def ask_closed(office: Office) -> int:
    """Ask the clients whose requests were closed, each once; returns how many were asked."""
    if not office.settings.surveys:
        return 0
    with office.database.read() as connection:
        due = storage.to_ask(connection, office.clock() - ASK_WITHIN)
    return sum(_ask(handoff_id, office) for handoff_id in due)


def _ask(handoff_id: int, office: Office) -> bool:
    now = office.clock()
    try:
        with office.database.write() as connection:
            found = storage.closed(connection, handoff_id)
            if found is None:
                return False
            view = conversations.get(connection, found.conversation_id, lock=True)
            asked = is_to_be_asked(found) and view.state is found.state
            if not storage.settle(connection, handoff_id, "asked" if asked else "skipped") or not asked:
                return False
            said = question(handoff_id, view.language)
            write_replies(connection, view, view.last_seq + 1, (said,), office, now)
            waits = satisfaction.ask(handoff_id)
            conversations.change(
                connection, view, last_seq=view.last_seq + 1, updated_at=now,
                dialogue=waits.to_json(),
            )  # fmt: skip
    except Conflict:
        return False
    outbox.announce(found.conversation_id, office)
    return True

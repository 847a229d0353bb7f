"""Which conversation does an operator go on with, when one is closed?"""

from collections.abc import Sequence

from service.domain.console import InboxEntry


def next_conversation(entries: Sequence[InboxEntry], closed: int | None, operator_id: int) -> int | None:
    """The next of the list below `closed`, then from its top, that nobody else holds; None when there is none."""
    ids = [each.conversation_id for each in entries]
    at = ids.index(closed) if closed in ids else -1
    order = (*entries[at + 1 :], *entries[: max(at, 0)])
    return next((each.conversation_id for each in order if each.operator_id in (None, operator_id)), None)

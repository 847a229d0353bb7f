"""After closing one, the operator is led to a client who needs them."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from service.domain.console import InboxEntry
from service.domain.conversations import ConversationState
from service.domain.intents import Priority
from service.domain.messages import Author
from service.policies.next_conversation import next_conversation

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
ME, EGOR = 1, 2
WAITS = InboxEntry(
    conversation_id=0, version=1, state=ConversationState.QUEUED, client_id=1, client_name=None, channel="web",
    language="ru", department="cards", priority=Priority.NORMAL, queued_at=NOON, waits_since=NOON, mood=0.0, unread=1,
    last_author=Author.CLIENT, last_text="где карта", last_at=NOON, operator_id=None, operator=None, reason=None,
    intent=None, tags=(), snoozed_until=None,
)  # fmt: skip


@pytest.mark.parametrize(
    ("holders", "closed", "expected"),
    [
        ({1: ME, 2: None, 3: None}, 1, 2),
        ({1: ME, 2: EGOR, 3: None}, 1, 3),
        ({1: None, 2: EGOR, 3: ME}, 3, 1),
        ({1: None, 2: None, 3: ME}, 2, 3),
        ({1: EGOR, 2: ME}, 2, None),
        ({2: ME}, 2, None),
        ({1: EGOR, 2: None}, 9, 2),
        ({1: EGOR, 2: None}, None, 2),
        ({}, None, None),
    ],
)
def test_the_next_is_below_then_at_the_top_and_never_a_colleagues(
    holders: dict[int, int | None], closed: int | None, expected: int | None
) -> None:
    entries = [replace(WAITS, conversation_id=number, operator_id=holder) for number, holder in holders.items()]
    assert next_conversation(entries, closed, ME) == expected

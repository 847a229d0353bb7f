"""Must the client prove who they are before this intent is served?"""

from service.domain.conversations import ConversationView
from service.domain.intents import IntentRule


def needs_proof(rule: IntentRule, conversation: ConversationView) -> bool:
    """True when the intent is for verified clients and this identity is not linked to an account yet."""
    return rule.verified and not conversation.verified

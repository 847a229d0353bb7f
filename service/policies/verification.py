"""Must the client prove who they are before this intent is served?"""

from datetime import datetime, timedelta

from service.domain.conversations import ConversationView
from service.domain.intents import IntentRule, Rules
from service.domain.verification import Link, Proof


def valid_link(link: Link | None, now: datetime) -> Link | None:
    """The link if it holds at `now`."""
    return link if link is not None and now < link.expires_at else None


def is_proved(proof: Proof, link: Link | None, rules: Rules, now: datetime) -> bool:
    """Whether what is known of the client is enough. Fresh means that a code was typed within `fresh_minutes`."""
    valid = valid_link(link, now)
    match proof:
        case Proof.NONE:
            return True
        case Proof.LINKED:
            return valid is not None
        case Proof.FRESH:
            return valid is not None and now - valid.verified_at < timedelta(minutes=rules.fresh_minutes)


def needs_proof(rule: IntentRule, conversation: ConversationView, rules: Rules, now: datetime) -> bool:
    """True when the intent asks for more proof than there is."""
    return not is_proved(rule.proof, conversation.link, rules, now)

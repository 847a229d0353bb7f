"""May this intent be served in this channel?"""

from service.domain.conversations import ChannelKind
from service.domain.intents import IntentRule


def is_served_in(rule: IntentRule, channel: ChannelKind) -> bool:
    """False for documents and personal data in a messenger: the client is pointed to e-mail or the web account."""
    return not (rule.secure and channel is ChannelKind.MESSENGER)

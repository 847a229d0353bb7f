"""May this intent be served in this channel?"""

from service.domain.conversations import ChannelKind
from service.domain.intents import Does, IntentRule, Rules


def is_served_in(rule: IntentRule, channel: ChannelKind) -> bool:
    """False for documents and personal data in a messenger: the client is pointed to e-mail or the web account."""
    return not (rule.secure and channel is ChannelKind.MESSENGER)


def is_answered_elsewhere(rule: IntentRule, rules: Rules) -> bool:
    """True for an operation that sends what is secret to the e-mail on file: the chat only says that it did."""
    return rule.secure and rule.does is Does.ACTION and rule.action in rules.actions

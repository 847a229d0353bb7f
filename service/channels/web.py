"""The web chat: the widget fetches its messages, so there is nothing to push."""

from service.channels.base import Delivery, Receipt
from service.domain.channels import ChannelKind, ChannelRules


class WebChannel:
    """Our own chat; see `service/api/chat.py` for its protocol."""

    name = "web"
    kind = ChannelKind.WEB
    pushes = False
    takes_files = True
    rules = ChannelRules(has_idempotency_key=True)

    def deliver(self, delivery: Delivery) -> Receipt:
        """Already there: the message is in the timeline that the widget reads."""
        return Receipt(delivery.key)

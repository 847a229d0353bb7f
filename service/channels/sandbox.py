"""A messenger that exists only in this process: for trying things out and for tests, with faults on request."""

import threading
from collections.abc import Callable

from service.channels.base import Delivery, Receipt
from service.domain.channels import ButtonKind, ButtonRules, ChannelKind, ChannelRules


class SandboxChannel:
    """Keeps what was delivered in `delivered`, deduplicated by key as good platforms do.

    `fault`, when set, is called before each delivery and may raise what a platform would.
    """

    name = "sandbox"
    kind = ChannelKind.MESSENGER
    pushes = True
    takes_files = False

    def __init__(self, *, has_idempotency_key: bool = False) -> None:
        buttons = ButtonRules(ButtonKind.INLINE, most=20, title_length=60, links=True)
        self.rules = ChannelRules(
            has_idempotency_key=has_idempotency_key, buttons=buttons, per_second=1000, chat_per_second=1000
        )
        self.delivered: list[Delivery] = []
        self.fault: Callable[[Delivery], None] | None = None
        self._lock = threading.Lock()

    def deliver(self, delivery: Delivery) -> Receipt:
        """Take the message, or fail as told."""
        if self.fault is not None:
            self.fault(delivery)
        with self._lock:
            known = self.rules.has_idempotency_key and any(each.key == delivery.key for each in self.delivered)
            if not known:
                self.delivered.append(delivery)
        return Receipt(f"sandbox-{delivery.key}")

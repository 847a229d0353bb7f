"""The part of a story that is shown: its newest stretch, read again and again, and what comes before, read once."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from service.domain.console import Delivery, TimelineItem, TimelinePage
from service.domain.messages import Author, DeliveryState

Shown = dict[str, Any]
"""What the browser needs of one item; `key` tells it from others."""
Patch = dict[str, Any]
"""What changed between two stories: `items` that are new or different, `order` (keys) when it changed."""


@dataclass(frozen=True)
class Story:
    """Items in order, oldest first; `before` is the cursor of what came earlier (None at the beginning)."""

    items: tuple[TimelineItem, ...] = ()
    before: str | None = None

    def renew(self, newest: TimelinePage) -> "Story":
        """With the newest stretch as it is now; what lies before it stays as it was read.

        A stretch that doesn't touch what is known begins a new story: nothing may be missing in between.
        """
        keys = {each.key for each in newest.items}
        first = next((at for at, each in enumerate(self.items) if each.key in keys), None)
        if not first:
            return Story(newest.items, newest.before)
        return Story((*self.items[:first], *newest.items), self.before)

    def unsettled(self, most: int) -> tuple[int, ...]:
        """Ids of the newest `most` messages of ours that the client has not seen yet, as far as we know."""
        ours = (each.message for each in reversed(self.items) if each.message is not None)
        open_ = (each.id for each in ours if each.author is not Author.CLIENT and each.state is not DeliveryState.SEEN)
        return tuple(islice(open_, most))

    def settle(self, deliveries: Mapping[int, Delivery]) -> "Story":
        """With what became of these messages since they were read; the rest stays as it is."""
        return Story(tuple(_settled(each, deliveries) for each in self.items), self.before)

    def extend(self, earlier: TimelinePage) -> "Story":
        """With what came before it."""
        return Story((*earlier.items, *self.items), earlier.before)


def _settled(item: TimelineItem, deliveries: Mapping[int, Delivery]) -> TimelineItem:
    delivery = deliveries.get(item.message.id) if item.message is not None else None
    if item.message is None or delivery is None:
        return item
    return replace(item, message=replace(item.message, state=delivery.state), problem=delivery.problem)


def patch_of(before: list[Shown], now: list[Shown]) -> Patch | None:
    """What to change in a browser that shows `before`; None for nothing."""
    old = {each["key"]: each for each in before}
    changed = [each for each in now if old.get(each["key"]) != each]
    order = [each["key"] for each in now]
    moved = order != list(old)
    return {"items": changed, "order": order if moved else None} if changed or moved else None

"""The part of a story that is shown: its newest stretch, read again and again, and what comes before, read once."""

from dataclasses import dataclass
from typing import Any

from service.domain.console import TimelineItem, TimelinePage

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

    def extend(self, earlier: TimelinePage) -> "Story":
        """With what came before it."""
        return Story((*earlier.items, *self.items), earlier.before)


def patch_of(before: list[Shown], now: list[Shown]) -> Patch | None:
    """What to change in a browser that shows `before`; None for nothing."""
    old = {each["key"]: each for each in before}
    changed = [each for each in now if old.get(each["key"]) != each]
    order = [each["key"] for each in now]
    moved = order != list(old)
    return {"items": changed, "order": order if moved else None} if changed or moved else None
